#include "tree/node.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "api/client.h"
#include "base/error.h"
#include "base/hash.h"
#include "cache/cache.h"
#include "tree/errors.h"
#include "tree/kept.h"
#include "tree/locals.h"
#include "tree/metrics.h"
#include "tree/scratch.h"
#include "tree/snapshots.h"
#include "tree/status.h"
#include "tree/writing.h"

/*
 * The table begins with these; an index plus one is the number. Then come, where a server is
 * asked to tell of them, the events, and the apps.
 */
enum {
	AT_ROOT,
	AT_APPS,
	AT_CONTROL,
	AT_STATUS,
	AT_METRICS,
	AT_ERRORS,
	AT_REFRESH,
	AT_UNSAVED,
	N_FIRST
};

#define ROW_BITS 48
#define ROW_MASK ((UINT64_C(1) << ROW_BITS) - 1)

/* Rows are given one by one and stay below. */
#define LOCAL_FLAG (UINT64_C(1) << (ROW_BITS - 1))
/* Locals are numbered one by one, too. */
#define KEPT_FLAG (LOCAL_FLAG | UINT64_C(1) << (ROW_BITS - 2))
#define SCRATCH_FLAG (LOCAL_FLAG | UINT64_C(1) << (ROW_BITS - 3))

/* The status of a row's item. */
#define STATUS_FLAG (UINT64_C(1) << (ROW_BITS - 3))

static uint64_t dir_ino(const char *app, const char *schema)
{
	const char *const names[] = { "directory", app, schema };

	return hash_strings(names, 3);
}

static int render_errors(struct tree *tree, struct buf *text, struct error *err)
{
	int ret = error_log_render(tree->conf.errors, text);

	return ret < 0 ? error_set(err, -ret, "cannot show the latest errors: out of memory") : 0;
}

static struct node *add_node(
	struct tree *tree, size_t parent, const struct kind *kind, mode_t mode, const char *name)
{
	struct node *node = &tree->nodes[tree->n_nodes];
	struct node *dir = &tree->nodes[parent];

	*node = (struct node){
		.number = tree->n_nodes + 1,
		.kind = kind,
		.ino = tree->n_nodes + 1,
		.name = name,
		.mode = mode & ~tree->conf.umask,
		.parent = parent,
		.app = dir->app,
	};
	if (node != dir) {
		if (dir->n_children == 0)
			dir->first_child = tree->n_nodes;
		assert(dir->first_child + dir->n_children == tree->n_nodes);
		dir->n_children++;
	}
	tree->n_nodes++;
	return node;
}

static void add_app(struct tree *tree, const struct app *app)
{
	struct node *node = add_node(tree, AT_APPS, &kind_fixed, S_IFDIR | 0755, app->name);

	node->app = app;
	node->ino = dir_ino(app->name, "");
	if (client_is_read_only(app->client))
		node->mode &= (mode_t)~0222;
}

static void add_schemas(struct tree *tree, size_t parent)
{
	const struct app *app = tree->nodes[parent].app;
	size_t n = cache_count_dirs(app->cache);
	mode_t mode = client_is_read_only(app->client) ? 0555 : 0755;

	for (size_t i = 0; i < n; i++) {
		struct cache_dir *dir = cache_get_dir(app->cache, i);
		const char *name = cache_dir_name(dir);
		struct node *node = add_node(tree, parent, &kind_schema, S_IFDIR | mode, name);

		node->dir = dir;
		node->ino = dir_ino(app->name, name);
	}
}

/* In the order of the apps: node_find_kept looks there. */
static void add_unsaved(struct tree *tree)
{
	for (size_t i = 0; i < tree->conf.n_apps; i++) {
		const struct app *app = &tree->conf.apps[i];

		add_node(tree, AT_UNSAVED, &kind_unsaved_app, S_IFDIR | 0555, app->name)->app = app;
	}
}

/* Of the schemas, which lie in a row in the table: what is reached by name in each. */
static void add_status_dirs(struct tree *tree, size_t first, size_t end)
{
	for (size_t i = first; i < end; i++) {
		const struct node *schema = &tree->nodes[i];
		struct node *node = add_node(tree, i, &kind_status_dir, S_IFDIR | 0555, ".status");
		const char *const names[] = { "directory", schema->app->name, schema->name,
			node->name };

		node->ino = hash_strings(names, 4);
	}
}

static int check_names(const struct tree_conf *conf, struct error *err)
{
	for (size_t i = 0; i < conf->n_apps; i++) {
		for (size_t j = 0; j < i; j++) {
			if (strcmp(conf->apps[i].name, conf->apps[j].name) == 0)
				return error_set(err, EINVAL, "app '%s' is configured twice",
					conf->apps[i].name);
		}
	}
	return 0;
}

