#include "save/status_change.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "api/client.h"
#include "api/client_change.h"
#include "api/moment.h"
#include "base/buf.h"
#include "base/call.h"
#include "base/error.h"
#include "cache/cache.h"
#include "cache/store.h"
#include "save/own.h"
#include "save/save_private.h"
#include "save/sending.h"
#include "save/turns.h"

/* The name of a status and a moment; names are words. */
#define LINE_MAX_LEN 1024

static const char word_draft[] = "+draft";
static const char word_no_draft[] = "-draft";
static const char word_no_schedule[] = "-schedule";

static int add_lines(const struct content *content, struct buf *text)
{
	char due[MOMENT_TEXT_SIZE];
	int ret = buf_addf(text, "%s\n", content->status);

	if (ret == 0 && *content->new_status)
		ret = buf_addf(text, "%s %s\n", word_draft, content->new_status);
	if (ret == 0 && *content->due_status) {
		moment_format(content->due_s, due);
		ret = buf_addf(text, "%s %s\n", content->due_status, due);
	}
	return ret;
}

int status_show(struct client *client, const struct call *call, struct cache_dir *dir,
	const char *id, struct buf *ret_text, struct error *err)
{
	uint64_t begun_ms = cache_begin_change(dir);
	enum client_found found;
	struct content content;
	int ret;

	content_init(&content);
	ret = client_fetch_content(
		client, call, cache_dir_schema(dir), id, NULL, &content, &found, err);
	if (ret == 0 && add_lines(&content, ret_text) < 0)
		ret = error_set(err, ENOMEM, "out of memory");
	if (ret == 0)
		ret = cache_end_change(dir, begun_ms, &content, err);
	content_release(&content);
	return ret;
}

size_t status_size(const struct store_item *item)
{
	size_t size = strlen(item->status) + 1;

	/* The word's NUL stands for the blank. */
	if (*item->new_status)
		size += sizeof(word_draft) + strlen(item->new_status) + 1;
	return size;
}

/* Cuts the white space around a line off. NULL: there are several lines, or none. */
static char *find_line(char *text)
{
	char *end;

	while (isspace((unsigned char)*text))
		text++;
	end = text + strlen(text);
	while (end > text && isspace((unsigned char)end[-1]))
		end--;
	*end = '\0';
	return *text && !strchr(text, '\n') ? text : NULL;
}

static bool begins_with_word(const char *line, const char *word)
{
	size_t len = strlen(word);

	return strncmp(line, word, len) == 0 && (!line[len] || line[len] == ' ');
}

static int read_line(char *line, struct change *change, struct error *err)
{
	char *blank = strrchr(line, ' ');
	int64_t due_s;

	if (begins_with_word(line, word_draft)) {
		change->kind = CHANGE_OPEN_DRAFT;
	} else if (strcmp(line, word_no_draft) == 0) {
		change->kind = CHANGE_DROP_DRAFT;
	} else if (strcmp(line, word_no_schedule) == 0) {
		change->kind = CHANGE_UNSCHEDULE;
	} else if (*line == '+' || *line == '-') {
		return error_set(err, EINVAL, "'%s' is none of %s, %s and %s", line, word_draft,
			word_no_draft, word_no_schedule);
	} else {
		change->kind = CHANGE_STATUS;
		change->status = line;
		if (blank && moment_parse(blank + 1, &due_s)) {
			*blank = '\0';
			change->due = blank + 1;
		}
	}
	return 0;
}

static bool is_set_already(const struct change *change, const struct store_item *item)
{
	const char *now = *item->new_status ? item->new_status : item->status;

	return change->kind == CHANGE_STATUS && !change->due && strcmp(change->status, now) == 0;
}

static void take_answer(struct saver *saver, struct cache_dir *dir, const struct change *change,
	uint64_t begun_ms, const struct change_result *result)
{
	if (!result->has_content || cache_end_change(dir, begun_ms, &result->content, NULL) < 0) {
		cache_forget_item(dir, change->id);
		return;
	}
	own_note(saver->own, cache_dir_name(dir), change->id, change->version,
		result->content.version);
}

/* A change of the status on its way (sending.h). */
struct course {
	struct saver *saver;
	const struct call *call;
	struct cache_dir *dir;
	const struct change *change;
	bool was_lost; /* an answer was */
};

