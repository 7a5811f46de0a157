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
	size_t uncollected; /* found beyond the page, only counted */
	size_t capacity;
	bool needs_entities; /* to put them in order */
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

/* Whether the filter is answered by the place in the index alone. */
static bool is_filtered_by_index(const struct query *query)
{
	return query_matches_all(query) || query_id_greater_than(query) != NULL;
}

static void try_item(struct search *search, struct item *item)
{
	bool is_indexed = is_filtered_by_index(search->query);
	struct json_object *entity = NULL;

	if (!is_in_scope(search, item))
		return;
	if (!is_indexed || search->needs_entities) {
		entity = select_entity(item, search->view->scope, query_needs_data(search->query));
		if (!is_indexed && !query_matches(search->query, entity)) {
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

/* The first item after an id. */
static size_t index_after(const struct item_index *index, const char *id)
{
	size_t low = 0;
	size_t high = index->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (query_compare_ids(index->items[middle]->name->id, id) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* How many hits, from the first one, the page reaches. */
static size_t last_needed(const struct search *search)
{
	long top = query_top(search->query);
	long skip = query_skip(search->query);

	return (size_t)(skip > 0 ? skip : 0) +
	       (top > 0 && top < PAGE_SIZE ? (size_t)top : PAGE_SIZE);
}

/* True if all that is left in the index is known to be found. */
static bool counts_without_looking(const struct search *search, const struct schema *schema)
{
	return search->view->scope == SCOPE_ALL && schema->deleted == 0 &&
	       search->source->keep == NULL && !search->needs_entities &&
	       is_filtered_by_index(search->query);
}

static void try_schema(struct search *search, const struct schema *schema)
{
	const char *after = query_id_greater_than(search->query);
	const struct item_index *index = &schema->by_id;
	size_t first = 0;

	if (query_sorts_by_default(search->query) && after == NULL)
		index = &schema->by_time;
	else if (after != NULL)
		first = index_after(index, after);
	for (size_t i = first; i < index->count; i++) {
		if (search->count >= last_needed(search) &&
			counts_without_looking(search, schema)) {
			search->uncollected = index->count - i;
			break;
		}
		try_item(search, index->items[i]);
	}
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
	if (query_sorts_by_id_only(query))
		return false;
	return !query_sorts_by_default(query) || query_id_greater_than(query) != NULL;
}

static void run(struct search *search)
{
	const struct select_source *source = search->source;

	search->needs_entities = needs_entities(source, search->query);
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
	size_t skip = query_skip(search->query) > 0 ? (size_t)query_skip(search->query) : 0;
	size_t size = has_ids ? search->count : PAGE_SIZE;
	size_t left = skip < search->count ? search->count - skip : 0;
	bool counts_slowly;

	if (top > 0 && (has_ids || (size_t)top < size))
		size = (size_t)top;
	ret->count = left < size ? left : size;
	ret->items = must_calloc(ret->count + 1, sizeof(struct item *));
	for (size_t i = 0; i < ret->count; i++)
		ret->items[i] = search->hits[skip + i].item;
	counts_slowly = !has_ids && (ret->count == size || skip > 0);
	ret->total = (long)(search->count + search->uncollected);
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
