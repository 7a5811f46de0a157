#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/content.h"
#include "api/schema.h"
#include "base/buf.h"
#include "base/error.h"
#include "support/fixture.h"
#include "support/suite.h"

static struct schema_list list;
static const struct schema *recipes;

static void set_up(void)
{
	ck_assert_int_eq(schema_list_parse_names("recipes", &list, NULL), 0);
	recipes = &list.schemas[0];
}

static void tear_down(void)
{
	schema_list_release(&list);
}

static int parse(const char *json, enum view view, struct content *content, struct error *err)
{
	return content_parse(json, strlen(json), recipes, view, "recipes/x", content, err);
}

START_TEST(content_reads_recorded_item)
{
	struct content content;
	struct error err = { 0 };
	struct buf json;

	content_init(&content);
	fixture_read_body("wire/49-content-newdraft-draft-view-200.txt", &json);
	ck_assert_msg(parse(buf_str(&json), VIEW_DATA, &content, &err) == 0, "%s", err.text);
	ck_assert_str_eq(content.id, "demo-newdraft");
	ck_assert_str_eq(content.status, "Published");
	ck_assert_str_eq(content.new_status, "Draft");
	ck_assert_str_eq(content.created_by, "client:foodcrunch:default");
	ck_assert_str_eq(content.modified_by, "client:foodcrunch:default");
	ck_assert_int_eq(content.version, 3);
	ck_assert_int_eq(content.created_s, 1795549138);
	ck_assert_int_eq(content.modified_s, 1795549138);
	ck_assert(!content.is_deleted);
	ck_assert(content.is_writable);
	ck_assert_str_eq(content.etag, "");
	ck_assert_msg(strncmp(buf_str(&content.text), "{\n  \"author\": {\n", 16) == 0, "%s",
		buf_str(&content.text));
	content_release(&content);
	ck_assert(content.id == NULL);
	buf_release(&json);
}
END_TEST

START_TEST(content_tells_of_a_schedule)
{
	struct content content;
	struct buf json;

	content_init(&content);
	fixture_read_body("wire/321-draft-flow-create-201.txt", &json);
	ck_assert_int_eq(parse(buf_str(&json), VIEW_DOCUMENT, &content, NULL), 0);
	ck_assert_str_eq(content.due_status, "");
	ck_assert_int_eq(content.due_s, 0);
	buf_release(&json);
	fixture_read_body("wire/333-schedule-seen-200.txt", &json);
	ck_assert_int_eq(parse(buf_str(&json), VIEW_DOCUMENT, &content, NULL), 0);
	ck_assert_str_eq(content.status, "Published");
	ck_assert_str_eq(content.due_status, "Archived");
	ck_assert_int_eq(content.due_s, 1798790400);
	content_release(&content);
	buf_release(&json);
}
END_TEST

START_TEST(content_of_a_reader_is_not_writable)
{
	struct content content;
	struct buf json;

	content_init(&content);
	fixture_read_body("wire/68-reader-read-200.txt", &json);
	ck_assert_int_eq(parse(buf_str(&json), VIEW_DOCUMENT, &content, NULL), 0);
	ck_assert(!content.is_writable);
	content_release(&content);
	buf_release(&json);
}
END_TEST

START_TEST(content_that_is_deleted_is_not_there)
{
	struct content content;
	struct error err = { 0 };
	struct buf json;

	content_init(&content);
	fixture_read_body("wire/55-content-deleted-200.txt", &json);
	ck_assert_int_eq(parse(buf_str(&json), VIEW_DOCUMENT, &content, &err), -ENOENT);
	ck_assert_str_eq(err.text, "recipes/x: the item is deleted");
	buf_release(&json);
}
END_TEST

START_TEST(content_takes_the_least)
{
	struct content content;

	content_init(&content);
	ck_assert_int_eq(
		parse("{\"id\":\"x\",\"version\":0,\"new\":[{}]}", VIEW_DOCUMENT, &content, NULL),
		0);
	ck_assert_str_eq(content.id, "x");
	ck_assert_str_eq(content.status, "");
	ck_assert_str_eq(content.new_status, "");
	ck_assert_str_eq(content.created_by, "");
	ck_assert_str_eq(content.modified_by, "");
	ck_assert_int_eq(content.created_s, 0);
	ck_assert_int_eq(content.modified_s, 0);
	ck_assert(!content.is_writable);
	ck_assert_str_eq(buf_str(&content.text), "{\n  \"id\": \"x\",\n  \"version\": 0\n}\n");
	content_release(&content);
}
END_TEST

static const struct {
	const char *what;
	const char *links;
	bool is_writable;
} links[] = {
	{ "none", "{}", false },
	{ "GET", "{\"self\":{\"method\":\"GET\"}}", false },
	{ "another one", "{\"self\":{\"method\":\"GET\"},\"x\":{\"method\":\"PUT\"}}", true },
	{ "no method", "{\"self\":{},\"x\":null,\"y\":5}", false },
	{ "not an object", "[{\"method\":\"PUT\"}]", false },
};

