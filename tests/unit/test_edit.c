#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/edit.h"
#include "api/schema.h"
#include "base/buf.h"
#include "base/error.h"
#include "support/suite.h"

#define TEXT_MAX ((size_t)1 << 20)

static char field_title[] = "title", field_servings[] = "servings";
static char *field_names[] = { field_title, field_servings };
static char schema_name[] = "recipes";
static const struct schema schema = { schema_name, field_names, 2, false };
static const struct edit_rules rules = { &schema, false };
static const struct edit_rules lenient_rules = { &schema, true };

static int parse(const char *text, enum view view, struct edit *edit, struct error *err)
{
	return edit_parse(text, strlen(text), view, "recipes/x", edit, err);
}

static void parse_data(const char *text, struct edit *edit)
{
	struct error err = { 0 };

	edit_init(edit);
	ck_assert_msg(parse(text, VIEW_DATA, edit, &err) == 0, "%s: %s", text, err.text);
}

/* Without the blanks of its lines. */
static void squeeze(struct buf *text)
{
	size_t n = 0;

	for (size_t i = 0; i < text->len; i++) {
		if (text->data[i] != ' ' && text->data[i] != '\n')
			text->data[n++] = text->data[i];
	}
	if (text->data)
		text->data[n] = '\0';
	text->len = n;
}

static int diff(const char *wanted, const char *base, const struct edit_rules *with,
	struct buf *ret_patch, struct error *err)
{
	struct edit edit, old;
	int ret;

	parse_data(wanted, &edit);
	parse_data(base, &old);
	ret = edit_diff(&edit, &old, with, ret_patch, err);
	squeeze(ret_patch);
	edit_release(&edit);
	edit_release(&old);
	return ret;
}

static const struct {
	const char *what, *base, *wanted, *patch;
} diffs[] = {
	{ "nothing", "{\"title\":{\"en\":\"a\"}}", "{\"title\":{\"en\":\"a\"}}", "" },
	{ "order of languages", "{\"title\":{\"de\":\"b\",\"en\":\"a\"}}",
		"{\"title\":{\"en\":\"a\",\"de\":\"b\"}}", "" },
	{ "order of fields", "{\"a\":{\"iv\":1},\"b\":{\"iv\":2}}",
		"{\"b\":{\"iv\":2},\"a\":{\"iv\":1}}", "" },
	{ "order inside a value", "{\"a\":{\"iv\":{\"x\":1,\"y\":2}}}",
		"{\"a\":{\"iv\":{\"y\":2,\"x\":1}}}", "" },
	{ "an escape", "{\"title\":{\"en\":\"\xc3\xa4\"}}", "{\"title\":{\"en\":\"\\u00e4\"}}",
		"" },
	{ "a number written otherwise", "{\"servings\":{\"iv\":1000}}",
		"{\"servings\":{\"iv\":1e3}}", "" },
	{ "a zero that is negative", "{\"servings\":{\"iv\":0}}", "{\"servings\":{\"iv\":-0}}",
		"" },
	{ "digits that no double keeps", "{\"servings\":{\"iv\":12345678901234567890123}}",
		"{\"servings\":{\"iv\":12345678901234567890124}}", "" },
	{ "a number", "{\"servings\":{\"iv\":4}}", "{\"servings\":{\"iv\":5}}",
		"{\"servings\":{\"iv\":5}}" },
	{ "a long number keeps its text", "{\"servings\":{\"iv\":4}}",
		"{\"servings\":{\"iv\":12345678901234567890123}}",
		"{\"servings\":{\"iv\":12345678901234567890123}}" },
	{ "a number for a string", "{\"servings\":{\"iv\":4}}", "{\"servings\":{\"iv\":\"4\"}}",
		"{\"servings\":{\"iv\":\"4\"}}" },
	{ "one language", "{\"title\":{\"de\":\"b\",\"en\":\"a\"}}",
		"{\"title\":{\"de\":\"b\",\"en\":\"c\"}}", "{\"title\":{\"en\":\"c\"}}" },
	{ "a new language", "{\"title\":{\"en\":\"a\"}}", "{\"title\":{\"en\":\"a\",\"de\":\"b\"}}",
		"{\"title\":{\"de\":\"b\"}}" },
	{ "a language less", "{\"title\":{\"de\":\"b\",\"en\":\"a\"}}",
		"{\"title\":{\"en\":\"a\"}}", "{\"title\":{\"de\":{\"$unset\":true}}}" },
	{ "no language left", "{\"title\":{\"en\":\"a\"}}", "{\"title\":{}}",
		"{\"title\":{\"en\":{\"$unset\":true}}}" },
	{ "a new field", "{}", "{\"title\":{\"en\":\"a\"}}", "{\"title\":{\"en\":\"a\"}}" },
	{ "a field less", "{\"title\":{\"en\":\"a\"},\"servings\":{\"iv\":4}}",
		"{\"title\":{\"en\":\"a\"}}", "{\"servings\":{\"$unset\":true}}" },
	{ "all fields", "{\"title\":{\"en\":\"a\"}}", "{}", "{\"title\":{\"$unset\":true}}" },
	{ "a value inside a value travels whole", "{\"a\":{\"iv\":[{\"x\":1,\"y\":2}]}}",
		"{\"a\":{\"iv\":[{\"x\":1,\"y\":3}]}}", "{\"a\":{\"iv\":[{\"x\":1,\"y\":3}]}}" },
	{ "the order of an array", "{\"a\":{\"iv\":[1,2]}}", "{\"a\":{\"iv\":[2,1]}}",
		"{\"a\":{\"iv\":[2,1]}}" },
	{ "null is a value", "{\"a\":{\"iv\":1}}", "{\"a\":{\"iv\":null}}",
		"{\"a\":{\"iv\":null}}" },
	{ "null is not absent", "{\"a\":{\"iv\":null}}", "{\"a\":{}}",
		"{\"a\":{\"iv\":{\"$unset\":true}}}" },
	{ "a field that is no object", "{\"a\":{\"iv\":1}}", "{\"a\":5}", "{\"a\":5}" },
	{ "the schema's order", "{}", "{\"servings\":{\"iv\":1},\"title\":{\"en\":\"a\"}}",
		"{\"title\":{\"en\":\"a\"},\"servings\":{\"iv\":1}}" },
	{ "an expression that was there and stays", "{\"a\":{\"iv\":{\"$update\":\"x\"},\"de\":1}}",
		"{\"a\":{\"iv\":{\"$update\":\"x\"},\"de\":2}}", "{\"a\":{\"de\":2}}" },
};

