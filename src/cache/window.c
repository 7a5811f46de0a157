#include "cache/window.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/client.h"

#define OVERLAP_MOVED 10

void window_init(struct window *w)
{
	*w = (struct window){
		.end = &w->first,
		.n_left = -1,
		.n_all = -1,
		.page_size = CLIENT_PAGE_MAX,
	};
}

void page_request_free(struct page_request *request)
{
	if (!request)
		return;
	for (size_t i = 0; i < request->n_pages; i++)
		content_page_release(&request->pages[i]);
	free(request->after_id);
	free(request);
}

struct page_request *window_drop(struct window *w)
{
	struct page_request *dropped = w->first;

	w->first = NULL;
	w->end = &w->first;
	w->n_requests = 0;
	w->n_hoped = 0;
	return dropped;
}

static void unlink_first(struct window *w)
{
	struct page_request *request = w->first;

	w->first = request->next;
	if (!w->first)
		w->end = &w->first;
	w->n_requests--;
	page_request_free(request);
}

/* Without pages yet. */
static struct page_request *new_request(const char *after_id, uint64_t n_before, unsigned top)
{
	struct page_request *request = calloc(1, sizeof(*request));

	if (!request)
		return NULL;
	if (after_id) {
		request->after_id = strdup(after_id);
		if (!request->after_id) {
			free(request);
			return NULL;
		}
	}
	request->top = top;
	request->n_before = n_before;
	return request;
}

static void add_page(struct page_request *request, uint64_t skip, unsigned n_hoped)
{
	size_t i = request->n_pages++;

	content_page_init(&request->pages[i]);
	request->skip[i] = skip;
	request->n_hoped[i] = n_hoped;
}

/*
 * Items that a page has in common with the one before it. Once items come and go, what is planned
 * is off by some: with one item it would not join, and what is asked for in its place
 * would put off the next ones in their turn.
 */
static unsigned overlap(const struct window *w)
{
	unsigned n = w->has_moved ? OVERLAP_MOVED : 1;

	return n < w->page_size / 4 ? n : 1;
}

/* Pages that are not planned yet; where nobody counts, one after the other. */
static uint64_t count_pages(const struct window *w)
{
	unsigned stride = w->page_size - overlap(w);
	uint64_t n_left = w->n_left > 0 ? (uint64_t)w->n_left : 0;

	if (w->n_hoped == 0 && (n_left <= w->page_size || stride == 0))
		return 1;
	if (n_left <= w->n_hoped || stride == 0)
		return 0;
	/* What is asked for exactly has nothing in common with others. */
	if (w->n_hoped == 0)
		n_left -= overlap(w);
	return (n_left - w->n_hoped + stride - 1) / stride;
}

static void plan_page(struct window *w, struct page_request *request)
{
	uint64_t skip = w->n_hoped > overlap(w) ? w->n_hoped - overlap(w) : 0;
	unsigned n_hoped = w->page_size - (unsigned)(w->n_hoped - skip);

	add_page(request, skip, n_hoped);
	w->n_hoped += n_hoped;
}

struct page_request *window_plan(struct window *w, size_t max_pages)
{
	struct page_request *request;
	uint64_t n_pages;

	/* What is there is doubted: behind it, nothing can be foreseen. */
	if (w->is_at_end || (w->first && w->n_hoped == 0))
		return NULL;
	n_pages = count_pages(w);
	request = n_pages > 0 ? new_request(w->last_id, w->n_seen, w->page_size) : NULL;
	if (!request)
		return NULL;
	if (n_pages < WINDOW_PAGES_MIN || max_pages < WINDOW_PAGES_MIN)
		n_pages = 1;
	for (uint64_t i = 0; i < n_pages && i < max_pages && i < WINDOW_PAGES_MAX; i++)
		plan_page(w, request);
	*w->end = request;
	w->end = &request->next;
	w->n_requests++;
	return request;
}

static void free_chain(struct page_request *chain)
{
	while (chain) {
		struct page_request *next = chain->next;

		page_request_free(chain);
		chain = next;
	}
}

void window_clear(struct window *w)
{
	free_chain(window_drop(w));
	free(w->last_id);
	window_init(w);
}

struct page_request *window_split(struct window *w, struct page_request *request, size_t n_pages)
{
	struct page_request *chain = NULL, **end = &chain, *part = NULL, **link;
	size_t n_parts = 0;

	for (size_t i = 0; i < request->n_pages; i++) {
		if (i % n_pages == 0) {
			part = new_request(request->after_id, request->n_before, request->top);
			if (!part) {
				free_chain(chain);
				return NULL;
			}
			*end = part;
			end = &part->next;
			n_parts++;
		}
		add_page(part, request->skip[i], request->n_hoped[i]);
	}
	link = &w->first;
	while (*link != request)
		link = &(*link)->next;
	*link = chain;
	*end = request->next;
	if (w->end == &request->next)
		w->end = end;
	w->n_requests += n_parts - 1;
	page_request_free(request);
	return chain;
}

