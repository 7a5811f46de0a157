#include <check.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/list.h"
#include "base/error.h"
#include "support/suite.h"

#define NO_TOTAL (-1)

/* What is found, each item followed by ";". */
static const struct {
	const char *text, *found;
	int64_t total;
} lists[] = {
	{ "{\"items\":[]}", "", NO_TOTAL },
	{ "{\"total\":3,\"items\":[{\"id\":\"a\"}]}", "{\"id\":\"a\"};", 3 },
	{ "{\"items\":[{\"id\":\"a\"}],\"statuses\":[{}],\"total\":2}", "{\"id\":\"a\"};", 2 },
	{ " {\n\"total\" : 2 , \"items\" : [ 1 ,\r\n\"]\" ,\t[{\"items\":[2]}] ] } ",
		"1;\"]\";[{\"items\":[2]}];", 2 },
	{ "{\"x\":{\"items\":[9],\"total\":8},\"items\":[true,null,false]}", "true;null;false;",
		NO_TOTAL },
	{ "{\"items\":[-5,{},[],\"\\\"\"]}", "-5;{};[];\"\\\"\";", NO_TOTAL },
	{ "{\"total\":\"5\",\"items\":[]}", "", NO_TOTAL },
};

/* A text of that very size, so that reading behind it is seen. '$' stands for NUL. */
static int read_list(
	const char *text, char *found, size_t size, int64_t *ret_total, struct error *err)
{
	size_t len = strlen(text);
	char *copy = malloc(len + 1);
	struct json_object *item;
	struct list list;
	int ret;

	ck_assert(copy != NULL);
	memcpy(copy, text, len);
	copy = realloc(copy, len ? len : 1);
	for (size_t i = 0; i < len; i++)
		copy[i] = (char)(copy[i] == '$' ? '\0' : copy[i]);
	ret = list_open(&list, copy, len, "recipes", err);
	ck_assert_int_eq(ret, 0);
	*found = '\0';
	while (list_next(&list, &item, &ret, err)) {
		size_t at = strlen(found);

		snprintf(found + at, size - at, "%s;",
			json_object_to_json_string_ext(item, JSON_C_TO_STRING_PLAIN));
	}
	*ret_total = list.total;
	list_close(&list);
	free(copy);
	return ret;
}

START_TEST(list_is_read)
{
	struct error err = { 0 };
	char found[200];
	int64_t total;

	ck_assert_msg(
		read_list(lists[_i].text, found, sizeof(found), &total, &err) == 0, "%s", err.text);
	ck_assert_str_eq(found, lists[_i].found);
	ck_assert_int_eq(total, lists[_i].total);
}
END_TEST

static const struct {
	const char *text, *sentence;
} bad[] = {
	{ "", "recipes: the answer is empty" },
	{ "oops", "recipes: the answer is not JSON (unexpected character at byte 0): oops" },
	{ "<html>", "recipes: the answer is an HTML page" },
	{ "[]", "recipes: the server sent a list without items" },
	{ "{\"items\":null}", "recipes: the server sent a list without items" },
	{ "{\"items\":[1],\"items\":[2]}", "recipes: the server sent items twice" },
	{ "{\"items\":[", "ends too early at byte 10" },
	{ "{\"items\":[1", "ends too early at byte 11" },
	{ "{\"items\":[1,", "ends too early at byte 12" },
	{ "{\"items\":[{\"a\":", "ends too early at byte 15" },
	{ "{\"items\":[\"a", "ends in the middle of a string at byte 12" },
	{ "{\"items\":[]", "ends too early at byte 11" },
	{ "{\"items\":[1,2]", "ends too early at byte 14" },
	{ "{\"items\":[1 2]}", "no comma at byte 12" },
	{ "{\"items\":[1$,2]}", "no comma at byte 11" },
	{ "{\"items\":[1}}", "no comma at byte 11" },
	{ "{\"items\":[1,]}", "at byte 12" },
	{ "{\"items\":[,1]}", "at byte 10" },
	{ "{\"items\":[1]]}", "at byte 12" },
	{ "{\"items\":[1]}}", "it goes on at byte 13" },
	{ "{\"items\":[1],}", "at byte 13" },
	{ "{\"items\":[{\"a\":01}]}", "not a JSON number at byte 17" },
	{ "{\"items\":[1],\"a\":01}", "not a JSON number at byte 19" },
	{ "{\"a\":01,\"items\":[1]}", "not a JSON number at byte 7" },
	{ "{\"items\":[tru]}", "at byte 13" },
};

START_TEST(list_is_refused)
{
	struct error err = { 0 };
	char found[200];
	int64_t total;

	ck_assert_int_eq(read_list(bad[_i].text, found, sizeof(found), &total, &err), -EIO);
	ck_assert_msg(strstr(err.text, bad[_i].sentence) != NULL, "%s: %s", bad[_i].text, err.text);
	ck_assert_int_eq(total, NO_TOTAL);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("list");

	tcase_add_loop_test(tcase, list_is_read, 0, N_ROWS(lists));
	tcase_add_loop_test(tcase, list_is_refused, 0, N_ROWS(bad));
	return suite_run(tcase, "list");
}
