#ifndef EMULATOR_GRAPHQL_LEX_H
#define EMULATOR_GRAPHQL_LEX_H

/*
 * The tokens of a GraphQL document (spec.graphql.org/October2021, section 2.1).
 *
 * A lexer borrows the source and owns nothing.  Block strings are not known.
 */

#include "arena.h"

#include <stdbool.h>
#include <stddef.h>

enum graphql_token_kind {
	GRAPHQL_EOF,
	GRAPHQL_PUNCTUATOR,
	GRAPHQL_NAME,
	GRAPHQL_INT,
	GRAPHQL_FLOAT,
	GRAPHQL_STRING, /* quotes included, not decoded */
	GRAPHQL_BAD,    /* no token begins like this, or a string has no end */
};

struct graphql_token {
	enum graphql_token_kind kind;
	const char *at;
	size_t length;
};

/* The token that begins at or after p, behind white space, commas and comments. */
struct graphql_token graphql_next_token(const char *p);
bool graphql_token_is(const struct graphql_token *token, const char *text);
/* The value of a string, in the arena; NULL if an escape in it is wrong. */
char *graphql_decode_string(struct arena *arena, const struct graphql_token *token);

#endif