/*
 * In front of all: what stands exactly behind last_id. It will bring what the page that does not
 * join was to bring, and one item more, by which that one is likely to have shifted.
 */
static bool patch(struct window *w)
{
	struct page_request *request = new_request(w->last_id, w->n_seen, w->page_size);
	struct page_request *doubted = w->first;

	if (!request)
		return false;
	add_page(request, 0, w->page_size);
	w->n_hoped += w->page_size;
	w->n_hoped -= doubted->n_hoped[doubted->n_taken];
	doubted->n_hoped[doubted->n_taken] = 0;
	request->next = w->first;
	w->first = request;
	w->n_requests++;
	return true;
}

static bool is_exact(const struct window *w, const struct page_request *request)
{
	if (request->skip[request->n_taken] > 0)
		return false;
	if (!w->last_id || !request->after_id)
		return !w->last_id && !request->after_id;
	return strcmp(w->last_id, request->after_id) == 0;
}

static bool joins(struct window *w, const struct page_request *request, size_t *ret_first)
{
	const struct content_page *page = &request->pages[request->n_taken];

	*ret_first = 0;
	if (is_exact(w, request))
		return true;
	for (size_t i = 0; w->last_id && i < page->n_items; i++) {
		if (strcmp(page->items[i].id, w->last_id) != 0)
			continue;
		*ret_first = i + 1;
		w->has_moved = w->has_moved || i > 0;
		return true;
	}
	return false;
}

/* Its texts are in the store, or of no use. */
static void take(struct window *w, struct page_request *request)
{
	w->n_hoped -= request->n_hoped[request->n_taken];
	content_page_release(&request->pages[request->n_taken]);
	request->n_taken++;
	request->is_doubted = false;
}

static int doubt(struct window *w)
{
	struct page_request *request = w->first;

	w->has_moved = true;
	if (request->is_doubted)
		return WINDOW_BROKEN;
	if (!patch(w))
		return -ENOMEM;
	request->is_doubted = true;
	return WINDOW_PATCH;
}

int window_look(struct window *w, struct window_page *ret_page)
{
	while (w->first && w->first->state == REQUEST_ARRIVED) {
		struct page_request *request = w->first;
		const struct content_page *page = &request->pages[request->n_taken];
		const char *last_id = NULL;

		if (request->n_taken == request->n_pages) {
			unlink_first(w);
			continue;
		}
		if (!joins(w, request, &ret_page->first)) {
			if (page->n_items > 0)
				return doubt(w);
			/* The end came nearer. */
			w->has_moved = true;
			take(w, request);
			continue;
		}
		if (page->n_items > 0)
			last_id = page->items[page->n_items - 1].id;
		ret_page->request = request;
		ret_page->content = page;
		ret_page->last_id = last_id ? strdup(last_id) : NULL;
		return last_id && !ret_page->last_id ? -ENOMEM : WINDOW_PAGE;
	}
	return WINDOW_WAIT;
}

/* The totals are of items behind after_id: with those before it they are the same all the time. */
static void compare_totals(
	struct window *w, const struct page_request *request, const struct content_page *page)
{
	int64_t n_all = page->total >= 0 ? (int64_t)request->n_before + page->total : -1;

	if (!w->last_id)
		w->n_all = n_all;
	w->has_moved = w->has_moved || n_all != w->n_all;
}

static void note_end(
	struct window *w, const struct page_request *request, const struct content_page *page)
{
	int64_t n_to_here = (int64_t)(request->skip[request->n_taken] + page->n_items);

	w->n_left = page->total < 0 ? -1 : 0;
	if (page->total > n_to_here)
		w->n_left = page->total - n_to_here;
	w->is_at_end = page->total < 0 ? page->n_items == 0 : w->n_left == 0;
	if (!w->is_at_end && page->n_items > 0 && page->n_items < request->top)
		w->page_size = (unsigned)page->n_items;
}

void window_pass(struct window *w, struct window_page *page)
{
	const struct content_page *content = page->content;

	compare_totals(w, page->request, content);
	note_end(w, page->request, content);
	for (size_t i = page->first; i < content->n_items; i++)
		w->n_bytes += content->items[i].text.len;
	w->n_seen += content->n_items - page->first;
	take(w, page->request);
	if (page->last_id) {
		free(w->last_id);
		w->last_id = page->last_id;
	}
}

void window_let_go(struct window_page *page)
{
	free(page->last_id);
}
