#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "support/stage.h"
#include "support/suite.h"

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
	{ "a/b,c\"", "POST " URL "/api/content/foodcrunch/recipes/query\n" EDITABLE JSON
		     "\n{\"ids\":[\"a/b,c\\\"\"]}" },
	{ "a/ ", "POST " URL "/api/content/foodcrunch/recipes/query\n" EDITABLE JSON
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

	stage_init(&s, &stage_conf, &answer, 1);
	ck_assert_msg(
		stage_fetch_content(&s, ids[_i].id, NULL) == 0, "%s: %s", ids[_i].id, s.err.text);
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
	stage_init(&s, &stage_conf, &answer, 1);
	ck_assert_int_eq(stage_fetch_content(&s, id, NULL), -ENOENT);
	ck_assert(strncmp(scripted_request(s.transport, 0), "POST ", 5) == 0);
	stage_release(&s);
}
END_TEST

START_TEST(client_sends_the_etag_it_has)
{
	static const struct scripted_answer answer = { .status = 304 };
	struct stage s;

	stage_init(&s, &stage_conf, &answer, 1);
	ck_assert_int_eq(stage_fetch_content(&s, "x", "W/\"abc\""), 0);
	ck_assert_int_eq(s.found, CLIENT_UNCHANGED);
	ck_assert(s.content.id == NULL);
	ck_assert_str_eq(scripted_request(s.transport, 0),
		"GET " URL "/api/content/foodcrunch/recipes/x\n" EDITABLE
		"If-None-Match: W/\"abc\"\n\n");
	ck_assert_int_eq(stage_fetch_content(&s, "x", ""), -EIO);
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

	stage_init(&s, &stage_conf, &bad_items[_i].answer, 1);
	ck_assert_msg(stage_fetch_content(&s, bad_items[_i].id, NULL) == -bad_items[_i].errnum,
		"%s", bad_items[_i].what);
	ck_assert_str_eq(s.err.text, bad_items[_i].text);
	ck_assert(s.content.id == NULL);
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

	tcase_add_loop_test(tcase, client_asks_for_an_item, 0, N_ROWS(ids));
	tcase_add_test(tcase, client_posts_ids_that_no_address_can_hold);
	tcase_add_test(tcase, client_sends_the_etag_it_has);
	tcase_add_loop_test(tcase, client_refuses_an_item, 0, N_ROWS(bad_items));
	tcase_add_loop_test(tcase, client_knows_its_view, 0, N_ROWS(views));
	tcase_add_loop_test(tcase, client_refuses_confs, 0, N_ROWS(bad_confs));
	return suite_run(tcase, "client");
}
