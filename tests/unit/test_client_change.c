#include <check.h>
#include <errno.h>
#include <string.h>

#include "api/client_change.h"
#include "support/stage.h"
#include "support/suite.h"

#define RECIPES URL "/api/content/foodcrunch/recipes"
#define ITEM "{\"id\":\"x\",\"version\":5,\"data\":{}}"
#define DATA .data = "{}", .data_len = 2

/* One request and its answer. The schema is put in by the test. */
static const struct {
	const char *what;
	struct change change;
	const char *request;
} requests[] = {
	{ "create", { .kind = CHANGE_CREATE, .id = "a b/c", .version = -1, DATA },
		"POST " RECIPES "?id=a%20b%2Fc\n" EDITABLE JSON "\n{}" },
	{ "create with a status",
		{ .kind = CHANGE_CREATE, .id = "x", .version = -1, .status = "Published", DATA },
		"POST " RECIPES "?id=x&status=Published\n" EDITABLE JSON "\n{}" },
	{ "patch", { .kind = CHANGE_PATCH, .id = "x", .version = 4, DATA },
		"PATCH " RECIPES "/x\n" EDITABLE "If-Match: \"4\"\n" JSON "\n{}" },
	{ "patch of the first version", { .kind = CHANGE_PATCH, .id = "x", .version = 0, DATA },
		"PATCH " RECIPES "/x\n" EDITABLE "If-Match: \"0\"\n" JSON "\n{}" },
	{ "put of any version", { .kind = CHANGE_PUT, .id = "x", .version = -1, DATA },
		"PUT " RECIPES "/x\n" EDITABLE JSON "\n{}" },
	{ "patch and status",
		{ .kind = CHANGE_UPSERT,
			.is_patch = true,
			.id = "x",
			.version = 4,
			.status = "Draft",
			DATA },
		"POST " RECIPES "/x?patch=true&status=Draft\n" EDITABLE "If-Match: \"4\"\n" JSON
		"\n{}" },
	{ "status", { .kind = CHANGE_STATUS, .id = "x", .version = 4, .status = "Say \"so\"" },
		"PUT " RECIPES "/x/status\n" EDITABLE "If-Match: \"4\"\n" JSON
		"\n{\"status\":\"Say \\\"so\\\"\"}" },
	{ "schedule",
		{ .kind = CHANGE_STATUS,
			.id = "x",
			.version = -1,
			.status = "Draft",
			.due = "2026-12-24T08:00:00Z" },
		"PUT " RECIPES "/x/status\n" EDITABLE JSON
		"\n{\"status\":\"Draft\",\"dueTime\":\"2026-12-24T08:00:00Z\"}" },
	{ "unschedule", { .kind = CHANGE_UNSCHEDULE, .id = "x", .version = -1 },
		"DELETE " RECIPES "/x/status\n" EDITABLE "\n" },
	{ "open a draft", { .kind = CHANGE_OPEN_DRAFT, .id = "x", .version = 2 },
		"POST " RECIPES "/x/draft\n" EDITABLE "If-Match: \"2\"\n\n" },
	{ "drop a draft", { .kind = CHANGE_DROP_DRAFT, .id = "x", .version = -1 },
		"DELETE " RECIPES "/x/draft\n" EDITABLE "\n" },
	{ "delete", { .kind = CHANGE_DELETE, .id = "x", .version = 7 },
		"DELETE " RECIPES "/x\n" EDITABLE "If-Match: \"7\"\n\n" },
	{ "delete with a check",
		{ .kind = CHANGE_DELETE, .id = "x", .version = -1, .checks_referrers = true },
		"DELETE " RECIPES "/x?checkReferrers=true\n" EDITABLE "\n" },
	{ "delete for good",
		{ .kind = CHANGE_DELETE, .id = "x", .version = -1, .is_permanent = true },
		"DELETE " RECIPES "/x?permanent=true\n" EDITABLE "\n" },
	{ "delete for good with a check",
		{ .kind = CHANGE_DELETE,
			.id = "x",
			.version = -1,
			.checks_referrers = true,
			.is_permanent = true },
		"DELETE " RECIPES "/x?checkReferrers=true&permanent=true\n" EDITABLE "\n" },
	{ "an id without a path", { .kind = CHANGE_PATCH, .id = "a/b", .version = 3, DATA },
		"POST " RECIPES "/bulk\n" JSON
		"\n{\"doNotScript\":false,\"optimizeValidation\":false,\"checkReferrers\":false,"
		"\"jobs\":[{\"type\":\"Patch\",\"id\":\"a/"
		"b\",\"expectedVersion\":3,\"data\":{}}]}" },
};

static int perform(struct stage *s, const struct change *change, struct change_result *result)
{
	struct change with_schema = *change;

	with_schema.schema = &s->list.schemas[0];
	return client_change(s->client, &s->call, &with_schema, result);
}

