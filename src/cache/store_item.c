#include "cache/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "cache/store_private.h"

void store_item_init(struct store_item *item)
{
	*item = (struct store_item){
		.id = "", .status = "", .new_status = "", .created_by = "", .modified_by = ""
	};
}

void store_item_release(struct store_item *item)
{
	if (!item)
		return;
	free(item->strings);
	store_item_init(item);
}

void store_batch_init(struct store_batch *batch)
{
	batch->n_items = 0;
}

void store_batch_release(struct store_batch *batch)
{
	if (!batch)
		return;
	for (size_t i = 0; i < batch->n_items; i++)
		store_item_release(&batch->items[i]);
	batch->n_items = 0;
}

/* One block for all strings: a listing makes five of them for each item. */
static int fill_strings(struct store_item *item, struct query *q, int first_column)
{
	const char **const strings[] = { &item->id, &item->status, &item->new_status,
		&item->created_by, &item->modified_by };
	const size_t n = sizeof(strings) / sizeof(strings[0]);
	size_t len = 0;
	char *p;

	for (size_t i = 0; i < n; i++)
		len += strlen(query_get_text(q, first_column + (int)i)) + 1;
	item->strings = malloc(len);
	if (!item->strings)
		return -ENOMEM;
	p = item->strings;
	for (size_t i = 0; i < n; i++) {
		*strings[i] = p;
		p = stpcpy(p, query_get_text(q, first_column + (int)i)) + 1;
	}
	return 0;
}

int store_item_fill(struct store_item *item, struct query *q, uint64_t session)
{
	store_item_release(item);
	item->row = (uint64_t)query_get_int(q, 0);
	item->ino = (uint64_t)query_get_int(q, 1);
	item->dir = (uint64_t)query_get_int(q, 2);
	item->version = query_get_int(q, 3);
	item->created_s = query_get_int(q, 4);
	item->modified_s = query_get_int(q, 5);
	item->size = (uint64_t)query_get_int(q, 6);
	item->is_writable = query_get_int(q, 7);
	item->generation = (uint64_t)query_get_int(q, 8);
	if ((uint64_t)query_get_int(q, 9) == session)
		item->checked_ms = (uint64_t)query_get_int(q, 10);
	item->digest = (uint64_t)query_get_int(q, 17);
	item->has_text = query_get_int(q, 18) > 0;
	snprintf(item->etag, sizeof(item->etag), "%s", query_get_text(q, 16));
	return fill_strings(item, q, 11);
}

uint64_t store_ino(const char *app, const char *schema, const char *id)
{
	const char *const strings[] = { app, schema, id };
	uint64_t ino = hash_strings(strings, 3);

	return ino > STORE_INO_MIN ? ino : ino + STORE_INO_MIN + 1;
}
