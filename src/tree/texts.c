#include "cache/texts.h"

#include <errno.h>
#include <stdlib.h>

#include "base/error.h"
#include "cache/cache.h"
#include "save/hidden.h"
#include "tree/dir.h"
#include "tree/file.h"
#include "tree/snapshots.h"

/* Of one directory, some rows at a time. */
struct look {
	struct tree *tree;
	struct node schema;
	const struct tree_text_visitor *visitor;
	uint64_t row, last_row; /* what lies behind row, up to last_row, is yet to be seen */
	struct store_batch batch;
};

static int see_file(
	struct look *look, struct store_item *item, struct tree_file *file, struct error *err)
{
	int ret = cache_peek_text(look->schema.dir, item, &file->text, err);

	/* Gone, or dropped, since it was listed. */
	if (ret == -ENOENT || ret == -ENODATA)
		return 0;
	if (ret < 0)
		return ret;
	node_fill_text_entry(look->tree, look->schema.app, item, &file->entry);
	file->digest = item->digest;
	snapshots_add(look->tree->snapshots, file->entry.node, file);
	look->visitor->see(look->visitor->payload, file);
	return 0;
}

static int see_item(struct look *look, struct store_item *item, struct error *err)
{
	const struct tree_text_visitor *visitor = look->visitor;
	struct tree_entry entry;
	struct tree_file *file;
	int ret;

	if (hidden_has(look->schema.app->hidden, look->schema.dir, item->id))
		return 0;
	node_fill_item_entry(look->tree, look->schema.app, item, 0, &entry);
	if (!visitor->wants(visitor->payload, &entry, item->digest))
		return 0;
	file = calloc(1, sizeof(*file));
	if (!file)
		return error_set(err, ENOMEM, "out of memory");
	file->references = 1;
	ret = see_file(look, item, file, err);
	tree_file_unref(file);
	return ret;
}

static int see_batch(struct look *look, struct error *err)
{
	int ret = cache_peek_list(look->schema.dir, look->row, &look->batch, err);

	for (size_t i = 0; ret == 0 && i < look->batch.n_items; i++) {
		struct store_item *item = &look->batch.items[i];

		if (item->row > look->last_row || look->visitor->is_over(look->visitor->payload)) {
			look->row = look->last_row;
			return 0;
		}
		look->row = item->row;
		ret = see_item(look, item, err);
	}
	/* Nothing lies behind. */
	if (look->batch.n_items < STORE_BATCH_MAX)
		look->row = look->last_row;
	return ret;
}

static uint64_t row_of(int64_t offset)
{
	return offset > DIR_DOTS ? (uint64_t)(offset - DIR_DOTS) : 0;
}

int tree_see_texts(struct tree *tree, uint64_t dir, int64_t after, int64_t last,
	const struct tree_text_visitor *visitor, struct error *err)
{
	struct look *look = malloc(sizeof(*look));
	int ret;

	if (!look)
		return error_set(err, ENOMEM, "out of memory");
	look->tree = tree;
	look->visitor = visitor;
	look->row = row_of(after);
	look->last_row = row_of(last);
	store_batch_init(&look->batch);
	ret = node_find(tree, dir, &look->schema, err);
	while (ret == 0 && look->schema.dir && look->row < look->last_row)
		ret = see_batch(look, err);
	store_batch_release(&look->batch);
	free(look);
	return ret;
}