START_TEST(content_is_writable_where_a_link_is)
{
	struct content content;
	char json[256];

	content_init(&content);
	snprintf(json, sizeof(json), "{\"id\":\"x\",\"version\":1,\"_links\":%s}", links[_i].links);
	ck_assert_int_eq(parse(json, VIEW_DATA, &content, NULL), 0);
	ck_assert_msg(content.is_writable == links[_i].is_writable, "%s", links[_i].what);
	content_release(&content);
}
END_TEST

static const struct {
	const char *what;
	const char *json;
	int errnum;
	const char *sentence;
} bad[] = {
	{ "no id", "{\"version\":1}", EIO, "recipes/x: the server sent an item without an id" },
	{ "empty id", "{\"id\":\"\",\"version\":1}", EIO, "without an id" },
	{ "id of the wrong type", "{\"id\":5,\"version\":1}", EIO, "without an id" },
	{ "id with U+0000", "{\"id\":\"a\\u0000\",\"version\":1}", EIO, "without an id" },
	{ "no version", "{\"id\":\"x\"}", EIO, "sent item 'x' without a version" },
	{ "version of the wrong type", "{\"id\":\"x\",\"version\":\"1\"}", EIO,
		"without a version" },
	{ "negative version", "{\"id\":\"x\",\"version\":-1}", EIO, "without a version" },
	{ "version that does not fit", "{\"id\":\"x\",\"version\":99999999999999999999}", EIO,
		"without a version" },
	{ "another schema", "{\"id\":\"x\",\"version\":1,\"schemaName\":\"authors\"}", ENOENT,
		"recipes/x: the item belongs to schema 'authors'" },
	{ "an array", "[]", EIO, "without an id" },
	{ "null", "null", EIO, "without an id" },
	{ "not JSON", "Oops", EIO, "recipes/x: the answer is not JSON" },
};

START_TEST(content_refuses)
{
	struct content content;
	struct error err = { 0 };

	content_init(&content);
	ck_assert_int_eq(parse("{\"id\":\"kept\",\"version\":1}", VIEW_DATA, &content, &err), 0);
	ck_assert_msg(parse(bad[_i].json, VIEW_DATA, &content, &err) == -bad[_i].errnum, "%s",
		bad[_i].what);
	ck_assert_msg(strstr(err.text, bad[_i].sentence) != NULL, "%s: %s", bad[_i].what, err.text);
	ck_assert_str_eq(content.id, "kept");
	content_release(&content);
}
END_TEST

static int parse_page(const char *json, struct content_page *page, struct error *err)
{
	return content_page_parse(json, strlen(json), recipes, VIEW_DOCUMENT, "recipes", page, err);
}