START_TEST(edit_sends_what_differs)
{
	struct error err = { 0 };
	struct buf patch;

	buf_init(&patch, TEXT_MAX);
	ck_assert_msg(diff(diffs[_i].wanted, diffs[_i].base, &rules, &patch, &err) == 0, "%s: %s",
		diffs[_i].what, err.text);
	ck_assert_msg(strcmp(buf_str(&patch), diffs[_i].patch) == 0, "%s: %s", diffs[_i].what,
		buf_str(&patch));
	buf_release(&patch);
}
END_TEST

static const char *const expressions[] = {
	"{\"title\":{\"$unset\":true}}",
	"{\"title\":{\"$update\":\"1\"}}",
	"{\"title\":{\"en\":{\"$unset\":true}}}",
	"{\"title\":{\"en\":{\"$update\":\"$data\"}}}",
	"{\"new\":{\"$update\":\"1\"}}",
	"{\"new\":{\"iv\":[{\"a\":{\"$update\":\"1\"}}]}}",
};

START_TEST(edit_refuses_expressions)
{
	static const char base[] = "{\"title\":{\"en\":\"a\"}}";
	struct error err = { 0 };
	struct edit edit;
	struct buf text;

	buf_init(&text, TEXT_MAX);
	ck_assert_int_eq(diff(expressions[_i], base, &rules, &text, &err), -EINVAL);
	ck_assert_msg(strstr(err.text, "allow_expressions") != NULL, "%s", err.text);
	parse_data(expressions[_i], &edit);
	ck_assert_int_eq(edit_whole(&edit, &rules, &text, NULL), -EINVAL);
	ck_assert_int_eq(edit_whole(&edit, &lenient_rules, &text, NULL), 0);
	edit_release(&edit);
	ck_assert_int_eq(diff(expressions[_i], base, &lenient_rules, &text, &err), 0);
	ck_assert_msg(strstr(buf_str(&text), "$u") != NULL, "%s", buf_str(&text));
	buf_release(&text);
}
END_TEST

static const struct {
	const char *wanted, *base;
	bool is_in;
} parts[] = {
	{ "{}", "{\"a\":{\"iv\":1}}", true },
	{ "{\"a\":{}}", "{\"a\":{\"iv\":1}}", true },
	{ "{\"a\":{\"en\":1}}", "{\"a\":{\"en\":1.0,\"de\":2},\"b\":{\"iv\":[]}}", true },
	{ "{\"a\":{\"en\":1}}", "{\"a\":{\"en\":2}}", false },
	{ "{\"a\":{\"en\":1}}", "{\"a\":{\"de\":1}}", false },
	{ "{\"a\":{\"en\":1}}", "{\"b\":{\"en\":1}}", false },
	{ "{\"a\":{\"en\":{\"x\":1}}}", "{\"a\":{\"en\":{\"x\":1,\"y\":2}}}", false },
	{ "{\"a\":{\"en\":1}}", "{\"a\":5}", false },
};

