/* Pages by GraphQL: what is asked, and that the texts are those of REST or none. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "api/client_graphql.h"
#include "api/graphql.h"
#include "base/buf.h"
#include "net/transport.h"
#include "support/stage.h"
#include "support/suite.h"

#define TIMES                                                              \
	"\"created\":\"2026-11-24T19:39:01Z\",\"createdBy\":\"client:x\"," \
	"\"lastModified\":\"2026-11-24T19:39:02Z\",\"lastModifiedBy\":\"client:y\","
#define DATA "\"data\":{\"title\":{\"en\":\"Soup\",\"de\":\"Suppe\"},\"n\":{\"iv\":1.50}}"
#define STATUSES                                                                      \
	"\"statuses\":[{\"status\":\"Draft\"},{\"status\":\"InReview\"},{\"status\":" \
	"\"Published\"}]"

/* The same two items, by REST (what follows is more than fits) and by GraphQL. */
#define REST_A(links)                                                     \
	"{\"id\":\"a'1\",\"schemaName\":\"recipes\",\"version\":3," TIMES \
	"\"status\":\"InReview\",\"newStatus\":\"Draft\"," DATA ",\"_links\":{" links "}}"
#define REST_B(links)                                                   \
	"{\"id\":\"b\",\"schemaName\":\"recipes\",\"version\":0," TIMES \
	"\"status\":\"Draft\",\"data\":{},\"_links\":{" links "}}"
#define REST_PAGE(links_a, links_b) \
	"{\"total\":9,\"items\":[" REST_A(links_a) "," REST_B(links_b) "]," STATUSES "}"
#define PUT "\"update\":{\"method\":\"PUT\"}"
#define GRAPHQL_A                              \
	"{\"id\":\"a'1\",\"version\":3," TIMES \
	"\"status\":\"INREVIEW\",\"newStatus\":\"DRAFT\"," DATA "}"
#define DRAFT "\"status\":\"DRAFT\",\"newStatus\":null,"
#define GRAPHQL_B "{\"id\":\"b\",\"version\":0," TIMES DRAFT "\"data\":{}}"
#define GRAPHQL_PAGE(items) "{\"total\":9,\"items\":[" items "]}"
#define ANSWER(item, pages) "{\"data\":{\"a0\":" GRAPHQL_PAGE(item) pages "}}"
#define GOOD ANSWER(GRAPHQL_A, ",\"a1\":" GRAPHQL_PAGE(GRAPHQL_A "," GRAPHQL_B))

static const struct page_wanted first = { NULL, 0, 200 };

/* One page by REST is known, and GraphQL gives one answer. */
struct asked {
	struct scripted_answer answers[3];
	struct stage s;
	struct content_page page;
};

static void begin(struct asked *a, const char *rest, const struct scripted_answer *graphql)
{
	memset(a, 0, sizeof(*a));
	a->answers[0] = (struct scripted_answer){ .status = 200, .body = rest };
	a->answers[1] = *graphql;
	stage_init(&a->s, &stage_conf, a->answers, 2);
	content_page_init(&a->page);
	ck_assert_int_eq(stage_fetch_page(&a->s, NULL), 0);
}

static void end(struct asked *a)
{
	content_page_release(&a->page);
	stage_release(&a->s);
}

static int ask(struct asked *a)
{
	return client_fetch_pages_graphql(
		a->s.client, &a->s.call, &a->s.list.schemas[0], &first, 1, &a->page, &a->s.err);
}

