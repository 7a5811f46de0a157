#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/schema.h"
#include "base/buf.h"
#include "base/error.h"
#include "support/fixture.h"
#include "support/suite.h"

/* name(field field):name(...), "*" behind a singleton's name */
static char *describe(const struct schema_list *list)
{
	struct buf b;

	buf_init(&b, 1 << 16);
	ck_assert_int_eq(buf_add_str(&b, ""), 0);
	for (size_t i = 0; i < list->n_schemas; i++) {
		const struct schema *schema = &list->schemas[i];

		buf_addf(
			&b, "%s%s%s(", i ? ":" : "", schema->name, schema->is_singleton ? "*" : "");
		for (size_t j = 0; j < schema->n_fields; j++)
			buf_addf(&b, "%s%s", j ? " " : "", schema->fields[j]);
		buf_add_str(&b, ")");
	}
	return b.data;
}

static void check_list(struct schema_list *list, const char *expected)
{
	char *text = describe(list);

	ck_assert_str_eq(text, expected);
	free(text);
	schema_list_release(list);
	ck_assert_uint_eq(list->n_schemas, 0);
}

START_TEST(schema_reads_recorded_list)
{
	struct schema_list list = { 0 };
	struct error err = { 0 };
	struct buf json;

	fixture_read("wire/seed/schemas.json", &json);
	ck_assert_msg(schema_list_parse(json.data, json.len, &list, &err) == 0, "%s", err.text);
	check_list(&list,
		"authors(name email):"
		"recipes(title description servings tags image ingredients related author):"
		"settings*(siteName motto)");
	buf_release(&json);
}
END_TEST

START_TEST(schema_reads_the_same_from_openapi)
{
	struct schema_list list = { 0 };
	struct error err = { 0 };
	struct buf json;

	fixture_read("wire/seed/openapi.json", &json);
	ck_assert_msg(
		schema_list_parse_openapi(json.data, json.len, "foodcrunch", &list, &err) == 0,
		"%s", err.text);
	check_list(&list,
		"authors(name email):"
		"recipes(title description servings tags image ingredients related author):"
		"settings(siteName motto)");
	buf_release(&json);
}
END_TEST

START_TEST(schema_takes_openapi_without_fields)
{
	static const char json[] =
		"{\"paths\":{\"/api/content/app/a/\":{\"get\":{\"responses\":{\"200\":{"
		"\"content\":{\"application/json\":{\"schema\":{"
		"\"$ref\":\"#/components/schemas/List\"}}}}}}}},"
		"\"components\":{\"schemas\":{"
		"\"List\":{\"properties\":{\"items\":{\"items\":{"
		"\"$ref\":\"#/components/schemas/Item\"}}}},"
		"\"Item\":{\"properties\":{\"data\":{"
		"\"$ref\":\"#/components/schemas/Data\"}}},"
		"\"Data\":{\"type\":\"object\"}}}}";
	struct schema_list list = { 0 };
	struct error err = { 0 };

	ck_assert_msg(schema_list_parse_openapi(json, strlen(json), "app", &list, &err) == 0, "%s",
		err.text);
	check_list(&list, "a()");
}
END_TEST

START_TEST(schema_finds_nothing_of_another_app)
{
	struct schema_list list = { 0 };
	struct error err = { 0 };
	struct buf json;

	fixture_read("wire/seed/openapi.json", &json);
	ck_assert_int_eq(schema_list_parse_openapi(json.data, json.len, "food", &list, &err), 0);
	ck_assert_uint_eq(list.n_schemas, 0);
	buf_release(&json);
}
END_TEST

static const struct {
	const char *what;
	const char *json;
	const char *list;
} lists[] = {
	{ "sorted by name", "{\"items\":[{\"name\":\"b\"},{\"name\":\"a-1\"},{\"name\":\"1st\"}]}",
		"1st():a-1():b()" },
	{ "components and unpublished ones left out",
		"{\"items\":[{\"name\":\"a\",\"type\":\"Component\"},"
		"{\"name\":\"b\",\"isPublished\":false},{\"name\":\"c\",\"isPublished\":true}]}",
		"c()" },
	{ "singleton by type or flag",
		"{\"items\":[{\"name\":\"a\",\"type\":\"Singleton\"},"
		"{\"name\":\"b\",\"isSingleton\":true}]}",
		"a*():b*()" },
	{ "each once", "{\"items\":[{\"name\":\"a\"},{\"name\":\"b\"},{\"name\":\"a\"}]}",
		"a():b()" },
	{ "unknown keys",
		"{\"x\":1,\"items\":[{\"name\":\"a\",\"y\":{},\"fields\":[{\"name\":\"f\","
		"\"z\":1}]}]}",
		"a(f)" },
	{ "none", "{\"items\":[]}", "" },
};

START_TEST(schema_reads_lists)
{
	struct schema_list list = { 0 };
	struct error err = { 0 };

	ck_assert_msg(schema_list_parse(lists[_i].json, strlen(lists[_i].json), &list, &err) == 0,
		"%s: %s", lists[_i].what, err.text);
	check_list(&list, lists[_i].list);
}
END_TEST

