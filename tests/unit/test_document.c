#include <check.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/document.h"
#include "api/schema.h"
#include "base/buf.h"
#include "base/error.h"
#include "support/suite.h"

#define TEXT_MAX ((size_t)1 << 20)

static char field_title[] = "title", field_servings[] = "servings", field_extra[] = "extra";
static char *field_names[] = { field_title, field_servings, field_extra };
static char schema_name[] = "recipes";
static const struct schema schema = { schema_name, field_names, 3, false };

static int parse(const char *json, struct json_object **ret_root, struct error *err)
{
	return document_parse(json, strlen(json), "recipes/x", ret_root, err);
}

static void check_render(const char *what, const char *json, const struct schema *order,
	enum view view, const char *expected)
{
	struct json_object *root = NULL;
	struct error err = { 0 };
	struct buf text;

	buf_init(&text, TEXT_MAX);
	ck_assert_msg(parse(json, &root, &err) == 0, "%s: %s", what, err.text);
	ck_assert_msg(
		document_render(root, order, view, &text, &err) == 0, "%s: %s", what, err.text);
	ck_assert_msg(strcmp(buf_str(&text), expected) == 0, "%s:\n%s", what, buf_str(&text));
	buf_release(&text);
	json_object_put(root);
}

static const char *const numbers[] = {
	"0",
	"-0",
	"7",
	"-7",
	"1.0",
	"-0.0",
	"0.1",
	"1e5",
	"1E+25",
	"1E-25",
	"1e400",
	"1e-400",
	"0.10000000000000000000000000000001",
	"9007199254740993",
	"-9007199254740993",
	"999999999999999999",
	"9223372036854775807",
	"-9223372036854775808",
	"-9223372036854775809",
	"18446744073709551615",
	"18446744073709551616",
	"123456789012345678901234567890",
	"-123456789012345678901234567890",
	"1e-0",
	"-1e-00",
};

START_TEST(document_keeps_number_text)
{
	struct buf json, text;

	buf_init(&json, TEXT_MAX);
	buf_init(&text, TEXT_MAX);
	buf_addf(&json, "{\"data\":{\"n\":{\"iv\":[%s,%s]},\"s\":\"%s -0 1.0\"}}", numbers[_i],
		numbers[_i], numbers[_i]);
	buf_addf(&text,
		"{\n  \"n\": {\n    \"iv\": [\n      %s,\n      %s\n    ]\n  },\n  \"s\": \"%s -0 "
		"1.0\"\n}\n",
		numbers[_i], numbers[_i], numbers[_i]);
	check_render(numbers[_i], buf_str(&json), NULL, VIEW_DATA, buf_str(&text));
	buf_release(&json);
	buf_release(&text);
}
END_TEST

