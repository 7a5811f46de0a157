#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/client.h"
#include "base/buf.h"
#include "base/call.h"
#include "base/error.h"
#include "net/transport.h"
#include "support/fixture.h"
#include "support/pretended.h"
#include "support/scripted.h"
#include "support/suite.h"

#define URL "https://cms.example.com/squidex"

#define EDITABLE "X-Unpublished: 1\nX-NoResolveLanguages: 1\nX-NoDefaults: 1\nX-NoCleanup: 1\n"

static const struct client_conf plain = { .url = URL, .app = "foodcrunch" };

/* A client of a server that answers from a script, and what it answered. */
struct stage {
	struct transport *transport;
	struct client *client;
	struct pretended_clock time;
	struct call call;
	struct schema_list list;
	struct content content;
	struct content_page page;
	enum client_found found;
	struct error err;
};

static void stage_init(struct stage *s, const struct client_conf *conf,
	const struct scripted_answer *answers, size_t n_answers)
{
	*s = (struct stage){ 0 };
	s->transport = scripted_new(answers, n_answers);
	pretended_clock_init(&s->time);
	s->call = call_begin(&s->time.clock, 1000);
	content_init(&s->content);
	content_page_init(&s->page);
	ck_assert_int_eq(schema_list_parse_names("recipes", &s->list, NULL), 0);
	ck_assert_msg(client_new(conf, s->transport, &s->client, &s->err) == 0, "%s", s->err.text);
}

static void stage_release(struct stage *s)
{
	content_release(&s->content);
	content_page_release(&s->page);
	schema_list_release(&s->list);
	client_free(s->client);
	transport_free(s->transport);
}

static int fetch_content(struct stage *s, const char *id, const char *etag)
{
	return client_fetch_content(s->client, &s->call, &s->list.schemas[0], id, etag, &s->content,
		&s->found, &s->err);
}

static int fetch_page(struct stage *s, const char *after_id)
{
	return client_fetch_page(
		s->client, &s->call, &s->list.schemas[0], after_id, &s->page, &s->err);
}

#define EMPTY_PAGE "{\"total\":0,\"items\":[]}"

/* The address and headers of each kind of page. */
static const struct {
	const char *what;
	struct client_conf conf;
	const char *after_id;
	const char *request;
} pages[] = {
	{ "the first", { .url = URL, .app = "foodcrunch" }, NULL,
		"GET " URL "/api/content/foodcrunch/recipes?$top=200&$orderby=id\n" EDITABLE "\n" },
	{ "one behind an id", { .url = URL, .app = "foodcrunch" }, "demo-1",
		"GET " URL "/api/content/foodcrunch/recipes?$top=200&$orderby=id"
		"&$filter=id%20gt%20%27demo-1%27\n" EDITABLE "\n" },
	{ "one behind an id with quotes", { .url = URL, .app = "foodcrunch" }, "'o''b/%&",
		"GET " URL "/api/content/foodcrunch/recipes?$top=200&$orderby=id"
		"&$filter=id%20gt%20%27%27%27o%27%27%27%27b%2F%25%26%27\n" EDITABLE "\n" },
	{ "an app that has to be encoded", { .url = URL, .app = "food crunch" }, NULL,
		"GET " URL "/api/content/food%20crunch/recipes?$top=200&$orderby=id\n" EDITABLE
		"\n" },
	{ "what the public sees", { .url = URL, .app = "foodcrunch", .is_published = true }, NULL,
		"GET " URL "/api/content/foodcrunch/recipes?$top=200&$orderby=id\n\n" },
	{ "some languages", { .url = URL, .app = "foodcrunch", .languages = "en,de" }, NULL,
		"GET " URL "/api/content/foodcrunch/recipes?$top=200&$orderby=id\n" EDITABLE
		"X-Languages: en,de\n\n" },
	{ "flat fields in public",
		{ .url = URL, .app = "foodcrunch", .is_flat = true, .is_published = true }, NULL,
		"GET " URL
		"/api/content/foodcrunch/recipes?$top=200&$orderby=id\nX-Flatten: 1\n\n" },
};

