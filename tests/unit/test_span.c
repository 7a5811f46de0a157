#include <check.h>
#include <stdio.h>
#include <string.h>

#include "api/span.h"
#include "support/suite.h"

/* What the walk finds, written as "key=value;", and "bad" where it says so. */
static const struct {
	const char *text;
	char open;
	const char *found;
} walks[] = {
	{ "{}", '{', "" },
	{ "[]", '[', "" },
	{ " { \"a\" : 1 , \"b\":[1,{\"c\":2}] } ", '{', "\"a\"=1;\"b\"=[1,{\"c\":2}];" },
	{ "[true,null,\"x\",-1e5,{}]", '[', "=true;=null;=\"x\";=-1e5;={};" },
	{ "{\"a\\\"}\":\"]\\\\\",\"b\":\"\\\\\\\"}\"}", '{',
		"\"a\\\"}\"=\"]\\\\\";\"b\"=\"\\\\\\\"}\";" },
	{ "[[\"]\"],\"[\"]", '[', "=[\"]\"];=\"[\";" },
	{ "{\"a\":1", '{', "bad" },
	{ "{\"a\":", '{', "bad" },
	{ "{\"a\"", '{', "bad" },
	{ "{\"a\" 1}", '{', "bad" },
	{ "{\"a", '{', "bad" },
	{ "[1 2]", '[', "bad" },
	{ "[{\"a\":1]", '[', "bad" },
	{ "[\"\\\"]", '[', "bad" },
	{ "[", '[', "bad" },
	{ "[,1]", '[', "bad" },
};

START_TEST(span_walks)
{
	struct span text = { walks[_i].text, strlen(walks[_i].text) };
	struct span key, value;
	struct span_walk walk;
	char found[200] = "";

	ck_assert(span_enter(&walk, text, walks[_i].open));
	while (span_next(&walk, &key, &value)) {
		size_t len = strlen(found);

		snprintf(found + len, sizeof(found) - len, "%.*s=%.*s;", (int)key.len,
			key.at ? key.at : "", (int)value.len, value.at);
	}
	if (walk.is_bad)
		strcat(found, "bad");
	ck_assert_str_eq(found, walks[_i].found);
}
END_TEST

START_TEST(span_enters_its_own_kind_only)
{
	static const char *const others[] = { "", " ", "[]", "1", "null", "\"{\"" };
	struct span none = { NULL, 0 };
	struct span_walk walk;

	for (size_t i = 0; i < N_ROWS(others); i++)
		ck_assert(!span_enter(&walk, (struct span){ others[i], strlen(others[i]) }, '{'));
	ck_assert(!span_enter(&walk, none, '{'));
}
END_TEST

START_TEST(span_finds_a_member)
{
	static const char text[] = "{\"ab\":1,\"a\":{\"b\":2},\"c\":null}";
	struct span object = { text, strlen(text) };
	struct span found = span_find(object, "a");

	ck_assert_uint_eq(found.len, strlen("{\"b\":2}"));
	ck_assert(span_find(found, "b").at[0] == '2');
	ck_assert_ptr_null(span_find(object, "b").at);
	ck_assert_ptr_null(span_find(span_find(object, "b"), "b").at);
	ck_assert(span_is_null(span_find(object, "c")));
	ck_assert(span_is_null(span_find(object, "b")));
	ck_assert(!span_is_null(found));
}
END_TEST

START_TEST(span_is_left_by_its_own_walk)
{
	static const char text[] = "{\"a\":[1,2],\"b\":{},\"c\":3}";
	struct span object = { text, strlen(text) };
	struct span_walk walk, inner;
	struct span key, value = { NULL, 0 };
	size_t n_inner = 0, n = 0;

	ck_assert(span_enter(&walk, object, '{'));
	for (; span_next_key(&walk, &key); n++) {
		if (span_down(&walk, &inner, '[')) {
			while (span_next(&inner, &key, &value))
				n_inner++;
			span_up(&walk, &inner);
		} else {
			ck_assert(span_take(&walk, &value));
		}
	}
	ck_assert(!walk.is_bad);
	ck_assert_uint_eq(n, 3);
	ck_assert_uint_eq(n_inner, 2);
	ck_assert(value.len == 1 && *value.at == '3');
}
END_TEST

START_TEST(span_is_bad_where_its_inside_is)
{
	static const char text[] = "{\"a\":[1 2],\"b\":3}";
	struct span object = { text, strlen(text) };
	struct span_walk walk, inner;
	struct span key, value;

	ck_assert(span_enter(&walk, object, '{'));
	ck_assert(span_next_key(&walk, &key));
	ck_assert(span_down(&walk, &inner, '['));
	while (span_next(&inner, &key, &value))
		continue;
	span_up(&walk, &inner);
	ck_assert(walk.is_bad);
	ck_assert(!span_next_key(&walk, &key));
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("span");

	tcase_add_loop_test(tcase, span_walks, 0, N_ROWS(walks));
	tcase_add_test(tcase, span_enters_its_own_kind_only);
	tcase_add_test(tcase, span_finds_a_member);
	tcase_add_test(tcase, span_is_left_by_its_own_walk);
	tcase_add_test(tcase, span_is_bad_where_its_inside_is);
	return suite_run(tcase, "span");
}
