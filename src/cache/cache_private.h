/*
 * What the cache's own files share: cache.c (life, states of a directory), list.c (what a reader
 * of a directory gets), listing.c (beginning and end of a listing), pages.c (what it brings),
 * freshness*.c (what has changed since), survey.c (of all directories at once), lookup.c (single
 * items), item_fresh.c (how long they are good), peek.c (what is stored of them), read.c (their
 * texts), forget.c (what is not believed any more), watched.c (what the server tells of), stale.c
 * (what is shown without an answer), observer.c (who is told of changes). Internal to the cache.
 */
#ifndef SQUIDEXFS_CACHE_CACHE_PRIVATE_H
#define SQUIDEXFS_CACHE_CACHE_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "api/schema.h"
#include "cache/cache.h"
#include "cache/window.h"

struct changed;
struct changed_answer;
struct content_page;
struct flight;
struct negative;
struct pool;
struct texts;

/* The states stand explained at the top of cache.c. */
enum dir_state { DIR_UNKNOWN, DIR_LISTING, DIR_LISTED };

/* Items of a directory forgotten one by one; with one more, all of it is. */
#define FORGOTTEN_MAX 64

struct forgotten_item {
	uint64_t key; /* negative_key */
	uint64_t at_ms;
};

struct cache_dir {
	struct cache *cache;
	const struct schema *schema;
	uint64_t number; /* of the directory in the store */
	size_t index;
	char flight_key[32]; /* of its listing */
	_Atomic int64_t modified_s;
	_Atomic uint64_t n_changes; /* of items at hand, and of what was forgotten */
	int64_t n_unseen;  /* items that the server counts but does not list; the leader's alone */
	uint64_t gone_row; /* known ids up to it were asked for, in a check that failed; likewise */

	pthread_mutex_t lock;
	/* From here on guarded by lock; a listing is begun and ended by its flight's leader. */
	enum dir_state state;
	uint64_t generation;
	uint64_t until_ms;
	uint64_t step; /* grows with every move, so that a late leader sees that it is late */
	unsigned n_misses;

	bool is_storing;      /* one thread stores pages, or begins anew; no other does */
	bool is_stopped;      /* it begins anew: no page is asked for in advance */
	bool is_troubled;     /* a page failed: none is asked for in advance until one is good */
	bool is_loss_known;   /* listed again since many items were gone */
	bool is_second;       /* listed again since much had changed meanwhile */
	struct window window; /* the pages of a listing */
	pthread_cond_t moved; /* a page is in the store, or only a reader can go on */
	uint64_t read_row;    /* that the foremost reader has, or a later one */
	uint64_t n_read;      /* rows up to it */
	uint64_t n_wanted;    /* items to have at hand, beyond those that are read */
	uint64_t page_ms;     /* when the latest page was stored */
	uint64_t idle_ms;     /* time in which nobody asked for the next page */
	uint64_t n_known;     /* items in the store before the listing */
	int64_t n_left;       /* items that the server still has for it; -1: it does not say */
	size_t n_pages_max;   /* that one request may ask for; 1: by REST */
	int64_t checked_s; /* when it was complete or will have been, by the server's clock; 0: never */
	uint64_t
		begun_ms; /* no page of the listing or the latest check was asked for before; 0: none */

	bool is_used;              /* somebody looked into it since its latest check */
	uint64_t news_step;        /* the step in which a survey found something new in it */
	uint64_t unnamed_until_ms; /* until then no survey asks for it: it has no name in GraphQL */

	/* Moments of dir_asked_ms, 0: never; forget.c. */
	uint64_t asked_ms;      /* the latest one given */
	uint64_t forgot_ms;     /* the latest forgetting of anything */
	uint64_t forgot_all_ms; /* of the whole directory */
	struct forgotten_item forgotten[FORGOTTEN_MAX];
	size_t n_forgotten;

