#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "support/fixture.h"
#include "support/stage.h"
#include "support/suite.h"

/* The address and headers of each kind of page. */
static const struct {
	const char *what;
	struct client_conf conf;
	const char *after_id;
	uint64_t skip;
	const char *request;
} pages[] = {
	{ "the first", { .url = URL, .app = "foodcrunch" }, NULL, 0,
		"GET " URL "/api/content/foodcrunch/recipes?$top=200&$orderby=id\n" EDITABLE "\n" },
	{ "one behind an id", { .url = URL, .app = "foodcrunch" }, "demo-1", 0,
		"GET " URL "/api/content/foodcrunch/recipes?$top=200&$orderby=id"
		"&$filter=id%20gt%20%27demo-1%27\n" EDITABLE "\n" },
	{ "one further behind an id", { .url = URL, .app = "foodcrunch" }, "demo-1", 1393,
		"GET " URL "/api/content/foodcrunch/recipes?$top=200&$orderby=id&$skip=1393"
		"&$filter=id%20gt%20%27demo-1%27\n" EDITABLE "\n" },
	{ "one behind an id with quotes", { .url = URL, .app = "foodcrunch" }, "'o''b/%&", 0,
		"GET " URL "/api/content/foodcrunch/recipes?$top=200&$orderby=id"
		"&$filter=id%20gt%20%27%27%27o%27%27%27%27b%2F%25%26%27\n" EDITABLE "\n" },
	{ "an app that has to be encoded", { .url = URL, .app = "food crunch" }, NULL, 0,
		"GET " URL "/api/content/food%20crunch/recipes?$top=200&$orderby=id\n" EDITABLE
		"\n" },
	{ "what the public sees", { .url = URL, .app = "foodcrunch", .is_published = true }, NULL,
		0, "GET " URL "/api/content/foodcrunch/recipes?$top=200&$orderby=id\n\n" },
	{ "some languages", { .url = URL, .app = "foodcrunch", .languages = "en,de" }, NULL, 0,
		"GET " URL "/api/content/foodcrunch/recipes?$top=200&$orderby=id\n" EDITABLE
		"X-Languages: en,de\n\n" },
	{ "flat fields in public",
		{ .url = URL, .app = "foodcrunch", .is_flat = true, .is_published = true }, NULL, 0,
		"GET " URL
		"/api/content/foodcrunch/recipes?$top=200&$orderby=id\nX-Flatten: 1\n\n" },
};

START_TEST(client_asks_for_a_page)
{
	static const struct scripted_answer answer = { .status = 200, .body = EMPTY_PAGE };
	struct stage s;

	stage_init(&s, &pages[_i].conf, &answer, 1);
	ck_assert_int_eq(stage_fetch_page_at(&s, pages[_i].after_id, pages[_i].skip), 0);
	ck_assert_uint_eq(s.page.n_items, 0);
	ck_assert_int_eq(s.page.total, 0);
	ck_assert_str_eq(scripted_request(s.transport, 0), pages[_i].request);
	stage_release(&s);
}
END_TEST

START_TEST(client_asks_behind_a_long_id)
{
	static const struct scripted_answer answer = { .status = 200, .body = EMPTY_PAGE };
	char id[256];
	struct stage s;

	memset(id, 'a', 255);
	id[255] = '\0';
	stage_init(&s, &stage_conf, &answer, 1);
	ck_assert_int_eq(stage_fetch_page(&s, id), 0);
	ck_assert(strstr(scripted_request(s.transport, 0), id) != NULL);
	stage_release(&s);
}
END_TEST

START_TEST(client_reads_a_recorded_page)
{
	struct scripted_answer answer = { .status = 200, .etag = "W/\"1\"" };
	struct stage s;
	struct buf body;

	fixture_read_body("wire/12-list-top2-200.txt", &body);
	answer.body = buf_str(&body);
	stage_init(&s, &stage_conf, &answer, 1);
	ck_assert_int_eq(stage_fetch_page(&s, NULL), 0);
	ck_assert_uint_eq(s.page.n_items, 2);
	ck_assert_str_eq(s.page.items[0].etag, "");
	stage_release(&s);
	buf_release(&body);
}
END_TEST

