#include "tree/refresh.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cache/cache.h"
#include "tree/absences.h"
#include "tree/name.h"
#include "tree/node.h"

/* Hundreds of the longest names; more can be written in several writes. */
#define TEXT_MAX ((size_t)128 * 1024)

static const char suffix[] = ".json";

/* One directory, or one item of it. */
struct target {
	const struct node *schema;
	char *id;     /* NULL: the directory */
	uint64_t row; /* of the item, 0: none at hand */
};

struct refresh {
	struct tree *tree;
	struct target *targets;
	size_t n_targets, size;
};

static int fail_memory(struct error *err)
{
	return error_set(err, ENOMEM, "out of memory");
}

static bool has_directory(const struct refresh *refresh, const struct node *schema)
{
	for (size_t i = 0; i < refresh->n_targets; i++) {
		if (refresh->targets[i].schema == schema && !refresh->targets[i].id)
			return true;
	}
	return false;
}

static int add_target(struct refresh *refresh, const struct node *schema, const char *id,
	uint64_t row, struct error *err)
{
	struct target target = { .schema = schema, .row = row };

	if (!id && has_directory(refresh, schema))
		return 0;
	if (refresh->n_targets == refresh->size) {
		size_t size = refresh->size ? 2 * refresh->size : 16;
		struct target *targets = reallocarray(refresh->targets, size, sizeof(targets[0]));

		if (!targets)
			return fail_memory(err);
		refresh->targets = targets;
		refresh->size = size;
	}
	if (id) {
		target.id = strdup(id);
		if (!target.id)
			return fail_memory(err);
	}
	refresh->targets[refresh->n_targets++] = target;
	return 0;
}

/* app, schema: NULL for any. */
static bool is_schema_of(const struct node *node, const char *app, const char *schema)
{
	return node->dir && (!app || strcmp(node->app->name, app) == 0) &&
	       (!schema || strcmp(node->name, schema) == 0);
}

static int add_schemas(
	struct refresh *refresh, const char *schema, size_t *ret_n, struct error *err)
{
	const struct tree *tree = refresh->tree;
	int ret = 0;

	*ret_n = 0;
	for (size_t i = 0; i < tree->n_nodes && ret == 0; i++) {
		if (!is_schema_of(&tree->nodes[i], NULL, schema))
			continue;
		ret = add_target(refresh, &tree->nodes[i], NULL, 0, err);
		(*ret_n)++;
	}
	return ret;
}

static const struct node *find_schema(const struct tree *tree, const char *app, const char *schema)
{
	for (size_t i = 0; i < tree->n_nodes; i++) {
		if (is_schema_of(&tree->nodes[i], app, schema))
			return &tree->nodes[i];
	}
	return NULL;
}

/* name: as in the directory, ".json" may be missing. */
static int add_item(
	struct refresh *refresh, const struct node *schema, const char *name, struct error *err)
{
	size_t len = strlen(name), end = sizeof(suffix) - 1;
	bool is_whole = len > end && strcmp(name + len - end, suffix) == 0;
	char file_name[NAME_MAX_LEN + 1];
	struct name_decoded decoded;
	struct store_item item;
	int ret;

	if (len + (is_whole ? 0 : end) > NAME_MAX_LEN)
		return error_set(err, ENAMETOOLONG, "a name is %d bytes at most", NAME_MAX_LEN);
	snprintf(file_name, sizeof(file_name), "%s%s", name, is_whole ? "" : suffix);
	if (!name_decode(file_name, &decoded))
		return error_set(err, ENOENT, "'%s' is not the name of an item", name);
	store_item_init(&item);
	if (decoded.is_shortened)
		ret = cache_peek_find_ino(schema->dir, decoded.ino, &item, err);
	else
		ret = cache_peek_find(schema->dir, decoded.id, &item, err);
	/* An id that is not at hand may be on the server; a shortened name tells no id. */
	if (ret == -ENOENT && decoded.is_shortened)
		error_set(err, ENOENT, "'%s' shortens no known item's name", name);
	else if (ret == 0 || ret == -ENOENT)
		ret = add_target(refresh, schema, ret == 0 ? item.id : decoded.id, item.row, err);
	store_item_release(&item);
	return ret;
}

