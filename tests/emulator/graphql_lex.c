#include "graphql_lex.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool is_name_start(char c)
{
	return isalpha((unsigned char)c) || c == '_';
}

static bool is_name_part(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* White space, commas, comments and a byte order mark mean nothing. */
static const char *skip_ignored(const char *p)
{
	for (;;) {
		p += strspn(p, " \t\r\n,");
		if (*p == '#')
			p += strcspn(p, "\r\n");
		else if (strncmp(p, "\xef\xbb\xbf", 3) == 0)
			p += 3;
		else
			return p;
	}
}

/* 0 if the quote is not closed on its line. */
static size_t string_length(const char *p)
{
	size_t n = 1;

	while (p[n] != '"') {
		if (p[n] == '\\' && p[n + 1] != '\0')
			n++;
		if (p[n] == '\0' || p[n] == '\n' || p[n] == '\r')
			return 0;
		n++;
	}
	return n + 1;
}

static size_t digits(const char *p)
{
	return strspn(p, "0123456789");
}

/* 0 if it is no number after all. */
static size_t number_length(const char *p, enum graphql_token_kind *ret_kind)
{
	size_t n = *p == '-';
	size_t count = digits(p + n);

	if (count == 0 || (count > 1 && p[n] == '0'))
		return 0;
	n += count;
	*ret_kind = GRAPHQL_INT;
	if (p[n] == '.') {
		count = digits(p + n + 1);
		*ret_kind = GRAPHQL_FLOAT;
		if (count == 0)
			return 0;
		n += 1 + count;
	}
	if (p[n] == 'e' || p[n] == 'E') {
		size_t sign = p[n + 1] == '+' || p[n + 1] == '-';

		count = digits(p + n + 1 + sign);
		*ret_kind = GRAPHQL_FLOAT;
		if (count == 0)
			return 0;
		n += 1 + sign + count;
	}
	return is_name_start(p[n]) || p[n] == '.' ? 0 : n;
}

static size_t name_length(const char *p)
{
	size_t n = 0;

	while (is_name_part(p[n]))
		n++;
	return n;
}

static size_t character_length(const char *p)
{
	size_t n = 1;

	while (((unsigned char)p[n] & 0xc0) == 0x80)
		n++;
	return n;
}

struct graphql_token graphql_next_token(const char *p)
{
	struct graphql_token token = { .kind = GRAPHQL_BAD };

	p = skip_ignored(p);
	token.at = p;
	if (*p == '\0') {
		token.kind = GRAPHQL_EOF;
		return token;
	}
	if (is_name_start(*p)) {
		token.kind = GRAPHQL_NAME;
		token.length = name_length(p);
	} else if (*p == '-' || isdigit((unsigned char)*p)) {
		token.length = number_length(p, &token.kind);
	} else if (*p == '"') {
		token.kind = GRAPHQL_STRING;
		token.length = string_length(p);
	} else if (strncmp(p, "...", 3) == 0) {
		token.kind = GRAPHQL_PUNCTUATOR;
		token.length = 3;
	} else if (strchr("!$&():=@[]{|}", *p) != NULL) {
		token.kind = GRAPHQL_PUNCTUATOR;
		token.length = 1;
	}
	if (token.length == 0) {
		token.kind = GRAPHQL_BAD;
		token.length = character_length(p);
	}
	return token;
}

bool graphql_token_is(const struct graphql_token *token, const char *text)
{
	return token->length == strlen(text) && strncmp(token->at, text, token->length) == 0;
}

static size_t encode_utf8(uint32_t code, char *out)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3f));
		out[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 0x3f));
	out[2] = (char)(0x80 | (code >> 6 & 0x3f));
	out[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

/* Reads the XXXX of a \uXXXX. */
static bool read_unit(const char *p, uint32_t *ret)
{
	char text[5] = "";

	strncpy(text, p, 4);
	if (strspn(text, "0123456789abcdefABCDEF") != 4)
		return false;
	*ret = (uint32_t)strtoul(text, NULL, 16);
	return true;
}

/* Decodes what follows "\u"; two halves of a pair make one character. */
static bool decode_unicode(const char **p, char **out)
{
	uint32_t code;
	uint32_t low;

	if (!read_unit(*p, &code))
		return false;
	*p += 4;
	if (code >= 0xd800 && code < 0xdc00) {
		if (strncmp(*p, "\\u", 2) != 0 || !read_unit(*p + 2, &low) || low < 0xdc00 ||
			low > 0xdfff)
			return false;
		*p += 6;
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	} else if ((code >= 0xdc00 && code <= 0xdfff) || code == 0) {
		return false;
	}
	*out += encode_utf8(code, *out);
	return true;
}

static bool decode_escape(const char **p, char **out)
{
	static const char letters[] = "\"\\/bfnrt";
	static const char meanings[] = "\"\\/\b\f\n\r\t";
	const char *letter;

	if (**p == 'u') {
		(*p)++;
		return decode_unicode(p, out);
	}
	letter = strchr(letters, **p);
	if (**p == '\0' || letter == NULL)
		return false;
	*(*out)++ = meanings[letter - letters];
	(*p)++;
	return true;
}

char *graphql_decode_string(struct arena *arena, const struct graphql_token *token)
{
	const char *p = token->at + 1;
	const char *end = token->at + token->length - 1;
	char *text = arena_alloc(arena, token->length);
	char *out = text;

	while (p < end) {
		if (*p != '\\') {
			*out++ = *p++;
			continue;
		}
		p++;
		if (!decode_escape(&p, &out))
			return NULL;
	}
	return text;
}