static const struct {
	const char *what;
	const char *json;
	enum view view;
	const char *text;
} rows[] = {
	{ "fields in the schema's order, unknown ones behind by name",
		"{\"data\":{\"zz\":{\"iv\":1},\"servings\":{\"iv\":4},\"aa\":{\"iv\":2},"
		"\"title\":{\"iv\":3}}}",
		VIEW_DATA,
		"{\n  \"title\": {\n    \"iv\": 3\n  },\n  \"servings\": {\n    \"iv\": 4\n  },\n"
		"  \"aa\": {\n    \"iv\": 2\n  },\n  \"zz\": {\n    \"iv\": 1\n  }\n}\n" },
	{ "languages by code", "{\"data\":{\"title\":{\"it\":1,\"de-AT\":2,\"de\":3,\"en\":4}}}",
		VIEW_DATA,
		"{\n  \"title\": {\n    \"de\": 3,\n    \"de-AT\": 2,\n    \"en\": 4,\n"
		"    \"it\": 1\n  }\n}\n" },
	{ "keys inside values by name, arrays as they are",
		"{\"data\":{\"title\":{\"iv\":[{\"b\":1,\"a\":{\"d\":1,\"c\":2}},\"x\",[3,2]]}}}",
		VIEW_DATA,
		"{\n  \"title\": {\n    \"iv\": [\n      {\n        \"a\": {\n          \"c\": 2,\n"
		"          \"d\": 1\n        },\n        \"b\": 1\n      },\n      \"x\",\n"
		"      [\n        3,\n        2\n      ]\n    ]\n  }\n}\n" },
	{ "the schema's order holds at the top only",
		"{\"data\":{\"extra\":{\"title\":1,\"servings\":2}}}", VIEW_DATA,
		"{\n  \"extra\": {\n    \"servings\": 2,\n    \"title\": 1\n  }\n}\n" },
	{ "flat fields", "{\"data\":{\"servings\":3,\"title\":\"x\"}}", VIEW_DATA,
		"{\n  \"title\": \"x\",\n  \"servings\": 3\n}\n" },
	{ "nulls, booleans, empty values",
		"{\"data\":{\"title\":{\"a\":null,\"b\":{},\"c\":[],\"d\":true,\"e\":false,"
		"\"f\":\"\"}}}",
		VIEW_DATA,
		"{\n  \"title\": {\n    \"a\": null,\n    \"b\": {},\n    \"c\": [],\n"
		"    \"d\": true,\n    \"e\": false,\n    \"f\": \"\"\n  }\n}\n" },
	{ "a field that is null", "{\"data\":{\"title\":null}}", VIEW_DATA,
		"{\n  \"title\": null\n}\n" },
	{ "an empty key", "{\"data\":{\"\":{\"iv\":1}}}", VIEW_DATA,
		"{\n  \"\": {\n    \"iv\": 1\n  }\n}\n" },
	{ "empty data", "{\"data\":{}}", VIEW_DATA, "{}\n" },
	{ "no data", "{\"id\":\"x\"}", VIEW_DATA, "{}\n" },
	{ "data that is null", "{\"data\":null}", VIEW_DATA, "null\n" },
	{ "data that is an array", "{\"data\":[1]}", VIEW_DATA, "[\n  1\n]\n" },
	{ "escapes only where JSON needs them",
		"{\"data\":{\"title\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\\u007f<>&'\"}}",
		VIEW_DATA,
		"{\n  \"title\": \"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f<>&'\"\n}\n" },
	{ "U+0000 in a value", "{\"data\":{\"title\":\"a\\u0000b\"}}", VIEW_DATA,
		"{\n  \"title\": \"a\\u0000b\"\n}\n" },
	{ "an escaped backslash before u0000", "{\"data\":{\"\\\\u0000\":1}}", VIEW_DATA,
		"{\n  \"\\\\u0000\": 1\n}\n" },
	{ "UTF-8 and surrogate escapes",
		"{\"data\":{\"title\":\"\xc3\xbc\xe2\x82\xac\xf0\x9f\x8d\x95 "
		"\\u00fc\\u20AC\\ud83c\\udf55\"}}",
		VIEW_DATA,
		"{\n  \"title\": \"\xc3\xbc\xe2\x82\xac\xf0\x9f\x8d\x95 "
		"\xc3\xbc\xe2\x82\xac\xf0\x9f\x8d\x95\"\n}\n" },
	{ "keys are escaped, too", "{\"data\":{\"a\\\"\\n\":1}}", VIEW_DATA,
		"{\n  \"a\\\"\\n\": 1\n}\n" },
	{ "the document's keys in their order, what it does not know left out",
		"{\"_links\":{},\"version\":0,\"data\":{\"servings\":{\"iv\":4},\"title\":{}},"
		"\"lastModifiedBy\":\"b\",\"lastModified\":\"2026-01-01T00:00:00Z\","
		"\"createdBy\":\"a\",\"created\":\"2026-01-01T00:00:00Z\",\"newStatus\":\"Draft\","
		"\"status\":\"Published\",\"schemaName\":\"recipes\",\"schemaId\":\"g\","
		"\"editToken\":\"t\",\"isDeleted\":false,\"id\":\"x\"}",
		VIEW_DOCUMENT,
		"{\n  \"id\": \"x\",\n  \"schemaName\": \"recipes\",\n"
		"  \"status\": \"Published\",\n  \"newStatus\": \"Draft\",\n  \"version\": 0,\n"
		"  \"created\": \"2026-01-01T00:00:00Z\",\n  \"createdBy\": \"a\",\n"
		"  \"lastModified\": \"2026-01-01T00:00:00Z\",\n  \"lastModifiedBy\": \"b\",\n"
		"  \"data\": {\n    \"title\": {},\n    \"servings\": {\n      \"iv\": 4\n    }\n"
		"  }\n}\n" },
	{ "absent keys left out", "{\"id\":\"x\",\"newStatus\":null}", VIEW_DOCUMENT,
		"{\n  \"id\": \"x\"\n}\n" },
	{ "a document of nothing but data", "{\"data\":{}}", VIEW_DOCUMENT,
		"{\n  \"data\": {}\n}\n" },
	{ "a document of nothing", "{}", VIEW_DOCUMENT, "{}\n" },
	{ "raw: whole, in the order it came",
		"{\"z\":1,\"data\":{\"servings\":{\"b\":1.0,\"a\":-0},\"title\":{}},\"id\":\"x\"}",
		VIEW_RAW,
		"{\n  \"z\": 1,\n  \"data\": {\n    \"servings\": {\n      \"b\": 1.0,\n"
		"      \"a\": -0\n    },\n    \"title\": {}\n  },\n  \"id\": \"x\"\n}\n" },
	{ "a bare number", "-0", VIEW_RAW, "-0\n" },
	{ "a bare word", "true", VIEW_RAW, "true\n" },
	{ "a bare null", "null", VIEW_RAW, "null\n" },
	{ "space around", " \t\r\n{\"data\" : { \"title\" : 1 } } \r\n", VIEW_DATA,
		"{\n  \"title\": 1\n}\n" },
};