static const struct {
	const char *what;
	struct scripted_answer answer;
	int errnum;
	const char *text; /* how it begins */
} bad_pages[] = {
	{ "the id before comes again",
		{ .status = 200,
			.body = "{\"total\":2,\"items\":[{\"id\":\"after\",\"version\":1},"
				"{\"id\":\"b\",\"version\":1}]}" },
		EIO, "recipes: the server sent item 'after' again" },
	{ "it comes again at the end",
		{ .status = 200,
			.body = "{\"total\":2,\"items\":[{\"id\":\"a\",\"version\":1},"
				"{\"id\":\"after\",\"version\":1}]}" },
		EIO, "recipes: the server sent item 'after' again" },
	{ "nothing, although there is more",
		{ .status = 200, .body = "{\"total\":5,\"items\":[]}" }, EIO,
		"recipes: the server sent an empty page, although there are items left" },
	{ "no JSON", { .status = 200, .body = "pardon?" }, EIO,
		"recipes: the answer is not JSON (unexpected character at byte 0): pardon?" },
	{ "HTML", { .status = 200, .body = "<html>login</html>" }, EIO,
		"recipes: the answer is an HTML page, not JSON: <html>login</html>" },
	{ "204", { .status = 204 }, EIO, "recipes: the answer is empty" },
	{ "304 without being asked", { .status = 304 }, EIO, "recipes: the answer is empty" },
	{ "403", { .status = 403, .body = "{\"message\":\"Forbidden\"}" }, EACCES,
		"recipes: Forbidden (HTTP 403)" },
	{ "no answer", { .ret = -ETIMEDOUT }, ETIMEDOUT, "recipes: scripted ETIMEDOUT" },
};

START_TEST(client_refuses_a_page)
{
	struct stage s;

	stage_init(&s, &stage_conf, &bad_pages[_i].answer, 1);
	ck_assert_msg(stage_fetch_page(&s, "after") == -bad_pages[_i].errnum, "%s: %s",
		bad_pages[_i].what, s.err.text);
	ck_assert_str_eq(s.err.text, bad_pages[_i].text);
	ck_assert_uint_eq(scripted_count(s.transport), 1);
	stage_release(&s);
}
END_TEST

/* Those that were to be skipped may be gone. */
START_TEST(client_takes_an_empty_page_behind_skipped_items)
{
	static const struct scripted_answer answer = { .status = 200,
		.body = "{\"total\":5,\"items\":[]}" };
	struct stage s;

	stage_init(&s, &stage_conf, &answer, 1);
	ck_assert_int_eq(stage_fetch_page_at(&s, "after", 5), 0);
	ck_assert_uint_eq(s.page.n_items, 0);
	ck_assert_int_eq(s.page.total, 5);
	stage_release(&s);
}
END_TEST

static const struct {
	uint64_t skip;
	const char *query;
} newest[] = { { 0, "?$top=20" }, { 219, "?$top=20&$skip=219" } };

START_TEST(client_asks_for_the_newest)
{
	static const struct scripted_answer answers[] = {
		{ .ret = -EFBIG },
		{ .status = 200, .body = "{\"total\":9,\"items\":[{\"id\":\"a\",\"version\":1}]}" },
	};
	char request[512];
	struct stage s;

	stage_init(&s, &stage_conf, answers, 2);
	ck_assert_int_eq(client_fetch_newest(s.client, &s.call, &s.list.schemas[0], newest[_i].skip,
				 20, &s.page, &s.err),
		0);
	snprintf(request, sizeof(request),
		"GET " URL "/api/content/foodcrunch/recipes%s\n" EDITABLE "\n", newest[_i].query);
	ck_assert_str_eq(scripted_request(s.transport, 0), request);
	ck_assert_ptr_nonnull(strstr(scripted_request(s.transport, 1), "?$top=5"));
	ck_assert_int_eq(s.page.total, 9);
	stage_release(&s);
}
END_TEST