int nodes_new(struct tree *tree, struct error *err)
{
	const struct tree_conf *conf = &tree->conf;
	size_t first_app = N_FIRST + (conf->events != NULL);
	size_t n = first_app + 2 * conf->n_apps;
	int ret = check_names(conf, err);

	if (ret < 0)
		return ret;
	for (size_t i = 0; i < conf->n_apps; i++)
		n += 2 * cache_count_dirs(conf->apps[i].cache);
	tree->nodes = calloc(n, sizeof(*tree->nodes));
	if (!tree->nodes)
		return error_set(err, ENOMEM, "out of memory");
	add_node(tree, AT_ROOT, &kind_fixed, S_IFDIR | 0555, "");
	add_node(tree, AT_ROOT, &kind_fixed, S_IFDIR | 0555, "apps");
	add_node(tree, AT_ROOT, &kind_fixed, S_IFDIR | 0555, ".squidexfs");
	add_node(tree, AT_CONTROL, &kind_control, S_IFREG | 0444, "status")->render =
		tree_render_status;
	add_node(tree, AT_CONTROL, &kind_control, S_IFREG | 0444, "metrics")->render =
		tree_render_metrics;
	add_node(tree, AT_CONTROL, &kind_control, S_IFREG | 0444, "errors")->render = render_errors;
	add_node(tree, AT_CONTROL, &kind_refresh, S_IFREG | 0222, "refresh");
	add_node(tree, AT_CONTROL, &kind_fixed, S_IFDIR | 0555, "unsaved");
	if (conf->events)
		add_node(tree, AT_CONTROL, &kind_events, S_IFREG | 0444, "events");
	for (size_t i = 0; i < conf->n_apps; i++)
		add_app(tree, &conf->apps[i]);
	for (size_t i = 0; i < conf->n_apps; i++)
		add_schemas(tree, first_app + i);
	add_status_dirs(tree, first_app + conf->n_apps, tree->n_nodes);
	add_unsaved(tree);
	assert(tree->n_nodes == n);
	return 0;
}

void nodes_free(struct tree *tree)
{
	free(tree->nodes);
	tree->nodes = NULL;
	tree->n_nodes = 0;
}

static uint64_t kept_ino(const struct kept_name *kept)
{
	const char *const names[] = { "unsaved", kept->app->name, kept->schema, kept->name };

	return hash_strings(names, 4);
}

static struct node make_kept(const struct tree *tree, const struct kept_name *kept, uint64_t number)
{
	size_t app = (size_t)(kept->app - tree->conf.apps);
	bool is_folder = kept->name[0] == '\0';

	return (struct node){
		.number = (uint64_t)(app + 1) << ROW_BITS | KEPT_FLAG | number,
		.kind = is_folder ? &kind_unsaved_schema : &kind_unsaved_file,
		.ino = kept_ino(kept),
		.name = is_folder ? kept->schema : kept->name,
		.mode = (is_folder ? S_IFDIR | 0755 : S_IFREG | 0444) & ~tree->conf.umask,
		.parent = tree->nodes[AT_UNSAVED].first_child + app,
		.app = kept->app,
		.row = number,
		.folder = kept->schema,
	};
}

int node_find_kept(const struct tree *tree, const struct app *app, const char *schema,
	const char *name, struct node *ret_node, struct error *err)
{
	struct kept_name kept = { app, schema, name };
	uint64_t number = 0;
	int ret = kept_number(tree->kept, &kept, &number, err);

	if (ret < 0)
		return ret;
	/* Its strings last as long as the node. */
	(void)kept_get(tree->kept, number, &kept);
	*ret_node = make_kept(tree, &kept, number);
	return 0;
}

static const struct kind *kind_of(uint64_t number)
{
	if (!(number & LOCAL_FLAG))
		return number & STATUS_FLAG ? &kind_status : &kind_item;
	return (number & SCRATCH_FLAG) == SCRATCH_FLAG ? &kind_scratch : &kind_local;
}

static uint64_t row_of(uint64_t number)
{
	if (!(number & LOCAL_FLAG))
		return number & ROW_MASK & ~STATUS_FLAG;
	return number & ROW_MASK & ~SCRATCH_FLAG;
}

int node_find(const struct tree *tree, uint64_t number, struct node *ret_node, struct error *err)
{
	uint64_t app = number >> ROW_BITS;
	struct kept_name kept;

	if (number >= 1 && number <= tree->n_nodes) {
		*ret_node = tree->nodes[number - 1];
		return 0;
	}
	if (app < 1 || app > tree->conf.n_apps)
		return error_set(
			err, ESTALE, "no node has the number %llu", (unsigned long long)number);
	if ((number & KEPT_FLAG) == KEPT_FLAG) {
		if (!kept_get(tree->kept, number & ROW_MASK & ~KEPT_FLAG, &kept))
			return error_set(err, ESTALE, "nothing kept has that number");
		*ret_node = make_kept(tree, &kept, number & ROW_MASK & ~KEPT_FLAG);
		return 0;
	}
	*ret_node = (struct node){
		.number = number,
		.kind = kind_of(number),
		.app = &tree->conf.apps[app - 1],
		.row = row_of(number),
	};
	return 0;
}

