#include "cache/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/log.h"
#include "cache/store_private.h"

/* Rows looked at under one hold of the lock when a listing ends. */
#define WINDOW_ROWS 2000

int store_run_locked(
	struct store *store, enum store_statement statement, struct error *err, const char *what)
{
	struct query q = db_query(store->db, statement);

	return query_run(&q, err, what);
}

bool store_has_moved_locked(struct store *store, int ret)
{
	struct error why = { 0 };

	if (ret == 0 || !db_is_stuck(store->db))
		return false;
	if (db_leave_disk(store->db, &why) == 0)
		return true;
	log_line(LOG_WARN, "%s; the cache stays on its disk", why.text);
	return false;
}

static int load_session(struct store *store, struct error *err)
{
	struct query q = db_query(store->db, STORE_SESSION);

	if (query_next(&q))
		store->session = (uint64_t)query_get_int(&q, 0);
	return query_end(&q, err, "cannot open the store");
}

static void drop_row(void *rows, int64_t row, bool is_new)
{
	rows_drop(rows, (uint64_t)row, is_new);
}

static int open_db(struct store *store, const struct store_conf *conf, struct error *err)
{
	const char *const owner[] = { conf->url, conf->app, conf->client_id, conf->view };
	char name[17];
	char *identity;
	int ret;

	if (asprintf(&identity, "%s\n%s\n%s\n%s", conf->url, conf->app, conf->client_id,
		    conf->view) < 0)
		return error_set(err, ENOMEM, "out of memory");
	snprintf(name, sizeof(name), "%016llx", (unsigned long long)hash_strings(owner, 4));
	const struct db_conf db_conf = {
		.directory = conf->directory,
		.name = name,
		.identity = identity,
		.schema = store_schema,
		.format = STORE_FORMAT,
		.statements = store_statements,
		.n_statements = STORE_STATEMENTS,
		.watched = "item",
		.on_change = drop_row,
		.payload = store->rows,
	};
	ret = db_open(&db_conf, &store->db, err);
	free(identity);
	return ret;
}

static int open_db_to_use(struct store *store, const struct store_conf *conf, struct error *err)
{
	int ret = open_db(store, conf, err);

	if (ret == 0)
		ret = load_session(store, err);
	if (ret == 0)
		ret = store_begin_uses(store, err);
	return ret;
}

/* Damage that shows in its first use has taken the database away already. */
static int open_or_begin_anew(struct store *store, const struct store_conf *conf, struct error *err)
{
	struct error why = { 0 };
	int ret = open_db_to_use(store, conf, &why);

	if (ret == -EIO && store->db) {
		log_line(LOG_WARN, "the cache of the app '%s' is damaged; it is begun anew",
			store->app);
		db_close(store->db);
		store->db = NULL;
		ret = open_db_to_use(store, conf, &why);
	}
	if (ret < 0 && err)
		*err = why;
	return ret;
}

int store_open(const struct store_conf *conf, struct store **ret_store, struct error *err)
{
	struct store *store = calloc(1, sizeof(*store));
	int ret;

	if (!store)
		return error_set(err, ENOMEM, "out of memory");
	pthread_mutex_init(&store->lock, NULL);
	store->max_text_bytes = conf->max_text_bytes;
	store->app = strdup(conf->app);
	store->rows = rows_new();
	if (store->app && store->rows)
		ret = open_or_begin_anew(store, conf, err);
	else
		ret = error_set(err, ENOMEM, "out of memory");
	if (ret < 0) {
		store_close(store);
		return ret;
	}
	*ret_store = store;
	return 0;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	if (store->db)
		store_write_uses_locked(store);
	db_close(store->db);
	rows_free(store->rows);
	pthread_mutex_destroy(&store->lock);
	free(store->app);
	free(store);
}

/* Items of one window of rows behind after_row that the listing has not seen. */
static int remove_window_locked(struct changes *changes, uint64_t dir, uint64_t generation,
	uint64_t after_row, uint64_t *ret_last_row, struct error *err)
{
	static const char what[] = "cannot remove the items that are gone";
	struct db *db = changes->store->db;
	struct query q = db_query(db, STORE_DIR_WINDOW);
	uint64_t last_row = 0;
	int ret;

	query_int(&q, (int64_t)dir);
	query_int(&q, (int64_t)after_row);
	query_int(&q, WINDOW_ROWS);
	if (query_next(&q))
		last_row = (uint64_t)query_get_int(&q, 0);
	ret = query_end(&q, err, what);
	if (ret == 0 && last_row > 0) {
		q = db_query(db, STORE_WINDOW_REMOVE);
		query_int(&q, (int64_t)dir);
		query_int(&q, (int64_t)after_row);
		query_int(&q, (int64_t)last_row);
		query_int(&q, (int64_t)generation);
		ret = changes_run_removal(changes, &q, dir, err, what);
	}
	*ret_last_row = last_row;
	return ret;
}

int store_end_listing(struct store *store, uint64_t dir, uint64_t generation, struct error *err)
{
	struct changes changes = { .store = store };
	uint64_t after_row = 0;
	int ret;

	/* Window by window: others get the lock in between. */
	do {
		uint64_t last_row;

		pthread_mutex_lock(&store->lock);
		do {
			ret = remove_window_locked(
				&changes, dir, generation, after_row, &last_row, err);
		} while (store_has_moved_locked(store, ret));
		pthread_mutex_unlock(&store->lock);
		changes_tell(&changes);
		after_row = last_row;
	} while (ret == 0 && after_row > 0);
	return ret;
}

