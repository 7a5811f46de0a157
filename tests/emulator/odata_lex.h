#ifndef EMULATOR_ODATA_LEX_H
#define EMULATOR_ODATA_LEX_H

/*
 * Splits an OData expression into tokens.
 *
 *	lex_init(&lex, text); while (lex.token.kind != TOKEN_END) lex_next(&lex);
 *
 * Tokens borrow from the text, which must outlive the lexer.  Positions are
 * offsets into the text, as the server's messages give them.
 */

#include <stdbool.h>
#include <stddef.h>

enum token_kind {
	TOKEN_END,
	TOKEN_NAME,
	TOKEN_STRING, /* with its quotes */
	TOKEN_INTEGER,
	TOKEN_DOUBLE,
	TOKEN_DATE,
	TOKEN_DATETIME,
	TOKEN_GUID,
	TOKEN_GEOGRAPHY, /* geography'...' with its quotes */
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_COMMA,
	TOKEN_SLASH,
	TOKEN_UNTERMINATED, /* a string without its end */
	TOKEN_UNKNOWN
};

struct token {
	enum token_kind kind;
	size_t start;
	size_t end;
};

struct lexer {
	const char *text;
	struct token token;
};

void lex_init(struct lexer *lex, const char *text);
void lex_next(struct lexer *lex);
/* Whether the token is this name; OData keywords are written in lower case. */
bool lex_is_name(const struct lexer *lex, const char *name);
/* The text of a TOKEN_STRING, its doubled quotes undone. free() it. */
char *lex_string(const struct lexer *lex);
/* The text of the token as it stands. free() it. */
char *lex_text(const struct lexer *lex);

#endif
