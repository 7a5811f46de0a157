/* Pages on their way at the same time, while items come and go between any two answers. */
#include "cache/window.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/suite.h"

enum { N_IDS = 19, PAGE_ITEMS = 3, REQUESTS_MAX = 4, ANSWERS_MAX = 60 };

/*
 * A server with the ids "a" .. "s", of which every second one is there at first. It sends pages of
 * PAGE_ITEMS, and counts.
 */
struct model {
	bool is_there[N_IDS];
	bool was_always[N_IDS]; /* since the beginning */
	bool was_ever[N_IDS];
	size_t n_answers;
};

struct change {
	size_t before; /* which answer */
	int id;        /* that comes, or goes; -1: none */
};

struct run {
	struct model model;
	struct change changes[2];
	struct window window;
	size_t max_pages;
	unsigned order;
	char seen[ANSWERS_MAX]; /* the ids that were passed */
	size_t n_seen;
};

static void model_init(struct model *m)
{
	*m = (struct model){ 0 };
	for (int i = 1; i < N_IDS; i += 2)
		m->is_there[i] = m->was_always[i] = m->was_ever[i] = true;
}

static void model_change(struct model *m, int id)
{
	m->is_there[id] = !m->is_there[id];
	m->was_always[id] = false;
	m->was_ever[id] = true;
}

static void model_fill(
	const struct model *m, const char *after_id, uint64_t skip, struct content_page *page)
{
	page->items = calloc(PAGE_ITEMS, sizeof(page->items[0]));
	ck_assert_ptr_nonnull(page->items);
	page->total = 0;
	for (int i = after_id ? after_id[0] - 'a' + 1 : 0; i < N_IDS; i++) {
		const char id[] = { (char)('a' + i), '\0' };
		struct content *item;

		if (!m->is_there[i])
			continue;
		if (page->total++ < (int64_t)skip || page->n_items == PAGE_ITEMS)
			continue;
		item = &page->items[page->n_items++];
		content_init(item);
		item->strings = strdup(id);
		item->id = item->strings;
	}
}

static void answer(struct run *r, struct page_request *request)
{
	struct model *m = &r->model;

	for (size_t i = 0; i < N_ROWS(r->changes); i++) {
		if (r->changes[i].id >= 0 && r->changes[i].before == m->n_answers)
			model_change(m, r->changes[i].id);
	}
	m->n_answers++;
	ck_assert_uint_lt(m->n_answers, ANSWERS_MAX);
	for (size_t i = 0; i < request->n_pages; i++)
		model_fill(m, request->after_id, request->skip[i], &request->pages[i]);
	request->state = REQUEST_ARRIVED;
}

/* Of those that wait: the first, the last, or by turns. */
static void answer_one(struct run *r)
{
	struct page_request *chosen = NULL;
	bool is_last = r->order == 1 || (r->order == 2 && r->model.n_answers % 2 == 1);

	for (struct page_request *q = r->window.first; q; q = q->next) {
		if (q->state == REQUEST_WAITS && (!chosen || is_last))
			chosen = q;
	}
	ck_assert_ptr_nonnull(chosen);
	answer(r, chosen);
}

static void take_pages(struct run *r)
{
	struct window_page page;
	struct page_request *dropped;
	int step;

	for (step = window_look(&r->window, &page); step == WINDOW_PAGE;
		step = window_look(&r->window, &page)) {
		for (size_t i = page.first; i < page.content->n_items; i++)
			r->seen[r->n_seen++] = page.content->items[i].id[0];
		window_pass(&r->window, &page);
	}
	ck_assert_int_ge(step, 0);
	if (step != WINDOW_BROKEN)
		return;
	dropped = window_drop(&r->window);
	while (dropped) {
		struct page_request *next = dropped->next;

		page_request_free(dropped);
		dropped = next;
	}
}