START_TEST(change_is_sent)
{
	static const struct scripted_answer answer = { .status = 200, .body = ITEM };
	struct change_result result;
	struct stage s;

	stage_init(&s, &stage_conf, &answer, 1);
	change_result_init(&result);
	perform(&s, &requests[_i].change, &result);
	ck_assert_msg(strcmp(scripted_request(s.transport, 0), requests[_i].request) == 0, "%s: %s",
		requests[_i].what, scripted_request(s.transport, 0));
	ck_assert_uint_eq(scripted_count(s.transport), 1);
	change_result_release(&result);
	stage_release(&s);
}
END_TEST

START_TEST(change_gives_the_item)
{
	static const struct scripted_answer answer = {
		.status = 200, .body = ITEM, .etag = "W/\"5\""
	};
	struct change_result result;
	struct stage s;

	stage_init(&s, &stage_conf, &answer, 1);
	change_result_init(&result);
	ck_assert_int_eq(perform(&s, &requests[2].change, &result), 0);
	ck_assert(result.has_content);
	ck_assert_int_eq(result.content.version, 5);
	ck_assert_str_eq(result.content.etag, "");
	change_result_release(&result);
	stage_release(&s);
}
END_TEST

/* A good status alone proves nothing: a proxy may have answered. */
static const char *const odd_answers[] = { NULL, "oops", "[]", "{\"id\":\"x\"}" };

START_TEST(change_needs_the_item)
{
	struct scripted_answer answer = { .status = 200, .body = odd_answers[_i] };
	struct change_result result;
	struct stage s;

	stage_init(&s, &stage_conf, &answer, 1);
	change_result_init(&result);
	ck_assert_int_eq(perform(&s, &requests[2].change, &result), -EIO);
	ck_assert(result.is_doubtful);
	ck_assert(!result.has_content);
	change_result_release(&result);
	stage_release(&s);
}
END_TEST

static const struct {
	const char *what;
	struct scripted_answer answer;
	int ret;
	bool is_doubtful;
} failures[] = {
	{ "refused", { .status = 400, .body = "{\"message\":\"Validation error\"}" }, -EINVAL,
		false },
	{ "stale", { .status = 412 }, -ESTALE, false },
	{ "gone", { .status = 410 }, -ENOENT, false },
	{ "forbidden", { .status = 403 }, -EACCES, false },
	{ "quota", { .status = 429 }, -EBUSY, false },
	{ "the server failed", { .status = 500 }, -EIO, true },
	{ "a proxy knows not", { .status = 502 }, -EIO, true },
	{ "out of time", { .status = 408 }, -ETIMEDOUT, true },
	{ "never sent", { .ret = -EHOSTUNREACH }, -EHOSTUNREACH, false },
	{ "no answer", { .ret = -ETIMEDOUT, .is_doubtful = true }, -ETIMEDOUT, true },
};

START_TEST(change_tells_what_is_doubtful)
{
	struct change_result result;
	struct stage s;

	stage_init(&s, &stage_conf, &failures[_i].answer, 1);
	change_result_init(&result);
	ck_assert_int_eq(perform(&s, &requests[2].change, &result), failures[_i].ret);
	ck_assert_int_eq(result.ret, failures[_i].ret);
	ck_assert_msg(result.is_doubtful == failures[_i].is_doubtful, "%s", failures[_i].what);
	ck_assert_msg(strstr(result.err.text, "recipes/x") != NULL, "%s", result.err.text);
	ck_assert_uint_eq(scripted_count(s.transport), 1);
	change_result_release(&result);
	stage_release(&s);
}
END_TEST

START_TEST(change_knows_whose_id_it_is)
{
	static const struct scripted_answer taken[] = {
		{ .status = 409, .body = "{\"errorCode\":\"OBJECT_CONFLICT\"}" },
		{ .status = 400, .body = "{\"message\":\"Invalid command.\"}" },
	};
	struct change_result result;
	struct stage s;

	stage_init(&s, &stage_conf, taken, 2);
	change_result_init(&result);
	ck_assert_int_eq(perform(&s, &requests[0].change, &result), -EEXIST);
	ck_assert_int_eq(perform(&s, &requests[0].change, &result), -EEXIST);
	change_result_release(&result);
	stage_release(&s);
}
END_TEST

START_TEST(change_of_a_draft_needs_a_path)
{
	static const struct scripted_answer answer = { .status = 200 };
	const struct change change = { .kind = CHANGE_OPEN_DRAFT, .id = "a/b", .version = -1 };
	struct change_result result;
	struct stage s;

	stage_init(&s, &stage_conf, &answer, 1);
	change_result_init(&result);
	ck_assert_int_eq(perform(&s, &change, &result), -EOPNOTSUPP);
	ck_assert_uint_eq(scripted_count(s.transport), 0);
	ck_assert(!result.is_doubtful);
	change_result_release(&result);
	stage_release(&s);
}
END_TEST

#define JOBS 4

/* Changes of four kinds at once. */
struct batch {
	struct stage s;
	struct change changes[JOBS];
	struct change_result results[JOBS];
	int ret;
};

