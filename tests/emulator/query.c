#include "query.h"

#include "alloc.h"
#include "fulltext.h"
#include "jsonquery.h"
#include "odata.h"
#include "odata_options.h"

#include <stdlib.h>
#include <string.h>

struct query {
	struct filter *filter; /* NULL: all */
	struct sort sort;
	char *full_text;         /* NULL: none */
	struct json_object *ids; /* NULL: not asked by id */
	long top;
	long skip;
	long random;
};

void query_free(struct query *q)
{
	if (q == NULL)
		return;
	filter_free(q->filter);
	sort_release(&q->sort);
	free(q->full_text);
	json_object_put(q->ids);
	free(q);
}

static struct json_object *split_ids(const char *text)
{
	struct json_object *ids = json_object_new_array();

	while (*text != '\0') {
		size_t length = strcspn(text, ",");

		if (length > 0)
			json_object_array_add(ids, json_object_new_string_len(text, (int)length));
		text += length;
		if (*text == ',')
			text++;
	}
	return ids;
}

static struct json_object *copy_ids(struct json_object *list)
{
	struct json_object *ids = json_object_new_array();

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *id = json_object_array_get_idx(list, i);

		if (json_object_is_type(id, json_type_string))
			json_object_array_add(ids, json_object_get(id));
	}
	return ids;
}

/* An empty list is the same as none. */
static void read_ids(struct query *q, const struct query_input *in)
{
	struct json_object *list = json_get_any_case(in->body, "ids");
	struct json_object *ids = NULL;

	if (json_object_is_type(list, json_type_array))
		ids = copy_ids(list);
	else if (in->ids != NULL)
		ids = split_ids(in->ids);
	if (ids != NULL && json_object_array_length(ids) == 0) {
		json_object_put(ids);
		ids = NULL;
	}
	q->ids = ids;
}

static void read_json(
	struct query *q, const struct model *m, struct json_object *json, struct problem *p)
{
	struct json_query parsed = { 0 };

	json_query_parse(m, json, &parsed, p);
	q->filter = parsed.filter;
	q->sort = parsed.sort;
	q->full_text = parsed.full_text;
	q->top = parsed.take;
	q->skip = parsed.skip;
	q->random = parsed.random;
}

static void read_json_text(
	struct query *q, const struct model *m, const char *text, struct problem *p)
{
	enum json_tokener_error error;
	struct json_object *json = json_tokener_parse_verbose(text, &error);

	if (error != json_tokener_success)
		problem_add(p, "Json query not valid json: %s..", json_tokener_error_desc(error));
	else
		read_json(q, m, json, p);
	json_object_put(json);
}

static bool read_count(const struct query_input *in, const char *name, const char *text, long *ret,
	struct problem *p)
{
	char *end = NULL;
	long value;

	if (text == NULL)
		return true;
	value = strtol(text, &end, 10);
	if (*text != '\0' && *end == '\0' && value >= 0) {
		*ret = value;
		return true;
	}
	problem_add(p,
		"Failed to parse query: Invalid value '%s' for %s query option found. The %s query "
		"option requires a non-negative integer value., for query: ?%s",
		text, name, name, in->query_string != NULL ? in->query_string : "");
	return false;
}

/* The first option that is wrong ends the reading. */
static void read_odata(
	struct query *q, const struct model *m, const struct query_input *in, struct problem *p)
{
	if (!read_count(in, "$top", in->top, &q->top, p) ||
		!read_count(in, "$skip", in->skip, &q->skip, p))
		return;
	if (in->filter != NULL && in->filter[0] != '\0') {
		q->filter = odata_parse_filter(m, in->filter, p);
		if (q->filter == NULL)
			return;
	}
	if (in->search != NULL && in->search[0] != '\0') {
		q->full_text = odata_parse_search(in->search, p);
		if (q->full_text == NULL)
			return;
	}
	if (in->orderby != NULL && in->orderby[0] != '\0' &&
		!odata_parse_orderby(m, in->orderby, &q->sort, p))
		return;
	if (in->random != NULL)
		q->random = strtol(in->random, NULL, 10);
}

static void read_odata_text(
	struct query *q, const struct model *m, const char *text, struct problem *p)
{
	struct odata_options options;
	struct query_input in = { 0 };