START_TEST(graphql_asks_for_pages)
{
	static const struct scripted_answer good = { .status = 200, .body = GOOD };
	static const struct page_wanted wanted[] = { { "a'1", 199, 200 }, { NULL, 0, 7 } };
	struct content_page pages[2];
	struct asked a;

	content_page_init(&pages[0]);
	content_page_init(&pages[1]);
	begin(&a, REST_PAGE("", ""), &good);
	ck_assert_int_eq(client_fetch_pages_graphql(a.s.client, &a.s.call, &a.s.list.schemas[0],
				 wanted, 2, pages, &a.s.err),
		-EIO);
	ck_assert_str_eq(a.s.err.text, "recipes: the server sent item 'a'1' again");
#define SELECTION                                                                                 \
	"{total items{id version created createdBy lastModified lastModifiedBy status newStatus " \
	"data:data__dynamic}}"
	ck_assert_str_eq(scripted_request(a.s.transport, 1),
		"POST " URL "/api/content/foodcrunch/graphql\n" EDITABLE JSON "\n"
		"{\"query\":\"{\\n"
		"a0:queryRecipesContentsWithTotal(top:1,filter:\\\"id eq 'a''1'\\\")" SELECTION
		"\\na1:queryRecipesContentsWithTotal(top:200,skip:199,orderby:\\\"id asc\\\","
		"filter:\\\"id gt 'a''1'\\\")" SELECTION
		"\\na2:queryRecipesContentsWithTotal(top:7,skip:0,orderby:\\\"id asc\\\")" SELECTION
		"\\n}\"}");
	end(&a);
}
END_TEST

START_TEST(graphql_gives_what_rest_gives)
{
	static const struct scripted_answer good = { .status = 200, .body = GOOD };
	struct asked a;

	begin(&a, REST_PAGE(PUT, PUT), &good);
	ck_assert_msg(ask(&a) == 0, "%s", a.s.err.text);
	ck_assert_uint_eq(a.page.n_items, 2);
	ck_assert_int_eq(a.page.total, 9);
	for (size_t i = 0; i < 2; i++) {
		const struct content *got = &a.page.items[i], *rest = &a.s.page.items[i];

		ck_assert_str_eq(buf_str(&got->text), buf_str(&rest->text));
		ck_assert_str_eq(got->id, rest->id);
		ck_assert_str_eq(got->status, rest->status);
		ck_assert_str_eq(got->new_status, rest->new_status);
		ck_assert_str_eq(got->created_by, rest->created_by);
		ck_assert_str_eq(got->modified_by, rest->modified_by);
		ck_assert_int_eq(got->version, rest->version);
		ck_assert_int_eq(got->created_s, rest->created_s);
		ck_assert_int_eq(got->modified_s, rest->modified_s);
		ck_assert(got->is_writable && rest->is_writable);
	}
	ck_assert_uint_eq(scripted_count(a.s.transport), 2);
	end(&a);
}
END_TEST

static const struct client_conf other_views[] = {
	{ .url = URL, .app = "foodcrunch", .view = VIEW_RAW },
	{ .url = URL, .app = "foodcrunch", .is_flat = true },
	{ .url = URL, .app = "foodcrunch", .is_published = true },
};

START_TEST(graphql_is_not_for_every_view)
{
	static const struct scripted_answer rest = { .status = 200, .body = REST_PAGE("", "") };
	struct content_page page;
	struct stage s;

	content_page_init(&page);
	stage_init(&s, &other_views[_i], &rest, 1);
	ck_assert_int_eq(stage_fetch_page(&s, NULL), 0);
	ck_assert_int_eq(client_fetch_pages_graphql(
				 s.client, &s.call, &s.list.schemas[0], &first, 1, &page, &s.err),
		-EOPNOTSUPP);
	ck_assert_uint_eq(scripted_count(s.transport), 1);
	stage_release(&s);
}
END_TEST

START_TEST(graphql_is_not_trusted_unseen)
{
	static const struct scripted_answer empty = { .status = 200, .body = EMPTY_PAGE };
	struct asked a;

	begin(&a, EMPTY_PAGE, &empty);
	ck_assert_int_eq(ask(&a), -EOPNOTSUPP);
	ck_assert_uint_eq(scripted_count(a.s.transport), 1);
	end(&a);
}
END_TEST

