#include <assert.h>
#include <errno.h>
#include <json-c/json.h>

#include "api/client_graphql.h"
#include "api/client_private.h"
#include "api/document.h"
#include "api/fields.h"
#include "api/graphql.h"
#include "api/schema.h"
#include "base/buf.h"

/* ",filter:"id gt 'a' and id le 'b'"" */
static void add_filter(struct graphql_question *q, const struct id_range *range)
{
	struct buf filter;
	int ret = 0;

	buf_init(&filter, CLIENT_FILTER_MAX);
	if (range->after_id)
		ret = client_add_condition(&filter, "gt", range->after_id);
	if (ret == 0 && range->after_id && range->last_id)
		ret = buf_add_str(&filter, " and ");
	if (ret == 0 && range->last_id)
		ret = client_add_condition(&filter, "le", range->last_id);
	if (ret < 0)
		q->ret = ret;
	if (filter.len > 0) {
		graphql_add(q, ",filter:");
		graphql_add_string(q, filter.data);
	}
	buf_release(&filter);
}

static int64_t read_total(struct span value, const char *what)
{
	struct json_object *root = NULL;
	int64_t total;

	if (!value.at || document_parse(value.at, value.len, what, &root, NULL) < 0)
		return -1;
	total = fields_get_int(root, FIELD_TOTAL, -1);
	json_object_put(root);
	return total;
}

int client_count_ranges(struct client *client, const struct call *call, const struct schema *schema,
	const struct id_range *ranges, size_t n, int64_t *ret_totals, struct error *err)
{
	struct graphql_question q;
	struct graphql_answer answer;
	int ret;

	assert(n <= CLIENT_RANGES_MAX);
	graphql_question_init(&q);
	for (size_t i = 0; i < n; i++) {
		graphql_add_field(&q, "query", schema->name, "ContentsWithTotal");
		graphql_add(&q, "(top:1");
		add_filter(&q, &ranges[i]);
		graphql_add(&q, "){%s}", FIELD_TOTAL);
	}
	ret = graphql_ask(client, call, &q, schema->name, &answer, err);
	for (size_t i = 0; ret == 0 && i < n; i++)
		ret_totals[i] = read_total(answer.values[i], schema->name);
	graphql_answer_release(&answer);
	graphql_question_release(&q);
	return ret;
}
