#include "cache/store.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "cache/store_private.h"

void store_item_init(struct store_item *item)
{
	*item = (struct store_item){
		.id = "",
		.status = "",
		.new_status = "",
		.created_by = "",
		.modified_by = "",
		.etag = "",
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
	batch->ids = NULL;
}

void store_batch_release(struct store_batch *batch)
{
	if (!batch)
		return;
	for (size_t i = 0; i < batch->n_items; i++)
		store_item_release(&batch->items[i]);
	free(batch->ids);
	store_batch_init(batch);
}

/* Columns of store_sql.c. */
enum { AT_ID = 12, AT_CREATED_S = 18 };

/* One block for all strings, which begin with the id: a listing makes some for each item. */
static int fill_strings(struct store_item *item, struct query *q, size_t n)
{
	const char **const strings[] = { &item->id, &item->status, &item->new_status,
		&item->created_by, &item->modified_by, &item->etag };
	const char *texts[sizeof(strings) / sizeof(strings[0])];
	size_t len = 0;
	char *p;

	assert(n <= sizeof(strings) / sizeof(strings[0]));
	for (size_t i = 0; i < n; i++) {
		texts[i] = query_get_text(q, AT_ID + (int)i);
		len += strlen(texts[i]) + 1;
	}
	item->strings = malloc(len);
	if (!item->strings)
		return -ENOMEM;
	p = item->strings;
	for (size_t i = 0; i < n; i++) {
		*strings[i] = p;
		p = stpcpy(p, texts[i]) + 1;
	}
	return 0;
}

static void fill_facts(struct store_item *item, struct query *q, uint64_t session)
{
	store_item_release(item);
	item->row = (uint64_t)query_get_int(q, 0);
	item->ino = (uint64_t)query_get_int(q, 1);
	item->dir = (uint64_t)query_get_int(q, 2);
	item->version = query_get_int(q, 3);
	item->modified_s = query_get_int(q, 4);
	item->size = (uint64_t)query_get_int(q, 5);
	item->is_writable = query_get_int(q, 6);
	item->generation = (uint64_t)query_get_int(q, 7);
	if ((uint64_t)query_get_int(q, 8) == session)
		item->checked_ms = (uint64_t)query_get_int(q, 9);
	item->digest = (uint64_t)query_get_int(q, 10);
	item->has_text = query_get_int(q, 11) > 0;
}

int store_item_fill(struct store_item *item, struct query *q, uint64_t session)
{
	fill_facts(item, q, session);
	item->created_s = query_get_int(q, AT_CREATED_S);
	return fill_strings(item, q, 6);
}

int store_item_fill_brief(struct store_item *item, struct query *q, uint64_t session)
{
	fill_facts(item, q, session);
	return fill_strings(item, q, 1);
}

uint64_t store_ino(const char *app, const char *schema, const char *id)
{
	const char *const strings[] = { app, schema, id };
	uint64_t ino = hash_strings(strings, 3);

	return ino > STORE_INO_MIN ? ino : ino + STORE_INO_MIN + 1;
}
