#include "api/client_graphql.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>

#include "api/client.h"
#include "api/client_private.h"
#include "api/facts.h"
#include "api/fields.h"
#include "api/graphql.h"
#include "base/buf.h"
#include "base/error.h"

/* The item to recognise the schema by stands before the pages. */
#define ALIAS_ITEM 0
#define ALIAS_PAGES 1

int client_add_condition(struct buf *filter, const char *operator, const char * id)
{
	int ret = buf_addf(filter, "id %s '", operator);

	for (; ret == 0 && *id; id++)
		ret = *id == '\'' ? buf_add_str(filter, "''") : buf_add(filter, id, 1);
	return ret == 0 ? buf_add_str(filter, "'") : ret;
}

static void add_filter(struct graphql_question *q, const char *operator, const char * id)
{
	struct buf filter;
	int ret;

	buf_init(&filter, CLIENT_FILTER_MAX);
	ret = client_add_condition(&filter, operator, id);
	if (ret == 0)
		graphql_add_string(q, filter.data);
	else
		q->ret = ret;
	buf_release(&filter);
}

/* What the texts are made of, under the names that REST has for it. */
static void add_selection(struct graphql_question *q)
{
	graphql_add(q, "{%s %s{%s %s %s %s %s %s %s %s %s:data__dynamic}}", FIELD_TOTAL,
		FIELD_ITEMS, FIELD_ID, FIELD_VERSION, FIELD_CREATED, FIELD_CREATED_BY,
		FIELD_MODIFIED, FIELD_MODIFIED_BY, FIELD_STATUS, FIELD_NEW_STATUS, FIELD_DATA);
}

static void add_questions(struct graphql_question *q, const struct schema *schema,
	const struct schema_facts *known, const struct page_wanted *wanted, size_t n)
{
	graphql_add_field(q, "query", schema->name, "ContentsWithTotal");
	graphql_add(q, "(top:1,filter:");
	add_filter(q, "eq", known->id);
	graphql_add(q, ")");
	add_selection(q);
	for (size_t i = 0; i < n; i++) {
		graphql_add_field(q, "query", schema->name, "ContentsWithTotal");
		graphql_add(q, "(top:%u,skip:%" PRIu64 ",orderby:\"id asc\"", wanted[i].top,
			wanted[i].skip);
		if (wanted[i].after_id) {
			graphql_add(q, ",filter:");
			add_filter(q, "gt", wanted[i].after_id);
		}
		graphql_add(q, ")");
		add_selection(q);
	}
}

/* How pages of one answer are read. */
struct reading {
	struct client *client;
	const struct schema *schema;
	const struct schema_facts *known;
	int64_t date_s;
	struct error *err;
};

static int refuse_form(const struct reading *r)
{
	return error_set(r->err, EOPNOTSUPP, "%s: GraphQL does not answer in the form of a page",
		r->schema->name);
}

static int set_string(struct json_object *item, const char *key, const char *value)
{
	struct json_object *string = json_object_new_string(value);

	if (string && json_object_object_add(item, key, string) == 0)
		return 0;
	json_object_put(string);
	return -ENOMEM;
}

/* GraphQL writes it in upper case. */
static int amend_status(const struct reading *r, struct json_object *item, const char *key)
{
	const char *upper = fields_get_string(item, key);
	const char *status = fact_status(r->known, upper, strlen(upper));

	if (status)
		return set_string(item, key, status);
	facts_miss_status(r->client->facts, r->schema->name);
	return error_set(r->err, EOPNOTSUPP,
		"%s: GraphQL tells of a status \"%.80s\" that is not known", r->schema->name,
		upper);
}

/* To what REST would have sent: what makes texts of it is then the same. */
static int amend(const void *payload, struct json_object *item, struct error *err)
{
	const struct reading *r = payload;
	struct json_object *value = NULL;
	int ret;

	if (!json_object_is_type(item, json_type_object))
		return refuse_form(r);
	ret = set_string(item, FIELD_SCHEMA_NAME, r->schema->name);
	if (ret == 0 && fields_find(item, FIELD_STATUS, &value))
		ret = amend_status(r, item, FIELD_STATUS);
	if (ret == 0 && fields_find(item, FIELD_NEW_STATUS, &value) && value)
		ret = amend_status(r, item, FIELD_NEW_STATUS);
	if (ret == -ENOMEM)
		error_set(err, ENOMEM, "%s: out of memory", r->schema->name);
	return ret;
}

static int fill_rights(const struct reading *r, struct content_page *page)
{
	for (size_t i = 0; i < page->n_items; i++) {
		struct content *item = &page->items[i];

		if (!fact_is_writable(r->known, item, &item->is_writable))
			return error_set(r->err, EOPNOTSUPP,
				"%s: GraphQL does not tell whether item '%s' may be written",
				r->schema->name, item->id);
	}
	return 0;
}

