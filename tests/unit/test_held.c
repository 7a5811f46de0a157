#include "fs/held.h"

#include <stdio.h>

#include "support/suite.h"
#include "support/tree_rig.h"

/* As many as are held at most, and one. */
#define N_ITEMS 65

static char ids[N_ITEMS][16];
static const char *id_list[N_ITEMS];
static struct held *held;

static void set_up(void)
{
	for (size_t i = 0; i < N_ITEMS; i++) {
		snprintf(ids[i], sizeof(ids[i]), "item-%04zu", i);
		id_list[i] = ids[i];
	}
	tree_rig_init(id_list, N_ITEMS);
	held = held_new();
	ck_assert_ptr_nonnull(held);
}

static void tear_down(void)
{
	held_free(held);
	tree_rig_release();
}

/* Unref it. */
static struct tree_file *open_file(const char *path, uint64_t *ret_node)
{
	struct tree_file *file;

	*ret_node = walk(path).node;
	ck_assert_int_eq(tree_open(tree, &call, *ret_node, &file, &err), 0);
	return file;
}

static uint64_t put_item(size_t i)
{
	char path[64];
	uint64_t node;
	struct tree_file *file;

	snprintf(path, sizeof(path), "apps/shop/recipes/item-%04zu.json", i);
	file = open_file(path, &node);
	held_put(held, node, file);
	tree_file_unref(file);
	return node;
}

static bool has(uint64_t node)
{
	struct tree_file *file = held_get(held, node);

	tree_file_unref(file);
	return file;
}

START_TEST(held_gives_what_was_put_until_it_is_dropped)
{
	uint64_t node = put_item(1), other = put_item(2);
	struct tree_entry entry;
	struct tree_file *file = held_get(held, node);

	ck_assert_ptr_nonnull(file);
	tree_file_get(file, &entry);
	ck_assert_uint_eq(entry.node, node);
	held_drop(held, node);
	ck_assert(!has(node));
	ck_assert(has(other));
	/* Whoever has it, has it. */
	tree_file_get(file, &entry);
	ck_assert_uint_eq(entry.node, node);
	tree_file_unref(file);
	held_drop(held, node);
}
END_TEST

START_TEST(held_puts_the_later_in_place_of_the_earlier)
{
	uint64_t node = put_item(1);

	put_item(1);
	held_drop(held, node);
	ck_assert(!has(node));
}
END_TEST

START_TEST(held_lets_go_what_was_used_first)
{
	uint64_t first = put_item(0), second = put_item(1);

	for (size_t i = 2; i < N_ITEMS - 1; i++)
		put_item(i);
	ck_assert(has(first));
	put_item(N_ITEMS - 1);
	ck_assert(has(first));
	ck_assert(!has(second));
}
END_TEST

START_TEST(held_makes_a_node_for_each_reader)
{
	uint64_t base, one, two;
	struct tree_file *file = open_file(".squidexfs/status", &base);

	one = held_make(held, base, file);
	two = held_make(held, base, file);
	tree_file_unref(file);
	ck_assert_uint_ne(one, two);
	ck_assert(has(one) && has(two) && !has(base));
	ck_assert_uint_eq(held_base(one), base);
	ck_assert_uint_eq(held_base(two), base);
	ck_assert_uint_eq(held_base(base), base);
	ck_assert_uint_eq(held_base(put_item(3)), walk("apps/shop/recipes/item-0003.json").node);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("held");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, held_gives_what_was_put_until_it_is_dropped);
	tcase_add_test(tc, held_puts_the_later_in_place_of_the_earlier);
	tcase_add_test(tc, held_lets_go_what_was_used_first);
	tcase_add_test(tc, held_makes_a_node_for_each_reader);
	return suite_run(tc, "held");
}
