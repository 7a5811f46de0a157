#include "validate_text.h"

#include <ctype.h>
#include <regex.h>
#include <string.h>

/* The server counts UTF-16 units: two for a character of four bytes. */
static size_t utf16_length(const char *text)
{
	size_t length = 0;

	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if ((c & 0xC0) != 0x80)
			length += c >= 0xF0 ? 2 : 1;
	}
	return length;
}

static bool is_word_byte(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

static void count_words(const char *text, size_t *ret_characters, size_t *ret_words)
{
	bool in_word = false;

	*ret_characters = 0;
	*ret_words = 0;
	for (; *text != '\0'; text++) {
		if (!is_word_byte(*text)) {
			in_word = false;
			continue;
		}
		if (((unsigned char)*text & 0xC0) != 0x80)
			(*ret_characters)++;
		if (!in_word)
			(*ret_words)++;
		in_word = true;
	}
}

void validate_count(struct validation *v, struct json_object *field, const char *path,
	const char *const limits[2], size_t count, const char *unit)
{
	struct json_object *min = field_property(field, limits[0]);
	struct json_object *max = field_property(field, limits[1]);
	int64_t low = json_object_get_int64(min);
	int64_t high = json_object_get_int64(max);
	bool too_few = min != NULL && (int64_t)count < low;
	bool too_many = max != NULL && (int64_t)count > high;

	if (!too_few && !too_many)
		return;
	if (min != NULL && max != NULL && low == high)
		validation_add(v, path, "Must have exactly %lld %s.", (long long)low, unit);
	else if (min != NULL && max != NULL)
		validation_add(v, path, "Must have between %lld and %lld %s.", (long long)low,
			(long long)high, unit);
	else if (too_few)
		validation_add(v, path, "Must have at least %lld %s.", (long long)low, unit);
	else
		validation_add(v, path, "Must not have more than %lld %s.", (long long)high, unit);
}

static void check_pattern(
	struct validation *v, struct json_object *field, const char *path, const char *text)
{
	const char *pattern = field_text(field, "pattern");
	const char *message = field_text(field, "patternMessage");
	regex_t compiled;

	if (pattern[0] == '\0' || regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return;
	if (regexec(&compiled, text, 0, NULL, 0) != 0)
		validation_add(
			v, path, "%s", message[0] != '\0' ? message : "Must follow the pattern.");
	regfree(&compiled);
}

void validate_text(
	struct validation *v, struct json_object *field, const char *path, const char *text)
{
	static const char *const length_limits[] = { "minLength", "maxLength" };
	static const char *const character_limits[] = { "minCharacters", "maxCharacters" };
	static const char *const word_limits[] = { "minWords", "maxWords" };
	size_t characters;
	size_t words;

	/* An empty text is a question of "required" alone. */
	if (text[0] == '\0')
		return;
	count_words(text, &characters, &words);
	validate_count(v, field, path, length_limits, utf16_length(text), "character(s)");
	validate_count(v, field, path, character_limits, characters, "text character(s)");
	validate_count(v, field, path, word_limits, words, "word(s)");
	check_pattern(v, field, path, text);
}