	/* stale.c */
	uint64_t stale_until_ms; /* not asked for until then; 0: not at all */
	bool is_whole;           /* its rows are all that there was, or more; DIR_LISTED: true */
	bool is_refused;         /* to the client's role */

	/* Likewise; watched.c. */
	uint64_t watched_ms;     /* since then the server tells of changes; 0: it does not */
	uint64_t doubted_ms;     /* what was asked for up to then has to be checked */
	struct changed *changed; /* what it told of */
};

struct cache {
	const struct clock *clock;
	struct client *client; /* borrowed */
	struct store *store;
	struct flight *flights;
	struct negative *negatives;
	struct texts *texts;
	struct pool *pool;             /* borrowed; NULL: none */
	bool has_graphql;              /* several pages of a listing in one request */
	_Atomic bool has_told_of_rest; /* the log says why it is not GraphQL */
	struct schema_list schemas;
	struct cache_dir *dirs;
	size_t n_dirs;
	uint64_t ttl_ms, negative_ttl_ms, max_memory_bytes;
	enum cache_stale stale;
	_Atomic bool is_refused; /* the client's token; stale.c */
	_Atomic uint64_t hits, misses, n_stale;
	_Atomic unsigned
		n_taken_up; /* of the directories of an earlier mount, checked in this one */

	pthread_mutex_t observer_lock; /* held while it is called */
	cache_change_fn on_change;     /* guarded by observer_lock, as its payload; NULL: none */
	void *observer;
};

/* A directory's state at one moment. */
struct dir_view {
	uint64_t now_ms; /* that moment */
	enum dir_state state;
	uint64_t generation;
	uint64_t fresh_ms; /* 0: expired */
	uint64_t step;
	uint64_t begun_ms;
	bool is_forgotten; /* a check would confirm what is to be forgotten: list it */
	bool is_stale;     /* not asked for just now, and its rows are all that there was */
	int64_t n_left;
};

/* With fewer items known, losing most of them is an ordinary day. */
#define LOSS_MIN_KNOWN 10

/* So many are gone that it is to be doubted. */
bool is_loss(uint64_t n_known, uint64_t n_left);

/*
 * A time, by the server's clock, at which the page was not yet made; asked_ms: when it was
 * asked for. Never 0.
 */
int64_t page_time_s(struct cache *cache, const struct content_page *page, uint64_t asked_ms);

/* Takes it for a look of somebody who uses the directory. */
struct dir_view dir_get_view(struct cache_dir *dir);
struct dir_view dir_get_view_locked(struct cache_dir *dir, uint64_t now);

/* Asserts what the table in cache.c says. */
void dir_check_locked(const struct cache_dir *dir);

void dir_note_modified(struct cache_dir *dir, int64_t modified_s);

/* The moment for a request that is about to be sent. */
uint64_t dir_asked_ms(struct cache_dir *dir);

/* Was what the server said of an item, asked at that moment, forgotten since? */
bool dir_is_forgotten(struct cache_dir *dir, const char *id, uint64_t asked_ms);
bool dir_is_forgotten_locked(const struct cache_dir *dir, const char *id, uint64_t asked_ms);

/* Was the whole directory, as it was told by a listing or check that began then? */
bool dir_is_all_forgotten_locked(const struct cache_dir *dir, uint64_t begun_ms);

/* A listing or a check has ended: it asked anew for what was forgotten before it began. */
void dir_drop_forgotten_locked(struct cache_dir *dir);

/* A moment that no earlier request was sent after, and all later ones are. */
uint64_t dir_mark_locked(struct cache_dir *dir);

/* For how long yet what a listing or check told is good. */
uint64_t dir_fresh_ms_locked(const struct cache_dir *dir, uint64_t now);

/* Does what a listing or check that began then told have to be asked for again? */
bool dir_is_outdated_locked(const struct cache_dir *dir, uint64_t begun_ms);

/* For how long yet an answer for one item is good. */
uint64_t dir_answer_fresh_ms_locked(const struct cache_dir *dir, uint64_t asked_ms, uint64_t now);

