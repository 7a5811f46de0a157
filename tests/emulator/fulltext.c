#include "fulltext.h"

#include "alloc.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Words that are in nearly every text; the index does not hold them. */
static const char *const stop_words[] = { "a", "an", "and", "are", "as", "at", "be", "but", "by",
	"for", "if", "in", "into", "is", "it", "no", "not", "of", "on", "or", "such", "that", "the",
	"their", "then", "there", "these", "they", "this", "to", "was", "will", "with" };

static bool is_word_char(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* Cuts the next word off, in lower case. NULL at the end; free() it. */
static char *next_word(const char **text)
{
	const char *start;
	char *word;

	while (**text != '\0' && !is_word_char(**text))
		(*text)++;
	start = *text;
	while (is_word_char(**text))
		(*text)++;
	if (*text == start)
		return NULL;
	word = must_strndup(start, (size_t)(*text - start));
	for (char *c = word; *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	return word;
}

static bool is_stop_word(const char *word)
{
	for (size_t i = 0; i < sizeof(stop_words) / sizeof(stop_words[0]); i++) {
		if (strcmp(stop_words[i], word) == 0)
			return true;
	}
	return false;
}

static bool text_has_word(const char *text, const char *word)
{
	bool found = false;

	while (!found) {
		char *other = next_word(&text);

		if (other == NULL)
			break;
		found = strcmp(other, word) == 0;
		free(other);
	}
	return found;
}

static bool value_has_word(struct json_object *value, const char *word)
{
	if (json_object_is_type(value, json_type_string))
		return text_has_word(json_object_get_string(value), word);
	if (json_object_is_type(value, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(value); i++) {
			if (value_has_word(json_object_array_get_idx(value, i), word))
				return true;
		}
	}
	if (json_object_is_type(value, json_type_object)) {
		json_object_object_foreach(value, key, member)
		{
			(void)key;
			if (value_has_word(member, word))
				return true;
		}
	}
	return false;
}

static bool is_vowel(char c)
{
	return strchr("aeiouy", c) != NULL && c != '\0';
}

/* Where the part behind the first vowel and consonant begins. */
static size_t region(const char *word, size_t start)
{
	size_t length = strlen(word);

	for (size_t i = start + 1; i < length; i++) {
		if (!is_vowel(word[i]) && is_vowel(word[i - 1]))
			return i + 1;
	}
	return length;
}

static bool ends_with(const char *word, const char *end)
{
	size_t length = strlen(word);
	size_t end_length = strlen(end);

	return length >= end_length && strcmp(word + length - end_length, end) == 0;
}

static bool has_vowel_before(const char *word, size_t end)
{
	for (size_t i = 0; i < end; i++) {
		if (is_vowel(word[i]))
			return true;
	}
	return false;
}

static void cut_plural(char *word)
{
	size_t length = strlen(word);

	if (ends_with(word, "sses"))
		word[length - 2] = '\0';
	else if (ends_with(word, "ies"))
		word[length - (length > 4 ? 2 : 1)] = '\0';
	else if (ends_with(word, "s") && !ends_with(word, "ss") && !ends_with(word, "us") &&
		 length > 2 && has_vowel_before(word, length - 2))
		word[length - 1] = '\0';
}

/* "baked" and "baking" leave "bak"; "running" leaves "run". */
static void cut_participle(char *word)
{
	size_t cut = ends_with(word, "ing") ? 3 : ends_with(word, "ed") ? 2 : 0;
	size_t length = strlen(word);

	if (cut == 0 || !has_vowel_before(word, length - cut))
		return;
	length -= cut;
	word[length] = '\0';
	if (length > 2 && word[length - 1] == word[length - 2] &&
		strchr("bdfgmnprt", word[length - 1]) != NULL)
		word[length - 1] = '\0';
}

static void turn_final_y(char *word)
{
	size_t length = strlen(word);

	if (length > 2 && word[length - 1] == 'y' && !is_vowel(word[length - 2]))
		word[length - 1] = 'i';
}

static bool is_short_syllable(const char *word, size_t end)
{
	return end >= 3 && !is_vowel(word[end - 1]) && strchr("wxy", word[end - 1]) == NULL &&
	       is_vowel(word[end - 2]) && !is_vowel(word[end - 3]);
}

static void cut_final_e(char *word)
{
	size_t length = strlen(word);
	size_t first = region(word, 0);
	size_t second = region(word, first);

	if (length == 0 || word[length - 1] != 'e')
		return;
	if (length - 1 >= second || (length - 1 >= first && !is_short_syllable(word, length - 1)))
		word[length - 1] = '\0';
}

void fulltext_stem(char *word)
{
	if (strlen(word) <= 2)
		return;
	cut_plural(word);
	cut_participle(word);
	turn_final_y(word);
	cut_final_e(word);
}

bool fulltext_matches(const char *text, struct json_object *data)
{
	bool matches = true;

	while (matches) {
		char *word = next_word(&text);

		if (word == NULL)
			break;
		if (!is_stop_word(word)) {
			fulltext_stem(word);
			matches = value_has_word(data, word);
		}
		free(word);
	}
	return matches;
}
