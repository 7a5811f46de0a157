#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "support/suite.h"
#include "support/tree_rig.h"

/* More than two pages of the server and than one batch of the store. */
#define N_IDS 450

static char id_texts[N_IDS][16];
static const char *ids[N_IDS];

static void set_up(void)
{
	for (size_t i = 0; i < N_IDS; i++) {
		snprintf(id_texts[i], sizeof(id_texts[i]), "item-%04zu", i);
		ids[i] = id_texts[i];
	}
	tree_rig_init(ids, N_IDS);
}

static struct tree_dir *open_dir(const char *path)
{
	struct tree_dir *dir;

	ck_assert_int_eq(tree_open_dir(tree, &call, walk(path).node, &dir, &err), 0);
	return dir;
}

/* All names, "." and ".." too, each followed by a blank. */
static void list(const char *path, struct buf *names)
{
	struct tree_dir *dir = open_dir(path);
	struct tree_entry entry;
	int64_t offset = 0;
	const char *name;
	int ret;

	buf_init(names, 1 << 20);
	for (;;) {
		ret = tree_dir_next(dir, &call, offset, &name, &entry, &offset, &err);
		if (ret != 1)
			break;
		ck_assert_int_eq(buf_addf(names, "%s ", name), 0);
	}
	ck_assert_int_eq(ret, 0);
	tree_dir_free(dir);
}

static const struct {
	const char *path;
	const char *names;
} listings[] = {
	{ "", ". .. apps " },
	{ ".squidexfs", ". .. status metrics errors refresh unsaved " },
	{ "apps", ". .. shop " },
	{ "apps/shop", ". .. empty recipes " },
	{ "apps/shop/empty", ". .. " },
};

START_TEST(tree_lists)
{
	struct buf names;

	list(listings[_i].path, &names);
	ck_assert_str_eq(buf_str(&names), listings[_i].names);
	buf_release(&names);
}
END_TEST

START_TEST(tree_lists_every_item_once)
{
	struct buf names;
	struct buf expected;

	buf_init(&expected, 1 << 20);
	buf_add_str(&expected, ". .. ");
	for (size_t i = 0; i < N_IDS; i++)
		buf_addf(&expected, "%s.json ", ids[i]);
	list("apps/shop/recipes", &names);
	ck_assert_str_eq(buf_str(&names), buf_str(&expected));
	ck_assert_uint_eq(shop.server.n_requests, 3);
	buf_release(&names);
	buf_release(&expected);
}
END_TEST

START_TEST(tree_goes_back_to_any_offset)
{
	struct tree_dir *dir = open_dir("apps/shop/recipes");
	int64_t offsets[N_IDS + 3] = { 0 };
	struct tree_entry entries[N_IDS + 2];
	struct tree_entry again;
	const char *name;
	int64_t next;

	for (size_t i = 0; i < N_IDS + 2; i++)
		ck_assert_int_eq(tree_dir_next(dir, &call, offsets[i], &name, &entries[i],
					 &offsets[i + 1], &err),
			1);
	for (size_t i = N_IDS + 1; i > 0; i -= 7 < i ? 7 : i) {
		ck_assert_int_eq(
			tree_dir_next(dir, &call, offsets[i], &name, &again, &next, &err), 1);
		ck_assert_uint_eq(again.node, entries[i].node);
		ck_assert_int_eq(next, offsets[i + 1]);
	}
	ck_assert_int_eq(
		tree_dir_next(dir, &call, offsets[N_IDS + 2], &name, &again, &next, &err), 0);
	tree_dir_free(dir);
}
END_TEST

START_TEST(tree_lets_a_slow_reader_trust_no_longer)
{
	struct tree_dir *dir = open_dir("apps/shop/recipes");
	struct tree_entry first, second;
	const char *name;
	int64_t offset = 2;

	ck_assert_int_eq(tree_dir_next(dir, &call, offset, &name, &first, &offset, &err), 1);
	ck_assert_uint_eq(first.fresh_ms, PRETENDED_TTL_MS);
	pretended_clock_advance(&shop.time, 20000);
	ck_assert_int_eq(tree_dir_next(dir, &call, offset, &name, &second, &offset, &err), 1);
	ck_assert_uint_eq(second.fresh_ms, PRETENDED_TTL_MS - 20000);
	tree_dir_free(dir);
}
END_TEST

START_TEST(tree_never_ends_a_broken_listing)
{
	struct tree_dir *dir = open_dir("apps/shop/recipes");
	struct tree_entry entry;
	int64_t offset = 0;
	const char *name;
	size_t n = 0;
	int ret;

	shop.server.fail_after = 2;
	for (;;) {
		ret = tree_dir_next(dir, &call, offset, &name, &entry, &offset, &err);
		if (ret != 1)
			break;
		n++;
	}
	ck_assert_int_eq(ret, -EIO);
	ck_assert_uint_lt(n, N_IDS);
	tree_dir_free(dir);
}
END_TEST

static const char *const foreign_names[] = {
	"x.txt",
	".item-0000.json.swp",
	".item-0000.json",
	"item-0000",
	"README",
	".json",
};

START_TEST(tree_asks_nobody_for_other_names)
{
	uint64_t recipes = walk("apps/shop/recipes").node;
	struct tree_entry entry;
	uint64_t negative_ms = 0;

	ck_assert_int_eq(
		tree_lookup(tree, &call, recipes, foreign_names[_i], &entry, &negative_ms, &err),
		-ENOENT);
	ck_assert_uint_gt(negative_ms, 0);
	ck_assert_uint_eq(shop.server.n_requests, 0);
}
END_TEST

