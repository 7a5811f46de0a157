#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "cache/cache.h"
#include "support/suite.h"
#include "support/tree_rig.h"

static const char *const ids[] = { "item-0000", "item-0001", "item-0002", "item-0003",
	"item-0004" };

static void set_up(void)
{
	tree_rig_init(ids, N_ROWS(ids));
}

START_TEST(tree_opens_a_snapshot)
{
	struct tree_entry entry = walk("apps/shop/recipes/item-0001.json");
	struct tree_entry of_file;
	struct tree_file *file, *newer;
	size_t len, newer_len;

	ck_assert_int_eq(tree_open(tree, &call, entry.node, &file, &err), 0);
	tree_file_data(file, &len);
	tree_file_get(file, &of_file);
	ck_assert_uint_eq(len, entry.size);
	ck_assert_uint_eq(of_file.size, entry.size);
	ck_assert_uint_eq(of_file.ino, entry.ino);
	ck_assert(!tree_file_is_direct(file));

	shop.server.version = 30;
	pretended_clock_advance(&shop.time, PRETENDED_TTL_MS + 1);
	call = call_begin(&shop.time.clock, 30000);
	ck_assert_int_eq(tree_open(tree, &call, entry.node, &newer, &err), 0);
	tree_file_data(newer, &newer_len);
	ck_assert_uint_gt(newer_len, len);
	ck_assert_ptr_nonnull(strstr(tree_file_data(file, &len), "\"version\": 1,"));
	/* They must not share the kernel's page cache, nor one of their sizes. */
	ck_assert(tree_file_is_direct(newer));
	ck_assert_uint_eq(walk("apps/shop/recipes/item-0001.json").fresh_ms, 0);
	tree_file_unref(file);
	tree_file_unref(newer);
	ck_assert_int_eq(tree_open(tree, &call, entry.node, &file, &err), 0);
	ck_assert_int_eq(tree_open(tree, &call, entry.node, &newer, &err), 0);
	ck_assert(!tree_file_is_direct(file));
	ck_assert(!tree_file_is_direct(newer));
	/* However many open it, its text is there once. */
	ck_assert_ptr_eq(tree_file_data(file, &len), tree_file_data(newer, &newer_len));
	ck_assert_uint_gt(walk("apps/shop/recipes/item-0001.json").fresh_ms, 0);
	tree_file_unref(file);
	tree_file_unref(newer);
}
END_TEST

START_TEST(tree_calls_a_node_stale_whose_item_is_gone)
{
	struct tree_entry entry = walk("apps/shop/recipes/item-0004.json");
	struct tree_file *file;

	shop.server.n_ids--;
	pretended_clock_advance(&shop.time, PRETENDED_TTL_MS + 1);
	call = call_begin(&shop.time.clock, 30000);
	ck_assert_int_eq(tree_open(tree, &call, entry.node, &file, &err), -ESTALE);
	ck_assert_int_eq(tree_get(tree, &call, entry.node, &entry, &err), -ESTALE);
	ck_assert_int_eq(tree_get(tree, &call, UINT64_C(7) << 48, &entry, &err), -ESTALE);
	ck_assert_int_eq(tree_get(tree, &call, 4711, &entry, &err), -ESTALE);
}
END_TEST

struct told {
	struct buf names; /* "=name " or "-name " */
	uint64_t node, parent;
};

static void note(void *payload, const struct tree_change *change)
{
	struct told *told = payload;

	told->node = change->node;
	told->parent = change->parent;
	ck_assert_int_eq(
		buf_addf(&told->names, "%c%s ", change->is_removed ? '-' : '=', change->name), 0);
}

START_TEST(tree_tells_of_changes_by_node_and_name)
{
	uint64_t node = walk("apps/shop/recipes/item-0004.json").node;
	struct told told = { 0 };

	buf_init(&told.names, 1000);
	tree_set_observer(tree, note, &told);
	shop.server.version = 30;
	pretended_clock_advance(&shop.time, PRETENDED_TTL_MS + 1);
	call = call_begin(&shop.time.clock, 30000);
	walk("apps/shop/recipes/item-0004.json");
	ck_assert_str_eq(buf_str(&told.names), "=item-0004.json ");
	ck_assert_uint_eq(told.node, node);
	ck_assert_uint_eq(told.parent, walk("apps/shop/recipes").node);

	shop.server.n_ids--;
	pretended_clock_advance(&shop.time, PRETENDED_TTL_MS + 1);
	call = call_begin(&shop.time.clock, 30000);
	ck_assert_int_eq(tree_get(tree, &call, node, &(struct tree_entry){ 0 }, &err), -ESTALE);
	ck_assert_str_eq(buf_str(&told.names), "=item-0004.json -item-0004.json ");
	tree_set_observer(tree, NULL, NULL);
	buf_release(&told.names);
}
END_TEST

struct look {
	struct buf names; /* the ids of the texts */
	bool must_open;
};

static bool wants_all_but_one(void *payload, const struct tree_entry *entry, uint64_t digest)
{
	(void)payload;
	ck_assert_uint_ne(digest, 0);
	return entry->node != walk("apps/shop/recipes/item-0002.json").node;
}