/* Whether it is asked again at the next call. */
enum then { ASKED_AGAIN, PAUSED };

static const struct {
	const char *what;
	struct scripted_answer answer;
	int errnum;
	enum then then;
	const char *text; /* how it begins */
} bad[] = {
	{ "refused", { .status = 403, .body = "{\"message\":\"Forbidden\"}" }, EOPNOTSUPP, PAUSED,
		"recipes: Forbidden (HTTP 403)" },
	{ "not there", { .status = 404 }, EOPNOTSUPP, PAUSED, "recipes: " },
	{ "out of order", { .status = 500 }, EOPNOTSUPP, PAUSED, "recipes: " },
	{ "a page for people", { .status = 200, .body = "<html></html>" }, EOPNOTSUPP, PAUSED,
		"recipes: what GraphQL answers is not JSON" },
	{ "cut off", { .status = 200, .body = "{\"data\":{\"a0\":{\"total\"" }, EOPNOTSUPP, PAUSED,
		"recipes: what GraphQL answers is not JSON" },
	{ "nothing", { .status = 200, .body = "{}" }, EOPNOTSUPP, PAUSED, "recipes: what" },
	{ "an array", { .status = 200, .body = "{\"data\":[]}" }, EOPNOTSUPP, PAUSED, "recipes: " },
	{ "no place", { .status = 200, .body = "{\"errors\":[{\"message\":\"Too complex\"}]}" },
		EOPNOTSUPP, PAUSED, "recipes: GraphQL says: Too complex" },
	{ "an unknown field",
		{ .status = 200,
			.body = "{\"errors\":[{\"message\":\"Cannot query field 'x'\","
				"\"locations\":[{\"line\":3,\"column\":1}]}]}" },
		EOPNOTSUPP, ASKED_AGAIN, "recipes: GraphQL says: Cannot query field 'x'" },
	{ "the server is away", { .status = 503 }, EIO, ASKED_AGAIN, "recipes: " },
	{ "the token is refused", { .status = 401 }, EACCES, ASKED_AGAIN, "recipes: " },
	{ "no answer", { .ret = -ETIMEDOUT }, ETIMEDOUT, ASKED_AGAIN, "recipes: scripted" },
	{ "too large", { .ret = -EFBIG }, EFBIG, ASKED_AGAIN, "recipes: scripted" },
	{ "another schema's name",
		{ .status = 200, .body = ANSWER("", ",\"a1\":" GRAPHQL_PAGE(GRAPHQL_B)) },
		EOPNOTSUPP, ASKED_AGAIN, "recipes: item 'a'1' is not there by the schema's name" },
	{ "the item failed",
		{ .status = 200,
			.body = "{\"errors\":[{\"message\":\"No rights\",\"path\":[\"a0\"]}],"
				"\"data\":{\"a0\":null,\"a1\":null}}" },
		EOPNOTSUPP, ASKED_AGAIN, "recipes: GraphQL says: No rights" },
	{ "another text",
		{ .status = 200,
			.body = ANSWER(
				"{\"id\":\"a'1\",\"version\":3," TIMES
				"\"status\":\"INREVIEW\",\"newStatus\":\"DRAFT\",\"data\":{}}",
				",\"a1\":" GRAPHQL_PAGE(GRAPHQL_B)) },
		EOPNOTSUPP, ASKED_AGAIN, "recipes: item 'a'1' has changed, or GraphQL shows it" },
	{ "another version",
		{ .status = 200,
			.body = ANSWER("{\"id\":\"a'1\",\"version\":4," TIMES
				       "\"status\":\"INREVIEW\",\"newStatus\":\"DRAFT\"," DATA "}",
				",\"a1\":" GRAPHQL_PAGE(GRAPHQL_B)) },
		EOPNOTSUPP, ASKED_AGAIN, "recipes: item 'a'1' has changed, or GraphQL shows it" },
	{ "a status that is none",
		{ .status = 200,
			.body = ANSWER(GRAPHQL_A,
				",\"a1\":" GRAPHQL_PAGE("{\"id\":\"b\",\"version\":0,"
							"\"status\":\"NEW\",\"data\":{}}")) },
		EOPNOTSUPP, ASKED_AGAIN,
		"recipes: GraphQL tells of a status \"NEW\" that is not known" },
	{ "no page", { .status = 200, .body = ANSWER(GRAPHQL_A, ",\"a1\":[]") }, EOPNOTSUPP,
		ASKED_AGAIN, "recipes: GraphQL does not answer in the form of a page" },
	{ "data that is not JSON",
		{ .status = 200,
			.body = ANSWER(GRAPHQL_A,
				",\"a1\":" GRAPHQL_PAGE("{\"id\":\"b\",\"version\":00}")) },
		EOPNOTSUPP, ASKED_AGAIN, "recipes: GraphQL does not answer in the form of a page" },
	{ "nothing, although there is more",
		{ .status = 200, .body = ANSWER(GRAPHQL_A, ",\"a1\":" GRAPHQL_PAGE("")) }, EIO,
		ASKED_AGAIN, "recipes: the server sent an empty page" },
};