const struct node *node_of_dir(const struct tree *tree, const struct cache_dir *dir)
{
	for (size_t i = 0; dir && i < tree->n_nodes; i++) {
		if (tree->nodes[i].dir == dir)
			return &tree->nodes[i];
	}
	return NULL;
}

const struct node *node_parent(const struct tree *tree, const struct node *node)
{
	return &tree->nodes[node->parent];
}

/*
 * Directories are as old as the mount. The newest item would be a finer time, but it is
 * known only after a listing, and tar complains of a directory that changes under it.
 */
void node_fill_entry(const struct tree *tree, const struct node *node, struct tree_entry *ret_entry)
{
	*ret_entry = (struct tree_entry){
		.node = node->number,
		.ino = node->ino,
		.mode = node->mode,
		.modified_s = tree->mounted_s,
		.fresh_ms = NODE_FIXED_FRESH_MS,
	};
}

uint64_t node_item_number(const struct tree *tree, const struct app *app, uint64_t row)
{
	assert(row < STATUS_FLAG);
	return (uint64_t)(app - tree->conf.apps + 1) << ROW_BITS | row;
}

uint64_t node_status_number(const struct tree *tree, const struct app *app, uint64_t row)
{
	return node_item_number(tree, app, row) | STATUS_FLAG;
}

uint64_t node_local_number(const struct tree *tree, const struct app *app, uint64_t local)
{
	assert(local < (SCRATCH_FLAG & ~LOCAL_FLAG));
	return (uint64_t)(app - tree->conf.apps + 1) << ROW_BITS | LOCAL_FLAG | local;
}

uint64_t node_scratch_number(const struct tree *tree, const struct app *app, uint64_t scratch)
{
	return node_local_number(tree, app, scratch) | SCRATCH_FLAG;
}

/* What is being written has the size that it has here, whatever the server's text is. */
static void show_writing(struct writing *writing, struct tree_entry *entry)
{
	struct writing_figures figures;

	writing_get(writing, &figures);
	entry->size = figures.size;
	entry->fresh_ms = 0;
	if (figures.modified_s > 0)
		entry->modified_s = figures.modified_s;
}

void node_fill_local_entry(const struct tree *tree, const struct app *app,
	const struct local *local, struct tree_entry *ret_entry)
{
	const struct writing_key key = { app, local->dir, local->id, local->name };
	struct writing *writing = writings_find(tree->writings, &key);

	*ret_entry = (struct tree_entry){
		.node = node_local_number(tree, app, local->number),
		.ino = local->ino,
		.mode = (S_IFREG | 0644) & ~tree->conf.umask,
		.modified_s = local->created_s,
	};
	if (writing)
		show_writing(writing, ret_entry);
	writing_unref(writing);
}

/* Others may change it, too: it is looked at each time. */
void node_fill_scratch_entry(const struct tree *tree, const struct app *app,
	const struct scratch_figures *figures, struct tree_entry *ret_entry)
{
	*ret_entry = (struct tree_entry){
		.node = node_scratch_number(tree, app, figures->number),
		.ino = figures->ino,
		.mode = figures->mode,
		.size = figures->size,
		.modified_s = figures->modified_s,
	};
}

void node_fill_text_entry(const struct tree *tree, const struct app *app,
	const struct store_item *item, struct tree_entry *ret_entry)
{
	bool is_writable = item->is_writable && !client_is_read_only(app->client);
	mode_t mode = S_IFREG | (is_writable ? 0644 : 0444);

	*ret_entry = (struct tree_entry){
		.node = node_item_number(tree, app, item->row),
		.ino = item->ino,
		.mode = mode & ~tree->conf.umask,
		.size = item->size,
		.modified_s = item->modified_s,
		.version = item->version,
		.digest = item->digest,
	};
}

void node_fill_item_entry(const struct tree *tree, const struct app *app,
	const struct store_item *item, uint64_t fresh_ms, struct tree_entry *ret_entry)
{
	const struct writing_key key = { app, cache_dir_of(app->cache, item), item->id, "" };
	struct writing *writing = key.dir ? writings_find(tree->writings, &key) : NULL;

	node_fill_text_entry(tree, app, item, ret_entry);
	if (!snapshots_differ(tree->snapshots, ret_entry->node, item->size))
		ret_entry->fresh_ms = fresh_ms;
	/* What is saved or refused is the server's again, and so is the text that one would open. */
	if (writing && writing_is_pending(writing))
		show_writing(writing, ret_entry);
	writing_unref(writing);
}
