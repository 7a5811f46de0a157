#include "api/client_graphql.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "api/client.h"
#include "api/client_private.h"
#include "api/facts.h"
#include "api/fields.h"
#include "api/graphql.h"
#include "api/text.h"
#include "base/buf.h"
#include "base/error.h"

/* The item to recognise the schema by stands before the pages. */
#define ALIAS_ITEM 0
#define ALIAS_PAGES 1

/* A page as REST would send it: a schema's name for each item more than came. */
#define REST_TEXT_MAX ((size_t)80 << 20)

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

static int add_span(struct buf *b, struct span span)
{
	return buf_add(b, span.at, span.len);
}

/* GraphQL writes it in upper case. */
static int add_status(const struct reading *r, struct buf *rest, struct span value)
{
	const char *status = NULL;

	if (value.len > 2 && *value.at == '"')
		status = fact_status(r->known, value.at + 1, value.len - 2);
	if (status)
		return text_add_string(rest, status, strlen(status));
	facts_miss_status(r->client->facts, r->schema->name);
	return error_set(r->err, EOPNOTSUPP, "%s: GraphQL tells of a status %.*s that is not known",
		r->schema->name, value.len > 80 ? 80 : (int)value.len, value.at);
}

static int add_member(const struct reading *r, struct buf *rest, struct span key, struct span value)
{
	int ret;

	if (span_is_key(key, FIELD_NEW_STATUS) && span_is_null(value))
		return 0;
	ret = buf_add_str(rest, ",");
	if (ret == 0)
		ret = add_span(rest, key);
	if (ret == 0)
		ret = buf_add_str(rest, ":");
	if (ret < 0)
		return ret;
	if (span_is_key(key, FIELD_STATUS) || span_is_key(key, FIELD_NEW_STATUS))
		return add_status(r, rest, value);
	return add_span(rest, value);
}

static int refuse_form(const struct reading *r)
{
	return error_set(r->err, EOPNOTSUPP, "%s: GraphQL does not answer in the form of a page",
		r->schema->name);
}

static int add_item(const struct reading *r, struct buf *rest, struct span item)
{
	struct span_walk walk;
	struct span key, value;
	int ret;

	if (!span_enter(&walk, item, '{'))
		return refuse_form(r);
	ret = buf_addf(rest, "{\"%s\":", FIELD_SCHEMA_NAME);
	if (ret == 0)
		ret = text_add_string(rest, r->schema->name, strlen(r->schema->name));
	while (ret == 0 && span_next(&walk, &key, &value))
		ret = add_member(r, rest, key, value);
	if (ret == 0 && walk.is_bad)
		ret = refuse_form(r);
	return ret == 0 ? buf_add_str(rest, "}") : ret;
}

/* The list that REST would have sent: what makes texts of it is then the same. */
static int add_list(const struct reading *r, struct buf *rest, struct span page)
{
	struct span total = span_find(page, FIELD_TOTAL);
	struct span key, item;
	struct span_walk walk;
	size_t n = 0;
	int ret;

	if (!total.at || !span_enter(&walk, span_find(page, FIELD_ITEMS), '['))
		return refuse_form(r);
	ret = buf_addf(
		rest, "{\"%s\":%.*s,\"%s\":[", FIELD_TOTAL, (int)total.len, total.at, FIELD_ITEMS);
	while (ret == 0 && span_next(&walk, &key, &item)) {
		if (n++ > 0)
			ret = buf_add_str(rest, ",");
		if (ret == 0)
			ret = add_item(r, rest, item);
	}
	if (ret == 0 && walk.is_bad)
		ret = refuse_form(r);
	return ret == 0 ? buf_add_str(rest, "]}") : ret;
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
	const char *what = r->schema->name;
	struct content_page page;
	struct buf rest;
	int ret;

	content_page_init(&page);
	buf_init(&rest, REST_TEXT_MAX);
	ret = add_list(r, &rest, value);
	if (ret == -ENOMEM || ret == -EFBIG)
		error_set(r->err, -ret, "%s: a page cannot be held", what);
	if (ret == 0)
		ret = content_page_parse(
			rest.data, rest.len, r->schema, r->client->view, what, &page, r->err);
	if (ret == -EIO)
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
	buf_release(&rest);
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