START_TEST(client_asks_for_a_page)
{
	static const struct scripted_answer answer = { .status = 200, .body = EMPTY_PAGE };
	struct stage s;

	stage_init(&s, &pages[_i].conf, &answer, 1);
	ck_assert_int_eq(fetch_page(&s, pages[_i].after_id), 0);
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
	stage_init(&s, &plain, &answer, 1);
	ck_assert_int_eq(fetch_page(&s, id), 0);
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
	stage_init(&s, &plain, &answer, 1);
	ck_assert_int_eq(fetch_page(&s, NULL), 0);
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

	stage_init(&s, &plain, &bad_pages[_i].answer, 1);
	ck_assert_msg(fetch_page(&s, "after") == -bad_pages[_i].errnum, "%s: %s",
		bad_pages[_i].what, s.err.text);
	ck_assert_str_eq(s.err.text, bad_pages[_i].text);
	ck_assert_uint_eq(scripted_count(s.transport), 1);
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

	stage_init(&s, &plain, answers, 3);
	ck_assert_int_eq(fetch_page(&s, NULL), 0);
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

	stage_init(&s, &plain, &answer, 1);
	ck_assert_int_eq(fetch_page(&s, NULL), -EFBIG);
	ck_assert_uint_eq(scripted_count(s.transport), 5);
	ck_assert(strstr(scripted_request(s.transport, 4), "$top=1&") != NULL);
	stage_release(&s);
}
END_TEST

/* How each id is asked for. */
static const struct {
	const char *id;
	const char *request;
} ids[] = {
	{ "demo-1", "GET " URL "/api/content/foodcrunch/recipes/demo-1\n" EDITABLE "\n" },
	{ "a b%", "GET " URL "/api/content/foodcrunch/recipes/a%20b%25\n" EDITABLE "\n" },
	{ "\xc3\xbc\xc3\xb1",
		"GET " URL "/api/content/foodcrunch/recipes/%C3%BC%C3%B1\n" EDITABLE "\n" },
	{ "...", "GET " URL "/api/content/foodcrunch/recipes/...\n" EDITABLE "\n" },
	{ "a,b", "GET " URL "/api/content/foodcrunch/recipes/a%2Cb\n" EDITABLE "\n" },
	{ "a/b", "GET " URL "/api/content/foodcrunch/recipes?ids=a%2Fb\n" EDITABLE "\n" },
	{ "..", "GET " URL "/api/content/foodcrunch/recipes?ids=..\n" EDITABLE "\n" },
	{ ".", "GET " URL "/api/content/foodcrunch/recipes?ids=.\n" EDITABLE "\n" },
	{ "stream", "GET " URL "/api/content/foodcrunch/recipes?ids=stream\n" EDITABLE "\n" },
	{ "a/b,c\"", "POST " URL "/api/content/foodcrunch/recipes/query\n" EDITABLE
		     "\n{\"ids\":[\"a/b,c\\\"\"]}" },
	{ "a/ ", "POST " URL "/api/content/foodcrunch/recipes/query\n" EDITABLE
		 "\n{\"ids\":[\"a/ \"]}" },
};

/* An answer that fits both: an item that has items, which are itself. */
static char *answer_for(const char *id)
{
	struct buf item, both;

	buf_init(&item, 1 << 16);
	buf_init(&both, 1 << 16);
	buf_add_str(&item, "\"id\":\"");
	for (const char *p = id; *p; p++)
		buf_addf(&item, *p == '"' ? "\\%c" : "%c", *p);
	buf_add_str(&item, "\",\"version\":4");
	buf_addf(&both, "{%s,\"total\":1,\"items\":[{%s}]}", buf_str(&item), buf_str(&item));
	buf_release(&item);
	return both.data;
}

START_TEST(client_asks_for_an_item)
{
	char *body = answer_for(ids[_i].id);
	struct scripted_answer answer = { .status = 200, .body = body, .etag = "W/\"x\"" };
	struct stage s;

	stage_init(&s, &plain, &answer, 1);
	ck_assert_msg(fetch_content(&s, ids[_i].id, NULL) == 0, "%s: %s", ids[_i].id, s.err.text);
	ck_assert_str_eq(s.content.id, ids[_i].id);
	ck_assert_int_eq(s.content.version, 4);
	ck_assert_int_eq(s.found, CLIENT_FOUND);
	ck_assert_str_eq(scripted_request(s.transport, 0), ids[_i].request);
	ck_assert_str_eq(s.content.etag,
		strstr(ids[_i].request, "recipes/") && ids[_i].request[0] == 'G' ? "W/\"x\"" : "");
	stage_release(&s);
	free(body);
}
END_TEST

