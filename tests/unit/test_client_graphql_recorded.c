/* What a real server answered by GraphQL gives the texts that its answers by REST give. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "api/client_graphql.h"
#include "base/buf.h"
#include "support/fixture.h"
#include "support/stage.h"
#include "support/suite.h"

/* The keys of the recorded question in our spelling, of which no other text there is a part. */
static const struct {
	const char *recorded, *ours;
} keys[] = {
	{ "\"b\":{\"total\"", "\"a0\":{\"total\"" },
	{ "\"a\":{\"total\"", "\"a1\":{\"total\"" },
	{ "\"data__dynamic\"", "\"data\"" },
};

static char *replace(char *text, const char *from, const char *to)
{
	struct buf changed;
	const char *p = text;
	const char *found;

	buf_init(&changed, (size_t)1 << 20);
	for (found = strstr(p, from); found; found = strstr(p, from)) {
		ck_assert_int_eq(buf_add(&changed, p, (size_t)(found - p)), 0);
		ck_assert_int_eq(buf_add_str(&changed, to), 0);
		p = found + strlen(from);
	}
	ck_assert_int_eq(buf_add_str(&changed, p), 0);
	free(text);
	return changed.data;
}

static char *read_recorded(const char *path)
{
	struct buf body;
	char *text;

	fixture_read_body(path, &body);
	text = strdup(buf_str(&body));
	ck_assert_ptr_nonnull(text);
	buf_release(&body);
	return text;
}

static const struct content *find_item(const struct content_page *page, const char *id)
{
	for (size_t i = 0; i < page->n_items; i++) {
		if (strcmp(page->items[i].id, id) == 0)
			return &page->items[i];
	}
	ck_abort_msg("no '%s'", id);
}

START_TEST(graphql_texts_are_those_of_rest)
{
	static const struct page_wanted wanted = { NULL, 0, 2 };
	struct scripted_answer answers[] = { { .status = 200 }, { .status = 200 },
		{ .status = 200 } };
	char *list = read_recorded("wire/278-odata-orderby-desc-200.txt");
	char *known = read_recorded("wire/228-raw-id-dot-ids-200.txt");
	char *graphql = read_recorded("wire/306-graphql-two-pages-200.txt");
	struct content_page page;
	struct stage s;

	for (size_t i = 0; i < N_ROWS(keys); i++)
		graphql = replace(graphql, keys[i].recorded, keys[i].ours);
	answers[0].body = known;
	answers[1].body = graphql;
	answers[2].body = list;
	content_page_init(&page);
	stage_init(&s, &stage_conf, answers, 3);
	ck_assert_int_eq(stage_fetch_page(&s, NULL), 0);
	ck_assert_msg(client_fetch_pages_graphql(s.client, &s.call, &s.list.schemas[0], &wanted, 1,
			      &page, &s.err) == 0,
		"%s", s.err.text);
	ck_assert_int_eq(stage_fetch_page(&s, NULL), 0);
	ck_assert_uint_eq(page.n_items, 2);
	for (size_t i = 0; i < page.n_items; i++) {
		const struct content *rest = find_item(&s.page, page.items[i].id);

		ck_assert_str_eq(buf_str(&page.items[i].text), buf_str(&rest->text));
		ck_assert_int_eq(page.items[i].version, rest->version);
		ck_assert_int_eq(page.items[i].modified_s, rest->modified_s);
		ck_assert(page.items[i].is_writable == rest->is_writable);
	}
	content_page_release(&page);
	stage_release(&s);
	free(graphql);
	free(known);
	free(list);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("client_graphql_recorded");

	tcase_add_test(tcase, graphql_texts_are_those_of_rest);
	return suite_run(tcase, "client_graphql_recorded");
}
