/*
 * A transport that is a small content server: one app, schemas of items with the ids
 * "<letter><6 digits>", pages of 200 sorted by id or the newest first, queries of ids (known:
 * without their data; items: whole), GraphQL for pages, newest items and totals of ranges, single
 * items with an ETag of their version.
 * Items are written, and deleted one by one or in bulk, where they have the expected version (cms_write.h).
 * For tests that count what is asked.
 *
 *	struct cms *cms = cms_new();
 *	cms_add(cms, "recipes", 'a', 1000);	-- a000000 .. a000999
 *	... a client on cms_transport(cms) ...
 *	cms_count(cms, CMS_PAGE)
 *	cms_free(cms);
 *
 * Any thread may ask it while the test changes it.
 */
#ifndef TESTS_UNIT_CMS_H
#define TESTS_UNIT_CMS_H

#include <stddef.h>
#include <stdint.h>

struct cms;
struct transport;

enum cms_kind {
	CMS_PAGE,
	CMS_NEWEST,
	CMS_KNOWN,
	CMS_ITEMS,
	CMS_GRAPHQL,
	CMS_ITEM,
	CMS_APP,
	CMS_WRITE,
	CMS_DELETE,
	CMS_BULK,
	CMS_KINDS
};

#define CMS_URL "https://cms.test"
#define CMS_APP_NAME "shop"

struct cms *cms_new(void);
void cms_free(struct cms *cms);
struct transport *cms_transport(struct cms *cms);

void cms_add(struct cms *cms, const char *schema, char letter, int n_items);
void cms_remove(struct cms *cms, const char *schema, char letter, int first, int n_items);

/* A new version of an item. */
void cms_change(struct cms *cms, const char *schema, const char *id);

/* Moves its clock, which stands still else: what is added and changed, and its answers, bear it. */
void cms_advance(struct cms *cms, int64_t s);

/*
 * Its answers bear no date; its totals, newest first, are off (one below zero is none at all); it
 * cuts a query of known ids.
 */
void cms_send_no_date(struct cms *cms);
void cms_count_wrongly(struct cms *cms, int64_t n_extra);
void cms_cut_known(struct cms *cms, size_t n_items);

/* GraphQL does not know the type of this schema, or takes it for that of the other one. */
void cms_hide_type(struct cms *cms, const char *schema);
void cms_confuse_type(struct cms *cms, const char *schema, const char *other);

/* Requests of a kind so far, of any kind; those that were answered with 304. */
size_t cms_count(struct cms *cms, enum cms_kind kind);
size_t cms_count_all(struct cms *cms);
size_t cms_count_unchanged(struct cms *cms);

/*
 * From request `first` of a kind on (counted from 0), n of them fail: with a negative errno, or are
 * answered with an HTTP status. CMS_KINDS: all kinds, each counted by itself.
 */
void cms_fail(struct cms *cms, enum cms_kind kind, size_t first, size_t n, int ret_or_status);

/* Runs on the asker's thread before each answer, with no lock held. */
void cms_on_request(
	struct cms *cms, void (*on_request)(void *payload, enum cms_kind kind), void *payload);

#endif