START_TEST(document_renders)
{
	check_render(rows[_i].what, rows[_i].json, &schema, rows[_i].view, rows[_i].text);
}
END_TEST

START_TEST(document_sorts_by_name_without_schema)
{
	check_render("no schema", "{\"data\":{\"title\":1,\"servings\":2,\"a\":3}}", NULL,
		VIEW_DATA, "{\n  \"a\": 3,\n  \"servings\": 2,\n  \"title\": 1\n}\n");
}
END_TEST

START_TEST(document_sorts_large_objects)
{
	struct buf json, text;

	buf_init(&json, TEXT_MAX);
	buf_init(&text, TEXT_MAX);
	buf_add_str(&json, "{\"data\":{\"title\":{");
	buf_add_str(&text, "{\n  \"title\": {\n");
	for (int i = 0; i < 500; i++) {
		buf_addf(&json, "\"k%03d\":%d%s", 499 - i, 499 - i, i < 499 ? "," : "}}}");
		buf_addf(&text, "    \"k%03d\": %d%s\n", i, i, i < 499 ? "," : "");
	}
	buf_add_str(&text, "  }\n}\n");
	check_render("500 keys", buf_str(&json), &schema, VIEW_DATA, buf_str(&text));
	buf_release(&json);
	buf_release(&text);
}
END_TEST

static const struct {
	const char *what;
	const char *json;
	size_t len;           /* 0: strlen */
	const char *sentence; /* part of it */
} bad[] = {
	{ "nothing", "", 0, "recipes/x: the answer is empty" },
	{ "truncated object", "{\"data\":{", 0, "ends too early at byte 9" },
	{ "truncated string", "{\"data\":\"ab", 0, "ends in the middle of a string" },
	{ "truncated escape", "{\"data\":\"ab\\", 0, "ends in the middle of a string" },
	{ "truncated literal", "{\"data\":tru", 0, "not JSON (" },
	{ "truncated literal at the top", "tru", 0, "not JSON (" },
	{ "trailing text", "{} {}", 0, "not JSON" },
	{ "NUL behind", "{}\0", 3, "not JSON" },
	{ "NUL inside", "{\"a\":\0 1}", 9, "not JSON" },
	{ "NUL in a string", "[\"a\0b\"]", 7, "control character in a string" },
	{ "raw line break in a string", "[\"a\nb\"]", 0, "control character in a string" },
	{ "NUL in a key", "{\"a\\u0000b\" :1}", 0, "a key holds U+0000" },
	{ "byte that is never UTF-8", "[\"\xff\"]", 0, "not UTF-8 at byte 2" },
	{ "overlong UTF-8", "[\"\xc0\x80\"]", 0, "not UTF-8" },
	{ "overlong UTF-8 of three bytes", "[\"\xe0\x80\x80\"]", 0, "not UTF-8" },
	{ "overlong UTF-8 of four bytes", "[\"\xf0\x80\x80\x80\"]", 0, "not UTF-8" },
	{ "surrogate in UTF-8", "[\"\xed\xa0\x80\"]", 0, "not UTF-8" },
	{ "beyond Unicode", "[\"\xf4\x90\x80\x80\"]", 0, "not UTF-8" },
	{ "truncated UTF-8", "[\"\xe2\x82\"]", 0, "not UTF-8" },
	{ "NaN", "[NaN]", 0, "not a JSON value" },
	{ "Infinity", "[Infinity]", 0, "not a JSON value" },
	{ "-Infinity", "[-Infinity]", 0, "not a JSON number" },
	{ "leading zero", "[01]", 0, "not a JSON number" },
	{ "two zeros", "[00]", 0, "not a JSON number" },
	{ "no fraction", "[1.]", 0, "not a JSON number" },
	{ "no exponent", "[1e]", 0, "not a JSON number" },
	{ "minus alone", "[-]", 0, "not a JSON number" },
	{ "plus", "[+1]", 0, "not JSON" },
	{ "hexadecimal", "[0x10]", 0, "not JSON" },
	{ "comma at the end", "[1,]", 0, "not JSON" },
	{ "comment", "[/*x*/1]", 0, "not JSON" },
	{ "single quotes", "['a']", 0, "not JSON" },
	{ "closed too often", "{}}", 0, "not JSON" },
	{ "closed by the wrong one", "[}", 0, "not JSON" },
	{ "plain words", "Service Unavailable", 0, "not JSON (" },
	{ "HTML", "\n<!DOCTYPE html>\n<html><body>Oops</body></html>", 0,
		"the answer is an HTML page, not JSON: <!DOCTYPE html><html><body>Oops" },
};