static void batch_run(struct batch *b, const struct scripted_answer *answer)
{
	stage_init(&b->s, &stage_conf, answer, 1);
	b->changes[0] = (struct change){
		.kind = CHANGE_CREATE, .id = "new", .version = -1, .status = "Published", DATA
	};
	b->changes[1] = (struct change){ .kind = CHANGE_UPSERT,
		.is_patch = true,
		.id = "x",
		.version = 4,
		.status = "Draft",
		DATA };
	b->changes[2] = (struct change){ .kind = CHANGE_DELETE,
		.id = "y",
		.version = 1,
		.checks_referrers = true,
		.is_permanent = true };
	b->changes[3] = (struct change){ .kind = CHANGE_STATUS,
		.id = "z",
		.version = -1,
		.status = "Archived",
		.due = "2026-12-24T08:00:00Z" };
	for (size_t i = 0; i < JOBS; i++) {
		b->changes[i].schema = &b->s.list.schemas[0];
		change_result_init(&b->results[i]);
	}
	b->ret = client_change_all(b->s.client, &b->s.call, b->changes, JOBS, b->results);
}

static void batch_release(struct batch *b)
{
	for (size_t i = 0; i < JOBS; i++)
		change_result_release(&b->results[i]);
	stage_release(&b->s);
}

START_TEST(bulk_answers_for_each)
{
	static const struct scripted_answer answer = { .status = 200,
		.body = "[{\"jobIndex\":3,\"id\":\"z\"},"
			"{\"jobIndex\":1,\"id\":\"x\",\"error\":{\"statusCode\":412,"
			"\"errorCode\":\"OBJECT_VERSION_CONFLICT\",\"message\":\"found 5\"}},"
			"{\"jobIndex\":0,\"id\":\"new\",\"error\":{\"statusCode\":409}}]" };
	struct batch b;

	batch_run(&b, &answer);
	ck_assert_int_eq(b.ret, 0);
	ck_assert_str_eq(scripted_request(b.s.transport, 0),
		"POST " RECIPES "/bulk\n" JSON
		"\n{\"doNotScript\":false,\"optimizeValidation\":false,\"checkReferrers\":true,"
		"\"jobs\":["
		"{\"type\":\"Create\",\"id\":\"new\",\"status\":\"Published\",\"data\":{}},"
		"{\"type\":\"Upsert\",\"id\":\"x\",\"patch\":true,\"expectedVersion\":4,"
		"\"status\":\"Draft\",\"data\":{}},"
		"{\"type\":\"Delete\",\"id\":\"y\",\"permanent\":true,\"expectedVersion\":1},"
		"{\"type\":\"ChangeStatus\",\"id\":\"z\",\"status\":\"Archived\","
		"\"dueTime\":\"2026-12-24T08:00:00Z\"}]}");
	ck_assert_int_eq(b.results[0].ret, -EEXIST);
	ck_assert_int_eq(b.results[1].ret, -ESTALE);
	ck_assert_msg(strstr(b.results[1].err.text, "recipes/x: found 5") != NULL, "%s",
		b.results[1].err.text);
	ck_assert(!b.results[1].is_doubtful);
	/* Nobody said anything of this one. */
	ck_assert_int_eq(b.results[2].ret, -EIO);
	ck_assert(b.results[2].is_doubtful);
	ck_assert_int_eq(b.results[3].ret, 0);
	batch_release(&b);
}
END_TEST

static const struct {
	struct scripted_answer answer;
	int ret;
	bool is_doubtful;
} whole_failures[] = {
	{ { .status = 400 }, -EINVAL, false },
	{ { .status = 403 }, -EACCES, false },
	{ { .status = 503 }, -EIO, true },
	{ { .status = 200, .body = "{}" }, -EIO, true },
	{ { .status = 200, .body = "" }, -EIO, true },
	{ { .ret = -EHOSTUNREACH }, -EHOSTUNREACH, false },
	{ { .ret = -EIO, .is_doubtful = true }, -EIO, true },
};

START_TEST(bulk_fails_as_a_whole)
{
	struct batch b;

	batch_run(&b, &whole_failures[_i].answer);
	ck_assert_int_eq(b.ret, whole_failures[_i].ret);
	for (size_t i = 0; i < JOBS; i++) {
		ck_assert_int_eq(b.results[i].ret, b.ret);
		ck_assert(b.results[i].is_doubtful == whole_failures[_i].is_doubtful);
		ck_assert(b.results[i].err.text[0] != '\0');
	}
	batch_release(&b);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("client_change");

	tcase_add_loop_test(tcase, change_is_sent, 0, N_ROWS(requests));
	tcase_add_test(tcase, change_gives_the_item);
	tcase_add_loop_test(tcase, change_needs_the_item, 0, N_ROWS(odd_answers));
	tcase_add_loop_test(tcase, change_tells_what_is_doubtful, 0, N_ROWS(failures));
	tcase_add_test(tcase, change_knows_whose_id_it_is);
	tcase_add_test(tcase, change_of_a_draft_needs_a_path);
	tcase_add_test(tcase, bulk_answers_for_each);
	tcase_add_loop_test(tcase, bulk_fails_as_a_whole, 0, N_ROWS(whole_failures));
	return suite_run(tcase, "client_change");
}
