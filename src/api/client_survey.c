#include <assert.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "api/client_graphql.h"
#include "api/client_private.h"
#include "api/document.h"
#include "api/fields.h"
#include "api/graphql.h"
#include "api/moment.h"
#include "api/schema.h"
#include "base/error.h"

void schema_look_init(struct schema_look *look)
{
	*look = (struct schema_look){ .total = -1 };
}

void schema_look_release(struct schema_look *look)
{
	for (size_t i = 0; i < look->n_stamps; i++)
		free(look->stamps[i].id);
	free(look->stamps);
	schema_look_init(look);
}

static void add_selection(struct graphql_question *q)
{
	graphql_add(q, "{%s %s %s %s}", FIELD_ID, FIELD_VERSION, FIELD_CREATED, FIELD_MODIFIED);
}

static void add_look(struct graphql_question *q, const struct schema *schema, unsigned top)
{
	if (schema->is_singleton) {
		graphql_add_field(q, "find", schema->name, "Singleton");
		add_selection(q);
		return;
	}
	graphql_add_field(q, "query", schema->name, "ContentsWithTotal");
	graphql_add(q, "(top:%u){%s %s", top, FIELD_TOTAL, FIELD_ITEMS);
	add_selection(q);
	graphql_add(q, "}");
}

static int fill_stamp(struct content_stamp *stamp, struct json_object *item)
{
	moment_parse(fields_get_string(item, FIELD_CREATED), &stamp->created_s);
	moment_parse(fields_get_string(item, FIELD_MODIFIED), &stamp->modified_s);
	stamp->version = fields_get_int(item, FIELD_VERSION, -1);
	stamp->id = strdup(fields_get_string(item, FIELD_ID));
	return stamp->id ? 0 : -ENOMEM;
}

/* items: of a list; else root is the item itself. */
static int fill_look(struct schema_look *look, struct json_object *root, struct json_object *items)
{
	size_t n = items ? json_object_array_length(items) : 1;

	look->stamps = calloc(n + 1, sizeof(*look->stamps));
	if (!look->stamps)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct json_object *item = items ? json_object_array_get_idx(items, i) : root;

		if (fill_stamp(&look->stamps[i], item) < 0)
			return -ENOMEM;
		look->n_stamps++;
	}
	look->total = items ? fields_get_int(root, FIELD_TOTAL, -1) : 1;
	return 0;
}

/* What cannot be read is as good as not answered. */
static int read_look(
	struct span value, const struct schema *schema, struct schema_look *look, struct error *err)
{
	struct json_object *root = NULL, *items;
	int ret = 0;

	if (!value.at || document_parse(value.at, value.len, schema->name, &root, NULL) < 0)
		return 0;
	items = fields_get_array(root, FIELD_ITEMS);
	if (items || schema->is_singleton)
		ret = fill_look(look, root, items);
	json_object_put(root);
	return ret < 0 ? error_set(err, ENOMEM, "%s: out of memory", schema->name) : 0;
}

int client_survey(struct client *client, const struct call *call,
	const struct schema *const *schemas, size_t n, unsigned top, struct schema_look *ret_looks,
	int64_t *ret_date_s, struct error *err)
{
	struct graphql_question q;
	struct graphql_answer answer;
	int ret;

	assert(n <= CLIENT_LOOKS_MAX);
	graphql_question_init(&q);
	for (size_t i = 0; i < n; i++)
		add_look(&q, schemas[i], top);
	ret = graphql_ask(client, call, &q, client->app, &answer, err);
	for (size_t i = 0; i < n; i++)
		ret_looks[i].is_unknown = q.is_unknown[i];
	for (size_t i = 0; ret == 0 && i < n; i++)
		ret = read_look(answer.values[i], schemas[i], &ret_looks[i], err);
	if (ret == 0)
		*ret_date_s = answer.res.date_s;
	graphql_answer_release(&answer);
	graphql_question_release(&q);
	return ret;
}
