#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/client.h"
#include "base/error.h"
#include "base/log.h"
#include "cache/cache_private.h"
#include "cache/freshness.h"
#include "cache/narrow.h"

void freshness_set_ranges(struct freshness *f, struct narrow *narrow)
{
	if (f->narrow)
		narrow_release(f->narrow);
	free(f->narrow);
	f->narrow = narrow;
}

static int add_known(struct freshness *f, struct content_ids *known,
	const struct store_batch *batch, struct error *err)
{
	for (size_t i = 0; i < batch->n_items && known->n_ids < CLIENT_KNOWN_MAX; i++) {
		f->row = batch->items[i].row;
		known->ids[known->n_ids] = strdup(batch->items[i].id);
		if (!known->ids[known->n_ids])
			return error_set(err, ENOMEM, "out of memory");
		known->n_ids++;
	}
	return 0;
}

/* The next ones of the whole directory. */
static int load_rows(struct freshness *f, struct content_ids *known, struct error *err)
{
	struct store_batch *batch = malloc(sizeof(*batch));
	size_t n_loaded = 1;
	int ret = 0;

	if (!batch)
		return error_set(err, ENOMEM, "out of memory");
	store_batch_init(batch);
	while (ret == 0 && n_loaded > 0 && known->n_ids < CLIENT_KNOWN_MAX) {
		ret = store_list(f->dir->cache->store, f->dir->number, f->row, batch, err);
		n_loaded = batch->n_items;
		if (ret == 0)
			ret = add_known(f, known, batch, err);
	}
	store_batch_release(batch);
	free(batch);
	return ret;
}

/* The next ones of the ranges; the one that is not at its end begins behind the last of them. */
static int load_ranges(struct freshness *f, struct content_ids *known, struct error *err)
{
	struct narrow *narrow = f->narrow;

	while (narrow->i < narrow->n && known->n_ids < CLIENT_KNOWN_MAX) {
		struct narrow_range *range = &narrow->ranges[narrow->i];
		size_t n_max = CLIENT_KNOWN_MAX - known->n_ids, n_ids;
		int ret = store_list_ids(f->dir->cache->store, f->dir->number, range->after_id,
			range->last_id, 0, n_max, known->ids + known->n_ids, &n_ids, err);

		known->n_ids += n_ids;
		if (ret < 0)
			return ret;
		if (n_ids < n_max) {
			narrow->i++;
			continue;
		}
		free(range->after_id);
		range->after_id = strdup(known->ids[known->n_ids - 1]);
		if (!range->after_id)
			return error_set(err, ENOMEM, "out of memory");
	}
	return 0;
}

int freshness_load_known(struct freshness *f, struct content_ids *ret_known, struct error *err)
{
	int ret = 0;

	content_ids_release(ret_known);
	ret_known->ids = calloc(CLIENT_KNOWN_MAX, sizeof(*ret_known->ids));
	if (!ret_known->ids)
		return error_set(err, ENOMEM, "out of memory");
	if (f->narrow)
		ret = load_ranges(f, ret_known, err);
	if (ret < 0 || ret_known->n_ids > 0)
		return ret;
	if (f->narrow && f->n_gone >= f->n_missing) {
		f->step = FRESHNESS_DONE;
		return 0;
	}
	freshness_set_ranges(f, NULL);
	ret = load_rows(f, ret_known, err);
	/* What a failed check had asked for went afterwards. */
	if (ret == 0 && ret_known->n_ids == 0 && f->is_resumed && f->n_gone < f->n_missing) {
		f->is_resumed = false;
		f->row = 0;
		ret = load_rows(f, ret_known, err);
	}
	if (ret == 0 && ret_known->n_ids == 0)
		f->step = FRESHNESS_DONE;
	return ret;
}

static bool is_there(const struct content_ids *there, const char *id)
{
	size_t low = 0, high = there->n_ids;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(id, there->ids[middle]);

		if (order == 0)
			return true;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

int freshness_take_known(struct freshness *f, const struct content_ids *known,
	const struct content_ids *there, uint64_t asked_ms, struct error *err)
{
	struct cache_dir *dir = f->dir;
	const char **gone = calloc(known->n_ids + 1, sizeof(*gone));
	size_t n_gone = 0;
	int ret = 0;

	if (!gone)
		return error_set(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < known->n_ids; i++) {
		if (!is_there(there, known->ids[i]))
			gone[n_gone++] = known->ids[i];
	}
	f->n_gone += n_gone;
	log_trace("cache", "of %zu known items of '%s', %zu are gone", known->n_ids,
		dir->schema->name, n_gone);
	if (there->is_part || is_loss(f->n_known, f->n_known - f->n_gone))
		f->step = FRESHNESS_LIST;
	else if (n_gone > 0)
		ret = store_remove_gone(
			dir->cache->store, dir->number, asked_ms, gone, n_gone, err);
	if (ret == 0)
		dir->gone_row = f->row;
	free(gone);
	return ret;
}
