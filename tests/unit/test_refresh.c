#include "tree/refresh.h"

#include <check.h>
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/call.h"
#include "base/error.h"
#include "support/pretended_app.h"
#include "support/suite.h"
#include "tree/errors.h"
#include "tree/tree.h"

static const char *const ids[] = { "apple", "bread", "cake" };

static struct pretended_app shop;
static struct error_log *errors;
static struct tree *tree;
static struct call call;
static struct error err;
static uint64_t recipes, order_file;

static uint64_t find(uint64_t parent, const char *name)
{
	struct tree_entry entry;
	uint64_t negative_ms;

	ck_assert_int_eq(tree_lookup(tree, &call, parent, name, &entry, &negative_ms, &err), 0);
	return entry.node;
}

static void set_up(void)
{
	struct tree_conf conf;

	memset(&err, 0, sizeof(err));
	pretended_app_init(&shop, ids, N_ROWS(ids));
	errors = error_log_new();
	conf = (struct tree_conf){
		.clock = &shop.time.clock,
		.apps = &shop.app,
		.n_apps = 1,
		.http = shop.http,
		.errors = errors,
		.mountpoint = "/mnt",
		.umask = 022,
	};
	ck_assert_int_eq(tree_new(&conf, &tree, &err), 0);
	call = call_begin(&shop.time.clock, 30000);
	recipes = find(find(find(TREE_ROOT, "apps"), "shop"), "recipes");
	order_file = find(find(TREE_ROOT, ".squidexfs"), "refresh");
}

static void tear_down(void)
{
	tree_free(tree);
	error_log_free(errors);
	pretended_app_release(&shop);
}

/* What a visitor sees, counted; words: the absent names. */
struct seen {
	size_t n_nodes;
	uint64_t last_node;
	struct buf words;
	bool is_over;
};

static void see_node(void *payload, uint64_t node)
{
	struct seen *seen = payload;

	seen->n_nodes++;
	seen->last_node = node;
}

static void see_absence(void *payload, uint64_t dir, const char *name)
{
	struct seen *seen = payload;

	ck_assert_uint_eq(dir, recipes);
	ck_assert_int_eq(buf_addf(&seen->words, "%s ", name), 0);
}

static bool is_over(void *payload)
{
	const struct seen *seen = payload;

	return seen->is_over;
}

static int write_order(const char *text, struct refresh **ret_refresh)
{
	return tree_write(tree, order_file, text, strlen(text), ret_refresh, &err);
}

/* Carries an order out; release seen.words. */
static void carry_out(const char *text, struct seen *seen)
{
	const struct refresh_visitor visitor = {
		.see_node = see_node,
		.see_absence = see_absence,
		.is_over = is_over,
		.payload = seen,
	};
	struct refresh *refresh;

	buf_init(&seen->words, 1000);
	ck_assert_msg(write_order(text, &refresh) == 0, "%s", err.text);
	refresh_forget(refresh);
	ck_assert_int_eq(refresh_visit(refresh, &visitor, &err), 0);
	refresh_free(refresh);
}

static void miss(const char *name)
{
	struct tree_entry entry;
	uint64_t negative_ms;

	ck_assert_int_eq(
		tree_lookup(tree, &call, recipes, name, &entry, &negative_ms, &err), -ENOENT);
}

static const struct {
	const char *text;
	size_t n_nodes; /* of the two that are at hand */
	bool has_absence;
} orders[] = {
	{ "", 0, false },
	{ "\n\n", 0, false },
	{ "*", 2, true },
	{ "*\n*\nrecipes\nshop/recipes\n", 2, true },
	{ "recipes", 2, true },
	{ "recipes\n", 2, true },
	{ "\nshop/recipes\n\n", 2, true },
	{ "empty", 0, false },
	{ "shop/recipes/bread", 1, true },
	{ "shop/recipes/bread.json", 1, true },
	{ "shop/recipes/br%65ad.json", 1, true },
	{ "shop/recipes/unheard-of", 0, true },
	{ "shop/recipes/bread\nshop/empty/bread", 1, true },
};

START_TEST(refresh_tells_of_what_may_be_believed)
{
	struct seen seen = { 0 };
	uint64_t bread;

	find(recipes, "apple.json");
	bread = find(recipes, "bread.json");
	miss("nope.json");
	carry_out(orders[_i].text, &seen);
	ck_assert_uint_eq(seen.n_nodes, orders[_i].n_nodes);
	if (seen.n_nodes > 0)
		ck_assert_uint_eq(seen.last_node, bread);
	ck_assert_str_eq(buf_str(&seen.words), orders[_i].has_absence ? "nope.json " : "");
	buf_release(&seen.words);
}
END_TEST

START_TEST(refresh_makes_the_next_access_ask)
{
	struct seen seen = { 0 };
	size_t n_requests;

	find(recipes, "bread.json");
	n_requests = shop.server.n_requests;
	carry_out("recipes", &seen);
	ck_assert_uint_eq(shop.server.n_requests, n_requests);
	find(recipes, "bread.json");
	ck_assert_uint_eq(shop.server.n_requests, n_requests + 1);
	buf_release(&seen.words);
}
END_TEST

static const struct {
	const char *text;
	int ret;
	const char *word;
} refused[] = {
	{ "recipe", -ENOENT, "'recipe'" },
	{ "recipes\nrecipe", -ENOENT, "'recipe'" },
	{ "recipes ", -ENOENT, "'recipes '" },
	{ "shop", -ENOENT, "'shop'" },
	{ "shop/", -ENOENT, "''" },
	{ "/recipes", -ENOENT, "'recipes'" },
	{ "shops/recipes", -ENOENT, "'shops'" },
	{ "shop/recipe/x", -ENOENT, "'recipe'" },
	{ "shop/recipes/", -ENOENT, "''" },
	{ "shop/recipes/.hidden", -ENOENT, "'.hidden'" },
};

START_TEST(refresh_names_what_it_does_not_know)
{
	struct refresh *refresh;

	ck_assert_int_eq(write_order(refused[_i].text, &refresh), refused[_i].ret);
	ck_assert_msg(strstr(err.text, refused[_i].word), "%s", err.text);
}
END_TEST

START_TEST(refresh_is_the_only_file_that_takes_orders)
{
	struct refresh *refresh;

	ck_assert(tree_is_written(tree, order_file));
	ck_assert(!tree_is_written(tree, recipes));
	ck_assert(!tree_is_written(tree, find(recipes, "bread.json")));
	ck_assert_int_eq(tree_write(tree, recipes, "*", 1, &refresh, &err), -EROFS);
	ck_assert_int_eq(tree_write(tree, order_file, "a\0b", 3, &refresh, &err), -EINVAL);
}
END_TEST

START_TEST(refresh_stops_where_there_is_no_kernel)
{
	struct seen seen = { .is_over = true };

	find(recipes, "bread.json");
	miss("nope.json");
	carry_out("*", &seen);
	ck_assert_str_eq(buf_str(&seen.words), "");
	buf_release(&seen.words);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("refresh");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, refresh_tells_of_what_may_be_believed, 0, N_ROWS(orders));
	tcase_add_test(tc, refresh_makes_the_next_access_ask);
	tcase_add_loop_test(tc, refresh_names_what_it_does_not_know, 0, N_ROWS(refused));
	tcase_add_test(tc, refresh_is_the_only_file_that_takes_orders);
	tcase_add_test(tc, refresh_stops_where_there_is_no_kernel);
	return suite_run(tc, "refresh");
}
