#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cache/store_private.h"

struct noted_change {
	struct store_change told;
	char *id; /* the memory behind told.id */
};

void store_set_observer(struct store *store, store_change_fn on_change, void *payload)
{
	store->on_change = on_change;
	store->payload = payload;
}

static int grow(struct changes *changes)
{
	size_t size = changes->size ? 2 * changes->size : 16;
	struct noted_change *list = reallocarray(changes->list, size, sizeof(list[0]));

	if (!list)
		return -ENOMEM;
	changes->list = list;
	changes->size = size;
	return 0;
}

int changes_add(struct changes *changes, const struct store_change *change, struct error *err)
{
	struct noted_change noted = { .told = *change };

	if (!changes->store->on_change)
		return 0;
	noted.id = strdup(change->id);
	if (!noted.id || (changes->n == changes->size && grow(changes) < 0)) {
		free(noted.id);
		return error_set(err, ENOMEM, "out of memory");
	}
	noted.told.id = noted.id;
	changes->list[changes->n++] = noted;
	return 0;
}

void changes_clear(struct changes *changes)
{
	for (size_t i = 0; i < changes->n; i++)
		free(changes->list[i].id);
	changes->n = 0;
}

void changes_tell(struct changes *changes)
{
	struct store *store = changes->store;

	if (changes->has_other_rows)
		atomic_fetch_add(&store->n_memberships, 1);
	for (size_t i = 0; i < changes->n; i++)
		store->on_change(store->payload, &changes->list[i].told);
	changes_clear(changes);
	free(changes->list);
	changes->list = NULL;
	changes->size = 0;
}

int changes_run_removal(
	struct changes *changes, struct query *q, uint64_t dir, struct error *err, const char *what)
{
	int ret = 0, ended;

	while (ret == 0 && query_next(q)) {
		const struct store_change change = {
			.dir = dir,
			.row = (uint64_t)query_get_int(q, 0),
			.id = query_get_text(q, 1),
			.is_removed = true,
		};

		changes->has_other_rows = true;
		ret = changes_add(changes, &change, err);
	}
	ended = query_end(q, err, what);
	return ended < 0 ? ended : ret;
}

uint64_t store_count_memberships(struct store *store)
{
	return atomic_load(&store->n_memberships);
}