START_TEST(document_refuses)
{
	size_t len = bad[_i].len ? bad[_i].len : strlen(bad[_i].json);
	struct json_object *root = NULL;
	struct error err = { 0 };
	char *copy = malloc(len + 1);

	/* Of that very size: reading behind it is seen. */
	ck_assert(copy != NULL);
	memcpy(copy, bad[_i].json, len);
	ck_assert_msg(
		document_parse(copy, len, "recipes/x", &root, &err) == -EIO, "%s", bad[_i].what);
	ck_assert_msg(strstr(err.text, bad[_i].sentence) != NULL, "%s: %s", bad[_i].what, err.text);
	ck_assert(root == NULL);
	free(copy);
}
END_TEST

static void add_nested(struct buf *json, size_t depth)
{
	for (size_t i = 0; i < depth; i++)
		ck_assert_int_eq(buf_add_str(json, i % 2 ? "[" : "{\"a\":"), 0);
	ck_assert_int_eq(buf_add_str(json, "1"), 0);
	for (size_t i = depth; i > 0; i--)
		ck_assert_int_eq(buf_add_str(json, (i - 1) % 2 ? "]" : "}"), 0);
}

START_TEST(document_bounds_nesting)
{
	struct json_object *root = NULL;
	struct error err = { 0 };
	struct buf json, text;

	buf_init(&json, TEXT_MAX);
	buf_init(&text, TEXT_MAX);
	add_nested(&json, DOCUMENT_DEPTH_MAX);
	ck_assert_int_eq(parse(buf_str(&json), &root, &err), 0);
	ck_assert_int_eq(document_render(root, NULL, VIEW_RAW, &text, &err), 0);
	json_object_put(root);
	root = NULL;
	buf_clear(&json);
	add_nested(&json, DOCUMENT_DEPTH_MAX + 1);
	ck_assert_int_eq(parse(buf_str(&json), &root, &err), -EIO);
	ck_assert(strstr(err.text, "nested too deep") != NULL);
	buf_clear(&json);
	add_nested(&json, 100000);
	ck_assert_int_eq(parse(buf_str(&json), &root, &err), -EIO);
	buf_release(&json);
	buf_release(&text);
}
END_TEST

START_TEST(document_bounds_tree)
{
	static const size_t n = 1200000;
	struct json_object *root = NULL;
	struct error err = { 0 };
	char *json = malloc(3 * n + 2);

	ck_assert(json != NULL);
	json[0] = '[';
	for (size_t i = 0; i < n; i++)
		memcpy(json + 1 + 3 * i, "{},", 3);
	json[3 * n] = ']';
	ck_assert_int_eq(document_parse(json, 3 * n + 1, "recipes", &root, &err), -EFBIG);
	ck_assert(strstr(err.text, "too many values") != NULL);
	free(json);
}
END_TEST

START_TEST(document_bounds_text)
{
	struct json_object *root = NULL;
	struct error err = { 0 };
	struct buf text;

	buf_init(&text, 20);
	ck_assert_int_eq(
		parse("{\"id\":\"x\",\"data\":{\"title\":\"0123456789\"}}", &root, &err), 0);
	ck_assert_int_eq(document_render(root, &schema, VIEW_DATA, &text, &err), -EFBIG);
	ck_assert_str_eq(err.text, "'x': the text is larger than 20 bytes");
	json_object_put(root);
	buf_release(&text);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("document");

	tcase_add_loop_test(tcase, document_keeps_number_text, 0, N_ROWS(numbers));
	tcase_add_loop_test(tcase, document_renders, 0, N_ROWS(rows));
	tcase_add_test(tcase, document_sorts_by_name_without_schema);
	tcase_add_test(tcase, document_sorts_large_objects);
	tcase_add_loop_test(tcase, document_refuses, 0, N_ROWS(bad));
	tcase_add_test(tcase, document_bounds_nesting);
	tcase_add_test(tcase, document_bounds_tree);
	tcase_add_test(tcase, document_bounds_text);
	return suite_run(tcase, "document");
}
