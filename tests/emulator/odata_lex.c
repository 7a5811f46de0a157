#include "odata_lex.h"

#include "alloc.h"

#include <ctype.h>
#include <string.h>

static const char geography[] = "geography'";

/* Digits, and letters of exponents, times, ids and type suffixes. */
static bool is_value_char(char c)
{
	return isalnum((unsigned char)c) || strchr("+-.:", c) != NULL;
}

static bool is_name_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$' || c == '@' || c == '.' ||
	       (unsigned char)c >= 0x80;
}

static size_t span(const char *text, bool (*is_part)(char))
{
	size_t length = 0;

	while (text[length] != '\0' && is_part(text[length]))
		length++;
	return length;
}

/* "9" stands for a digit and "f" for a hexadecimal one. */
static bool has_shape(const char *text, const char *shape)
{
	for (; *shape != '\0'; shape++, text++) {
		bool fits = *text == *shape;

		if (*shape == '9')
			fits = isdigit((unsigned char)*text);
		else if (*shape == 'f')
			fits = isxdigit((unsigned char)*text);
		if (!fits)
			return false;
	}
	return true;
}

static bool is_guid(const char *text, size_t length)
{
	return length == 36 && has_shape(text, "ffffffff-ffff-ffff-ffff-ffffffffffff");
}

static bool is_number(const char *text, size_t length, bool *ret_is_integer)
{
	size_t i = text[0] == '-' ? 1 : 0;
	size_t digits = 0;

	*ret_is_integer = true;
	for (; i < length; i++) {
		if (isdigit((unsigned char)text[i])) {
			digits++;
		} else if (strchr(".eE+-", text[i]) != NULL ||
			   (i == length - 1 && strchr("dDfFmM", text[i]) != NULL)) {
			*ret_is_integer = false;
		} else if (i != length - 1 || strchr("lL", text[i]) == NULL) {
			return false;
		}
	}
	return digits > 0;
}

static enum token_kind classify(const char *text, size_t length)
{
	bool is_integer = false;

	if (is_guid(text, length))
		return TOKEN_GUID;
	if (length == 10 && has_shape(text, "9999-99-99"))
		return TOKEN_DATE;
	if (length >= 17 && has_shape(text, "9999-99-99T99:99"))
		return TOKEN_DATETIME;
	if (is_number(text, length, &is_integer))
		return is_integer ? TOKEN_INTEGER : TOKEN_DOUBLE;
	return TOKEN_UNKNOWN;
}

/* The length of a quoted string, or 0 if its end is missing. */
static size_t quoted_length(const char *text)
{
	size_t i = 1;

	for (;;) {
		const char *quote = strchr(text + i, '\'');

		if (quote == NULL)
			return 0;
		i = (size_t)(quote - text) + 1;
		if (text[i] != '\'')
			return i;
		i++;
	}
}

static size_t scan_quoted(struct lexer *lex, const char *text, size_t prefix, enum token_kind kind)
{
	size_t length = quoted_length(text + prefix);

	lex->token.kind = length > 0 ? kind : TOKEN_UNTERMINATED;
	return length > 0 ? prefix + length : strlen(text);
}

static size_t scan_word(struct lexer *lex, const char *text)
{
	size_t length = span(text, is_value_char);
	bool is_value = isdigit((unsigned char)text[0]) || text[0] == '-';

	if (is_value || is_guid(text, length)) {
		lex->token.kind = classify(text, length);
		return length;
	}
	if (strncmp(text, geography, strlen(geography)) == 0)
		return scan_quoted(lex, text, strlen(geography) - 1, TOKEN_GEOGRAPHY);
	length = span(text, is_name_char);
	lex->token.kind = length > 0 ? TOKEN_NAME : TOKEN_UNKNOWN;
	return length > 0 ? length : 1;
}

static size_t scan(struct lexer *lex, const char *text)
{
	static const struct {
		char c;
		enum token_kind kind;
	} marks[] = {
		{ '\0', TOKEN_END },
		{ '(', TOKEN_OPEN },
		{ ')', TOKEN_CLOSE },
		{ ',', TOKEN_COMMA },
		{ '/', TOKEN_SLASH },
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (marks[i].c == *text) {
			lex->token.kind = marks[i].kind;
			return *text != '\0' ? 1 : 0;
		}
	}
	if (*text == '\'')
		return scan_quoted(lex, text, 0, TOKEN_STRING);
	return scan_word(lex, text);
}

void lex_init(struct lexer *lex, const char *text)
{
	memset(lex, 0, sizeof(*lex));
	lex->text = text;
	lex_next(lex);
}

void lex_next(struct lexer *lex)
{
	size_t start = lex->token.end;

	while (isspace((unsigned char)lex->text[start]))
		start++;
	lex->token.start = start;
	lex->token.end = start + scan(lex, lex->text + start);
}

bool lex_is_name(const struct lexer *lex, const char *name)
{
	size_t length = lex->token.end - lex->token.start;

	return lex->token.kind == TOKEN_NAME && strlen(name) == length &&
	       strncmp(lex->text + lex->token.start, name, length) == 0;
}

char *lex_string(const struct lexer *lex)
{
	size_t length = lex->token.end - lex->token.start - 2;
	char *text = must_strndup(lex->text + lex->token.start + 1, length);
	char *out = text;

	for (const char *in = text; *in != '\0'; in++) {
		*out++ = *in;
		if (*in == '\'' && in[1] == '\'')
			in++;
	}
	*out = '\0';
	return text;
}

char *lex_text(const struct lexer *lex)
{
	return must_strndup(lex->text + lex->token.start, lex->token.end - lex->token.start);
}