START_TEST(edit_finds_itself_in_more)
{
	struct edit wanted, base;

	parse_data(parts[_i].wanted, &wanted);
	parse_data(parts[_i].base, &base);
	ck_assert_msg(edit_is_in(&wanted, &base) == parts[_i].is_in, "%s", parts[_i].base);
	edit_release(&wanted);
	edit_release(&base);
}
END_TEST

START_TEST(edit_reads_a_document)
{
	struct edit edit;
	struct error err = { 0 };
	struct buf data;

	edit_init(&edit);
	buf_init(&data, TEXT_MAX);
	ck_assert_msg(parse("{\"id\":\"x\",\"status\":\"Draft\",\"newStatus\":\"Published\","
			    "\"version\":7,\"created\":\"1970-01-01T00:01:00Z\",\"whatever\":[],"
			    "\"data\":{\"title\":{\"en\":\"a\"}}}",
			      VIEW_DOCUMENT, &edit, &err) == 0,
		"%s", err.text);
	ck_assert_str_eq(edit.id, "x");
	ck_assert_str_eq(edit.status, "Draft");
	ck_assert_str_eq(edit.new_status, "Published");
	ck_assert_int_eq(edit.version, 7);
	ck_assert_int_eq(edit.created_s, 60);
	ck_assert_int_eq(edit_whole(&edit, &rules, &data, &err), 0);
	squeeze(&data);
	ck_assert_str_eq(buf_str(&data), "{\"title\":{\"en\":\"a\"}}");
	buf_release(&data);
	edit_release(&edit);
}
END_TEST

START_TEST(edit_needs_no_more_than_data)
{
	struct edit edit;

	edit_init(&edit);
	ck_assert_int_eq(parse("{\"data\":{}}", VIEW_DOCUMENT, &edit, NULL), 0);
	ck_assert_ptr_null(edit.id);
	ck_assert_ptr_null(edit.status);
	ck_assert_ptr_null(edit.new_status);
	ck_assert_int_eq(edit.version, -1);
	ck_assert_int_eq(edit.created_s, 0);
	edit_release(&edit);
}
END_TEST

static const struct {
	const char *text;
	enum view view;
	const char *words;
} refusals[] = {
	{ "", VIEW_DATA, "line 1" },
	{ "{\n\"a\": {},\n\"b\": oops}", VIEW_DATA, "line 3" },
	{ "{\"a\": {}", VIEW_DATA, "ends too early" },
	{ "{}{}", VIEW_DATA, "line 1" },
	{ "{}\n\nx", VIEW_DATA, "line 3" },
	{ "[]", VIEW_DATA, "not an object" },
	{ "null", VIEW_DATA, "not an object" },
	{ "{\"a\":{\"iv\":1},\"a\":{\"iv\":2}}", VIEW_DATA, "twice" },
	{ "{\"a\":{\"iv\":{\"b:\":1,\"b:\":2}}}", VIEW_DATA, "twice" },
	{ "{\"a\":{\"iv\":\"\xff\"}}", VIEW_DATA, "UTF-8" },
	{ "{\"title\":{\"en\":\"a\"}}", VIEW_DOCUMENT, "\"data\"" },
	{ "{\"data\":[]}", VIEW_DOCUMENT, "\"data\"" },
	{ "{\"data\":null}", VIEW_DOCUMENT, "\"data\"" },
	{ "{\"data\":{}}", VIEW_RAW, "raw" },
};

START_TEST(edit_says_what_is_wrong)
{
	struct error err = { 0 };
	struct edit edit;

	edit_init(&edit);
	ck_assert_int_eq(parse(refusals[_i].text, refusals[_i].view, &edit, &err), -EINVAL);
	ck_assert_msg(strstr(err.text, refusals[_i].words) != NULL, "%s", err.text);
	ck_assert_msg(strstr(err.text, "recipes/x") != NULL, "%s", err.text);
	ck_assert_ptr_null(edit.data);
}
END_TEST

START_TEST(edit_takes_colons_in_texts)
{
	struct edit edit;

	parse_data(
		"{\"a\":{\"iv\":\"b: \\\" : \\\\\"},\"c:\":{\"iv\":[{\"d\":1},{\"d\":2}]}}", &edit);
	edit_release(&edit);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("edit");

	tcase_add_loop_test(tcase, edit_sends_what_differs, 0, N_ROWS(diffs));
	tcase_add_loop_test(tcase, edit_refuses_expressions, 0, N_ROWS(expressions));
	tcase_add_loop_test(tcase, edit_finds_itself_in_more, 0, N_ROWS(parts));
	tcase_add_test(tcase, edit_reads_a_document);
	tcase_add_test(tcase, edit_needs_no_more_than_data);
	tcase_add_loop_test(tcase, edit_says_what_is_wrong, 0, N_ROWS(refusals));
	tcase_add_test(tcase, edit_takes_colons_in_texts);
	return suite_run(tcase, "edit");
}