START_TEST(graphql_will_not_do)
{
	const char *text = bad[_i].text;
	struct asked a;

	begin(&a, REST_PAGE("", ""), &bad[_i].answer);
	ck_assert_msg(ask(&a) == -bad[_i].errnum, "%s: %s", bad[_i].what, a.s.err.text);
	ck_assert_msg(strncmp(a.s.err.text, text, strlen(text)) == 0, "%s: %s", bad[_i].what,
		a.s.err.text);
	ck_assert_int_eq(a.s.err.errnum, bad[_i].errnum);
	ck_assert_uint_eq(a.page.n_items, 0);
	ask(&a);
	ck_assert_msg(scripted_count(a.s.transport) == (bad[_i].then == PAUSED ? 2 : 3), "%s",
		bad[_i].what);
	end(&a);
}
END_TEST

START_TEST(graphql_is_asked_again_after_a_while)
{
	static const struct scripted_answer refusal = { .status = 403 };
	struct asked a;

	begin(&a, REST_PAGE("", ""), &refusal);
	ck_assert_int_eq(ask(&a), -EOPNOTSUPP);
	pretended_clock_advance(&a.s.time, GRAPHQL_PAUSE_MS - 1);
	ck_assert_int_eq(ask(&a), -EOPNOTSUPP);
	ck_assert_uint_eq(scripted_count(a.s.transport), 2);
	pretended_clock_advance(&a.s.time, 1);
	a.answers[1] = (struct scripted_answer){ .status = 200, .body = GOOD };
	ck_assert_int_eq(ask(&a), 0);
	end(&a);
}
END_TEST

START_TEST(graphql_page_fails_alone)
{
	static const struct scripted_answer half = { .status = 200,
		.body = "{\"errors\":[{\"message\":\"No\",\"path\":[\"a1\"]}],\"data\":{"
			"\"a0\":" GRAPHQL_PAGE(GRAPHQL_A) ",\"a1\":null,\"a2\":" GRAPHQL_PAGE(
				GRAPHQL_B) "}}" };
	static const struct page_wanted wanted[] = { { NULL, 0, 1 }, { NULL, 1, 1 } };
	struct content_page pages[2];
	struct asked a;

	content_page_init(&pages[0]);
	content_page_init(&pages[1]);
	begin(&a, REST_PAGE("", ""), &half);
	ck_assert_int_eq(client_fetch_pages_graphql(a.s.client, &a.s.call, &a.s.list.schemas[0],
				 wanted, 2, pages, &a.s.err),
		0);
	ck_assert_int_eq(pages[0].total, -1);
	ck_assert_uint_eq(pages[0].n_items, 0);
	ck_assert_uint_eq(pages[1].n_items, 1);
	ck_assert_str_eq(pages[1].items[0].id, "b");
	content_page_release(&pages[1]);
	end(&a);
}
END_TEST

