#include "save/status_change.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "api/client.h"
#include "api/client_change.h"
#include "api/moment.h"
#include "base/buf.h"
#include "base/error.h"
#include "cache/cache.h"
#include "cache/store.h"
#include "save/own.h"
#include "save/save_private.h"

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

static int send(struct saver *saver, const struct call *call, struct cache_dir *dir,
	const struct change *change, struct error *err)
{
	uint64_t begun_ms = cache_begin_change(dir);
	struct change_result result;
	struct error why;
	int ret;

	change_result_init(&result);
	ret = client_change(saver->conf.client, call, change, &result);
	why = result.err;
	if (ret == 0)
		take_answer(saver, dir, change, begun_ms, &result);
	else if (result.is_doubtful || ret == -ENOENT)
		cache_forget_item(dir, change->id);
	if (result.is_doubtful)
		error_prefix(&why, "it is not known whether this was done");
	if (ret < 0 && err)
		*err = why;
	change_result_release(&result);
	return ret;
}

int saver_set_status(struct saver *saver, const struct call *call, struct cache_dir *dir,
	const struct store_item *item, const char *text, size_t len, struct error *err)
{
	struct change change = {
		.schema = cache_dir_schema(dir),
		.id = item->id,
		.version = item->version,
	};
	char copy[LINE_MAX_LEN + 1], *line = NULL;
	int ret;

	if (len <= LINE_MAX_LEN && !memchr(text, '\0', len)) {
		memcpy(copy, text, len);
		copy[len] = '\0';
		line = find_line(copy);
	}
	if (!line)
		return error_set(err, EINVAL,
			"one line is wanted: a status, a status and its moment, %s, %s or %s",
			word_draft, word_no_draft, word_no_schedule);
	ret = read_line(line, &change, err);
	if (ret < 0 || is_set_already(&change, item))
		return ret;
	return send(saver, call, dir, &change, err);
}