static void run(struct run *r)
{
	model_init(&r->model);
	window_init(&r->window);
	r->window.page_size = PAGE_ITEMS;
	r->n_seen = 0;
	while (!r->window.is_at_end) {
		while (r->window.n_requests < REQUESTS_MAX) {
			if (!window_plan(&r->window, r->max_pages))
				break;
		}
		answer_one(r);
		take_pages(r);
	}
	ck_assert_uint_eq(r->window.n_seen, r->n_seen);
}

static const char *describe(const struct run *r)
{
	static char text[200];

	snprintf(text, sizeof(text), "'%c' before answer %zu, '%c' before %zu: '%.*s'",
		'a' + r->changes[0].id, r->changes[0].before, 'a' + r->changes[1].id,
		r->changes[1].before, (int)r->n_seen, r->seen);
	return text;
}

static void judge(const struct run *r)
{
	const struct model *m = &r->model;

	for (size_t i = 0; i < r->n_seen; i++) {
		ck_assert_msg(i == 0 || r->seen[i - 1] < r->seen[i], "order: %s", describe(r));
		ck_assert_msg(m->was_ever[r->seen[i] - 'a'], "invented: %s", describe(r));
	}
	for (int i = 0; i < N_IDS; i++)
		ck_assert_msg(!m->was_always[i] || memchr(r->seen, 'a' + i, r->n_seen),
			"'%c' is missing: %s", 'a' + i, describe(r));
}

/* Nine items, three a page, of which but the first two each overlaps the one before. */
START_TEST(window_asks_for_no_more_than_there_is)
{
	for (unsigned order = 0; order < 3; order++) {
		struct run r = {
			.max_pages = 1, .order = order, .changes = { { 0, -1 }, { 0, -1 } }
		};

		run(&r);
		judge(&r);
		ck_assert_uint_eq(r.n_seen, N_IDS / 2);
		ck_assert_uint_eq(r.model.n_answers, 4);
		ck_assert(!r.window.has_moved);
		window_clear(&r.window);
	}
}
END_TEST

START_TEST(window_puts_pages_into_one_request)
{
	struct run r = { .max_pages = 10, .changes = { { 0, -1 }, { 0, -1 } } };

	run(&r);
	judge(&r);
	ck_assert_uint_eq(r.n_seen, N_IDS / 2);
	ck_assert_uint_eq(r.model.n_answers, 2);
	ck_assert(!r.window.has_moved);
	window_clear(&r.window);
}
END_TEST

/* Each pair of changes, each before each pair of answers, in three orders of answers. */
START_TEST(window_misses_nothing_while_items_come_and_go)
{
	struct run r = { .max_pages = _i / 3 == 0 ? 1 : 10, .order = (unsigned)_i % 3 };
	const size_t n_times = 6;

	for (int first = 0; first < N_IDS; first++) {
		for (int second = first; second < N_IDS; second++) {
			for (size_t times = 0; times < n_times * n_times; times++) {
				r.changes[0] = (struct change){ times % n_times, first };
				r.changes[1] = (struct change){ times / n_times, second };
				run(&r);
				judge(&r);
				window_clear(&r.window);
			}
		}
	}
}
END_TEST

/* A change that no page can have missed needs no check. */
START_TEST(window_notices_what_moves)
{
	static const int ids[] = { 8, 9 }; /* comes, goes, in the middle */

	for (size_t i = 0; i < 2; i++) {
		struct run r = { .max_pages = 1, .changes = { { 2, ids[i] }, { 0, -1 } } };

		run(&r);
		judge(&r);
		ck_assert(r.window.has_moved);
		window_clear(&r.window);
	}
}
END_TEST

