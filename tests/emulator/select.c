#include "select.h"

#include "alloc.h"
#include "buf.h"

#include <stdlib.h>
#include <string.h>

/* The server's page: what it gives without $top, and at most. */
enum { PAGE_SIZE = 200 };

/* An item that was found, with what its place in the order depends on. */
struct hit {
	struct item *item;
	struct json_object *entity; /* NULL where the index has the order */
};

struct search {
	const struct select_source *source;
	const struct query *query;
	const struct view *view;
	struct hit *hits;
	size_t count;
	size_t skipped;     /* found before the page, only counted */
	size_t uncollected; /* found beyond the page, only counted */
	size_t capacity;
	bool needs_entities; /* to put them in order */
	bool has_range;      /* whether a range is all that the query asks for */
	struct id_range range;
};

static void add_text(struct json_object *entity, const char *key, const char *value)
{
	json_object_object_add(entity, key, value != NULL ? json_object_new_string(value) : NULL);
}

static void add_time(struct json_object *entity, const char *key, long long seconds)
{
	struct buf text = { 0 };

	buf_time(&text, seconds);
	add_text(entity, key, text.bytes);
	buf_release(&text);
}

struct json_object *select_entity(const struct item *item, enum scope scope, bool with_data)
{
	struct json_object *entity = json_object_new_object();
	const struct state *state = &item->now;
	const char *text = scope == SCOPE_ALL ? state_editing_text(state) : state->data;

	add_text(entity, "id", item->name->id);
	add_text(entity, "status", state->status);
	add_text(entity, "newStatus", scope == SCOPE_ALL ? state->new_status : NULL);
	add_time(entity, "created", item->created);
	add_time(entity, "lastModified", state->modified);
	add_text(entity, "createdBy", item->created_by);
	add_text(entity, "lastModifiedBy", state->modified_by);
	json_object_object_add(entity, "version", json_object_new_int(item->version));
	json_object_object_add(entity, "isDeleted", json_object_new_boolean(state->deleted));
	add_text(entity, "schemaId", item->schema->id);
	if (with_data)
		json_object_object_add(entity, "data", item_parse(item, text));
	return entity;
}

/* The published store never holds deleted items; the other one hides them by itself. */
static bool is_in_scope(const struct search *search, const struct item *item)
{
	enum scope scope = search->view->scope;

	if (search->source->keep != NULL && !search->source->keep(search->source->payload, item))
		return false;
	if (scope == SCOPE_ALL && query_mentions_deleted(search->query))
		return true;
	return item_visible(item, scope);
}

static void add_hit(struct search *search, struct item *item, struct json_object *entity)
{
	if (search->count == search->capacity) {
		search->capacity = search->capacity ? search->capacity * 2 : PAGE_SIZE;
		search->hits = must_resize(search->hits, search->capacity, sizeof(*search->hits));
	}
	search->hits[search->count++] = (struct hit){ item, entity };
}

static void try_item(struct search *search, struct item *item)
{
	struct json_object *entity = NULL;

	if (!is_in_scope(search, item))
		return;
	if (search->has_range && !index_is_in_range(item, &search->range))
		return;
	if (!search->has_range || search->needs_entities) {
		entity = select_entity(item, search->view->scope, query_needs_data(search->query));
		if (!search->has_range && !query_matches(search->query, entity)) {
			json_object_put(entity);
			return;
		}
	}
	if (!search->needs_entities) {
		json_object_put(entity);
		entity = NULL;
	}
	add_hit(search, item, entity);
}

/* How many hits, from the first one, the page reaches. */
static size_t last_needed(const struct search *search)
{
	long top = query_top(search->query);
	long skip = query_skip(search->query);

	return (size_t)(skip > 0 ? skip : 0) +
	       (top > 0 && top < PAGE_SIZE ? (size_t)top : PAGE_SIZE);
}

/* True if all of a range that is not in the trash is found. */
static bool counts_without_looking(const struct search *search)
{
	return search->has_range && search->view->scope == SCOPE_ALL &&
	       search->source->keep == NULL && !search->needs_entities;
}

/*
 * The page of a range in an order that has an index: looks at no more items than
 * the page reaches, and in the order of ids not even at those that are skipped.
 */