START_TEST(client_posts_ids_that_no_address_can_hold)
{
	static const struct scripted_answer answer = { .status = 200, .body = EMPTY_PAGE };
	char id[4001];
	struct stage s;

	memset(id, 'a', 4000);
	id[4000] = '\0';
	stage_init(&s, &plain, &answer, 1);
	ck_assert_int_eq(fetch_content(&s, id, NULL), -ENOENT);
	ck_assert(strncmp(scripted_request(s.transport, 0), "POST ", 5) == 0);
	stage_release(&s);
}
END_TEST

START_TEST(client_sends_the_etag_it_has)
{
	static const struct scripted_answer answer = { .status = 304 };
	struct stage s;

	stage_init(&s, &plain, &answer, 1);
	ck_assert_int_eq(fetch_content(&s, "x", "W/\"abc\""), 0);
	ck_assert_int_eq(s.found, CLIENT_UNCHANGED);
	ck_assert(s.content.id == NULL);
	ck_assert_str_eq(scripted_request(s.transport, 0),
		"GET " URL "/api/content/foodcrunch/recipes/x\n" EDITABLE
		"If-None-Match: W/\"abc\"\n\n");
	ck_assert_int_eq(fetch_content(&s, "x", ""), -EIO);
	ck_assert(strstr(scripted_request(s.transport, 1), "If-None-Match") == NULL);
	stage_release(&s);
}
END_TEST

static const struct {
	const char *what;
	const char *id;
	struct scripted_answer answer;
	int errnum;
	const char *text;
} bad_items[] = {
	{ "not there", "nope", { .status = 404, .body = "{\"message\":\"\",\"traceId\":\"t\"}" },
		ENOENT, "recipes/nope: not found (HTTP 404)" },
	{ "not in the list", "a/b", { .status = 200, .body = EMPTY_PAGE }, ENOENT,
		"recipes/a/b: not found" },
	{ "deleted", "x",
		{ .status = 200, .body = "{\"id\":\"x\",\"version\":1,\"isDeleted\":true}" },
		ENOENT, "recipes/x: the item is deleted" },
	{ "deleted, by list", "x/y",
		{ .status = 200,
			.body = "{\"total\":1,\"items\":[{\"id\":\"x/y\",\"version\":1,"
				"\"isDeleted\":true}]}" },
		ENOENT, "recipes/x/y: not found" },
	{ "of another schema", "x",
		{ .status = 200,
			.body = "{\"id\":\"x\",\"version\":1,\"schemaName\":\"authors\"}" },
		ENOENT, "recipes/x: the item belongs to schema 'authors'" },
	{ "another item", "_schemaId_", { .status = 200, .body = "{\"id\":\"x\",\"version\":1}" },
		ENOENT, "recipes/_schemaId_: the server knows it as 'x' only" },
	{ "no JSON", "x", { .status = 200, .body = "" }, EIO, "recipes/x: the answer is empty" },
	{ "no answer", "x", { .ret = -EINTR }, EINTR, "recipes/x: scripted EINTR" },
};

START_TEST(client_refuses_an_item)
{
	struct stage s;

	stage_init(&s, &plain, &bad_items[_i].answer, 1);
	ck_assert_msg(fetch_content(&s, bad_items[_i].id, NULL) == -bad_items[_i].errnum, "%s",
		bad_items[_i].what);
	ck_assert_str_eq(s.err.text, bad_items[_i].text);
	ck_assert(s.content.id == NULL);
	stage_release(&s);
}
END_TEST

START_TEST(client_reads_the_app)
{
	struct scripted_answer answer = { .status = 200 };
	struct app_info app = { 0 };
	struct stage s;
	struct buf body;

	fixture_read("wire/seed/app.json", &body);
	answer.body = buf_str(&body);
	stage_init(&s, &plain, &answer, 1);
	ck_assert_int_eq(client_fetch_app(s.client, &s.call, &app, &s.err), 0);
	ck_assert_str_eq(app.name, "foodcrunch");
	ck_assert(app.can_read_schemas);
	ck_assert_str_eq(scripted_request(s.transport, 0), "GET " URL "/api/apps/foodcrunch\n\n");
	app_info_release(&app);
	stage_release(&s);
	buf_release(&body);
}
END_TEST