static const struct {
	const char *what;
	const char *json;
	const char *sentence;
} bad[] = {
	{ "not JSON", "<html>", "schemas: the answer is an HTML page" },
	{ "no items", "{}", "schemas: the server sent a list without items" },
	{ "an array", "[]", "schemas: the server sent a list without items" },
	{ "no name", "{\"items\":[{}]}", "'' is not the name of a schema" },
	{ "a name that climbs", "{\"items\":[{\"name\":\"..\"}]}", "'..' is not the name" },
	{ "a name with a slash", "{\"items\":[{\"name\":\"a\"},{\"name\":\"a/b\"}]}",
		"'a/b' is not the name" },
	{ "an item that is none", "{\"items\":[1]}", "'' is not the name of a schema" },
};

START_TEST(schema_refuses)
{
	static char name[] = "kept";
	struct schema kept = { name, NULL, 0, false };
	struct schema_list list = { &kept, 1 };
	struct error err = { 0 };

	ck_assert_int_eq(schema_list_parse(bad[_i].json, strlen(bad[_i].json), &list, &err), -EIO);
	ck_assert_msg(strstr(err.text, bad[_i].sentence) != NULL, "%s: %s", bad[_i].what, err.text);
	ck_assert_ptr_eq(list.schemas, &kept);
}
END_TEST

static const struct {
	const char *what;
	const char *json;
	const char *sentence;
} bad_openapi[] = {
	{ "no paths", "{}", "OpenAPI document: no paths in it" },
	{ "no answer described", "{\"paths\":{\"/api/content/app/a/\":{}}}",
		"OpenAPI document: no fields of schema 'a' in it" },
	{ "a reference to nowhere",
		"{\"paths\":{\"/api/content/app/a/"
		"\":{\"get\":{\"responses\":{\"200\":{\"content\":{"
		"\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/X\"}}}}}}}}}",
		"OpenAPI document: no fields of schema 'a' in it" },
};

START_TEST(schema_refuses_openapi)
{
	struct schema_list list = { 0 };
	struct error err = { 0 };
	const char *json = bad_openapi[_i].json;

	ck_assert_int_eq(schema_list_parse_openapi(json, strlen(json), "app", &list, &err), -EIO);
	ck_assert_str_eq(err.text, bad_openapi[_i].sentence);
}
END_TEST

static const struct {
	const char *names;
	const char *list; /* NULL: refused */
} names[] = {
	{ "recipes", "recipes()" },
	{ "recipes:authors", "authors():recipes()" },
	{ "recipes:authors:recipes", "authors():recipes()" },
	{ "my-blog", "my-blog()" },
	{ "", NULL },
	{ ":", NULL },
	{ "recipes:", NULL },
	{ "recipes::authors", NULL },
	{ "recipes,authors", NULL },
	{ "../x", NULL },
};

START_TEST(schema_reads_names)
{
	struct schema_list list = { 0 };
	struct error err = { 0 };
	int ret = schema_list_parse_names(names[_i].names, &list, &err);

	ck_assert_int_eq(ret, names[_i].list ? 0 : -EINVAL);
	ck_assert_int_eq(err.errnum, names[_i].list ? 0 : EINVAL);
	if (names[_i].list)
		check_list(&list, names[_i].list);
}
END_TEST

START_TEST(schema_replaces_an_earlier_list)
{
	struct schema_list list = { 0 };

	ck_assert_int_eq(schema_list_parse_names("a:b", &list, NULL), 0);
	ck_assert_int_eq(schema_list_parse_names("c", &list, NULL), 0);
	check_list(&list, "c()");
}
END_TEST

START_TEST(schema_fingerprint_follows_names_and_order)
{
	char a[] = "a", b[] = "b", ab[] = "ab";
	char *a_b[] = { a, b }, *b_a[] = { b, a }, *joined[] = { ab };
	struct schema first = { a, a_b, 2, false }, same = { b, a_b, 2, true };
	struct schema turned = { a, b_a, 2, false }, shorter = { a, a_b, 1, false };
	struct schema other = { a, joined, 1, false };

	ck_assert(schema_fingerprint(&first) == schema_fingerprint(&same));
	ck_assert(schema_fingerprint(&first) != schema_fingerprint(&turned));
	ck_assert(schema_fingerprint(&first) != schema_fingerprint(&shorter));
	ck_assert(schema_fingerprint(&first) != schema_fingerprint(&other));
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("schema");

	tcase_add_test(tcase, schema_reads_recorded_list);
	tcase_add_test(tcase, schema_reads_the_same_from_openapi);
	tcase_add_test(tcase, schema_takes_openapi_without_fields);
	tcase_add_test(tcase, schema_finds_nothing_of_another_app);
	tcase_add_loop_test(tcase, schema_reads_lists, 0, N_ROWS(lists));
	tcase_add_loop_test(tcase, schema_refuses, 0, N_ROWS(bad));
	tcase_add_loop_test(tcase, schema_refuses_openapi, 0, N_ROWS(bad_openapi));
	tcase_add_loop_test(tcase, schema_reads_names, 0, N_ROWS(names));
	tcase_add_test(tcase, schema_replaces_an_earlier_list);
	tcase_add_test(tcase, schema_fingerprint_follows_names_and_order);
	return suite_run(tcase, "schema");
}
