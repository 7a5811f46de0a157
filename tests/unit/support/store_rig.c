#include "support/store_rig.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"

const struct store_conf store_rig_conf = {
	.url = "https://cms.test", .app = "shop", .client_id = "shop:default", .view = "document"
};

struct store *store;
uint64_t recipes;

struct store *store_rig_open(const struct store_conf *conf)
{
	struct error err = { 0 };
	struct store *opened = NULL;

	ck_assert_msg(store_open(conf, &opened, &err) == 0, "%s", err.text);
	return opened;
}

uint64_t store_rig_dir(struct store *of, const char *name, uint64_t fingerprint)
{
	struct error err = { 0 };
	int64_t modified_s;
	uint64_t dir = 0;

	ck_assert_msg(store_open_dir(of, name, fingerprint, &dir, &modified_s, &err) == 0, "%s",
		err.text);
	return dir;
}

struct store_stats store_rig_stats(struct store *of)
{
	struct store_stats stats;

	ck_assert_int_eq(store_get_stats(of, &stats, NULL), 0);
	return stats;
}

void store_rig_init(void)
{
	store = store_rig_open(&store_rig_conf);
	recipes = store_rig_dir(store, "recipes", 1);
}

void store_rig_release(void)
{
	store_close(store);
}

struct content store_rig_item(const char *id, int64_t version, const char *text)
{
	struct content item;

	content_init(&item);
	item.strings = strdup(id);
	item.id = item.strings;
	item.status = "Draft";
	item.new_status = "";
	item.created_by = "client:shop:default";
	item.modified_by = "subject:1";
	item.version = version;
	item.created_s = 1000;
	item.modified_s = 2000 + version;
	item.is_writable = true;
	buf_init(&item.text, STORE_RIG_TEXT_MAX);
	ck_assert_int_eq(buf_add_str(&item.text, text), 0);
	return item;
}

void put_tagged(uint64_t generation, uint64_t asked_ms, const char *id, int64_t version,
	const char *text, const char *etag)
{
	struct content item = store_rig_item(id, version, text);
	struct error err = { 0 };
	int ret;

	strcpy(item.etag, etag);
	ret = store_put(store, recipes, generation, asked_ms, &item, 1, &err);
	ck_assert_msg(ret == 0, "%s", err.text);
	content_release(&item);
}

void put(uint64_t generation, uint64_t asked_ms, const char *id, int64_t version)
{
	put_tagged(generation, asked_ms, id, version, "{}\n", "");
}

int find(const char *id, struct store_item *item)
{
	struct error err = { 0 };
	int ret;

	store_item_init(item);
	ret = store_find(store, recipes, id, item, &err);
	ck_assert_msg(ret == 0 || ret == -ENOENT, "%s", err.text);
	return ret;
}

uint64_t find_row(const char *id)
{
	struct store_item item;
	uint64_t row;

	find(id, &item);
	row = item.row;
	store_item_release(&item);
	return row;
}

uint64_t begin_listing(void)
{
	uint64_t generation = 0, n_items;

	ck_assert_int_eq(store_begin_listing(store, recipes, &generation, &n_items, NULL), 0);
	return generation;
}

void end_listing(uint64_t generation)
{
	ck_assert_int_eq(store_end_listing(store, recipes, generation, NULL), 0);
}