static const struct {
	const char *what;
	struct scripted_answer answer;
	int errnum; /* 0: a reader's app */
	const char *text;
} apps[] = {
	{ "no link to schemas",
		{ .status = 200, .body = "{\"name\":\"foodcrunch\",\"_links\":{\"x\":{}}}" }, 0,
		"" },
	{ "no such app", { .status = 404, .body = "{\"message\":\"\"}" }, ENOENT,
		"no such app, or not one of this client: app 'foodcrunch': not found (HTTP 404)" },
	{ "no name", { .status = 200, .body = "{}" }, EIO,
		"app: the server sent one without a name" },
};

START_TEST(client_reads_other_apps)
{
	struct app_info app = { 0 };
	struct stage s;

	stage_init(&s, &plain, &apps[_i].answer, 1);
	ck_assert_msg(client_fetch_app(s.client, &s.call, &app, &s.err) == -apps[_i].errnum, "%s",
		apps[_i].what);
	ck_assert_str_eq(s.err.text, apps[_i].text);
	ck_assert(!app.can_read_schemas);
	app_info_release(&app);
	stage_release(&s);
}
END_TEST

START_TEST(client_finds_schemas_by_their_list)
{
	struct scripted_answer answer = { .status = 200 };
	struct app_info app = { .can_read_schemas = true };
	struct stage s;
	struct buf body;

	fixture_read("wire/seed/schemas.json", &body);
	answer.body = buf_str(&body);
	stage_init(&s, &plain, &answer, 1);
	ck_assert_int_eq(client_fetch_schemas(s.client, &s.call, &app, &s.list, &s.err), 0);
	ck_assert_uint_eq(s.list.n_schemas, 3);
	ck_assert_str_eq(
		scripted_request(s.transport, 0), "GET " URL "/api/apps/foodcrunch/schemas\n\n");
	ck_assert_uint_eq(scripted_count(s.transport), 1);
	stage_release(&s);
	buf_release(&body);
}
END_TEST

START_TEST(client_falls_back_to_openapi_where_schemas_are_refused)
{
	struct scripted_answer answers[] = {
		{ .status = 403, .body = "{\"message\":\"Forbidden\"}" },
		{ .status = 200 },
	};
	struct app_info app = { .can_read_schemas = true };
	struct stage s;
	struct buf body;

	fixture_read("wire/seed/openapi.json", &body);
	answers[1].body = buf_str(&body);
	stage_init(&s, &plain, answers, 2);
	ck_assert_int_eq(client_fetch_schemas(s.client, &s.call, &app, &s.list, &s.err), 0);
	ck_assert_int_eq(s.err.errnum, 0);
	ck_assert_uint_eq(s.list.n_schemas, 3);
	ck_assert_str_eq(scripted_request(s.transport, 1),
		"GET " URL "/api/content/foodcrunch/swagger/v1/swagger.json\n\n");
	stage_release(&s);
	buf_release(&body);
}
END_TEST

START_TEST(client_asks_openapi_at_once_where_no_link_offers_schemas)
{
	static const struct scripted_answer answer = { .status = 200, .body = "{\"paths\":{}}" };
	struct app_info app = { .can_read_schemas = false };
	struct stage s;

	stage_init(&s, &plain, &answer, 1);
	ck_assert_int_eq(client_fetch_schemas(s.client, &s.call, &app, &s.list, &s.err), 0);
	ck_assert_uint_eq(s.list.n_schemas, 0);
	ck_assert_uint_eq(scripted_count(s.transport), 1);
	ck_assert(strstr(scripted_request(s.transport, 0), "swagger.json") != NULL);
	stage_release(&s);
}
END_TEST

START_TEST(client_does_not_fall_back_from_a_failure)
{
	static const struct scripted_answer answer = { .status = 503 };
	struct app_info app = { .can_read_schemas = true };
	struct stage s;

	stage_init(&s, &plain, &answer, 1);
	ck_assert_int_eq(client_fetch_schemas(s.client, &s.call, &app, &s.list, &s.err), -EIO);
	ck_assert_uint_eq(scripted_count(s.transport), 1);
	ck_assert_str_eq(
		s.err.text, "schemas of app 'foodcrunch': the server is not available (HTTP 503)");
	stage_release(&s);
}
END_TEST