/* Has the server told of something that is not in this answer? */
bool dir_wants(struct cache_dir *dir, const char *id, const struct changed_answer *answer);

/* An answer has come, and may have what the server told of. */
void dir_settle(struct cache_dir *dir, const char *id, const struct changed_answer *answer);
void dir_settle_locked(struct cache_dir *dir, const char *id, const struct changed_answer *answer);

/* Asks for everything that the server told of. */
bool dir_has_changes(struct cache_dir *dir);
int dir_settle_changes(
	struct cache_dir *dir, const struct call *call, bool *has_asked, struct error *err);

/* How long, from the view's moment on, what the store says of an item is good; 0: ask. */
uint64_t item_fresh_ms(
	struct cache_dir *dir, const struct dir_view *view, const struct store_item *item);

/* As item_fresh_ms, by a view of this moment. */
uint64_t item_fresh_now_ms(struct cache_dir *dir, const struct store_item *item);

/* As item_fresh_ms, of an answer that has just come, and may be what the server told of. */
uint64_t item_settle_fresh_ms(struct cache_dir *dir, const struct store_item *item);

/* Lets the server say whether an item is there: afterwards the store has it fresh, or not at all. */
int item_settle(struct cache_dir *dir, const struct call *call, const char *id, struct error *err);

/* A directory by its number in the store; NULL: no such. */
struct cache_dir *dir_of_number(struct cache *cache, uint64_t number);

/* observer_begin: from then on the store's changes go to the observer. */
void observer_init(struct cache *cache);
void observer_begin(struct cache *cache);
void observer_release(struct cache *cache);

/* An item will be another when it is asked for; row 0: it is new. No lock held. */
void observer_tell(struct cache_dir *dir, uint64_t row, const char *id);

/* What is to be known of an item. */
enum item_detail { ITEM_BRIEF, ITEM_WHOLE };

/*
 * The item of a row, fresh; replaces *item. *has_asked is set if the server was asked. -ENOENT:
 * it is gone.
 */
int item_get(struct cache *cache, const struct call *call, uint64_t row, enum item_detail detail,
	struct store_item *item, uint64_t *ret_fresh_ms, bool *has_asked, struct error *err);

/*
 * The server, asked at asked_ms, had no such item: -ENOENT, without a sentence. 0: it was found since, and
 * stays.
 */
int item_note_absent(struct cache_dir *dir, const char *id, uint64_t asked_ms, struct error *err);

/* GraphQL will not do: tells the log why, once a mount. */
void cache_tell_of_rest(struct cache *cache, const struct error *why);

/* Counts an operation of a user. */
void cache_count(struct cache *cache, bool has_asked);

/* Milliseconds from now until then, 0 if that has passed. */
uint64_t cache_left_ms(uint64_t until_ms, uint64_t now_ms);

/* From now on fresh, for as long as a listing or check of that age is. Lock held. */
void dir_set_until_locked(struct cache_dir *dir, uint64_t now);

/*
 * One move of a directory's listing. LISTING_BEGIN, if the directory is still as the caller saw
 * it: begins one and fetches its first page; where a complete listing is at hand, that is a check
 * of what has changed, if that will do (freshness.h). One thread at a time does it; the others
 * wait for that one. LISTING_GO_ON: waits until more has come than the caller saw; where no
 * thread of the pool is to bring it, fetches it, or ends the listing.
 * *ret_has_moved: this call did it, or waited for a page; if not, look again.
 */
enum listing_move { LISTING_BEGIN, LISTING_GO_ON };
int listing_advance(struct cache_dir *dir, const struct call *call, const struct dir_view *view,
	enum listing_move move, bool *ret_has_moved, struct error *err);

/*
 * Lists to the end what is not fresh, unless more than max_left items are still to come
 * (INT64_MAX: however many). *ret_is_listed: the store now has what the server has.
 */
int listing_complete(struct cache_dir *dir, const struct call *call, int64_t max_left,
	bool *ret_is_listed, struct error *err);

#endif