static void take_page(struct search *search, const struct schema *schema)
{
	struct index_span span = index_span(&schema->by_id, &search->range);
	/* One item is in any order. */
	bool is_by_id = query_sorts_by_id_only(search->query) || span.end - span.first <= 1;
	const struct item_index *index = is_by_id ? &schema->by_id : &schema->by_time;
	struct index_span trash = index_span(&schema->deleted, &search->range);
	size_t total = span.end - span.first - (trash.end - trash.first);
	size_t needed = last_needed(search);
	size_t at = is_by_id ? span.first : 0;

	if (is_by_id && trash.first == trash.end && query_skip(search->query) > 0) {
		search->skipped = (size_t)query_skip(search->query);
		if (search->skipped > total)
			search->skipped = total;
		needed -= search->skipped;
		at += search->skipped;
	}
	while (search->count < needed && search->skipped + search->count < total)
		try_item(search, index->items[at++]);
	search->uncollected = total - search->skipped - search->count;
}

static void try_schema(struct search *search, const struct schema *schema)
{
	const struct item_index *index = &schema->by_id;
	struct index_span span = { 0, index->count };

	if (counts_without_looking(search)) {
		take_page(search, schema);
		return;
	}
	if (query_sorts_by_default(search->query))
		index = &schema->by_time;
	else if (search->has_range)
		span = index_span(index, &search->range);
	for (size_t i = span.first; i < span.end; i++)
		try_item(search, index->items[i]);
}

static int compare_hits(const void *left, const void *right, void *payload)
{
	const struct hit *a = left;
	const struct hit *b = right;

	return query_compare(payload, a->entity, b->entity);
}

static bool needs_entities(const struct select_source *source, const struct query *query)
{
	if (source->schema == NULL)
		return true;
	return !query_sorts_by_id_only(query) && !query_sorts_by_default(query);
}

static void run(struct search *search)
{
	const struct select_source *source = search->source;

	search->needs_entities = needs_entities(source, search->query);
	search->has_range = query_id_range(search->query, &search->range);
	if (source->schema != NULL) {
		try_schema(search, source->schema);
	} else {
		for (struct schema *schema = source->app->schemas; schema != NULL;
			schema = schema->next) {
			if (schema->is_published)
				try_schema(search, schema);
		}
	}
	if (search->needs_entities && search->count > 1)
		qsort_r(search->hits, search->count, sizeof(*search->hits), compare_hits,
			(void *)search->query);
}

/* In the order asked for, each as often as asked for, the missing ones left out. */
static void run_ids(struct search *search, const struct app *app)
{
	struct json_object *ids = query_ids(search->query);

	for (size_t i = 0; i < json_object_array_length(ids); i++) {
		struct item *item = app_item(
			app, json_object_get_string(json_object_array_get_idx(ids, i)));

		if (item == NULL || !item->schema->is_published)
			continue;
		if (search->source->schema != NULL && item->schema != search->source->schema)
			continue;
		if (is_in_scope(search, item))
			add_hit(search, item, NULL);
	}
}

/* Draws some of the page by lot. */
static void draw(struct selection *selection, size_t wanted)
{
	for (size_t i = 0; i < wanted && i < selection->count; i++) {
		size_t other = i + (size_t)random() % (selection->count - i);
		struct item *item = selection->items[i];

		selection->items[i] = selection->items[other];
		selection->items[other] = item;
	}
	if (selection->count > wanted)
		selection->count = wanted;
}

static void cut_page(struct selection *ret, const struct search *search)
{
	bool has_ids = query_ids(search->query) != NULL;
	long top = query_top(search->query);
	size_t asked = query_skip(search->query) > 0 ? (size_t)query_skip(search->query) : 0;
	size_t skip = asked - search->skipped;
	size_t size = has_ids ? search->count : PAGE_SIZE;
	size_t left = skip < search->count ? search->count - skip : 0;
	bool counts_slowly;

	if (top > 0 && (has_ids || (size_t)top < size))
		size = (size_t)top;
	ret->count = left < size ? left : size;
	ret->items = must_calloc(ret->count + 1, sizeof(struct item *));
	for (size_t i = 0; i < ret->count; i++)
		ret->items[i] = search->hits[skip + i].item;
	counts_slowly = !has_ids && (ret->count == size || asked > 0);
	ret->total = (long)(search->skipped + search->count + search->uncollected);
	if (counts_slowly && search->view->flags & (VIEW_NO_TOTAL | VIEW_NO_SLOW_TOTAL))
		ret->total = -1;
	if (query_random(search->query) > 0)
		draw(ret, (size_t)query_random(search->query));
}

void select_items(struct selection *ret, const struct select_source *source,
	const struct query *query, const struct view *view)
{
	struct search search = { .source = source, .query = query, .view = view };

	if (query_ids(query) != NULL)
		run_ids(&search, source->app);
	else
		run(&search);
	cut_page(ret, &search);
	for (size_t i = 0; i < search.count; i++)
		json_object_put(search.hits[i].entity);
	free(search.hits);
}

void select_release(struct selection *selection)
{
	free(selection->items);
	*selection = (struct selection){ 0 };
}