START_TEST(tree_looks_an_item_up_with_one_request)
{
	struct tree_entry entry = walk("apps/shop/recipes/item-0007.json");
	struct tree_entry other_way = walk("apps/shop/recipes/%69tem-0007.json");

	ck_assert_uint_eq(shop.server.n_requests, 1);
	ck_assert_uint_eq(entry.node, other_way.node);
	ck_assert(S_ISREG(entry.mode));
	ck_assert_uint_eq(entry.mode & 07777, 0644);
	ck_assert_uint_gt(entry.fresh_ms, 0);
	ck_assert_uint_le(entry.fresh_ms, PRETENDED_TTL_MS);
}
END_TEST

START_TEST(tree_remembers_a_missing_item)
{
	uint64_t recipes = walk("apps/shop/recipes").node;
	struct tree_entry entry;
	uint64_t negative_ms = 0;

	ck_assert_int_eq(tree_lookup(tree, &call, recipes, "nope.json", &entry, &negative_ms, &err),
		-ENOENT);
	ck_assert_uint_gt(negative_ms, 0);
	ck_assert_uint_le(negative_ms, PRETENDED_NEGATIVE_MS);
	ck_assert_uint_eq(shop.server.n_requests, 1);
}
END_TEST

static const struct {
	const char *path;
	const char *name;
	const char *expected;
} paths[] = {
	{ "", NULL, "/" },
	{ "", "x", "/x" },
	{ "apps/shop", NULL, "/apps/shop" },
	{ ".squidexfs/errors", NULL, "/.squidexfs/errors" },
	{ "apps/shop/recipes", "x.json", "/apps/shop/recipes/x.json" },
	{ "apps/shop/recipes/item-0009.json", NULL, "/apps/shop/recipes/item-0009.json" },
};

START_TEST(tree_names_paths)
{
	char path[TREE_PATH_MAX];
	char cut[8];

	tree_path(tree, walk(paths[_i].path).node, paths[_i].name, path, sizeof(path));
	ck_assert_str_eq(path, paths[_i].expected);
	tree_path(tree, walk(paths[_i].path).node, paths[_i].name, cut, sizeof(cut));
	ck_assert_uint_lt(strlen(cut), sizeof(cut));
	ck_assert_int_eq(strncmp(cut, paths[_i].expected, strlen(cut)), 0);
}
END_TEST

START_TEST(tree_tells_its_status)
{
	static const char *const parts[] = {
		"\"mountpoint\": \"/mnt\"",
		"\"name\": \"shop\"",
		"\"client\": \"shop:default\"",
		"\"state\": \"up\"",
		"\"fetched\":",
		"\"name\": \"recipes\"",
		"\"items\": 1",
		"\"total\": 0",
		"\"credits\": 0",
		"\"memory_bytes\":",
	};
	struct tree_entry entry;
	struct tree_file *file;
	const char *text;
	size_t len;

	walk("apps/shop/recipes/item-0002.json");
	entry = walk(".squidexfs/status");
	ck_assert_int_eq(tree_open(tree, &call, entry.node, &file, &err), 0);
	ck_assert(tree_file_is_direct(file));
	text = tree_file_data(file, &len);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		ck_assert_msg(strstr(text, parts[i]), "no '%s' in: %s", parts[i], text);
	ck_assert_uint_gt(entry.size, 0);
	ck_assert_uint_eq(entry.fresh_ms, 0);
	tree_file_unref(file);
}
END_TEST

START_TEST(tree_tells_its_metrics)
{
	static const char *const lines[] = {
		"# TYPE squidexfs_cache_items gauge\nsquidexfs_cache_items{app=\"shop\"} 1\n",
		"squidexfs_cache_misses_total{app=\"shop\"} 1\n",
		"squidexfs_server_up{app=\"shop\"} 1\n",
		"squidexfs_credits_total 0.0\n",
		"squidexfs_errors_total 1\n",
		"squidexfs_uptime_seconds 7\n",
	};
	struct tree_file *file;
	const char *text;
	size_t len;

	walk("apps/shop/recipes/item-0002.json");
	error_log_add(errors, 0, "open", "/x", &err);
	pretended_clock_advance(&shop.time, 7000);
	ck_assert_int_eq(tree_open(tree, &call, walk(".squidexfs/metrics").node, &file, &err), 0);
	text = tree_file_data(file, &len);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		ck_assert_msg(strstr(text, lines[i]), "no '%s' in: %s", lines[i], text);
	tree_file_unref(file);
}
END_TEST

START_TEST(tree_refuses_an_app_twice)
{
	struct app twice[2] = { shop.app, shop.app };
	const struct tree_conf conf = { .clock = &shop.time.clock, .apps = twice, .n_apps = 2 };
	struct tree *other;

	ck_assert_int_eq(tree_new(&conf, &other, &err), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "'shop'"));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("tree");

	tcase_add_checked_fixture(tc, set_up, tree_rig_release);
	tcase_add_loop_test(tc, tree_lists, 0, N_ROWS(listings));
	tcase_add_test(tc, tree_lists_every_item_once);
	tcase_add_test(tc, tree_goes_back_to_any_offset);
	tcase_add_test(tc, tree_lets_a_slow_reader_trust_no_longer);
	tcase_add_test(tc, tree_never_ends_a_broken_listing);
	tcase_add_loop_test(tc, tree_asks_nobody_for_other_names, 0, N_ROWS(foreign_names));
	tcase_add_test(tc, tree_looks_an_item_up_with_one_request);
	tcase_add_test(tc, tree_remembers_a_missing_item);
	tcase_add_loop_test(tc, tree_names_paths, 0, N_ROWS(paths));
	tcase_add_test(tc, tree_tells_its_status);
	tcase_add_test(tc, tree_tells_its_metrics);
	tcase_add_test(tc, tree_refuses_an_app_twice);
	return suite_run(tc, "tree");
}
