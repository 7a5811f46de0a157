#include "alloc.h"
#include "render.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Enough for the benchmark's 10,000 items many times over. */
static const size_t MAX_KEPT = (size_t)256 << 20;

/* The last text that was made of an item, and what it was made from. */
struct cached {
	struct cached *next; /* of all kept texts */
	uint64_t view;
	unsigned long epoch; /* 0: does not depend on other items */
	int version;
	char *text;
	size_t length;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct cached *all; /* guarded by lock, as is every item's cached */
static size_t kept;        /* bytes; guarded by lock */

/* What is shown of an item: its whole as REST does, or its data as GraphQL does. */
enum shape { SHAPE_ITEM, SHAPE_DATA };

static uint64_t hash_view(
	const struct call *call, const struct view *view, const struct item *item, enum shape shape)
{
	const char *const parts[] = { view->key.bytes, call->role != NULL ? call->role : "" };
	uint64_t hash = UINT64_C(14695981039346656037) ^ view->flags ^
			(uint64_t)(unsigned)item->schema->version << 32;

	for (int i = 0; i < 2; i++) {
		for (const char *p = parts[i]; *p != '\0'; p++)
			hash = (hash ^ (unsigned char)*p) * UINT64_C(1099511628211);
	}
	return (hash << 2) | (uint64_t)(shape == SHAPE_DATA) << 1 | (view->scope == SCOPE_ALL);
}

/* References to other items are cleaned up, so any write may change the text. */
static unsigned long epoch_of(const struct view *view, const struct item *item)
{
	return view->flags & VIEW_NO_CLEANUP ? 0 : item->app->world->epoch + 1;
}

static bool add_cached(struct buf *out, const struct item *item, const struct cached *wanted)
{
	const struct cached *cached;
	bool found;

	pthread_mutex_lock(&lock);
	cached = item->cached;
	found = cached != NULL && cached->view == wanted->view && cached->epoch == wanted->epoch &&
		cached->version == wanted->version;
	if (found)
		buf_add(out, cached->text, cached->length);
	pthread_mutex_unlock(&lock);
	return found;
}

static void keep(struct item *item, const struct cached *made, const char *text)
{
	struct cached *cached;

	pthread_mutex_lock(&lock);
	cached = item->cached;
	if (cached == NULL && kept < MAX_KEPT) {
		cached = must_calloc(1, sizeof(*cached));
		cached->next = all;
		all = cached;
		item->cached = cached;
	}
	if (cached != NULL) {
		struct cached *next = cached->next;

		kept -= cached->length;
		kept += made->length;
		free(cached->text);
		*cached = *made;
		cached->next = next;
		cached->text = must_strndup(text, made->length);
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
	struct cached made = { .view = hash_view(call, view, item, shape),
		.epoch = epoch_of(view, item),
		.version = item->version };
	size_t start = out->length;

	if (add_cached(out, item, &made))
		return;
	if (shape == SHAPE_ITEM)
		render_state(out, call, view, &source);
	else
		render_data(out, call, view, &source, JSON_STRICT);
	made.length = out->length - start;
	keep(item, &made, out->bytes + start);
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

		free(all->text);
		free(all);
		all = next;
	}
	kept = 0;
	pthread_mutex_unlock(&lock);
}
