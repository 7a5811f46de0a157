/*
 * Items of one directory of which the server has told that they are no longer as they were: until
 * they were asked for again, and the answer is not older than what was told. A server tells
 * of a change before it shows it to everybody: so an answer of an older version is asked for again,
 * for CHANGED_LAG_MS.
 *
 *	changed_note(&table, &event, at_ms);
 *	if (changed_wants(table, "demo-draft", &answer))	-- it is not good enough
 *	changed_settle(table, "demo-draft", &answer, now_ms);
 *	changed_free(table);
 *
 * Moments are those of one clock. A NULL table is empty. No locks; one thread at a time.
 */
#ifndef SQUIDEXFS_CACHE_CHANGED_H
#define SQUIDEXFS_CACHE_CHANGED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct changed;

/* Of a directory; with one more, it is cheaper to look for what has changed. */
#define CHANGED_MAX 1000

#define CHANGED_LAG_MS 10000

/* What was told. */
struct changed_event {
	const char *id;
	int64_t version; /* -1: not known */
	bool is_deleted;
};

/* What the server said of an item, and when it was asked. */
struct changed_answer {
	uint64_t asked_ms;
	bool is_there;
	int64_t version; /* of what is there */
};

/* 0, -ENOBUFS: it is full; -ENOMEM. The latest event of an item is the one that counts. */
int changed_note(struct changed **table, const struct changed_event *event, uint64_t at_ms);

bool changed_wants(
	const struct changed *table, const char *id, const struct changed_answer *answer);

/* Forgets the event if the answer is good enough, or was good enough for so long. */
void changed_settle(struct changed *table, const char *id, const struct changed_answer *answer,
	uint64_t now_ms);

/* All items were asked for from begun_ms on: older events are forgotten, but the latest ones. */
void changed_drop(struct changed *table, uint64_t begun_ms);
void changed_clear(struct changed *table);

/* By place; a place is good until the next change of the table. */
size_t changed_count(const struct changed *table);
const char *changed_get_id(const struct changed *table, size_t place);

void changed_free(struct changed *table);

#endif
