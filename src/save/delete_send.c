#include "save/delete_send.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "api/client_change.h"
#include "base/log.h"
#include "cache/cache.h"
#include "save/delete_queue.h"
#include "save/save.h"

/* A bulk costs five requests' credits. */
#define BULK_MIN 6

/* It is sent a second time where the item shows that the first one did nothing, and no third. */
#define LOST_MAX 1

static struct change change_of(const struct deletes_conf *conf, const struct deletion *deletion)
{
	return (struct change){
		.kind = CHANGE_DELETE,
		.schema = cache_dir_schema(deletion->dir),
		.id = deletion->id,
		.version = deletion->version,
		.checks_referrers = conf->mode == DELETES_CHECKED,
		.is_permanent = conf->mode == DELETES_PERMANENT,
	};
}

static enum verdict judge_version(struct deletion *deletion, int64_t version)
{
	if (version != deletion->version) {
		error_set(&deletion->reason, ESTALE,
			"%s/%s: it was version %" PRId64 " that was removed, and the server has "
			"version %" PRId64 " now",
			cache_dir_name(deletion->dir), deletion->id, deletion->version, version);
		return VERDICT_REFUSED;
	}
	deletion->is_doubtful = false;
	return deletion->n_lost > LOST_MAX ? VERDICT_REFUSED : VERDICT_LATER;
}

/* The answer was lost: the item tells. */
static enum verdict settle(
	const struct deletes_conf *conf, const struct call *call, struct deletion *deletion)
{
	enum verdict verdict = VERDICT_LATER;
	struct store_item item;
	int ret;

	store_item_init(&item);
	ret = cache_fetch(conf->cache, call, deletion->dir, deletion->id, &item, NULL);
	if (ret == -ENOENT)
		verdict = VERDICT_GONE;
	else if (ret == 0)
		verdict = judge_version(deletion, item.version);
	store_item_release(&item);
	return verdict;
}

/* Was nothing said of the item, but that now is not the time? */
static bool is_passing(const struct error *err)
{
	return err->http_status == 0 || err->http_status == 429;
}

static enum verdict judge(const struct deletes_conf *conf, const struct call *call,
	struct deletion *deletion, const struct change_result *result)
{
	if (result->ret == 0 || result->ret == -ENOENT)
		return VERDICT_GONE;
	deletion->reason = result->err;
	if (result->is_doubtful) {
		deletion->n_lost++;
		deletion->is_doubtful = true;
		return settle(conf, call, deletion);
	}
	if (is_passing(&result->err))
		return VERDICT_LATER;
	return result->ret == -EBUSY ? VERDICT_REFERRED : VERDICT_REFUSED;
}

static enum verdict send_one(
	const struct deletes_conf *conf, const struct call *call, struct deletion *deletion)
{
	const struct change change = change_of(conf, deletion);
	struct change_result result;
	enum verdict verdict;

	if (deletion->is_doubtful) {
		verdict = settle(conf, call, deletion);
		if (verdict != VERDICT_LATER || deletion->is_doubtful)
			return verdict;
	}
	change_result_init(&result);
	client_change(conf->client, call, &change, &result);
	verdict = judge(conf, call, deletion, &result);
	change_result_release(&result);
	return verdict;
}

static void send_each(const struct deletes_conf *conf, const struct call *call,
	struct deletion *const *deletions, size_t n, enum verdict *verdicts)
{
	for (size_t i = 0; i < n; i++)
		verdicts[i] = send_one(conf, call, deletions[i]);
}

/* Was the request refused before any of its jobs was looked at, by whom it was sent to? */
static bool is_refused_whole(int ret, const struct change_result *result)
{
	return ret < 0 && !result->is_doubtful && !is_passing(&result->err);
}

static void send_together(const struct deletes_conf *conf, const struct call *call,
	struct deletion *const *deletions, size_t n, enum verdict *verdicts)
{
	struct change *changes = calloc(n, sizeof(*changes));
	struct change_result *results = calloc(n, sizeof(*results));
	int ret = -ENOMEM;

	for (size_t i = 0; changes && results && i < n; i++) {
		changes[i] = change_of(conf, deletions[i]);
		change_result_init(&results[i]);
	}
	if (changes && results)
		ret = client_change_all(conf->client, call, changes, n, results);
	if (ret == -ENOMEM || is_refused_whole(ret, &results[0])) {
		send_each(conf, call, deletions, n, verdicts);
	} else {
		for (size_t i = 0; i < n; i++)
			verdicts[i] = judge(conf, call, deletions[i], &results[i]);
	}
	for (size_t i = 0; results && i < n; i++)
		change_result_release(&results[i]);
	free(results);
	free(changes);
}

static bool has_doubtful(struct deletion *const *deletions, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (deletions[i]->is_doubtful)
			return true;
	}
	return false;
}

/* What was created here may have another version than the server said. */
static enum verdict send_again(const struct deletes_conf *conf, const struct call *call,
	struct deletion *deletion, enum verdict verdict)
{
	if (verdict != VERDICT_REFUSED || deletion->reason.errnum != ESTALE ||
		!saver_confirm_creation(
			conf->saver, call, deletion->dir, deletion->id, &deletion->version))
		return verdict;
	return send_one(conf, call, deletion);
}

void delete_send(const struct deletes_conf *conf, const struct call *call,
	struct deletion *const *deletions, size_t n, enum verdict *ret_verdicts)
{
	if (n >= BULK_MIN && !has_doubtful(deletions, n))
		send_together(conf, call, deletions, n, ret_verdicts);
	else
		send_each(conf, call, deletions, n, ret_verdicts);
	for (size_t i = 0; i < n; i++)
		ret_verdicts[i] = send_again(conf, call, deletions[i], ret_verdicts[i]);
}

void delete_take_away(const struct deletes_conf *conf, const struct deletion *deletion)
{
	struct error err = { 0 };

	saver_note_removal(conf->saver, deletion->dir, deletion->id);
	if (cache_end_removal(deletion->dir, deletion->id, &err) == 0)
		return;
	cache_forget_item(deletion->dir, deletion->id);
	log_line(LOG_WARN, "%s/%s is deleted, and may still be shown for a while: %s",
		cache_dir_name(deletion->dir), deletion->id, err.text);
}