START_TEST(client_takes_schemas_as_told)
{
	static const struct scripted_answer answer = { .status = 500 };
	struct client_conf conf = { .url = URL, .app = "foodcrunch", .schemas = "b:a" };
	struct app_info app = { .can_read_schemas = true };
	struct stage s;

	stage_init(&s, &conf, &answer, 1);
	ck_assert_int_eq(client_fetch_schemas(s.client, &s.call, &app, &s.list, &s.err), 0);
	ck_assert_uint_eq(s.list.n_schemas, 2);
	ck_assert_str_eq(s.list.schemas[0].name, "a");
	ck_assert_uint_eq(scripted_count(s.transport), 0);
	stage_release(&s);
}
END_TEST

static const struct {
	struct client_conf conf;
	const char *key;
	bool is_read_only;
} views[] = {
	{ { .url = URL, .app = "a" }, "document", false },
	{ { .url = URL, .app = "a", .view = VIEW_DATA }, "data", false },
	{ { .url = URL, .app = "a", .view = VIEW_RAW }, "raw", true },
	{ { .url = URL, .app = "a", .is_published = true }, "document published", true },
	{ { .url = URL, .app = "a", .is_flat = true }, "document flatten", true },
	{ { .url = URL, .app = "a", .languages = "en,de" }, "document languages=en,de", true },
	{ { .url = URL,
		  .app = "a",
		  .view = VIEW_DATA,
		  .is_published = true,
		  .is_flat = true,
		  .languages = "de-AT" },
		"data published flatten languages=de-AT", true },
};

START_TEST(client_knows_its_view)
{
	struct client *client;

	ck_assert_int_eq(client_new(&views[_i].conf, NULL, &client, NULL), 0);
	ck_assert_str_eq(client_view_key(client), views[_i].key);
	ck_assert(client_is_read_only(client) == views[_i].is_read_only);
	ck_assert_str_eq(client_app(client), "a");
	ck_assert_str_eq(client_url(client), URL);
	client_free(client);
}
END_TEST

static const struct client_conf bad_confs[] = {
	{ .url = URL, .app = "" },
	{ .url = URL, .app = ".." },
	{ .url = URL, .app = "a/b" },
	{ .url = URL, .app = "a", .languages = "" },
	{ .url = URL, .app = "a", .languages = "en\r\nX: y" },
	{ .url = URL, .app = "a", .schemas = "a b" },
};

START_TEST(client_refuses_confs)
{
	struct client *client = NULL;
	struct error err = { 0 };

	ck_assert_int_eq(client_new(&bad_confs[_i], NULL, &client, &err), -EINVAL);
	ck_assert(client == NULL);
	ck_assert_int_eq(err.errnum, EINVAL);
	client_free(client);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("client");

	tcase_add_loop_test(tcase, client_asks_for_a_page, 0, N_ROWS(pages));
	tcase_add_test(tcase, client_asks_behind_a_long_id);
	tcase_add_test(tcase, client_reads_a_recorded_page);
	tcase_add_loop_test(tcase, client_refuses_a_page, 0, N_ROWS(bad_pages));
	tcase_add_test(tcase, client_asks_for_smaller_pages_where_they_are_too_large);
	tcase_add_test(tcase, client_gives_up_on_an_item_that_is_too_large);
	tcase_add_loop_test(tcase, client_asks_for_an_item, 0, N_ROWS(ids));
	tcase_add_test(tcase, client_posts_ids_that_no_address_can_hold);
	tcase_add_test(tcase, client_sends_the_etag_it_has);
	tcase_add_loop_test(tcase, client_refuses_an_item, 0, N_ROWS(bad_items));
	tcase_add_test(tcase, client_reads_the_app);
	tcase_add_loop_test(tcase, client_reads_other_apps, 0, N_ROWS(apps));
	tcase_add_test(tcase, client_finds_schemas_by_their_list);
	tcase_add_test(tcase, client_falls_back_to_openapi_where_schemas_are_refused);
	tcase_add_test(tcase, client_asks_openapi_at_once_where_no_link_offers_schemas);
	tcase_add_test(tcase, client_does_not_fall_back_from_a_failure);
	tcase_add_test(tcase, client_takes_schemas_as_told);
	tcase_add_loop_test(tcase, client_knows_its_view, 0, N_ROWS(views));
	tcase_add_loop_test(tcase, client_refuses_confs, 0, N_ROWS(bad_confs));
	return suite_run(tcase, "client");
}