static int read_page(const struct reading *r, struct span value, struct content_page *ret_page)
{
	const struct content_amender amender = { amend, r };
	struct content_page page;
	int ret;

	content_page_init(&page);
	ret = content_page_parse_amended(value.at, value.len, r->schema, r->client->view,
		r->schema->name, &amender, &page, r->err);
	if (ret == -EIO || (ret == 0 && page.total < 0))
		ret = refuse_form(r);
	if (ret == 0)
		ret = fill_rights(r, &page);
	if (ret == 0) {
		page.date_s = r->date_s;
		content_page_release(ret_page);
		*ret_page = page;
		content_page_init(&page);
	}
	content_page_release(&page);
	return ret;
}

/* The name in GraphQL is the schema's, and an item has the text that it has by REST. */
static int check_item(const struct reading *r, const struct graphql_answer *answer)
{
	const char *what = r->schema->name;
	struct content_page page;
	int ret;

	if (!answer->values[ALIAS_ITEM].at)
		return graphql_refuse(answer, ALIAS_ITEM, what, r->err);
	content_page_init(&page);
	ret = read_page(r, answer->values[ALIAS_ITEM], &page);
	if (ret == 0 && page.n_items == 0)
		ret = error_set(r->err, EOPNOTSUPP,
			"%s: item '%s' is not there by the schema's name in GraphQL, which may be "
			"another schema's",
			what, r->known->id);
	else if (ret == 0 && !fact_is_same(r->known, &page.items[0]))
		ret = error_set(r->err, EOPNOTSUPP,
			"%s: item '%s' has changed, or GraphQL shows it otherwise than REST", what,
			r->known->id);
	content_page_release(&page);
	return ret;
}

/* A listing must come to an end: as of a page by REST. */
static int check_progress(
	const struct reading *r, const struct page_wanted *wanted, const struct content_page *page)
{
	if (page->n_items == 0 && page->total > (int64_t)wanted->skip)
		return error_set(r->err, EIO,
			"%s: the server sent an empty page, although there are items left",
			r->schema->name);
	for (size_t i = 0; wanted->after_id && i < page->n_items; i++) {
		if (strcmp(page->items[i].id, wanted->after_id) == 0)
			return error_set(r->err, EIO, "%s: the server sent item '%s' again",
				r->schema->name, wanted->after_id);
	}
	return 0;
}

static int read_pages(const struct reading *r, const struct graphql_answer *answer,
	const struct page_wanted *wanted, size_t n, struct content_page *pages)
{
	int ret = check_item(r, answer);

	for (size_t i = 0; ret == 0 && i < n; i++) {
		/* What failed alone is asked for again by whoever wants it. */
		if (!answer->values[ALIAS_PAGES + i].at)
			continue;
		ret = read_page(r, answer->values[ALIAS_PAGES + i], &pages[i]);
		if (ret == 0)
			ret = check_progress(r, &wanted[i], &pages[i]);
	}
	return ret;
}

static int fetch(struct client *client, const struct call *call, const struct schema *schema,
	const struct schema_facts *known, const struct page_wanted *wanted, size_t n,
	struct content_page *pages, struct error *err)
{
	struct graphql_question q;
	struct graphql_answer answer;
	int ret;

	graphql_question_init(&q);
	add_questions(&q, schema, known, wanted, n);
	ret = graphql_ask(client, call, &q, schema->name, &answer, err);
	if (ret == 0) {
		const struct reading r = { client, schema, known, answer.res.date_s, err };

		ret = read_pages(&r, &answer, wanted, n, pages);
	}
	graphql_answer_release(&answer);
	graphql_question_release(&q);
	return ret;
}

bool client_has_graphql(const struct client *client)
{
	return client->view != VIEW_RAW && !client->is_flat && !client->is_published;
}

static int check_view(const struct client *client, const struct schema *schema, struct error *err)
{
	if (!client_has_graphql(client))
		return error_set(err, EOPNOTSUPP,
			"%s: GraphQL does not show items as this view does (%s)", schema->name,
			client->view_key);
	return 0;
}

int client_fetch_pages_graphql(struct client *client, const struct call *call,
	const struct schema *schema, const struct page_wanted *wanted, size_t n,
	struct content_page *ret_pages, struct error *err)
{
	struct content_page pages[CLIENT_GRAPHQL_PAGES_MAX];
	struct schema_facts known = { 0 };
	int ret = check_view(client, schema, err);

	assert(n <= CLIENT_GRAPHQL_PAGES_MAX);
	for (size_t i = 0; i < n; i++)
		content_page_init(&pages[i]);
	if (ret == 0)
		ret = facts_copy(client->facts, schema->name, &known, err);
	if (ret == 0)
		ret = fetch(client, call, schema, &known, wanted, n, pages, err);
	for (size_t i = 0; i < n; i++) {
		if (ret == 0) {
			content_page_release(&ret_pages[i]);
			ret_pages[i] = pages[i];
		} else {
			content_page_release(&pages[i]);
		}
	}
	schema_facts_release(&known);
	return ret;
}
