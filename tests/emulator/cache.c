#include "alloc.h"
#include "render.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Enough for the benchmark's 100,000 items in both shapes. */
static const size_t MAX_KEPT = (size_t)1 << 30;

/* What is shown of an item: its whole as REST does, or its data as GraphQL does. */
enum shape { SHAPE_ITEM, SHAPE_DATA, SHAPE_COUNT };

/* A text that was made of an item, and what it was made from. */
struct made {
	uint64_t view;
	unsigned long epoch; /* 0: does not depend on other items */
	int version;
	char *text; /* NULL for none */
	size_t length;
};

/* The last text of each shape. */
struct cached {
	struct cached *next; /* of all items that have any */
	struct made shapes[SHAPE_COUNT];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct cached *all; /* guarded by lock, as is every item's cached */
static size_t kept;        /* bytes; guarded by lock */

static uint64_t hash_view(const struct call *call, const struct view *view, const struct item *item)
{
	const char *const parts[] = { view->key.bytes, call->role != NULL ? call->role : "" };
	uint64_t hash = UINT64_C(14695981039346656037) ^ view->flags ^
			(uint64_t)(unsigned)item->schema->version << 32;

	for (int i = 0; i < 2; i++) {
		for (const char *p = parts[i]; *p != '\0'; p++)
			hash = (hash ^ (unsigned char)*p) * UINT64_C(1099511628211);
	}
	return (hash << 1) | (view->scope == SCOPE_ALL);
}

/* References to other items are cleaned up, so any write may change the text. */
static unsigned long epoch_of(const struct view *view, const struct item *item)
{
	return view->flags & VIEW_NO_CLEANUP ? 0 : item->app->world->epoch + 1;
}

static bool add_cached(
	struct buf *out, const struct item *item, enum shape shape, const struct made *wanted)
{
	const struct made *made = NULL;
	bool found = false;

	pthread_mutex_lock(&lock);
	if (item->cached != NULL)
		made = &item->cached->shapes[shape];
	if (made != NULL && made->text != NULL)
		found = made->view == wanted->view && made->epoch == wanted->epoch &&
			made->version == wanted->version;
	if (found)
		buf_add(out, made->text, made->length);
	pthread_mutex_unlock(&lock);
	return found;
}

/* Copies the text, which need not end with a NUL. */
static void keep(struct item *item, enum shape shape, const struct made *made)
{
	struct made *place;

	pthread_mutex_lock(&lock);
	if (item->cached == NULL && kept < MAX_KEPT) {
		item->cached = must_calloc(1, sizeof(*item->cached));
		item->cached->next = all;
		all = item->cached;
	}
	place = item->cached != NULL ? &item->cached->shapes[shape] : NULL;
	if (place != NULL && (place->text != NULL || kept < MAX_KEPT)) {
		kept = kept - place->length + made->length;
		free(place->text);
		*place = *made;
		place->text = must_strndup(made->text, made->length);
	}
	pthread_mutex_unlock(&lock);
}

static void render_shape(struct buf *out, const struct call *call, const struct view *view,
	struct item *item, enum shape shape)
{
	struct render_source source = { .item = item,
		.state = &item->now,
		.version = item->version,
		.scope = view->scope,
		.order = ORDER_STORE };
	struct made made = { .view = hash_view(call, view, item),
		.epoch = epoch_of(view, item),
		.version = item->version };
	size_t start = out->length;

	if (add_cached(out, item, shape, &made))
		return;
	if (shape == SHAPE_ITEM)
		render_state(out, call, view, &source);
	else
		render_data(out, call, view, &source, JSON_STRICT);
	made.text = out->bytes + start;
	made.length = out->length - start;
	keep(item, shape, &made);
}

void render_item(
	struct buf *out, const struct call *call, const struct view *view, struct item *item)
{
	render_shape(out, call, view, item, SHAPE_ITEM);
}

void render_current_data(
	struct buf *out, const struct call *call, const struct view *view, struct item *item)
{
	render_shape(out, call, view, item, SHAPE_DATA);
}

void render_forget(void)
{
	pthread_mutex_lock(&lock);
	while (all != NULL) {
		struct cached *next = all->next;

		for (int i = 0; i < SHAPE_COUNT; i++)
			free(all->shapes[i].text);
		free(all);
		all = next;
	}
	kept = 0;
	pthread_mutex_unlock(&lock);
}