static bool has_opened(void *payload)
{
	const struct look *look = payload;

	return look->must_open && look->names.len > 0;
}

static void look_at(void *payload, const struct tree_file *file)
{
	struct look *look = payload;
	struct tree_entry entry;
	struct tree_file *newer;
	size_t len;
	const char *text = tree_file_data(file, &len);

	tree_file_get(file, &entry);
	ck_assert_uint_eq(entry.size, len);
	ck_assert(!tree_file_is_direct(file));
	ck_assert_int_eq(buf_add(&look->names, strstr(text, "item-"), 9), 0);
	if (look->must_open) {
		shop.server.version++;
		pretended_clock_advance(&shop.time, PRETENDED_TTL_MS + 1);
		call = call_begin(&shop.time.clock, 30000);
		ck_assert_int_eq(tree_open(tree, &call, entry.node, &newer, &err), 0);
		ck_assert(tree_file_is_direct(newer));
		ck_assert_uint_ne(tree_file_digest(newer), tree_file_digest(file));
		tree_file_unref(newer);
	}
}

/* The offsets behind the first and the last but one item. */
static void read_offsets(uint64_t recipes, int64_t *ret_after, int64_t *ret_last)
{
	struct tree_entry entry;
	struct tree_dir *dir;
	const char *name;
	int64_t next = 0;

	ck_assert_int_eq(tree_open_dir(tree, &call, recipes, &dir, &err), 0);
	while (tree_dir_next(dir, &call, next, &name, &entry, &next, &err) == 1) {
		if (strcmp(name, "item-0000.json") == 0)
			*ret_after = next;
		if (strcmp(name, "item-0003.json") == 0)
			*ret_last = next;
	}
	tree_dir_free(dir);
}

START_TEST(tree_shows_texts_between_offsets)
{
	uint64_t recipes = walk("apps/shop/recipes").node;
	struct look look = { .must_open = _i };
	const struct tree_text_visitor visitor = {
		.wants = wants_all_but_one, .see = look_at, .is_over = has_opened, .payload = &look
	};
	int64_t after = 0, last = 0;
	size_t n_requests;

	buf_init(&look.names, 1000);
	read_offsets(recipes, &after, &last);
	n_requests = shop.server.n_requests;
	ck_assert_int_eq(tree_see_texts(tree, recipes, after, last, &visitor, &err), 0);
	if (look.must_open) {
		ck_assert_str_eq(buf_str(&look.names), "item-0001");
	} else {
		ck_assert_str_eq(buf_str(&look.names), "item-0001item-0003");
		ck_assert_uint_eq(shop.server.n_requests, n_requests);
	}
	buf_release(&look.names);
}
END_TEST

static void let_go_of_item(struct cache_dir *recipes)
{
	cache_forget_item(recipes, "item-0003");
}

static void find_item_changed(struct cache_dir *recipes)
{
	struct store_item item;

	store_item_init(&item);
	shop.server.version = 30;
	ck_assert_int_eq(cache_fetch(shop.app.cache, &call, recipes, "item-0003", &item, &err), 0);
	store_item_release(&item);
}

static void (*const changes[])(
	struct cache_dir *recipes) = { cache_forget_dir, let_go_of_item, find_item_changed };

/* The kernel may have been told of the change before it heard of the item. */
START_TEST(tree_vouches_for_no_item_at_hand_when_one_has_changed)
{
	struct cache_dir *recipes = cache_find_dir(shop.app.cache, "recipes");
	struct tree_entry entry;
	struct tree_dir *dir;
	const char *name;
	int64_t next = 2;

	ck_assert_int_eq(tree_open_dir(tree, &call, walk("apps/shop/recipes").node, &dir, &err), 0);
	ck_assert_int_eq(tree_dir_next(dir, &call, next, &name, &entry, &next, &err), 1);
	ck_assert_uint_gt(entry.fresh_ms, 0);
	changes[_i](recipes);
	ck_assert_int_eq(tree_dir_next(dir, &call, next, &name, &entry, &next, &err), 1);
	ck_assert_str_eq(name, "item-0001.json");
	ck_assert_uint_eq(entry.fresh_ms, 0);
	tree_dir_free(dir);
}
END_TEST

START_TEST(tree_shows_what_may_be_written)
{
	shop.server.locked = "item-0003";
	ck_assert_uint_eq(walk("apps/shop/recipes/item-0003.json").mode & 07777, 0444);
	ck_assert_uint_eq(walk("apps/shop/recipes/item-0004.json").mode & 07777, 0644);
	ck_assert_uint_eq(walk("apps/shop/recipes").mode, S_IFDIR | 0755);
	ck_assert_uint_eq(walk("apps").mode, S_IFDIR | 0555);
	ck_assert_uint_eq(walk(".squidexfs/status").mode, S_IFREG | 0444);
}
END_TEST

START_TEST(tree_refuses_changes_with_a_reason)
{
	uint64_t item = walk("apps/shop/recipes/item-0000.json").node;

	ck_assert_int_eq(tree_refuse_change(tree, item, "write", &err), -EROFS);
	ck_assert_ptr_nonnull(strstr(err.text, "cannot write"));
	ck_assert_int_eq(tree_refuse_change(tree, TREE_ROOT, "create", &err), -EROFS);
}
END_TEST