static int send_and_take(void *payload, const struct call *call, struct change_result *ret_result)
{
	const struct course *course = payload;
	uint64_t begun_ms = cache_begin_change(course->dir);
	int ret = client_change(course->saver->conf.client, call, course->change, ret_result);

	if (ret == 0)
		take_answer(course->saver, course->dir, course->change, begun_ms, ret_result);
	return ret;
}

/* A moment that has passed is carried out, and no longer scheduled. */
static bool is_done(const struct change *change, const struct content *now)
{
	int64_t due_s;

	switch (change->kind) {
	case CHANGE_OPEN_DRAFT:
		return *now->new_status != '\0';
	case CHANGE_DROP_DRAFT:
		return *now->new_status == '\0';
	case CHANGE_UNSCHEDULE:
		return *now->due_status == '\0';
	default:
		break;
	}
	if (change->due && strcmp(change->status, now->due_status) == 0)
		return moment_parse(change->due, &due_s) && due_s == now->due_s;
	return strcmp(change->status, *now->new_status ? now->new_status : now->status) == 0;
}

static int judge(const struct change *change, const struct content *now, bool *ret_may_resend,
	struct error *err)
{
	*ret_may_resend = now->version == change->version;
	if (*ret_may_resend || is_done(change, now))
		return 0;
	return error_set(err, ESTALE,
		"%s/%s: the server has version %" PRId64 " now, in which this is not set",
		change->schema->name, change->id, now->version);
}

/*
 * What was done is in the cache then. Its version may be somebody else's, and is not noted as ours. Who was
 * interrupted meanwhile is told the truth all the same.
 */
static int look(
	void *payload, const struct change_result *result, bool *ret_may_resend, struct error *err)
{
	struct course *course = payload;
	const struct change *change = course->change;
	uint64_t begun_ms = cache_begin_change(course->dir);
	const struct call patient = call_patient(course->call);
	struct error why = { 0 };
	enum client_found found;
	struct content now;
	int ret;

	course->was_lost = true;
	content_init(&now);
	ret = client_fetch_content(course->saver->conf.client, &patient, change->schema, change->id,
		NULL, &now, &found, &why);
	if (ret == 0)
		ret = judge(change, &now, ret_may_resend, err);
	else if (ret == -ENOENT)
		ret = error_set(err, ENOENT, "%s/%s: the item was deleted meanwhile",
			change->schema->name, change->id);
	else
		ret = sending_fail_unseen(result, &why, err);
	if (ret == 0 && !*ret_may_resend && cache_end_change(course->dir, begun_ms, &now, NULL) < 0)
		cache_forget_item(course->dir, change->id);
	content_release(&now);
	return ret;
}

/* copy: what the change's strings are borrowed from. */
static int read_order(const char *text, size_t len, char copy[LINE_MAX_LEN + 1],
	struct change *change, struct error *err)
{
	char *line = NULL;

	if (len <= LINE_MAX_LEN && !memchr(text, '\0', len)) {
		memcpy(copy, text, len);
		copy[len] = '\0';
		line = find_line(copy);
	}
	if (!line)
		return error_set(err, EINVAL,
			"one line is wanted: a status, a status and its moment, %s, %s or %s",
			word_draft, word_no_draft, word_no_schedule);
	return read_line(line, change, err);
}

int saver_set_status(struct saver *saver, const struct call *call, struct cache_dir *dir,
	const struct store_item *item, const char *text, size_t len, struct error *err)
{
	struct change change = {
		.schema = cache_dir_schema(dir),
		.id = item->id,
		.version = item->version,
	};
	struct course course = { .saver = saver, .call = call, .dir = dir, .change = &change };
	const struct sending sending = {
		.call = call,
		.send = send_and_take,
		.look = look,
		.payload = &course,
	};
	struct turn turn = { .dir = dir, .id = item->id };
	char copy[LINE_MAX_LEN + 1];
	int ret = read_order(text, len, copy, &change, err);

	if (ret < 0 || is_set_already(&change, item))
		return ret;
	ret = turns_take(saver->turns, call, &turn, err);
	if (ret < 0)
		return ret;
	change.version = own_newest(saver->own, cache_dir_name(dir), item->id, item->version);
	ret = sending_run(&sending, err);
	if (ret == -ESTALE && saver_confirm_creation(saver, call, dir, item->id, &change.version))
		ret = sending_run(&sending, err);
	turns_give(saver->turns, &turn);
	/* After a conflict what was at hand stays there, so that it is one again. */
	if (ret == -ENOENT || (ret < 0 && ret != -ESTALE && course.was_lost))
		cache_forget_item(dir, change.id);
	return ret;
}
