#include "support/watch_rig.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "cache/cache.h"

struct cache_rig rig;

struct watch_told told;

static void hear(void *payload, const struct cache_change *change)
{
	(void)payload;
	told.n++;
	told.row = change->row;
	snprintf(told.id, sizeof(told.id), "%s", change->id);
	told.is_removed = change->is_removed;
	told.is_new = change->is_new;
}

void watch_rig_set_up(void)
{
	cache_rig_init(&rig);
	cms_add(rig.cms, "recipes", 'a', N_WATCHED);
	/* Older than what a check has to look at. */
	cache_rig_wait(&rig, 10000);
	memset(&told, 0, sizeof(told));
	cache_set_observer(rig.cache, hear, NULL);
}

void watch_rig_tear_down(void)
{
	cache_rig_release(&rig);
}

size_t count(void)
{
	size_t n = 0;

	for (int kind = 0; kind < CMS_KINDS; kind++)
		n += cms_count(rig.cms, (enum cms_kind)kind);
	return n;
}

int lookup(const char *id)
{
	return cache_rig_lookup(&rig, id, NULL);
}

int64_t version_of(const char *id)
{
	struct store_item item;
	int64_t version;

	store_item_init(&item);
	ck_assert_int_eq(
		cache_lookup(rig.cache, &rig.call, rig.recipes, id, &item, NULL, &rig.err), 0);
	version = item.version;
	store_item_release(&item);
	return version;
}

void note(const char *id, int64_t version, bool is_deleted)
{
	const struct cache_event event = {
		.id = id, .version = version, .modified_s = 1795549300, .is_deleted = is_deleted
	};

	ck_assert_int_eq(cache_watch_note(rig.recipes, &event, &rig.err), 0);
}

/* The server changes an item and tells of it. */
void change(const char *id, int64_t version)
{
	cms_change(rig.cms, "recipes", id);
	note(id, version, false);
}

void watch_and_list(void)
{
	cache_watch_begin(rig.recipes);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_WATCHED);
	ck_assert_uint_eq(count(), 3);
}
