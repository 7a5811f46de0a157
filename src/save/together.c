#include "save/together.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/client.h"
#include "api/client_change.h"
#include "api/content.h"
#include "base/error.h"
#include "base/log.h"

/* Do single requests have a chance where a bulk had none, without making anything twice? */
static bool is_refused(int ret, bool *ret_is_barred)
{
	switch (ret) {
	case -EACCES:
	case -ENOENT:
	case -EOPNOTSUPP:
		*ret_is_barred = true;
		return true;
	case -EFBIG:
	case -EINVAL:
	case -ENOMEM:
		return true;
	default:
		return false;
	}
}

/* What was made, and of which nobody knows whether it was. */
static bool is_wanted(const struct change_result *result)
{
	return result->ret == 0 || result->is_doubtful;
}

static void give_content(struct content *content, struct change_result *result)
{
	content_release(&result->content);
	result->content = *content;
	content_init(content);
	result->has_content = true;
}

static void give_contents(struct content_page *page, const struct change *changes,
	struct change_result *results, size_t n)
{
	for (size_t i = 0; i < n; i++)
		results[i].is_read_after = is_wanted(&results[i]);
	for (size_t i = 0; i < page->n_items; i++) {
		struct content *content = &page->items[i];
		size_t k = 0;

		while (k < n && strcmp(changes[k].id, content->id) != 0)
			k++;
		if (k < n && is_wanted(&results[k]))
			give_content(content, &results[k]);
	}
}

/* Of those that are wanted, copies; what there is no memory for is left out. */
static size_t collect_ids(
	char **ids, const struct change *changes, const struct change_result *results, size_t n)
{
	size_t n_ids = 0;

	for (size_t i = 0; i < n; i++) {
		if (is_wanted(&results[i]))
			ids[n_ids] = strdup(changes[i].id);
		if (ids[n_ids])
			n_ids++;
	}
	return n_ids;
}

/* The items that are wanted. Where that fails, each has to read its own. */
static void read_wanted(struct client *client, const struct call *call,
	const struct change *changes, struct change_result *results, size_t n)
{
	char **ids = calloc(n + 1, sizeof(*ids));
	struct content_page page;
	struct error err = { 0 };
	size_t n_ids;

	if (!ids)
		return;
	content_page_init(&page);
	n_ids = collect_ids(ids, changes, results, n);
	if (n_ids > 0 &&
		client_fetch_items(client, call, changes[0].schema, ids, n_ids, &page, &err) == 0)
		give_contents(&page, changes, results, n);
	else if (n_ids > 0)
		log_line(LOG_WARN, "what was saved has to be read one by one: %s", err.text);
	content_page_release(&page);
	for (size_t i = 0; i < n_ids; i++)
		free(ids[i]);
	free(ids);
}

static bool send_all(struct client *client, const struct call *call, const struct change *changes,
	struct change_result *results, size_t n, bool *ret_is_barred)
{
	int ret = client_change_all(client, call, changes, n, results);

	if (ret < 0 && !results[0].is_doubtful && is_refused(ret, ret_is_barred))
		return false;
	if (ret == 0 || results[0].is_doubtful)
		read_wanted(client, call, changes, results, n);
	return true;
}

bool together_send(struct client *client, const struct call *call,
	const struct change *const *changes, struct change_result *const *results, size_t n,
	bool *ret_is_barred)
{
	struct change *jobs = calloc(n, sizeof(*jobs));
	struct change_result *made = calloc(n, sizeof(*made));
	bool has_gone = false;

	for (size_t i = 0; jobs && made && i < n; i++) {
		jobs[i] = *changes[i];
		change_result_init(&made[i]);
	}
	if (jobs && made)
		has_gone = send_all(client, call, jobs, made, n, ret_is_barred);
	for (size_t i = 0; jobs && made && i < n; i++) {
		if (has_gone)
			*results[i] = made[i];
		else
			change_result_release(&made[i]);
	}
	free(made);
	free(jobs);
	return has_gone;
}
