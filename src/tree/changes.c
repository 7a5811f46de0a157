/* What the caches tell of rows, as what the kernel knows: nodes and names. */
#include "cache/cache.h"
#include "save/hidden.h"
#include "tree/name.h"
#include "tree/node.h"

void changes_pass_on(struct tree *tree, const struct cache_change *change)
{
	const struct node *schema = node_of_dir(tree, change->dir);
	char name[NAME_MAX_LEN + 1];
	struct tree_change told;

	if (!schema)
		return;
	name_encode(change->id, store_ino(schema->app->name, schema->name, change->id), name);
	told = (struct tree_change){
		.node = change->is_new ? 0 : node_item_number(tree, schema->app, change->row),
		.parent = schema->number,
		.name = name,
		.is_removed = change->is_removed,
		.is_new = change->is_new,
	};
	pthread_mutex_lock(&tree->observer_lock);
	if (tree->on_change)
		tree->on_change(tree->observer, &told);
	pthread_mutex_unlock(&tree->observer_lock);
}

/*
 * What is removed here the kernel has dropped already. To tell it so would wait for the directory while the
 * next one is removed, and a program that is killed while it waits is not let go: nor is who removes.
 */
static void note(void *payload, const struct cache_change *change)
{
	struct tree *tree = payload;
	const struct node *schema = node_of_dir(tree, change->dir);

	if (schema && change->is_removed &&
		hidden_has(schema->app->hidden, change->dir, change->id))
		return;
	changes_pass_on(tree, change);
}

static void set_observers(struct tree *tree, cache_change_fn on_change)
{
	for (size_t i = 0; i < tree->conf.n_apps; i++)
		cache_set_observer(tree->conf.apps[i].cache, on_change, tree);
}

void changes_observe(struct tree *tree)
{
	set_observers(tree, note);
}

void changes_ignore(struct tree *tree)
{
	set_observers(tree, NULL);
}

void tree_set_observer(struct tree *tree, tree_change_fn on_change, void *payload)
{
	pthread_mutex_lock(&tree->observer_lock);
	tree->on_change = on_change;
	tree->observer = payload;
	pthread_mutex_unlock(&tree->observer_lock);
}
