/*
 * The pages of a listing that are on their way at the same time: which to ask for next, and
 * whether what came joins what is known. Knows no server, no store and no thread.
 *
 *	window_init(&w);
 *	request = window_plan(&w, max_pages);		-- ask for it; then state, pages and
 *	request->state = REQUEST_ARRIVED;		   is_dropped are the asker's to set
 *	while (window_look(&w, &page, err) == WINDOW_PAGE) {
 *		... store page.content->items from page.first on ...
 *		window_pass(&w, &page, err);
 *	}
 *	if (w.is_at_end) ...
 *	window_clear(&w);
 *
 * The server sorts by id, in an order of its own. What is known is good up to last_id: no item
 * that was there all the time is missing in it, and none stands in it twice. A page is asked for
 * behind an id that was good by then (after_id), with as many items skipped as other pages are
 * to bring, less one: it must begin with the last item of the page before. If it does, the
 * two hold all that stood between their ends when the later one was made. What was inserted or
 * deleted meanwhile shifts it. If it still has last_id anywhere, what follows that is good as
 * well. Otherwise something may be missing in between: a page is asked for exactly behind
 * last_id, where nothing is skipped and nothing has to join, and then it is tried once more. If
 * that is in vain, all is dropped, and planned anew from last_id on.
 *
 * has_moved says that items came or went while it was listed: pages did not join, or the
 * totals, of which each page has one, disagree. What changed behind the listing's back is
 * then for a check to find (freshness.h). From then on pages have more than one item in common.
 *
 * Ownership: requests are the window's while they are in it. window_drop takes them out; those that
 * still travel are freed by their asker. The caller serialises all calls.
 */
#ifndef SQUIDEXFS_CACHE_WINDOW_H
#define SQUIDEXFS_CACHE_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/content.h"
#include "base/pool.h"

/* Pages of one request: of fewer than the least, each has a request of its own. */
#define WINDOW_PAGES_MIN 3
#define WINDOW_PAGES_MAX 10

enum request_state {
	REQUEST_WAITS,   /* to be asked */
	REQUEST_LEFT,    /* to be asked by a reader: it failed, or nobody else is there */
	REQUEST_TRAVELS, /* is being asked */
	REQUEST_ARRIVED, /* its pages are filled */
};

/* Some pages behind one id. */
struct page_request {
	struct page_request *next;
	enum request_state state;
	bool is_dropped; /* taken out while it travelled */
	char *after_id;  /* NULL: from the beginning */
	uint64_t skip[WINDOW_PAGES_MAX];
	unsigned top;
	size_t n_pages;
	struct content_page pages[WINDOW_PAGES_MAX];
	uint64_t asked_ms; /* of dir_asked_ms, before it was sent */

	/* The window's own. */
	size_t n_taken;                     /* pages that are passed, or of no use */
	uint64_t n_before;                  /* items up to after_id */
	unsigned n_hoped[WINDOW_PAGES_MAX]; /* items that a page is to bring */
	bool is_doubted;                    /* its next page did not join once */

	/* Its asker's own. */
	struct pool_job job;
	void *asker;
};

struct window {
	struct page_request *first, **end;
	size_t n_requests;
	char *last_id;      /* what is known ends with it; NULL: nothing is known */
	uint64_t n_seen;    /* items up to it */
	uint64_t n_bytes;   /* of their texts */
	int64_t n_left;     /* behind it, by the latest page; -1: not counted */
	int64_t n_all;      /* by the first page; -1 */
	uint64_t n_hoped;   /* items that what is planned is to bring */
	unsigned page_size; /* items of a page, as the server sends them */
	bool is_at_end, has_moved;
};

/* A page that joins: its items from `first` on are new. */
struct window_page {
	struct page_request *request;
	const struct content_page *content;
	size_t first;
	char *last_id; /* of it; NULL: it has no items */
};

enum window_step {
	WINDOW_PAGE,   /* store it, and pass it */
	WINDOW_WAIT,   /* nothing that joins has arrived */
	WINDOW_PATCH,  /* one was planned in front of what has arrived: have it asked */
	WINDOW_BROKEN, /* drop all */
};

void window_init(struct window *w);
void window_clear(struct window *w); /* nothing travels */

/*
 * The next request, for max_pages pages or as many as are left; where nothing is planned it
 * begins exactly behind last_id. NULL: none is wanted (all is planned, or cannot be foreseen),
 * or out of memory.
 */
struct page_request *window_plan(struct window *w, size_t max_pages);

/* Looks at the first one. On WINDOW_PAGE *ret_page is to be passed or let go. -ENOMEM. */
int window_look(struct window *w, struct window_page *ret_page);
void window_pass(struct window *w, struct window_page *page);
void window_let_go(struct window_page *page);

/*
 * Requests of n_pages each, or fewer, in place of one that has not arrived, which is freed. The first
 * of them; NULL: out of memory, and nothing has changed.
 */
struct page_request *window_split(struct window *w, struct page_request *request, size_t n_pages);

/* Takes all out: the chain of them, linked by next. */
struct page_request *window_drop(struct window *w);
void page_request_free(struct page_request *request);

#endif
