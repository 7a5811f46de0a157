#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/moment.h"
#include "base/buf.h"
#include "support/cms_private.h"

/* What the client asks for in one line: "a0:queryRecipesContentsWithTotal(top:5,...){...}". */
struct field {
	char alias[8];
	char schema[16];
	char from[16], to[16]; /* id gt, id le; "": none */
	char only[16];         /* id eq */
	size_t top, skip;
	bool is_by_id, is_whole, has_items;
};

static const char *find(const char *line, const char *end, const char *what)
{
	const char *found = strstr(line, what);

	return found && found < end ? found + strlen(what) : NULL;
}

static void copy_id(const char *line, const char *end, const char *operator, char id[16])
{
	const char *at = find(line, end, operator);

	if (at)
		snprintf(id, 16, "%.*s", (int)strcspn(at, "'"), at);
}

static size_t number(const char *line, const char *end, const char *name, size_t fallback)
{
	const char *at = find(line, end, name);

	return at ? strtoul(at, NULL, 10) : fallback;
}

static struct field read_field(const char *line, const char *end)
{
	const char *type = find(line, end, ":query");
	const char *type_end = strstr(line, "ContentsWithTotal");
	struct field field = { .top = PAGE_ITEMS };

	if (!type || !type_end)
		abort();
	snprintf(field.alias, sizeof(field.alias), "%.*s", (int)strcspn(line, ":"), line);
	snprintf(field.schema, sizeof(field.schema), "%.*s", (int)(type_end - type), type);
	field.schema[0] |= 0x20;
	copy_id(line, end, "id gt '", field.from);
	copy_id(line, end, "id le '", field.to);
	copy_id(line, end, "id eq '", field.only);
	field.top = number(line, end, "top:", PAGE_ITEMS);
	field.skip = number(line, end, "skip:", 0);
	field.is_by_id = find(line, end, "orderby:");
	field.is_whole = find(line, end, "data__dynamic");
	field.has_items = find(line, end, "items{");
	return field;
}

/* The first item that may be wanted: they stand in the order of schemas and ids. */
static size_t find_first(const struct cms *cms, const struct field *field)
{
	size_t low = 0, high = cms->n_items;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct cms_item *item = &cms->items[middle];
		int order = strcmp(item->schema, field->schema);

		if (order < 0 || (order == 0 && strcmp(item->id, field->from) <= 0))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_behind(const struct field *field, const struct cms_item *item)
{
	return strcmp(item->schema, field->schema) != 0 ||
	       (*field->to && strcmp(item->id, field->to) > 0);
}

static void add_item(const struct field *field, const struct cms_item *item, struct buf *body)
{
	char created[MOMENT_TEXT_SIZE], modified[MOMENT_TEXT_SIZE];

	moment_format(item->created_s, created);
	moment_format(item->modified_s, modified);
	cms_must(buf_addf(body,
		"{\"id\":\"%s\",\"version\":%d,\"created\":\"%s\",\"lastModified\":\"%s\"",
		item->id, item->version, created, modified));
	if (field->is_whole)
		cms_must(buf_addf(body,
			",\"createdBy\":\"client:shop:default\",\"lastModifiedBy\":\"client:x\","
			"\"status\":\"DRAFT\",\"newStatus\":null,\"data\":{\"n\":{\"iv\":%d}}",
			item->version));
	cms_must(buf_add_str(body, "}"));
}

static void answer_field_locked(struct cms *cms, const struct field *field, struct buf *body)
{
	const struct cms_item **found = calloc(ITEMS_MAX, sizeof(*found));
	size_t total = 0;

	if (!found)
		abort();
	for (size_t i = find_first(cms, field); i < cms->n_items; i++) {
		if (is_behind(field, &cms->items[i]))
			break;
		if (!*field->only || strcmp(cms->items[i].id, field->only) == 0)
			found[total++] = &cms->items[i];
	}
	if (!field->is_by_id)
		qsort(found, total, sizeof(found[0]), cms_compare_newest);
	cms_must(buf_addf(body, "\"%s\":{\"total\":%" PRId64, field->alias,
		(int64_t)total + cms->extra_total));
	if (field->has_items)
		cms_must(buf_add_str(body, ",\"items\":["));
	for (size_t i = field->skip; field->has_items && i < total && i < field->skip + field->top;
		i++) {
		if (i > field->skip)
			cms_must(buf_add_str(body, ","));
		add_item(field, found[i], body);
	}
	cms_must(buf_add_str(body, field->has_items ? "]}" : "}"));
	free(found);
}

void cms_answer_graphql_locked(
	struct cms *cms, const struct http_request *req, struct http_response *res)
{
	const char *line = strstr(req->body, "{\\n");
	unsigned n = 0;

	if (!line)
		abort();
	res->status = 200;
	cms_must(buf_add_str(&res->body, "{\"data\":{"));
	for (line += strlen("{\\n"); *line == 'a'; n++) {
		const char *end = strstr(line, "\\n");
		struct field field = read_field(line, end);

		if (strcmp(field.schema, cms->hidden) == 0) {
			buf_clear(&res->body);
			cms_must(buf_addf(&res->body,
				"{\"errors\":[{\"message\":\"Cannot query field\","
				"\"locations\":[{\"line\":%u,\"column\":1}]}]}",
				n + 2));
			return;
		}
		if (strcmp(field.schema, cms->confused) == 0)
			snprintf(field.schema, sizeof(field.schema), "%s", cms->confused_with);
		if (n > 0)
			cms_must(buf_add_str(&res->body, ","));
		answer_field_locked(cms, &field, &res->body);
		line = end + strlen("\\n");
	}
	cms_must(buf_add_str(&res->body, "}}"));
}

void cms_hide_type(struct cms *cms, const char *schema)
{
	pthread_mutex_lock(&cms->lock);
	snprintf(cms->hidden, sizeof(cms->hidden), "%s", schema);
	pthread_mutex_unlock(&cms->lock);
}

void cms_confuse_type(struct cms *cms, const char *schema, const char *other)
{
	pthread_mutex_lock(&cms->lock);
	snprintf(cms->confused, sizeof(cms->confused), "%s", schema);
	snprintf(cms->confused_with, sizeof(cms->confused_with), "%s", other);
	pthread_mutex_unlock(&cms->lock);
}
