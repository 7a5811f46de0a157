/* Extended attributes of items: what the API says beside the data. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/moment.h"
#include "base/error.h"
#include "cache/cache.h"
#include "tree/node.h"

#define PREFIX "user.squidex."

/* Where numbers and times become text. */
#define SCRATCH_SIZE MOMENT_TEXT_SIZE

struct source {
	const struct store_item *item;
	const char *schema;
	char scratch[SCRATCH_SIZE];
};

static const char *get_id(struct source *source)
{
	return source->item->id;
}

static const char *get_schema(struct source *source)
{
	return source->schema;
}

static const char *get_status(struct source *source)
{
	return source->item->status;
}

static const char *get_new_status(struct source *source)
{
	return source->item->new_status;
}

static const char *get_version(struct source *source)
{
	snprintf(source->scratch, SCRATCH_SIZE, "%" PRId64, source->item->version);
	return source->scratch;
}

static const char *get_created(struct source *source)
{
	moment_format(source->item->created_s, source->scratch);
	return source->scratch;
}

static const char *get_created_by(struct source *source)
{
	return source->item->created_by;
}

static const char *get_last_modified(struct source *source)
{
	moment_format(source->item->modified_s, source->scratch);
	return source->scratch;
}

static const char *get_last_modified_by(struct source *source)
{
	return source->item->modified_by;
}

/* An empty value: the item does not have the attribute. */
static const struct {
	const char *name;
	const char *(*get)(struct source *source);
} attributes[] = {
	{ PREFIX "id", get_id },
	{ PREFIX "schema", get_schema },
	{ PREFIX "status", get_status },
	{ PREFIX "new_status", get_new_status },
	{ PREFIX "version", get_version },
	{ PREFIX "created", get_created },
	{ PREFIX "created_by", get_created_by },
	{ PREFIX "last_modified", get_last_modified },
	{ PREFIX "last_modified_by", get_last_modified_by },
};

#define N_ATTRIBUTES (sizeof(attributes) / sizeof(attributes[0]))

/* Gives a run of bytes as getxattr(2) does: the length alone where size is 0. */
struct answer {
	char *bytes;
	size_t size;
	size_t len;
};

static void add_bytes(struct answer *answer, const char *bytes, size_t len)
{
	if (answer->len + len <= answer->size)
		memcpy(answer->bytes + answer->len, bytes, len);
	answer->len += len;
}

static int finish(const struct answer *answer, size_t *ret_len, struct error *err)
{
	if (answer->size > 0 && answer->len > answer->size)
		return error_set(
			err, ERANGE, "%zu bytes do not fit into %zu", answer->len, answer->size);
	*ret_len = answer->len;
	return 0;
}

static int load_source(struct tree *tree, const struct call *call, const struct node *node,
	struct source *source, struct store_item *item, struct error *err)
{
	int ret = node->kind->load(tree, call, node, item, err);

	if (ret < 0)
		return ret;
	source->item = item;
	source->schema = cache_dir_name(cache_dir_of(node->app->cache, item));
	return 0;
}

static int find_attribute(const char *name, size_t *ret_i, struct error *err)
{
	for (size_t i = 0; i < N_ATTRIBUTES; i++) {
		if (strcmp(attributes[i].name, name) == 0) {
			*ret_i = i;
			return 0;
		}
	}
	return error_set(err, ENODATA, "there is no attribute '%s'", name);
}

int tree_get_xattr(struct tree *tree, const struct call *call, uint64_t number, const char *name,
	char *value, size_t size, size_t *ret_len, struct error *err)
{
	struct answer answer = { .bytes = value, .size = size };
	struct source source;
	struct store_item item;
	struct node node;
	size_t i = 0;
	int ret = node_find(tree, number, &node, err);

	/* Most questions are for attributes of others (security.*): no row is loaded for them. */
	if (ret == 0)
		ret = find_attribute(name, &i, err);
	if (ret < 0)
		return ret;
	if (!node.kind->load)
		return error_set(err, ENODATA, "only items have attributes");
	store_item_init(&item);
	ret = load_source(tree, call, &node, &source, &item, err);
	if (ret == 0) {
		const char *text = attributes[i].get(&source);

		add_bytes(&answer, text, strlen(text));
		ret = *text ? finish(&answer, ret_len, err)
			    : error_set(err, ENODATA, "the item has no '%s'", name);
	}
	store_item_release(&item);
	return ret;
}

int tree_list_xattr(struct tree *tree, const struct call *call, uint64_t number, char *names,
	size_t size, size_t *ret_len, struct error *err)
{
	struct answer answer = { .bytes = names, .size = size };
	struct source source;
	struct store_item item;
	struct node node;
	int ret = node_find(tree, number, &node, err);

	if (ret < 0)
		return ret;
	if (!node.kind->load) {
		*ret_len = 0;
		return 0;
	}
	store_item_init(&item);
	ret = load_source(tree, call, &node, &source, &item, err);
	for (size_t i = 0; ret == 0 && i < N_ATTRIBUTES; i++) {
		if (*attributes[i].get(&source))
			add_bytes(&answer, attributes[i].name, strlen(attributes[i].name) + 1);
	}
	if (ret == 0)
		ret = finish(&answer, ret_len, err);
	store_item_release(&item);
	return ret;
}
