#include "save/unsaved.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/content.h"
#include "api/moment.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/log.h"
#include "save/state.h"
#include "save/unsaved_private.h"

static const char suffix[] = ".json";

/* Leaves room for a number, and for what goes beside a text. */
#define STEM_MAX 200

/* A sentence of struct error with its time. */
#define REASON_MAX 2048

int unsaved_add_dir(const char *schema, char dir[PATH_MAX], struct error *err)
{
	int len = snprintf(dir, PATH_MAX, UNSAVED_DIR "/%s", schema);

	if (len < 0 || len >= PATH_MAX)
		return error_set(err, ENAMETOOLONG, "'%s' is too long a name", schema);
	return 0;
}

/* The name without ".json", cut where it is too long. */
static void make_stem(const char *name, char stem[NAME_MAX + 1])
{
	size_t len = strlen(name), suffix_len = sizeof(suffix) - 1;

	if (len > suffix_len && strcmp(name + len - suffix_len, suffix) == 0)
		len -= suffix_len;
	if (len <= STEM_MAX)
		snprintf(stem, NAME_MAX + 1, "%.*s", (int)len, name);
	else
		snprintf(stem, NAME_MAX + 1, "%.*s~%016" PRIx64, STEM_MAX - 17, name,
			hash_bytes(name, len));
}

static void make_name(const char *stem, unsigned number, char name[NAME_MAX + 1])
{
	if (number == 1)
		snprintf(name, NAME_MAX + 1, "%.*s%s", STEM_MAX, stem, suffix);
	else
		snprintf(name, NAME_MAX + 1, "%.*s.%u%s", STEM_MAX, stem, number, suffix);
}

static void make_companion(const char *name, const char *ending, char companion[NAME_MAX + 1])
{
	snprintf(companion, NAME_MAX + 1, "%.*s%s", NAME_MAX - 16, name, ending);
}

/* Is this very text there under that name? -ENOENT: nothing is. */
static int compare(struct state *state, const char *dir, const char *name, const void *data,
	size_t len, bool *ret_is_same, struct error *err)
{
	struct buf there;
	int ret;

	buf_init(&there, CONTENT_TEXT_MAX);
	ret = state_read(state, dir, name, &there, err);
	if (ret == 0)
		*ret_is_same = there.len == len && (len == 0 || memcmp(there.data, data, len) == 0);
	buf_release(&there);
	return ret;
}

static int write_companion(struct state *state, const char *dir, const char *name,
	const char *ending, const struct state_text *text, struct error *err)
{
	char companion[NAME_MAX + 1];

	make_companion(name, ending, companion);
	return state_write(state, dir, companion, text, STATE_DURABLE, STATE_REPLACE, err);
}

static int write_companions(struct state *state, const char *dir, const char *name,
	const struct unsaved_text *text, struct error *err)
{
	const struct state_text theirs = { text->theirs, text->theirs_len };
	char moment[MOMENT_TEXT_SIZE], reason[REASON_MAX];
	struct state_text why = { .data = reason };
	int ret;

	moment_format(text->time_s, moment);
	why.len = (size_t)snprintf(reason, sizeof(reason), "%s: %s\n", moment, text->reason);
	if (why.len >= sizeof(reason))
		why.len = sizeof(reason) - 1;
	ret = write_companion(state, dir, name, UNSAVED_REASON, &why, err);
	if (ret == 0 && text->theirs)
		ret = write_companion(state, dir, name, UNSAVED_THEIRS, &theirs, err);
	return ret;
}

/* Writes the text under the first name that is free, unless it is there already. */
static int write_text(struct state *state, const char *dir, const struct unsaved_text *text,
	char ret_name[NAME_MAX + 1], struct error *err)
{
	const struct state_text bytes = { text->data, text->len };
	char stem[NAME_MAX + 1];

	make_stem(text->name, stem);
	for (unsigned number = 1; number <= UNSAVED_OF_ONE_MAX; number++) {
		bool is_same = false;
		int ret;

		make_name(stem, number, ret_name);
		ret = compare(state, dir, ret_name, text->data, text->len, &is_same, err);
		if (ret == 0 && is_same)
			return 0;
		if (ret == -ENOENT)
			ret = state_write(
				state, dir, ret_name, &bytes, STATE_DURABLE, STATE_REFUSE, err);
		else if (ret == 0)
			ret = -EEXIST;
		if (ret != -EEXIST)
			return ret;
	}
	return error_set(err, EEXIST, "'%s/%s' holds %d texts of '%s' already", state_path(state),
		dir, UNSAVED_OF_ONE_MAX, text->name);
}