START_TEST(content_reads_recorded_page)
{
	struct content_page page;
	struct error err = { 0 };
	struct buf json;

	content_page_init(&page);
	fixture_read_body("wire/12-list-top2-200.txt", &json);
	ck_assert_msg(parse_page(buf_str(&json), &page, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(page.n_items, 2);
	ck_assert_int_eq(page.total, 2);
	ck_assert_str_eq(page.items[0].id, "demo-newdraft");
	ck_assert_str_eq(page.items[1].id, "demo-published");
	ck_assert_int_eq(page.items[1].version, 1);
	ck_assert(page.items[1].text.len > 0);
	content_page_release(&page);
	ck_assert_uint_eq(page.n_items, 0);
	buf_release(&json);
}
END_TEST

START_TEST(content_page_and_item_have_the_same_text)
{
	struct content content;
	struct content_page page;
	struct buf json;

	content_init(&content);
	content_page_init(&page);
	fixture_read_body("wire/40-content-one-200.txt", &json);
	ck_assert_int_eq(parse(buf_str(&json), VIEW_DOCUMENT, &content, NULL), 0);
	buf_release(&json);
	fixture_read_body("wire/12-list-top2-200.txt", &json);
	ck_assert_int_eq(parse_page(buf_str(&json), &page, NULL), 0);
	buf_release(&json);
	ck_assert_str_eq(buf_str(&content.text), buf_str(&page.items[1].text));
	content_release(&content);
	content_page_release(&page);
}
END_TEST

START_TEST(content_page_drops_what_is_not_its_own)
{
	struct content_page page;

	content_page_init(&page);
	ck_assert_int_eq(parse_page("{\"total\":9,\"items\":["
				    "{\"id\":\"a\",\"version\":1,\"isDeleted\":true},"
				    "{\"id\":\"b\",\"version\":1,\"schemaName\":\"authors\"},"
				    "{\"id\":\"c\",\"version\":1,\"schemaName\":\"recipes\"}]}",
				 &page, NULL),
		0);
	ck_assert_uint_eq(page.n_items, 1);
	ck_assert_str_eq(page.items[0].id, "c");
	ck_assert_int_eq(page.total, 7);
	content_page_release(&page);
}
END_TEST

START_TEST(content_page_without_total)
{
	struct content_page page;

	content_page_init(&page);
	ck_assert_int_eq(parse_page("{\"items\":[{\"id\":\"a\",\"version\":1,\"isDeleted\":true}]}",
				 &page, NULL),
		0);
	ck_assert_int_eq(page.total, -1);
	ck_assert_uint_eq(page.n_items, 0);
	content_page_release(&page);
}
END_TEST

static const struct {
	const char *what;
	const char *json;
	const char *sentence;
} bad_pages[] = {
	{ "no items", "{\"total\":5}", "recipes: the server sent a list without items" },
	{ "items of the wrong type", "{\"items\":{}}", "without items" },
	{ "null", "null", "without items" },
	{ "a bad item behind a good one", "{\"items\":[{\"id\":\"a\",\"version\":1},{}]}",
		"recipes: the server sent an item without an id" },
	{ "an item that is none", "{\"items\":[null]}", "without an id" },
	{ "truncated", "{\"items\":[{\"id\":\"a\",\"version\":1}", "ends too early" },
};

START_TEST(content_page_refuses)
{
	struct content_page page;
	struct error err = { 0 };

	content_page_init(&page);
	ck_assert_int_eq(parse_page(bad_pages[_i].json, &page, &err), -EIO);
	ck_assert_msg(strstr(err.text, bad_pages[_i].sentence) != NULL, "%s: %s",
		bad_pages[_i].what, err.text);
	ck_assert_uint_eq(page.n_items, 0);
	ck_assert(page.items == NULL);
}
END_TEST

static const struct {
	const char *json;
	int ret;
	size_t n_ids;
	bool is_part;
} id_lists[] = {
	{ "{\"total\":0,\"items\":[]}", 0, 0, false },
	{ "{\"total\":3,\"items\":[{\"id\":\"b\"},{\"id\":\"a\"}]}", 0, 2, true },
	{ "{\"total\":3,\"items\":[{\"id\":\"b\",\"isDeleted\":true},"
	  "{\"id\":\"c\",\"schemaName\":\"authors\"},{\"id\":\"a\"}]}",
		0, 1, false },
	{ "{\"total\":1}", -EIO, 0, false },
	{ "[", -EIO, 0, false },
};

START_TEST(ids_of_a_list)
{
	struct content_ids ids = { 0 };
	const char *json = id_lists[_i].json;

	ck_assert_int_eq(content_ids_parse(json, strlen(json), recipes, "recipes", &ids, NULL),
		id_lists[_i].ret);
	ck_assert_uint_eq(ids.n_ids, id_lists[_i].n_ids);
	ck_assert(ids.is_part == id_lists[_i].is_part);
	if (ids.n_ids > 0)
		ck_assert_str_eq(ids.ids[0], "a");
	content_ids_release(&ids);
}
END_TEST

START_TEST(ids_of_a_recorded_list)
{
	struct content_ids ids = { 0 };
	struct buf json;

	fixture_read_body("wire/312-query-ids-uncapped-metadata-200.txt", &json);
	ck_assert_int_eq(
		content_ids_parse(buf_str(&json), json.len, recipes, "recipes", &ids, NULL), 0);
	ck_assert_uint_eq(ids.n_ids, 250);
	ck_assert_str_eq(ids.ids[0], "recipe-000001");
	ck_assert_str_eq(ids.ids[249], "recipe-000250");
	ck_assert(!ids.is_part);
	content_ids_release(&ids);
	buf_release(&json);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("content");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, content_reads_recorded_item);
	tcase_add_test(tcase, content_tells_of_a_schedule);
	tcase_add_test(tcase, content_of_a_reader_is_not_writable);
	tcase_add_test(tcase, content_that_is_deleted_is_not_there);
	tcase_add_test(tcase, content_takes_the_least);
	tcase_add_loop_test(tcase, content_is_writable_where_a_link_is, 0, N_ROWS(links));
	tcase_add_loop_test(tcase, content_refuses, 0, N_ROWS(bad));
	tcase_add_test(tcase, content_reads_recorded_page);
	tcase_add_test(tcase, content_page_and_item_have_the_same_text);
	tcase_add_test(tcase, content_page_drops_what_is_not_its_own);
	tcase_add_test(tcase, content_page_without_total);
	tcase_add_loop_test(tcase, content_page_refuses, 0, N_ROWS(bad_pages));
	tcase_add_loop_test(tcase, ids_of_a_list, 0, N_ROWS(id_lists));
	tcase_add_test(tcase, ids_of_a_recorded_list);
	return suite_run(tcase, "content");
}
