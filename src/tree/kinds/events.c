/* /.squidexfs/events: a file that grows while it is open (tree/events.h). */
#include "tree/events.h"
#include "tree/file.h"
#include "tree/node.h"

static int get_events(struct tree *tree, const struct call *call, const struct node *node,
	struct tree_entry *ret_entry, struct error *err)
{
	int64_t modified_s;

	(void)call;
	(void)err;
	node_fill_entry(tree, node, ret_entry);
	ret_entry->size = event_log_size(tree->conf.events, &modified_s);
	if (modified_s > 0)
		ret_entry->modified_s = modified_s;
	ret_entry->fresh_ms = 0;
	return 0;
}

static int open_events(struct tree *tree, const struct call *call, const struct node *node,
	struct tree_file *file, struct error *err)
{
	file->is_direct = true;
	return get_events(tree, call, node, &file->entry, err);
}

static size_t read_events(struct tree *tree, uint64_t offset, char *data, size_t size)
{
	return event_log_read(tree->conf.events, offset, data, size);
}

const struct kind kind_events = {
	.get = get_events,
	.open = open_events,
	.read = read_events,
};