static const struct {
	const char *name;
	const char *value; /* NULL: there is none */
} attributes[] = {
	{ "user.squidex.id", "item-0002" },
	{ "user.squidex.schema", "recipes" },
	{ "user.squidex.status", "Published" },
	{ "user.squidex.new_status", NULL },
	{ "user.squidex.version", "1" },
	{ "user.squidex.created", "2026-01-01T00:00:00Z" },
	{ "user.squidex.created_by", "client:shop:default" },
	{ "user.squidex.last_modified", "2026-01-02T00:00:01Z" },
	{ "user.squidex.last_modified_by", NULL },
	{ "security.selinux", NULL },
};

START_TEST(tree_offers_attributes)
{
	uint64_t node = walk("apps/shop/recipes/item-0002.json").node;
	const char *name = attributes[_i].name;
	const char *expected = attributes[_i].value;
	char value[64];
	size_t len = 0;
	int ret = tree_get_xattr(tree, &call, node, name, value, sizeof(value), &len, &err);

	if (!expected) {
		ck_assert_int_eq(ret, -ENODATA);
		return;
	}
	ck_assert_int_eq(ret, 0);
	ck_assert_uint_eq(len, strlen(expected));
	ck_assert_mem_eq(value, expected, len);
	ck_assert_int_eq(tree_get_xattr(tree, &call, node, name, NULL, 0, &len, &err), 0);
	ck_assert_uint_eq(len, strlen(expected));
	ck_assert_int_eq(tree_get_xattr(tree, &call, node, name, value, len, &len, &err), 0);
	if (len > 1)
		ck_assert_int_eq(
			tree_get_xattr(tree, &call, node, name, value, len - 1, &len, &err),
			-ERANGE);
}
END_TEST

START_TEST(tree_lists_attributes)
{
	uint64_t node = walk("apps/shop/recipes/item-0002.json").node;
	char names[512];
	size_t need, len, n = 0;

	ck_assert_int_eq(tree_list_xattr(tree, &call, node, NULL, 0, &need, &err), 0);
	ck_assert_int_eq(tree_list_xattr(tree, &call, node, names, sizeof(names), &len, &err), 0);
	ck_assert_uint_eq(len, need);
	for (size_t i = 0; i < len; i += strlen(names + i) + 1)
		n++;
	ck_assert_uint_eq(n, 7);
	ck_assert_str_eq(names, "user.squidex.id");
	ck_assert_int_eq(tree_list_xattr(tree, &call, node, names, need - 1, &len, &err), -ERANGE);
	ck_assert_int_eq(
		tree_list_xattr(tree, &call, TREE_ROOT, names, sizeof(names), &len, &err), 0);
	ck_assert_uint_eq(len, 0);
}
END_TEST

START_TEST(tree_keeps_inode_numbers)
{
	uint64_t schema = walk("apps/shop/recipes").ino;
	uint64_t item = walk("apps/shop/recipes/item-0001.json").ino;

	tree_rig_release();
	set_up();
	walk("apps/shop/recipes/item-0002.json");
	ck_assert_uint_eq(walk("apps/shop/recipes").ino, schema);
	ck_assert_uint_eq(walk("apps/shop/recipes/item-0001.json").ino, item);
	ck_assert_uint_ne(walk("apps/shop/empty").ino, schema);
}
END_TEST

START_TEST(tree_tells_files_from_directories)
{
	uint64_t item = walk("apps/shop/recipes/item-0000.json").node;
	struct tree_entry entry;
	struct tree_file *file;
	struct tree_dir *dir;
	uint64_t negative_ms;

	ck_assert_int_eq(tree_open(tree, &call, TREE_ROOT, &file, &err), -EISDIR);
	ck_assert_int_eq(tree_open_dir(tree, &call, item, &dir, &err), -ENOTDIR);
	ck_assert_int_eq(tree_lookup(tree, &call, item, "x", &entry, &negative_ms, &err), -ENOTDIR);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("tree_item");

	tcase_add_checked_fixture(tc, set_up, tree_rig_release);
	tcase_add_test(tc, tree_opens_a_snapshot);
	tcase_add_test(tc, tree_calls_a_node_stale_whose_item_is_gone);
	tcase_add_test(tc, tree_tells_of_changes_by_node_and_name);
	tcase_add_loop_test(tc, tree_shows_texts_between_offsets, 0, 2);
	tcase_add_loop_test(
		tc, tree_vouches_for_no_item_at_hand_when_one_has_changed, 0, N_ROWS(changes));
	tcase_add_test(tc, tree_shows_what_may_be_written);
	tcase_add_test(tc, tree_refuses_changes_with_a_reason);
	tcase_add_loop_test(tc, tree_offers_attributes, 0, N_ROWS(attributes));
	tcase_add_test(tc, tree_lists_attributes);
	tcase_add_test(tc, tree_keeps_inode_numbers);
	tcase_add_test(tc, tree_tells_files_from_directories);
	return suite_run(tc, "tree_item");
}