	odata_options_init(&options, text);
	in.filter = odata_options_get(&options, "$filter");
	in.orderby = odata_options_get(&options, "$orderby");
	in.search = odata_options_get(&options, "$search");
	in.top = odata_options_get(&options, "$top");
	in.skip = odata_options_get(&options, "$skip");
	in.random = odata_options_get(&options, "$random");
	in.query_string = text[0] == '?' ? text + 1 : text;
	read_odata(q, m, &in, p);
	odata_options_release(&options);
}

static void read_query(
	struct query *q, const struct model *m, const struct query_input *in, struct problem *p)
{
	struct json_object *json = json_get_any_case(in->body, "q");
	struct json_object *odata = json_get_any_case(in->body, "oData");

	if (json_object_is_type(json, json_type_object))
		read_json(q, m, json, p);
	else if (json_object_is_type(json, json_type_string))
		read_json_text(q, m, json_object_get_string(json), p);
	else if (json_object_is_type(odata, json_type_string))
		read_odata_text(q, m, json_object_get_string(odata), p);
	else if (in->q != NULL && in->q[0] != '\0')
		read_json_text(q, m, in->q, p);
	else
		read_odata(q, m, in, p);
}

int query_parse(struct json_object *schema, struct json_object *languages,
	const struct query_input *in, struct query **ret, char **ret_message,
	struct json_object **ret_details)
{
	struct model m = { schema, languages };
	struct problem p = { 0 };
	struct query *q = must_calloc(1, sizeof(*q));
	int status;

	read_query(q, &m, in, &p);
	read_ids(q, in);
	sort_complete(&q->sort);
	/* Given ids, the store looks at nothing else. */
	if (!problem_is_set(&p) && q->ids == NULL)
		filter_check_supported(q->filter, &p);
	if (!problem_is_set(&p)) {
		*ret = q;
		return 0;
	}

	query_free(q);
	status = p.status;
	*ret_message = must_strdup(status == 400 ? "Validation error" : "");
	if (p.details != NULL)
		*ret_details = json_object_get(p.details);
	problem_release(&p);
	return status;
}

bool query_matches(const struct query *q, struct json_object *entity)
{
	struct json_object *data = json_object_object_get(entity, "data");

	if (q->filter != NULL && !filter_matches(q->filter, entity))
		return false;
	return q->full_text == NULL || fulltext_matches(q->full_text, data);
}

bool query_mentions_deleted(const struct query *q)
{
	return filter_mentions(q->filter, "isDeleted");
}

int query_compare(const struct query *q, struct json_object *a, struct json_object *b)
{
	return sort_compare(&q->sort, a, b);
}

bool query_sorts_by_id_only(const struct query *q)
{
	const struct sort_key *first = &q->sort.keys[0];

	return q->sort.count == 1 && first->direction == SORT_ASCENDING &&
	       strcmp(first->field.path.names[0], "id") == 0;
}

bool query_sorts_by_default(const struct query *q)
{
	const struct sort_key *keys = q->sort.keys;

	return q->sort.count == 2 && keys[0].direction == SORT_DESCENDING &&
	       strcmp(keys[0].field.path.names[0], "lastModified") == 0 &&
	       keys[1].direction == SORT_ASCENDING &&
	       strcmp(keys[1].field.path.names[0], "id") == 0;
}

bool query_id_range(const struct query *q, struct id_range *ret)
{
	if (q->full_text != NULL)
		return false;
	if (q->filter != NULL)
		return filter_id_range(q->filter, ret);
	*ret = (struct id_range){ 0 };
	return true;
}

bool query_has_full_text(const struct query *q)
{
	return q->full_text != NULL;
}

bool query_needs_data(const struct query *q)
{
	if (q->full_text != NULL || filter_mentions(q->filter, "data"))
		return true;
	for (size_t i = 0; i < q->sort.count; i++) {
		if (field_ref_is_data(&q->sort.keys[i].field))
			return true;
	}
	return false;
}

struct json_object *query_ids(const struct query *q)
{
	return q->ids;
}

long query_top(const struct query *q)
{
	return q->top;
}

long query_skip(const struct query *q)
{
	return q->skip;
}

long query_random(const struct query *q)
{
	return q->random;
}

int query_compare_ids(const char *a, const char *b)
{
	return strcmp(a, b);
}
