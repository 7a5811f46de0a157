#include "support/tree_rig.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "tree/name.h"

struct pretended_app shop;
struct error_log *errors;
struct tree *tree;
struct call call;
struct error err;

void tree_rig_init(const char *const *ids, size_t n_ids)
{
	struct tree_conf conf;

	memset(&err, 0, sizeof(err));
	pretended_app_init(&shop, ids, n_ids);
	errors = error_log_new();
	conf = (struct tree_conf){
		.clock = &shop.time.clock,
		.apps = &shop.app,
		.n_apps = 1,
		.http = shop.http,
		.errors = errors,
		.mountpoint = "/mnt",
		.umask = 022,
		.has_xattr = true,
	};
	ck_assert_int_eq(tree_new(&conf, &tree, &err), 0);
	call = call_begin(&shop.time.clock, 30000);
}

void tree_rig_release(void)
{
	tree_free(tree);
	error_log_free(errors);
	pretended_app_release(&shop);
}

struct tree_entry walk(const char *path)
{
	struct tree_entry entry = { .node = TREE_ROOT };
	uint64_t negative_ms;
	char name[NAME_MAX_LEN + 1];

	while (*path) {
		size_t len = strcspn(path, "/");

		snprintf(name, sizeof(name), "%.*s", (int)len, path);
		ck_assert_msg(
			tree_lookup(tree, &call, entry.node, name, &entry, &negative_ms, &err) == 0,
			"'%s': %s", name, err.text);
		path += len;
		path += *path == '/';
	}
	return entry;
}
