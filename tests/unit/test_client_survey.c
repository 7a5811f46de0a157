/* Many schemas and many ranges in one request of GraphQL. */
#include <check.h>
#include <errno.h>

#include "api/client_graphql.h"
#include "support/stage.h"
#include "support/suite.h"

#define REQUEST "POST " URL "/api/content/foodcrunch/graphql\n" EDITABLE JSON "\n{\"query\":\"{\\n"
#define STAMPS "{id version created lastModified}"

static void make_schemas(struct schema_list *list)
{
	ck_assert_int_eq(schema_list_parse_names("1st:my-blog:settings", list, NULL), 0);
	list->schemas[2].is_singleton = true;
}

static int survey(struct stage *s, struct schema_look looks[3], int64_t *ret_date_s)
{
	struct schema_list list = { 0 };
	const struct schema *schemas[3];
	int ret;

	make_schemas(&list);
	for (size_t i = 0; i < 3; i++) {
		schemas[i] = &list.schemas[i];
		schema_look_init(&looks[i]);
	}
	ret = client_survey(s->client, &s->call, schemas, 3, 5, looks, ret_date_s, &s->err);
	schema_list_release(&list);
	return ret;
}

START_TEST(survey_asks_and_reads)
{
	static const struct scripted_answer answer = { .status = 200,
		.body = "{\"data\":{\"a0\":{\"total\":0,\"items\":[]},\"a1\":{\"total\":7,"
			"\"items\":["
			"{\"id\":\"x\\\"\",\"version\":3,\"created\":\"1970-01-01T00:00:09Z\","
			"\"lastModified\":\"1970-01-01T00:01:00Z\"},{\"id\":\"y\",\"version\":0}]},"
			"\"a2\":{\"id\":\"s\",\"version\":2,\"lastModified\":\"1970-01-01T00:00:"
			"01Z\"}}}" };
	struct schema_look looks[3];
	int64_t date_s = 1;
	struct stage s;

	stage_init(&s, &stage_conf, &answer, 1);
	ck_assert_msg(survey(&s, looks, &date_s) == 0, "%s", s.err.text);
	ck_assert_str_eq(scripted_request(s.transport, 0),
		REQUEST "a0:querygql_1stContentsWithTotal(top:5){total items" STAMPS "}"
			"\\na1:queryMyBlogContentsWithTotal(top:5){total items" STAMPS "}"
			"\\na2:findSettingsSingleton" STAMPS "\\n}\"}");
	ck_assert_int_eq(looks[0].total, 0);
	ck_assert_uint_eq(looks[0].n_stamps, 0);
	ck_assert_int_eq(looks[1].total, 7);
	ck_assert_uint_eq(looks[1].n_stamps, 2);
	ck_assert_str_eq(looks[1].stamps[0].id, "x\"");
	ck_assert_int_eq(looks[1].stamps[0].version, 3);
	ck_assert_int_eq(looks[1].stamps[0].created_s, 9);
	ck_assert_int_eq(looks[1].stamps[0].modified_s, 60);
	ck_assert_int_eq(looks[2].total, 1);
	ck_assert_str_eq(looks[2].stamps[0].id, "s");
	ck_assert_int_eq(date_s, 0);
	for (size_t i = 0; i < 3; i++)
		schema_look_release(&looks[i]);
	stage_release(&s);
}
END_TEST

/* An alias that failed, one that is no list, a singleton that is not there. */
START_TEST(survey_takes_what_it_gets)
{
	static const struct scripted_answer answer = { .status = 200,
		.body = "{\"errors\":[{\"message\":\"No\",\"path\":[\"a0\"]}],"
			"\"data\":{\"a0\":null,\"a1\":{\"total\":7},\"a2\":null}}" };
	struct schema_look looks[3];
	int64_t date_s;
	struct stage s;

	stage_init(&s, &stage_conf, &answer, 1);
	ck_assert_int_eq(survey(&s, looks, &date_s), 0);
	for (size_t i = 0; i < 3; i++) {
		ck_assert_int_eq(looks[i].total, -1);
		ck_assert_uint_eq(looks[i].n_stamps, 0);
		ck_assert(!looks[i].is_unknown);
	}
	stage_release(&s);
}
END_TEST

START_TEST(survey_tells_which_names_are_unknown)
{
	static const struct scripted_answer answer = { .status = 200,
		.body = "{\"errors\":[{\"message\":\"Cannot query field\","
			"\"locations\":[{\"line\":3,\"column\":1}]}]}" };
	struct schema_look looks[3];
	int64_t date_s;
	struct stage s;

	stage_init(&s, &stage_conf, &answer, 1);
	ck_assert_int_eq(survey(&s, looks, &date_s), -EOPNOTSUPP);
	for (size_t i = 0; i < 3; i++)
		ck_assert(looks[i].is_unknown == (i == 1));
	stage_release(&s);
}
END_TEST

START_TEST(ranges_are_counted)
{
	static const struct scripted_answer answer = { .status = 200,
		.body = "{\"data\":{\"a0\":{\"total\":3},\"a1\":{\"total\":0},\"a2\":null,\"a3\":[]"
			"}}" };
	static const struct id_range ranges[] = { { NULL, "b'" }, { "b'", "c" }, { "c", NULL },
		{ NULL, NULL } };
	int64_t totals[N_ROWS(ranges)];
	struct stage s;

	stage_init(&s, &stage_conf, &answer, 1);
	ck_assert_int_eq(client_count_ranges(s.client, &s.call, &s.list.schemas[0], ranges,
				 N_ROWS(ranges), totals, &s.err),
		0);
	ck_assert_str_eq(scripted_request(s.transport, 0),
		REQUEST "a0:queryRecipesContentsWithTotal(top:1,filter:\\\"id le 'b'''\\\"){total}"
			"\\na1:queryRecipesContentsWithTotal(top:1,"
			"filter:\\\"id gt 'b''' and id le 'c'\\\"){total}"
			"\\na2:queryRecipesContentsWithTotal(top:1,filter:\\\"id gt 'c'\\\"){total}"
			"\\na3:queryRecipesContentsWithTotal(top:1){total}\\n}\"}");
	ck_assert_int_eq(totals[0], 3);
	ck_assert_int_eq(totals[1], 0);
	ck_assert_int_eq(totals[2], -1);
	ck_assert_int_eq(totals[3], -1);
	stage_release(&s);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("client_survey");

	tcase_add_test(tcase, survey_asks_and_reads);
	tcase_add_test(tcase, survey_takes_what_it_gets);
	tcase_add_test(tcase, survey_tells_which_names_are_unknown);
	tcase_add_test(tcase, ranges_are_counted);
	return suite_run(tcase, "client_survey");
}
