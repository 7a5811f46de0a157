#include "odata.h"

#include "alloc.h"
#include "odata_operand.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static enum sort_direction parse_direction(struct odata_parser *ps)
{
	bool descending = lex_is_name(&ps->lex, "desc");

	if (descending || lex_is_name(&ps->lex, "asc"))
		lex_next(&ps->lex);
	return descending ? SORT_DESCENDING : SORT_ASCENDING;
}

bool odata_parse_orderby(
	const struct model *m, const char *text, struct sort *ret, struct problem *p)
{
	struct odata_parser ps = { .model = m, .problem = p, .option = "$orderby" };
	struct sort s = { 0 };
	struct field_ref field;

	lex_init(&ps.lex, text);
	for (;;) {
		if (!odata_parse_path(&ps, &field))
			goto fail;
		sort_add(&s, field, parse_direction(&ps));
		if (ps.lex.token.kind != TOKEN_COMMA)
			break;
		lex_next(&ps.lex);
	}
	if (ps.lex.token.kind != TOKEN_END) {
		odata_fail_syntax(&ps);
		goto fail;
	}
	*ret = s;
	return true;
fail:
	sort_release(&s);
	return false;
}

/* The length of a word or of a phrase in quotes; 0 if its end is missing. */
static size_t term_length(const char *text)
{
	const char *quote;
	size_t length = 0;

	if (*text == '"') {
		quote = strchr(text + 1, '"');
		return quote != NULL ? (size_t)(quote - text) + 1 : 0;
	}
	while (text[length] != '\0' && !isspace((unsigned char)text[length]))
		length++;
	return length;
}

static bool is_word(const char *text, size_t length, const char *word)
{
	return strlen(word) == length && strncmp(text, word, length) == 0;
}

static void append_term(char *out, const char *text, size_t length)
{
	size_t used = strlen(out);

	if (*text == '"') {
		text++;
		length -= 2;
	}
	if (used > 0)
		out[used++] = ' ';
	memcpy(out + used, text, length);
	out[used + length] = '\0';
}

char *odata_parse_search(const char *text, struct problem *p)
{
	char *out = must_calloc(strlen(text) + 2, 1);
	const char *whole = text;

	while (isspace((unsigned char)*text))
		text++;
	while (*text != '\0') {
		size_t length = term_length(text);

		if (length == 0) {
			problem_add(p,
				"OData $search clause not valid: There is an unterminated string "
				"literal at position %zu in '%s'.",
				strlen(whole), whole);
			goto fail;
		}
		if (is_word(text, length, "OR") || is_word(text, length, "NOT")) {
			problem_add(p, "OData operation is not supported.");
			goto fail;
		}
		if (!is_word(text, length, "AND"))
			append_term(out, text, length);
		text += length;
		while (isspace((unsigned char)*text))
			text++;
	}
	return out;
fail:
	free(out);
	return NULL;
}