/* What REST said of the two, and what is then said of the second one by GraphQL. */
static const struct {
	const char *rest;
	const char *creator; /* of the item that GraphQL shows */
	int ret;
	bool is_writable;
} rights[] = {
	{ REST_PAGE(PUT, PUT), "z", 0, true },
	{ REST_PAGE("", ""), "z", 0, false },
	{ REST_PAGE(PUT, ""), "x", 0, false },
	{ REST_PAGE("", PUT), "x", 0, true },
	{ REST_PAGE("", PUT), "z", -EOPNOTSUPP, false },
	{ "{\"total\":9,\"items\":[" REST_A("") "," REST_B("") "," REST_B(PUT) "]," STATUSES "}",
		"x", -EOPNOTSUPP, false },
};

START_TEST(graphql_items_have_the_rights_of_rest)
{
	struct scripted_answer answer = { .status = 200 };
	struct buf body;
	struct asked a;

	buf_init(&body, 4096);
	ck_assert_int_eq(buf_addf(&body,
				 "{\"data\":{\"a0\":" GRAPHQL_PAGE(
					 GRAPHQL_A) ",\"a1\":{\"total\":1,\"items\":[{\"id\":\"c\","
						    "\"version\":1,\"createdBy\":\"client:%s\","
						    "\"status\":\"DRAFT\",\"data\":{}}]}}}",
				 rights[_i].creator),
		0);
	answer.body = body.data;
	begin(&a, rights[_i].rest, &answer);
	ck_assert_int_eq(ask(&a), rights[_i].ret);
	if (rights[_i].ret == 0)
		ck_assert(a.page.items[0].is_writable == rights[_i].is_writable);
	end(&a);
	buf_release(&body);
}
END_TEST

/* The workflow gets a status; the next page by REST tells of it. */
START_TEST(graphql_learns_a_new_status)
{
	static const struct scripted_answer answer = { .status = 200,
		.body = ANSWER(GRAPHQL_A,
			",\"a1\":" GRAPHQL_PAGE("{\"id\":\"b\",\"version\":0,\"status\":\"NEW\","
						"\"data\":{}}")) };
	struct asked a;

	begin(&a, REST_PAGE("", ""), &answer);
	ck_assert_int_eq(ask(&a), -EOPNOTSUPP);
	a.answers[1] = (struct scripted_answer){ .status = 200,
		.body = "{\"total\":1,\"items\":[" REST_A(
			"") "],\"statuses\":[{\"status\":\"New\"},"
			    "{\"status\":\"Draft\"},{\"status\":\"InReview\"}]}" };
	ck_assert_int_eq(stage_fetch_page(&a.s, NULL), 0);
	a.answers[1] = answer;
	ck_assert_msg(ask(&a) == 0, "%s", a.s.err.text);
	ck_assert_str_eq(a.page.items[0].status, "New");
	end(&a);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("client_graphql");

	tcase_add_test(tcase, graphql_asks_for_pages);
	tcase_add_test(tcase, graphql_gives_what_rest_gives);
	tcase_add_loop_test(tcase, graphql_is_not_for_every_view, 0, N_ROWS(other_views));
	tcase_add_test(tcase, graphql_is_not_trusted_unseen);
	tcase_add_loop_test(tcase, graphql_will_not_do, 0, N_ROWS(bad));
	tcase_add_test(tcase, graphql_is_asked_again_after_a_while);
	tcase_add_test(tcase, graphql_page_fails_alone);
	tcase_add_loop_test(tcase, graphql_items_have_the_rights_of_rest, 0, N_ROWS(rights));
	tcase_add_test(tcase, graphql_learns_a_new_status);
	return suite_run(tcase, "client_graphql");
}