/* The reason is written anew by each who puts the text there. */
static int look_at_reason(struct state *state, const char *dir, const char *name,
	uint64_t *ret_stamp, struct error *err)
{
	char companion[NAME_MAX + 1];
	struct state_entry entry;
	int ret;

	make_companion(name, UNSAVED_REASON, companion);
	ret = state_look(state, dir, companion, &entry, err);
	if (ret == 0)
		*ret_stamp = entry.stamp;
	return ret;
}

int unsaved_put(struct state *state, const struct unsaved_text *text, struct unsaved_copy *ret_copy,
	struct error *err)
{
	struct error why = { 0 };
	char dir[PATH_MAX];
	int ret = unsaved_add_dir(text->schema, dir, err);

	if (ret == 0)
		ret = write_text(state, dir, text, ret_copy->name, err);
	/* It is the text that counts. */
	if (ret == 0 && write_companions(state, dir, ret_copy->name, text, &why) < 0)
		log_line(LOG_WARN, "'%s/%s' has no room for its reason: %s", dir, ret_copy->name,
			why.text);
	if (ret < 0) {
		ret_copy->name[0] = '\0';
		return ret;
	}
	/* Of what somebody takes away at once there is nothing to take back. */
	if (look_at_reason(state, dir, ret_copy->name, &ret_copy->stamp, NULL) < 0)
		ret_copy->stamp = 0;
	return 0;
}

int unsaved_take_back(
	struct state *state, const char *schema, const struct unsaved_copy *copy, struct error *err)
{
	char dir[PATH_MAX];
	uint64_t stamp = 0;
	int ret = unsaved_add_dir(schema, dir, err);

	if (ret == 0)
		ret = look_at_reason(state, dir, copy->name, &stamp, err);
	if (ret == 0 && stamp == copy->stamp)
		ret = unsaved_remove(state, schema, copy->name, err);
	return ret == -ENOENT ? 0 : ret;
}

int unsaved_remove(struct state *state, const char *schema, const char *name, struct error *err)
{
	static const char *const endings[] = { UNSAVED_REASON, UNSAVED_THEIRS };
	char dir[PATH_MAX], companion[NAME_MAX + 1];
	int ret = unsaved_add_dir(schema, dir, err);

	if (ret == 0)
		ret = state_remove(state, dir, name, STATE_DURABLE, err);
	for (size_t i = 0; ret == 0 && i < sizeof(endings) / sizeof(endings[0]); i++) {
		make_companion(name, endings[i], companion);
		ret = state_remove(state, dir, companion, STATE_DURABLE, err);
	}
	return ret;
}

/* The texts of one item that are there. */
struct found {
	const char *stem;
	char *names[UNSAVED_OF_ONE_MAX];
	size_t n_names;
};

static bool is_of(const char *stem, const char *name)
{
	char expected[NAME_MAX + 1];
	size_t len = strlen(stem);
	unsigned long number = 1;

	if (strncmp(name, stem, len) != 0)
		return false;
	if (name[len] == '.' && name[len + 1] >= '2' && name[len + 1] <= '9')
		number = strtoul(name + len + 1, NULL, 10);
	if (number > UNSAVED_OF_ONE_MAX)
		return false;
	make_name(stem, (unsigned)number, expected);
	return strcmp(name, expected) == 0;
}

static int collect(void *payload, const struct state_entry *entry)
{
	struct found *found = payload;

	if (entry->is_dir || found->n_names == UNSAVED_OF_ONE_MAX ||
		!is_of(found->stem, entry->name))
		return 0;
	found->names[found->n_names] = strdup(entry->name);
	if (!found->names[found->n_names])
		return -ENOMEM;
	found->n_names++;
	return 0;
}

int unsaved_forget(struct state *state, const char *schema, const char *name, const void *data,
	size_t len, struct error *err)
{
	char dir[PATH_MAX], stem[NAME_MAX + 1];
	struct found found = { .stem = stem };
	int ret = unsaved_add_dir(schema, dir, err);

	make_stem(name, stem);
	if (ret == 0)
		ret = state_visit(state, dir, collect, &found, err);
	for (size_t i = 0; ret == 0 && i < found.n_names; i++) {
		bool is_same = false;

		ret = compare(state, dir, found.names[i], data, len, &is_same, err);
		if (ret == 0 && is_same)
			ret = unsaved_remove(state, schema, found.names[i], err);
		if (ret == -ENOENT)
			ret = 0;
	}
	for (size_t i = 0; i < found.n_names; i++)
		free(found.names[i]);
	return ret;
}
