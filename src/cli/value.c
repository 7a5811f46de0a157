/* The values of options: from text to canonical text, and from that into a struct. */
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/figure.h"
#include "cli/options.h"

/* Enums, ids and modes are all stored as one unsigned. */
_Static_assert(sizeof(uid_t) == sizeof(unsigned) && sizeof(gid_t) == sizeof(unsigned) &&
		       sizeof(mode_t) == sizeof(unsigned),
	"ids and modes are as wide as unsigned");

static bool parse_flag(const char *text, bool *ret_value)
{
	static const char *const yes[] = { "yes", "true", "on", "1" };
	static const char *const no[] = { "no", "false", "off", "0" };

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0) {
			*ret_value = strcmp(text, yes[i]) == 0;
			return true;
		}
	}
	return false;
}

static bool parse_choice(const char *const *choices, const char *text, size_t len, unsigned *ret_i)
{
	for (unsigned i = 0; choices[i]; i++) {
		if (strlen(choices[i]) == len && memcmp(choices[i], text, len) == 0) {
			*ret_i = i;
			return true;
		}
	}
	return false;
}

/* "en", "de-CH", "zh-Hans-CN" */
static bool is_language(const char *word, size_t len)
{
	size_t letters = 0;

	while (letters < len && isalpha((unsigned char)word[letters]))
		letters++;
	if (letters < 2 || letters > 3 || (letters < len && word[letters] != '-'))
		return false;
	for (size_t i = letters; i < len; i++) {
		if (!isalnum((unsigned char)word[i]) && word[i] != '-')
			return false;
	}
	return word[len - 1] != '-';
}

static bool is_slug(const char *word, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!islower((unsigned char)word[i]) && !isdigit((unsigned char)word[i]) &&
			word[i] != '-')
			return false;
	}
	return len > 0;
}

static bool is_element(const struct option_def *def, const char *word, size_t len)
{
	unsigned i;

	if (def->type == OPTION_SLUGS)
		return is_slug(word, len);
	if (def->type == OPTION_LANGUAGES)
		return is_language(word, len);
	return def->type == OPTION_ROOMS && parse_choice(def->choices, word, len, &i);
}

bool option_goes_on(const struct option_def *def, const char *word)
{
	return def->type != OPTION_SLUGS && is_element(def, word, strlen(word));
}

static int refuse(
	const struct option_def *def, const char *value, const char *what, struct error *err)
{
	return error_set(err, EINVAL, "%s=%s: %s", def->name, value, what);
}

static int copy(const char *value, char **ret_text, struct error *err)
{
	char *text = strdup(value);

	if (!text)
		return error_set(err, ENOMEM, "out of memory");
	*ret_text = text;
	return 0;
}

static const char *list_rule(enum option_type type)
{
	switch (type) {
	case OPTION_SLUGS:
		return "not schema names joined by ':'";
	case OPTION_LANGUAGES:
		return "not language codes joined by ':'";
	default:
		return "not 'all', or some of cache, net joined by ':'";
	}
}

/* Either separator is understood; a blank may stand beside it. */
static int check_list(
	const struct option_def *def, const char *value, char **ret_text, struct error *err)
{
	char separator = def->type == OPTION_SLUGS ? ':' : ',';
	char *text = malloc(strlen(value) + 1);
	char *end = text;
	const char *p = value;

	if (!text)
		return error_set(err, ENOMEM, "out of memory");
	for (;;) {
		size_t len;

		p += strspn(p, " \t");
		len = strcspn(p, ":, \t");
		if (!is_element(def, p, len)) {
			free(text);
			return refuse(def, value, list_rule(def->type), err);
		}
		memcpy(end, p, len);
		end += len;
		p += len;
		p += strspn(p, " \t");
		if (*p == '\0')
			break;
		p++;
		*end++ = separator;
	}
	*end = '\0';
	*ret_text = text;
	return 0;
}

static int check_path(const struct option_def *def, const char *value, const char *directory,
	char **ret_text, struct error *err)
{
	char path[PATH_MAX];
	int len;

	if (value[0] == '/')
		len = snprintf(path, sizeof(path), "%s", value);
	else
		len = snprintf(path, sizeof(path), "%s/%s", directory, value);
	if (len < 0 || (size_t)len >= sizeof(path))
		return refuse(def, value, "the path is too long", err);
	if (access(path, R_OK) < 0)
		return error_set(err, EINVAL, "%s=%s: %s", def->name, value, strerror(errno));
	return copy(path, ret_text, err);
}

static int check_choice(const struct option_def *def, const char *value, struct error *err)
{
	struct error names = { 0 };
	unsigned i;

	if (parse_choice(def->choices, value, strlen(value), &i))
		return 0;
	for (i = 0; def->choices[i]; i++)
		error_set(
			&names, EINVAL, "%s%s'%s'", names.text, i > 0 ? ", " : "", def->choices[i]);
	return error_set(err, EINVAL, "%s=%s: not one of %s", def->name, value, names.text);
}

int option_check(const struct option_def *def, const char *value, const char *directory,
	char **ret_text, struct error *err)
{
	bool flag;
	int ret = 0;

	if (def->type == OPTION_FLAG && !value)
		value = "yes";
	if (!value || *value == '\0')
		return error_set(err, EINVAL, "%s: a value is missing (%s=%s)", def->name,
			def->name, def->metavar ? def->metavar : "yes");
	switch (def->type) {
	case OPTION_FLAG:
		if (!parse_flag(value, &flag))
			ret = refuse(def, value, "neither yes nor no", err);
		break;
	case OPTION_CHOICE:
		ret = check_choice(def, value, err);
		break;
	case OPTION_COUNT:
	case OPTION_ID:
	case OPTION_MODE:
	case OPTION_DURATION:
	case OPTION_SIZE:
		ret = figure_check(def, value, err);
		break;
	case OPTION_SLUGS:
	case OPTION_LANGUAGES:
	case OPTION_ROOMS:
		return check_list(def, value, ret_text, err);
	case OPTION_PATH:
		return check_path(def, value, directory, ret_text, err);
	case OPTION_TEXT:
		break;
	}
	return ret < 0 ? ret : copy(value, ret_text, err);
}

void option_store(const struct option_def *def, const char *text, void *settings)
{
	void *field = (char *)settings + def->offset;
	uint64_t figure = 0;
	unsigned index = 0;

	assert(def->offset != OPTION_NOT_STORED);
	switch (def->type) {
	case OPTION_FLAG:
		parse_flag(text, field);
		break;
	case OPTION_CHOICE:
		parse_choice(def->choices, text, strlen(text), &index);
		memcpy(field, &index, sizeof(index));
		break;
	case OPTION_COUNT:
	case OPTION_ID:
	case OPTION_MODE:
		figure_parse(def, text, &figure);
		index = (unsigned)figure;
		memcpy(field, &index, sizeof(index));
		break;
	case OPTION_DURATION:
	case OPTION_SIZE:
		figure_parse(def, text, field);
		break;
	default:
		memcpy(field, &text, sizeof(text));
		break;
	}
}