static int add_path(struct refresh *refresh, char *line, struct error *err)
{
	char *schema_name = strchr(line, '/') + 1;
	char *item_name = strchr(schema_name, '/');
	const struct node *schema;

	schema_name[-1] = '\0';
	if (item_name)
		*item_name++ = '\0';
	schema = find_schema(refresh->tree, line, schema_name);
	if (!schema)
		return error_set(
			err, ENOENT, "there is no schema '%s' in an app '%s'", schema_name, line);
	if (!item_name)
		return add_target(refresh, schema, NULL, 0, err);
	return add_item(refresh, schema, item_name, err);
}

static int add_line(struct refresh *refresh, char *line, struct error *err)
{
	size_t n;
	int ret;

	if (!*line)
		return 0;
	if (strchr(line, '/'))
		return add_path(refresh, line, err);
	ret = add_schemas(refresh, strcmp(line, "*") == 0 ? NULL : line, &n, err);
	if (ret == 0 && n == 0 && strcmp(line, "*") != 0)
		return error_set(err, ENOENT, "there is no schema '%s' in any app", line);
	return ret;
}

static int add_lines(struct refresh *refresh, const char *text, size_t len, struct error *err)
{
	char *copy, *rest;
	int ret = 0;

	if (len > TEXT_MAX)
		return error_set(err, EFBIG, "more than %zu bytes at once", TEXT_MAX);
	if (memchr(text, '\0', len))
		return error_set(err, EINVAL, "no name has a NUL in it");
	copy = strndup(text, len);
	if (!copy)
		return fail_memory(err);
	rest = copy;
	while (rest && ret == 0) {
		char *line = strsep(&rest, "\n");

		ret = add_line(refresh, line, err);
	}
	free(copy);
	return ret;
}

int refresh_new(struct tree *tree, const char *text, size_t len, struct refresh **ret_refresh,
	struct error *err)
{
	struct refresh *refresh = calloc(1, sizeof(*refresh));
	int ret;

	if (!refresh)
		return fail_memory(err);
	refresh->tree = tree;
	ret = add_lines(refresh, text, len, err);
	if (ret < 0) {
		refresh_free(refresh);
		return ret;
	}
	*ret_refresh = refresh;
	return 0;
}

void refresh_free(struct refresh *refresh)
{
	if (!refresh)
		return;
	for (size_t i = 0; i < refresh->n_targets; i++)
		free(refresh->targets[i].id);
	free(refresh->targets);
	free(refresh);
}

void refresh_forget(struct refresh *refresh)
{
	for (size_t i = 0; i < refresh->n_targets; i++) {
		const struct target *target = &refresh->targets[i];

		if (target->id)
			cache_forget_item(target->schema->dir, target->id);
		else
			cache_forget_dir(target->schema->dir);
	}
}

static void see_item(const struct refresh_visitor *visitor, const struct refresh *refresh,
	const struct target *target, uint64_t row)
{
	visitor->see_node(
		visitor->payload, node_item_number(refresh->tree, target->schema->app, row));
}

static int visit_rows(const struct refresh *refresh, const struct target *target,
	const struct refresh_visitor *visitor, struct error *err)
{
	struct store_batch *batch = malloc(sizeof(*batch));
	uint64_t row = 0;
	int ret = 0;

	if (!batch)
		return fail_memory(err);
	store_batch_init(batch);
	do {
		ret = cache_peek_list(target->schema->dir, row, batch, err);
		for (size_t i = 0; i < batch->n_items; i++) {
			row = batch->items[i].row;
			see_item(visitor, refresh, target, row);
		}
	} while (ret == 0 && batch->n_items == STORE_BATCH_MAX &&
		 !visitor->is_over(visitor->payload));
	store_batch_release(batch);
	free(batch);
	return ret;
}

/* An id has many spellings: the absent names of the whole directory go, whoever asks for one. */
static void visit_absences(const struct refresh *refresh, const struct target *target,
	const struct refresh_visitor *visitor)
{
	uint64_t dir = target->schema->number;
	char name[NAME_MAX_LEN + 1];
	size_t place = 0;

	while (!visitor->is_over(visitor->payload) &&
		absences_take(refresh->tree->absences, dir, &place, name))
		visitor->see_absence(visitor->payload, dir, name);
}

int refresh_visit(struct refresh *refresh, const struct refresh_visitor *visitor, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; i < refresh->n_targets && ret == 0; i++) {
		const struct target *target = &refresh->targets[i];

		if (!target->id)
			ret = visit_rows(refresh, target, visitor, err);
		else if (target->row)
			see_item(visitor, refresh, target, target->row);
		visit_absences(refresh, target, visitor);
	}
	return ret;
}
