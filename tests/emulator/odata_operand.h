#ifndef EMULATOR_ODATA_OPERAND_H
#define EMULATOR_ODATA_OPERAND_H

/*
 * What stands beside an OData operator: paths and literals.
 *
 * A struct odata_parser lives as long as one option is parsed and borrows all
 * that it points to.  A parse function that fails has noted the sentence and
 * returns false.
 */

#include "filter.h"
#include "odata_lex.h"

struct odata_parser {
	struct lexer lex;
	const struct model *model;
	struct problem *problem;
	const char *option; /* "$filter", for the message */
	unsigned depth;     /* of parentheses and negations */
	unsigned operands;  /* of "and" and "or" so far */
};

struct odata_literal {
	struct json_object *value; /* owned; NULL for null */
	const char *type;          /* "Edm.Int32", NULL for null */
};

/* Notes a sentence and returns false, so that failing is one statement. */
bool odata_fail(struct odata_parser *ps, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The server's words for a token that has no place where it stands. */
bool odata_fail_syntax(struct odata_parser *ps);

/* Takes a token of this kind or fails with what was expected: "'('". */
bool odata_expect(struct odata_parser *ps, enum token_kind kind, const char *expected);
/* The field is the caller's to release. */
bool odata_parse_path(struct odata_parser *ps, struct field_ref *ret);
bool odata_parse_literal(struct odata_parser *ps, struct odata_literal *ret);

/* The name of a field's type: "Edm.Double". */
const char *odata_type_name(enum field_type type);
/* Whether a field of this type may be compared with the literal. */
bool odata_types_agree(enum field_type type, const struct odata_literal *literal);

#endif