static int add_dir_locked(struct store *store, const char *name, uint64_t fingerprint,
	uint64_t *ret_dir, struct error *err)
{
	struct query q = db_query(store->db, STORE_DIR_ADD);

	query_text(&q, name);
	query_int(&q, (int64_t)fingerprint);
	if (query_next(&q))
		*ret_dir = (uint64_t)query_get_int(&q, 0);
	return query_run(&q, err, "cannot add a directory to the store");
}

/* The directory's row, added if need be; fingerprint in: wanted, out: found. */
static int open_dir_row(struct store *store, const char *name, uint64_t *fingerprint,
	uint64_t *ret_dir, int64_t *ret_modified_s, struct error *err)
{
	struct query q;
	bool is_known = false;
	int ret;

	pthread_mutex_lock(&store->lock);
	q = db_query(store->db, STORE_DIR_FIND);
	query_text(&q, name);
	if (query_next(&q)) {
		is_known = true;
		*ret_dir = (uint64_t)query_get_int(&q, 0);
		*fingerprint = (uint64_t)query_get_int(&q, 1);
		*ret_modified_s = query_get_int(&q, 2);
	}
	ret = query_end(&q, err, "cannot find a directory in the store");
	if (ret == 0 && !is_known) {
		do {
			ret = add_dir_locked(store, name, *fingerprint, ret_dir, err);
		} while (store_has_moved_locked(store, ret));
	}
	pthread_mutex_unlock(&store->lock);
	return ret;
}

static int mark_rendered(struct store *store, uint64_t dir, uint64_t fingerprint, struct error *err)
{
	struct query q;
	int ret;

	pthread_mutex_lock(&store->lock);
	do {
		q = db_query(store->db, STORE_DIR_RENDERED);
		query_int(&q, (int64_t)dir);
		query_int(&q, (int64_t)fingerprint);
		ret = query_run(&q, err, "cannot change a directory of the store");
	} while (store_has_moved_locked(store, ret));
	pthread_mutex_unlock(&store->lock);
	return ret;
}

int store_open_dir(struct store *store, const char *name, uint64_t fingerprint, uint64_t *ret_dir,
	int64_t *ret_modified_s, struct error *err)
{
	uint64_t found = fingerprint, dir = 0;
	int64_t modified_s = 0;
	int ret;

	ret = open_dir_row(store, name, &found, &dir, &modified_s, err);
	if (ret < 0)
		return ret;
	if (found != fingerprint) {
		/* The mark comes last: whoever is killed in between does it again. */
		ret = store_set_checked(store, dir, 0, err);
		if (ret == 0)
			ret = store_end_listing(store, dir, UINT64_MAX, err);
		if (ret == 0)
			ret = mark_rendered(store, dir, fingerprint, err);
		if (ret < 0)
			return ret;
		modified_s = 0;
	}
	*ret_dir = dir;
	*ret_modified_s = modified_s;
	return 0;
}

static int begin_listing_locked(struct store *store, uint64_t dir, uint64_t *ret_generation,
	uint64_t *ret_n_items, struct error *err)
{
	static const char what[] = "cannot begin a listing in the store";
	struct query q = db_query(store->db, STORE_DIR_COUNT);
	int ret;

	query_int(&q, (int64_t)dir);
	if (query_next(&q))
		*ret_n_items = (uint64_t)query_get_int(&q, 0);
	ret = query_end(&q, err, what);
	if (ret < 0)
		return ret;
	q = db_query(store->db, STORE_DIR_LISTED);
	query_int(&q, (int64_t)dir);
	query_int(&q, (int64_t)++store->use);
	if (query_next(&q))
		*ret_generation = (uint64_t)query_get_int(&q, 0);
	return query_run(&q, err, what);
}

int store_begin_listing(struct store *store, uint64_t dir, uint64_t *ret_generation,
	uint64_t *ret_n_items, struct error *err)
{
	uint64_t n_items = 0, generation = 0;
	int ret;

	pthread_mutex_lock(&store->lock);
	store_write_uses_locked(store);
	do {
		ret = begin_listing_locked(store, dir, &generation, &n_items, err);
	} while (store_has_moved_locked(store, ret));
	pthread_mutex_unlock(&store->lock);
	if (ret < 0)
		return ret;
	*ret_generation = generation;
	*ret_n_items = n_items;
	return 0;
}

int store_remove(struct store *store, uint64_t dir, const char *id, struct error *err)
{
	struct changes changes = { .store = store };
	struct query q;
	int ret;

	pthread_mutex_lock(&store->lock);
	do {
		q = db_query(store->db, STORE_ITEM_REMOVE);
		query_int(&q, (int64_t)dir);
		query_text(&q, id);
		ret = changes_run_removal(
			&changes, &q, dir, err, "cannot remove an item from the store");
	} while (store_has_moved_locked(store, ret));
	pthread_mutex_unlock(&store->lock);
	changes_tell(&changes);
	return ret;
}

int store_touch(struct store *store, uint64_t row, uint64_t asked_ms, struct error *err)
{
	struct query q;
	int ret;

	pthread_mutex_lock(&store->lock);
	do {
		q = db_query(store->db, STORE_ITEM_TOUCH);
		query_int(&q, (int64_t)row);
		query_int(&q, (int64_t)store->session);
		query_int(&q, (int64_t)asked_ms);
		ret = query_run(&q, err, "cannot mark an item in the store");
	} while (store_has_moved_locked(store, ret));
	pthread_mutex_unlock(&store->lock);
	return ret;
}