/* Whichever item goes, and whenever: what was asked for already is made use of. */
START_TEST(window_patches_a_gap_with_one_request)
{
	struct run r = { .max_pages = 1, .changes = { { 0, -1 }, { 0, -1 } } };
	size_t n_most = 0;

	for (size_t before = 1; before < 4; before++) {
		for (int id = 1; id < N_IDS; id += 2) {
			r.changes[0] = (struct change){ before, id };
			run(&r);
			judge(&r);
			n_most = r.model.n_answers > n_most ? r.model.n_answers : n_most;
			window_clear(&r.window);
		}
	}
	ck_assert_uint_eq(n_most, 5);
}
END_TEST

START_TEST(window_splits_a_request)
{
	static const size_t sizes[] = { 1, 2 };

	for (size_t i = 0; i < 2; i++) {
		struct run r = { .max_pages = 10, .changes = { { 0, -1 }, { 0, -1 } } };

		model_init(&r.model);
		window_init(&r.window);
		r.window.page_size = PAGE_ITEMS;
		answer(&r, window_plan(&r.window, 10));
		take_pages(&r);
		ck_assert_ptr_nonnull(
			window_split(&r.window, window_plan(&r.window, 10), sizes[i]));
		ck_assert_uint_eq(r.window.n_requests, sizes[i] == 1 ? 3 : 2);
		while (!r.window.is_at_end) {
			answer_one(&r);
			take_pages(&r);
		}
		judge(&r);
		ck_assert_uint_eq(r.n_seen, N_IDS / 2);
		ck_assert(!r.window.has_moved);
		window_clear(&r.window);
	}
}
END_TEST

START_TEST(window_without_totals_goes_page_by_page)
{
	struct window w;
	struct page_request *request;
	struct window_page page;
	struct model m;

	model_init(&m);
	window_init(&w);
	w.page_size = PAGE_ITEMS;
	for (size_t n = 0; !w.is_at_end; n++) {
		ck_assert_uint_lt(n, 5);
		request = window_plan(&w, 10);
		ck_assert_ptr_nonnull(request);
		ck_assert_ptr_null(window_plan(&w, 10));
		ck_assert_uint_eq(request->n_pages, 1);
		ck_assert_uint_eq(request->skip[0], 0);
		model_fill(&m, request->after_id, 0, &request->pages[0]);
		request->pages[0].total = -1;
		request->state = REQUEST_ARRIVED;
		ck_assert_int_eq(window_look(&w, &page), WINDOW_PAGE);
		window_pass(&w, &page);
		ck_assert_int_eq(window_look(&w, &page), WINDOW_WAIT);
	}
	ck_assert_uint_eq(w.n_seen, N_IDS / 2);
	ck_assert(!w.has_moved);
	window_clear(&w);
}
END_TEST

/* A server with a maximum of its own: the first page tells, and the others are planned by it. */
START_TEST(window_learns_the_size_of_a_page)
{
	struct run r = { .max_pages = 1, .changes = { { 0, -1 }, { 0, -1 } } };
	struct page_request *request;

	model_init(&r.model);
	window_init(&r.window);
	request = window_plan(&r.window, 1);
	ck_assert_uint_eq(request->top, 200);
	answer(&r, request);
	take_pages(&r);
	request = window_plan(&r.window, 1);
	ck_assert_uint_eq(request->top, PAGE_ITEMS);
	request = window_plan(&r.window, 1);
	ck_assert_uint_eq(request->skip[0], PAGE_ITEMS - 1);
	window_clear(&r.window);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("window");

	tcase_add_test(tc, window_asks_for_no_more_than_there_is);
	tcase_add_test(tc, window_puts_pages_into_one_request);
	tcase_add_loop_test(tc, window_misses_nothing_while_items_come_and_go, 0, 6);
	tcase_add_test(tc, window_notices_what_moves);
	tcase_add_test(tc, window_patches_a_gap_with_one_request);
	tcase_add_test(tc, window_splits_a_request);
	tcase_add_test(tc, window_without_totals_goes_page_by_page);
	tcase_add_test(tc, window_learns_the_size_of_a_page);
	return suite_run(tc, "window");
}
