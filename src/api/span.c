#include "api/span.h"

#include <string.h>

#include "api/text.h"

static void skip_blanks(struct span_walk *walk)
{
	while (walk->at < walk->end && text_is_blank(*walk->at))
		walk->at++;
}

/* The end of the string that begins at `at`, behind its quote; NULL: it has none. */
static const char *string_end(const char *at, const char *end)
{
	for (at++; at < end; at++) {
		at = memchr(at, '"', (size_t)(end - at));
		if (!at)
			return NULL;
		size_t n_escapes = 0;

		while (at[-1 - (ptrdiff_t)n_escapes] == '\\')
			n_escapes++;
		if (n_escapes % 2 == 0)
			return at + 1;
	}
	return NULL;
}

static const char *brackets_end(const char *at, const char *end)
{
	size_t depth = 0;

	while (at && at < end) {
		if (*at == '"') {
			at = string_end(at, end);
			continue;
		}
		if (*at == '{' || *at == '[')
			depth++;
		else if ((*at == '}' || *at == ']') && --depth == 0)
			return at + 1;
		at++;
	}
	return NULL;
}

static const char *scalar_end(const char *at, const char *end)
{
	const char *begin = at;

	while (at < end && *at != ',' && *at != '}' && *at != ']' && !text_is_blank(*at))
		at++;
	return at > begin ? at : NULL;
}

/* Takes one value off the walk; false: there is none, and the walk is bad. */
static bool take_value(struct span_walk *walk, struct span *ret_value)
{
	const char *begin, *end;

	skip_blanks(walk);
	begin = walk->at;
	if (begin == walk->end)
		end = NULL;
	else if (*begin == '"')
		end = string_end(begin, walk->end);
	else if (*begin == '{' || *begin == '[')
		end = brackets_end(begin, walk->end);
	else
		end = scalar_end(begin, walk->end);
	walk->is_bad = !end;
	if (!end)
		return false;
	*ret_value = (struct span){ begin, (size_t)(end - begin) };
	walk->at = end;
	skip_blanks(walk);
	return true;
}

static bool take(struct span_walk *walk, char c)
{
	if (walk->at == walk->end || *walk->at != c)
		return false;
	walk->at++;
	skip_blanks(walk);
	return true;
}

bool span_enter(struct span_walk *walk, struct span value, char open)
{
	const char *at = value.at ? value.at : "";

	*walk = (struct span_walk){
		.at = at,
		.end = at + value.len,
		.close = open == '{' ? '}' : ']',
	};
	skip_blanks(walk);
	return take(walk, open);
}

bool span_next_key(struct span_walk *walk, struct span *ret_key)
{
	*ret_key = (struct span){ NULL, 0 };
	if (walk->is_bad || take(walk, walk->close))
		return false;
	if (walk->close == '}' && (!take_value(walk, ret_key) || !take(walk, ':')))
		walk->is_bad = true;
	return !walk->is_bad;
}

/* A comma stands between members; one too many is for the parser to see. */
static void pass_comma(struct span_walk *walk)
{
	if (!take(walk, ',') && (walk->at == walk->end || *walk->at != walk->close))
		walk->is_bad = true;
}

bool span_take(struct span_walk *walk, struct span *ret_value)
{
	if (take_value(walk, ret_value))
		pass_comma(walk);
	return !walk->is_bad;
}

bool span_next(struct span_walk *walk, struct span *ret_key, struct span *ret_value)
{
	return span_next_key(walk, ret_key) && span_take(walk, ret_value);
}

bool span_down(const struct span_walk *walk, struct span_walk *ret_inner, char open)
{
	return span_enter(
		ret_inner, (struct span){ walk->at, (size_t)(walk->end - walk->at) }, open);
}

void span_up(struct span_walk *walk, const struct span_walk *inner)
{
	walk->at = inner->at;
	walk->is_bad = walk->is_bad || inner->is_bad;
	if (!walk->is_bad)
		pass_comma(walk);
}

bool span_is_key(struct span key, const char *name)
{
	size_t len = strlen(name);

	return key.len == len + 2 && memcmp(key.at + 1, name, len) == 0;
}

struct span span_find(struct span object, const char *name)
{
	const struct span none = { NULL, 0 };
	struct span_walk walk;
	struct span key, value;

	if (!object.at || !span_enter(&walk, object, '{'))
		return none;
	while (span_next(&walk, &key, &value)) {
		if (span_is_key(key, name))
			return value;
	}
	return none;
}

bool span_is_null(struct span value)
{
	return !value.at || (value.len == 4 && memcmp(value.at, "null", 4) == 0);
}
