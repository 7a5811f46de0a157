/*
 * A store in memory with the directory "recipes", and items to put into it.
 *
 *	store_rig_init();
 *	put(0, 1, "a", 1);
 *	... find_row("a"), store, recipes ...
 *	store_rig_release();
 *
 * On disk, several at a time, or with other limits: store_rig_open, store_rig_item.
 * A failure fails the test. One thread.
 */
#ifndef TESTS_UNIT_STORE_RIG_H
#define TESTS_UNIT_STORE_RIG_H

#include <stdint.h>

#include "api/content.h"
#include "cache/store.h"

#define STORE_RIG_TEXT_MAX ((size_t)1 << 20)

/* Whose it is; a test changes what it wants, the next one starts with this again. */
extern const struct store_conf store_rig_conf;

/* Of store_rig_init. */
extern struct store *store;
extern uint64_t recipes;

void store_rig_init(void);
void store_rig_release(void);

struct store *store_rig_open(const struct store_conf *conf);
uint64_t store_rig_dir(struct store *of, const char *name, uint64_t fingerprint);
struct store_stats store_rig_stats(struct store *of);

/* A draft of 1970, changed 2000 + version seconds after its beginning. content_release it. */
struct content store_rig_item(const char *id, int64_t version, const char *text);

/* Into recipes. */
void put(uint64_t generation, uint64_t asked_ms, const char *id, int64_t version);
void put_tagged(uint64_t generation, uint64_t asked_ms, const char *id, int64_t version,
	const char *text, const char *etag);

/* 0 or -ENOENT; release the item. */
int find(const char *id, struct store_item *item);
uint64_t find_row(const char *id); /* 0: there is none */

uint64_t begin_listing(void);
void end_listing(uint64_t generation);

#endif