START_TEST(client_asks_for_known_ids)
{
	static const struct scripted_answer answer = { .status = 200,
		.body = "{\"total\":2,\"items\":[{\"id\":\"b\",\"version\":1},"
			"{\"id\":\"a\\\"\",\"version\":1}]}" };
	char first[] = "a\"", second[] = "b", third[] = "c,d";
	char *known[] = { first, second, third };
	struct content_ids there = { 0 };
	struct stage s;

	stage_init(&s, &stage_conf, &answer, 1);
	ck_assert_int_eq(
		client_fetch_known(s.client, &s.call, &s.list.schemas[0], known, 3, &there, &s.err),
		0);
	ck_assert_str_eq(scripted_request(s.transport, 0),
		"POST " URL "/api/content/foodcrunch/recipes/query\n" EDITABLE
		"X-Fields: none\n" JSON "\n{\"ids\":[\"a\\\"\",\"b\",\"c,d\"]}");
	ck_assert_uint_eq(there.n_ids, 2);
	ck_assert_str_eq(there.ids[0], "a\"");
	ck_assert_str_eq(there.ids[1], "b");
	ck_assert(!there.is_part);
	content_ids_release(&there);
	stage_release(&s);
}
END_TEST

START_TEST(client_asks_for_smaller_pages_where_they_are_too_large)
{
	static const struct scripted_answer answers[] = {
		{ .ret = -EFBIG },
		{ .ret = -EFBIG },
		{ .status = 200, .body = "{\"total\":9,\"items\":[{\"id\":\"a\",\"version\":1}]}" },
	};
	struct stage s;

	stage_init(&s, &stage_conf, answers, 3);
	ck_assert_int_eq(stage_fetch_page(&s, NULL), 0);
	ck_assert_int_eq(s.err.errnum, 0);
	ck_assert_uint_eq(s.page.n_items, 1);
	ck_assert_int_eq(s.page.total, 9);
	ck_assert(strstr(scripted_request(s.transport, 0), "$top=200&") != NULL);
	ck_assert(strstr(scripted_request(s.transport, 1), "$top=50&") != NULL);
	ck_assert(strstr(scripted_request(s.transport, 2), "$top=13&") != NULL);
	stage_release(&s);
}
END_TEST

START_TEST(client_gives_up_on_an_item_that_is_too_large)
{
	static const struct scripted_answer answer = { .ret = -EFBIG };
	struct stage s;

	stage_init(&s, &stage_conf, &answer, 1);
	ck_assert_int_eq(stage_fetch_page(&s, NULL), -EFBIG);
	ck_assert_uint_eq(scripted_count(s.transport), 5);
	ck_assert(strstr(scripted_request(s.transport, 4), "$top=1&") != NULL);
	stage_release(&s);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("client_page");

	tcase_add_loop_test(tcase, client_asks_for_a_page, 0, N_ROWS(pages));
	tcase_add_test(tcase, client_asks_behind_a_long_id);
	tcase_add_test(tcase, client_reads_a_recorded_page);
	tcase_add_loop_test(tcase, client_refuses_a_page, 0, N_ROWS(bad_pages));
	tcase_add_test(tcase, client_takes_an_empty_page_behind_skipped_items);
	tcase_add_loop_test(tcase, client_asks_for_the_newest, 0, N_ROWS(newest));
	tcase_add_test(tcase, client_asks_for_known_ids);
	tcase_add_test(tcase, client_asks_for_smaller_pages_where_they_are_too_large);
	tcase_add_test(tcase, client_gives_up_on_an_item_that_is_too_large);
	return suite_run(tcase, "client_page");
}
