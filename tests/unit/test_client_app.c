#include <check.h>
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "support/fixture.h"
#include "support/stage.h"
#include "support/suite.h"

START_TEST(client_reads_the_app)
{
	struct scripted_answer answer = { .status = 200 };
	struct app_info app = { 0 };
	struct stage s;
	struct buf body;

	fixture_read("wire/seed/app.json", &body);
	answer.body = buf_str(&body);
	stage_init(&s, &stage_conf, &answer, 1);
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

	stage_init(&s, &stage_conf, &apps[_i].answer, 1);
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
	stage_init(&s, &stage_conf, &answer, 1);
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
	stage_init(&s, &stage_conf, answers, 2);
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

	stage_init(&s, &stage_conf, &answer, 1);
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

	stage_init(&s, &stage_conf, &answer, 1);
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

int main(void)
{
	TCase *tcase = tcase_create("client_app");

	tcase_add_test(tcase, client_reads_the_app);
	tcase_add_loop_test(tcase, client_reads_other_apps, 0, N_ROWS(apps));
	tcase_add_test(tcase, client_finds_schemas_by_their_list);
	tcase_add_test(tcase, client_falls_back_to_openapi_where_schemas_are_refused);
	tcase_add_test(tcase, client_asks_openapi_at_once_where_no_link_offers_schemas);
	tcase_add_test(tcase, client_does_not_fall_back_from_a_failure);
	tcase_add_test(tcase, client_takes_schemas_as_told);
	return suite_run(tcase, "client_app");
}
