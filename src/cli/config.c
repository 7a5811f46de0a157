#include "cli/config.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "cli/app_name.h"
#include "cli/paths.h"
#include "cli/secret.h"

/* What some editors put before a UTF-8 text. */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/*
 * inih splits lines into keys and values. It tells neither the number of a line nor of a
 * section without keys, cuts long lines in two, and takes an indented line for the rest
 * of the one before: the reader below sees to these.
 */
struct reader {
	struct config *config;
	struct error *err; /* of the first thing that is wrong */
	bool has_failed;
	char *directory; /* of the file */
	const char *next;
	unsigned line;
};

static int fail(struct reader *r, const struct error *why)
{
	if (!r->has_failed)
		error_set(r->err, why->errnum, "%s:%u: %s", r->config->path, r->line, why->text);
	r->has_failed = true;
	return 0;
}

static int fail_with(struct reader *r, const char *text)
{
	struct error why = { 0 };

	error_set(&why, EINVAL, "%s", text);
	return fail(r, &why);
}

static int open_section(struct reader *r, const char *name, size_t len)
{
	struct config *config = r->config;
	struct config_section *sections, *known;
	char *app = strndup(name, len);
	struct error why = { 0 };

	if (!app)
		return fail_with(r, "out of memory");
	known = config_find(config, app);
	if (known)
		error_set(&why, EINVAL, "section [%s] stands in line %u already", app, known->line);
	else
		app_name_check(app, &why);
	sections = why.errnum ? NULL
			      : reallocarray(config->sections, config->n_sections + 1,
					sizeof(*sections));
	if (!sections) {
		free(app);
		return why.errnum ? fail(r, &why) : fail_with(r, "out of memory");
	}
	sections[config->n_sections] = (struct config_section){ .app = app, .line = r->line };
	config->sections = sections;
	config->n_sections++;
	return 1;
}

/*
 * An ini_reader: the next line, trimmed at its start; a comment may be of any length and is
 * given as an empty one. The one before may be a secret: wiped.
 */
static char *read_line(char *str, int num, void *stream)
{
	struct reader *r = stream;
	const char *start = r->next + strspn(r->next, " \t");
	size_t len = strcspn(start, "\n");
	struct error why = { 0 };
	const char *bracket;

	explicit_bzero(str, (size_t)num);
	if (*r->next == '\0')
		return NULL;
	r->line++;
	r->next = start + len + (start[len] == '\n');
	if (*start == '#' || *start == ';')
		len = 0;
	if (len + 2 > (size_t)num) {
		error_set(&why, EINVAL, "the line is longer than %d bytes", num - 2);
		fail(r, &why);
		len = 0;
	}
	memcpy(str, start, len);
	str[len] = '\n';
	bracket = memchr(start, ']', len);
	if (*start == '[' && bracket)
		open_section(r, start + 1, (size_t)(bracket - start) - 1);
	return str;
}

static int take_key(struct reader *r, struct config_section *section, const struct option_def *def,
	const char *value, struct error *why)
{
	if (def->offset != OPTION_NOT_STORED)
		return option_list_add(&section->options, def, value, r->directory, why);
	if (*value == '\0')
		return error_set(why, EINVAL, "%s: a value is missing", def->name);
	section->client_secret = strdup(value);
	return section->client_secret ? 0 : error_set(why, ENOMEM, "out of memory");
}

/* An ini_handler: 1 to go on, 0 for an error. */
static int take_line(void *user, const char *section_name, const char *name, const char *value)
{
	struct reader *r = user;
	const struct option_def *def = option_find(name);
	struct config_section *section;
	struct error why = { 0 };
	const char *near;

	if (r->has_failed)
		return 0;
	if (*section_name == '\0')
		return fail_with(r, "a key before the first section; a section is '[APP]'");
	section = &r->config->sections[r->config->n_sections - 1];
	if (def && !(def->place & OPTION_IN_FILE)) {
		error_set(&why, EINVAL, "'%s' is not set per app: give it as -o %s", name, name);
	} else if (!def) {
		near = option_suggest(name, OPTION_IN_FILE);
		error_set(&why, EINVAL, "unknown key '%s'%s%s%s", name,
			near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	} else if (option_list_find(&section->options, name) ||
		   (def->offset == OPTION_NOT_STORED && section->client_secret)) {
		error_set(&why, EINVAL, "'%s' is given twice in [%s]", name, section->app);
	} else {
		take_key(r, section, def, value, &why);
	}
	return why.errnum ? fail(r, &why) : 1;
}

static char *directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return strdup(".");
	return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

static int parse(struct reader *r, const struct buf *text)
{
	int bad_line;

	r->next = buf_str(text);
	if (strncmp(r->next, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0)
		r->next += strlen(BYTE_ORDER_MARK);
	bad_line = ini_parse_stream(read_line, r, take_line, r);
	if (!r->has_failed && bad_line != 0)
		error_set(r->err, EINVAL, "%s:%d: neither '[APP]' nor 'key = value'",
			r->config->path, bad_line);
	return r->has_failed || bad_line != 0 ? -EINVAL : 0;
}

int config_load(const char *path, struct config *ret_config, struct error *err)
{
	struct config config = { 0 };
	struct reader r = { .config = &config, .err = err };
	struct buf text = { 0 };
	int ret = secret_load(path, SECRET_OF_USER, &text, err);

	if (ret < 0)
		return ret;
	config.path = strdup(path);
	r.directory = directory_of(path);
	ret = config.path && r.directory ? parse(&r, &text)
					 : error_set(err, ENOMEM, "out of memory");
	free(r.directory);
	buf_wipe(&text);
	if (ret < 0)
		config_release(&config);
	else
		*ret_config = config;
	return ret;
}

int config_load_usual(struct config *ret_config, struct error *err)
{
	char path[PATHS_MAX];
	int ret = -ENOENT;

	if (paths_user_config(path, sizeof(path)))
		ret = config_load(path, ret_config, err);
	return ret == -ENOENT ? config_load(PATHS_SYSTEM_CONFIG, ret_config, err) : ret;
}

struct config_section *config_find(const struct config *config, const char *app)
{
	for (size_t i = 0; i < config->n_sections; i++) {
		if (strcmp(config->sections[i].app, app) == 0)
			return &config->sections[i];
	}
	return NULL;
}

void config_release(struct config *config)
{
	for (size_t i = 0; i < config->n_sections; i++) {
		free(config->sections[i].app);
		option_list_release(&config->sections[i].options);
		secret_free(config->sections[i].client_secret);
	}
	free(config->sections);
	free(config->path);
	*config = (struct config){ 0 };
}
