/*
 * A tree of the one app "shop" on a pretended server and clock, with items of the given ids in
 * its schema "recipes".
 *
 *	tree_rig_init(ids, n_ids);
 *	... walk("apps/shop/recipes/x.json").node, tree, call, err ...
 *	tree_rig_release();
 *
 * A failure to build it fails the test. One thread.
 */
#ifndef TESTS_UNIT_TREE_RIG_H
#define TESTS_UNIT_TREE_RIG_H

#include <stddef.h>

#include "base/call.h"
#include "base/error.h"
#include "support/pretended_app.h"
#include "tree/errors.h"
#include "tree/tree.h"

/* Of the test that runs. */
extern struct pretended_app shop;
extern struct error_log *errors;
extern struct tree *tree;
extern struct call call;
extern struct error err;

/* The ids are borrowed until tree_rig_release. */
void tree_rig_init(const char *const *ids, size_t n_ids);
void tree_rig_release(void);

/* The entry at a path from the root; one that is not there fails the test. */
struct tree_entry walk(const char *path);

#endif
