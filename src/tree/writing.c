#include "tree/writing.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "api/content.h"
#include "base/buf.h"
#include "base/call.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/log.h"
#include "cache/cache.h"
#include "save/save.h"
#include "tree/app.h"
#include "tree/locals.h"

/* Texts are written by the dozen, rarely by the thousand. */
#define CHAINS 256

struct writing {
	struct writings *writings;
	const struct app *app;
	struct cache_dir *dir;
	char *id, *name;
	uint64_t hash;
	struct writing *next; /* guarded by the table's lock, as the next two */
	unsigned references;
	bool is_listed; /* not cut off */

	pthread_mutex_t lock;
	pthread_cond_t is_idle;
	/* From here on guarded by lock. */
	bool has_begun;
	bool is_cut_off;
	bool is_saving;
	struct buf text;
	int64_t version; /* that the text is a change of; -1: of none */
	int64_t modified_s;
	uint64_t n_changes;              /* grows with each change of the text */
	uint64_t n_saved;                /* what it was when the text was saved last */
	uint64_t n_refused;              /* what it was when the text was refused last; 0: never */
	struct error refusal;            /* then */
	char unsaved_name[NAME_MAX + 1]; /* then; "": it is nowhere */
};

struct writings {
	const struct clock *clock;
	struct locals *locals;
	_Atomic size_t n_texts;
	pthread_mutex_t lock;
	struct writing *chains[CHAINS]; /* guarded by lock */
};

struct writings *writings_new(const struct clock *clock, struct locals *locals)
{
	struct writings *writings = calloc(1, sizeof(*writings));

	if (!writings)
		return NULL;
	writings->clock = clock;
	writings->locals = locals;
	pthread_mutex_init(&writings->lock, NULL);
	return writings;
}

void writings_free(struct writings *writings)
{
	if (!writings)
		return;
	pthread_mutex_destroy(&writings->lock);
	free(writings);
}

static uint64_t hash_key(const struct writing_key *key)
{
	const char *const strings[] = { key->app->name, cache_dir_name(key->dir), key->id };

	return hash_strings(strings, 3);
}

static struct writing *find_locked(
	struct writings *writings, const struct writing_key *key, uint64_t hash)
{
	struct writing *w = writings->chains[hash % CHAINS];

	while (w && !(w->hash == hash && w->dir == key->dir && strcmp(w->id, key->id) == 0))
		w = w->next;
	if (w)
		w->references++;
	return w;
}

static bool has_begun(struct writing *w)
{
	bool has;

	pthread_mutex_lock(&w->lock);
	has = w->has_begun;
	pthread_mutex_unlock(&w->lock);
	return has;
}

struct writing *writings_find(struct writings *writings, const struct writing_key *key)
{
	struct writing *w;

	/* Of most directories nothing is written while they are listed. */
	if (atomic_load(&writings->n_texts) == 0)
		return NULL;
	pthread_mutex_lock(&writings->lock);
	w = find_locked(writings, key, hash_key(key));
	if (w && !has_begun(w)) {
		w->references--;
		w = NULL;
	}
	pthread_mutex_unlock(&writings->lock);
	return w;
}

static void release(struct writing *w)
{
	pthread_cond_destroy(&w->is_idle);
	pthread_mutex_destroy(&w->lock);
	buf_release(&w->text);
	free(w->id);
	free(w->name);
	free(w);
}

static struct writing *make(struct writings *writings, const struct writing_key *key, uint64_t hash)
{
	struct writing *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->writings = writings;
	w->app = key->app;
	w->dir = key->dir;
	w->hash = hash;
	w->references = 1;
	w->version = -1;
	w->id = strdup(key->id);
	w->name = strdup(key->name);
	buf_init(&w->text, CONTENT_TEXT_MAX);
	pthread_mutex_init(&w->lock, NULL);
	if (call_cond_init(&w->is_idle) < 0 || !w->id || !w->name) {
		release(w);
		return NULL;
	}
	return w;
}

int writings_take(struct writings *writings, const struct writing_key *key,
	struct writing **ret_writing, struct error *err)
{
	uint64_t hash = hash_key(key);
	struct writing *made = make(writings, key, hash);
	struct writing *w;

	if (!made)
		return error_set(err, ENOMEM, "out of memory");
	pthread_mutex_lock(&writings->lock);
	w = find_locked(writings, key, hash);
	if (!w) {
		w = made;
		w->next = writings->chains[hash % CHAINS];
		writings->chains[hash % CHAINS] = w;
		w->is_listed = true;
		atomic_fetch_add(&writings->n_texts, 1);
	}
	pthread_mutex_unlock(&writings->lock);
	if (w != made)
		release(made);
	*ret_writing = w;
	return 0;
}

struct writing *writing_ref(struct writing *w)
{
	pthread_mutex_lock(&w->writings->lock);
	w->references++;
	pthread_mutex_unlock(&w->writings->lock);
	return w;
}

static void unlink_locked(struct writing *w)
{
	struct writing **link = &w->writings->chains[w->hash % CHAINS];

	while (*link != w)
		link = &(*link)->next;
	*link = w->next;
	w->is_listed = false;
	atomic_fetch_sub(&w->writings->n_texts, 1);
}

static struct save_request request_of(const struct writing *w, const struct buf *text)
{
	return (struct save_request){
		.dir = w->dir,
		.id = w->id,
		.name = w->name,
		.text = buf_str(text),
		.len = text->len,
		.version = w->version,
	};
}

static bool is_dirty(const struct writing *w)
{
	return !w->is_cut_off && w->n_changes != w->n_saved && w->text.len > 0;
}

/* Nobody is left who could save it. */
static void put_away(const struct writing *w)
{
	const struct save_request request = request_of(w, &w->text);
	bool is_refused = w->n_refused == w->n_changes;
	struct error err = { 0 };

	if (is_refused && w->unsaved_name[0])
		return;
	if (saver_keep(w->app->saver, &request,
		    is_refused ? w->refusal.text
			       : "it was still open for writing when the mount ended",
		    &err) < 0)
		log_line(LOG_ERROR, "the text of '%s/%s' is lost: %s", cache_dir_name(w->dir),
			w->id, err.text);
}

void writing_unref(struct writing *w)
{
	struct writings *writings;
	bool is_last;

	if (!w)
		return;
	writings = w->writings;
	pthread_mutex_lock(&writings->lock);
	is_last = --w->references == 0;
	if (is_last && w->is_listed)
		unlink_locked(w);
	pthread_mutex_unlock(&writings->lock);
	if (!is_last)
		return;
	if (is_dirty(w)) {
		put_away(w);
		locals_remove(writings->locals, w->dir, w->id);
	}
	release(w);
}

void writing_cut_off(struct writing *w)
{
	pthread_mutex_lock(&w->writings->lock);
	if (w->is_listed)
		unlink_locked(w);
	pthread_mutex_unlock(&w->writings->lock);
	pthread_mutex_lock(&w->lock);
	w->is_cut_off = true;
	pthread_mutex_unlock(&w->lock);
}

static int set_text(struct writing *w, const char *text, size_t len, struct error *err)
{
	int ret = buf_add(&w->text, text, len);

	if (ret < 0)
		return error_set(err, -ret, "%s/%s: the text cannot be held: %s",
			cache_dir_name(w->dir), w->id, error_name(-ret));
	return 0;
}

int writing_begin(
	struct writing *w, const char *text, size_t len, int64_t version, struct error *err)
{
	int ret = 0;

	pthread_mutex_lock(&w->lock);
	if (!w->has_begun) {
		ret = set_text(w, text, len, err);
		w->version = version;
		w->has_begun = ret == 0;
	}
	pthread_mutex_unlock(&w->lock);
	return ret;
}

const struct app *writing_app(const struct writing *w)
{
	return w->app;
}

struct cache_dir *writing_dir(const struct writing *w)
{
	return w->dir;
}

const char *writing_id(const struct writing *w)
{
	return w->id;
}

size_t writing_read(struct writing *w, uint64_t offset, char *data, size_t size)
{
	size_t n = 0;

	pthread_mutex_lock(&w->lock);
	if (offset < w->text.len) {
		n = w->text.len - (size_t)offset;
		n = n < size ? n : size;
		memcpy(data, w->text.data + offset, n);
	}
	pthread_mutex_unlock(&w->lock);
	return n;
}

static void note_change_locked(struct writing *w)
{
	w->n_changes++;
	w->modified_s = clock_wall_s(w->writings->clock);
}

static int resize_locked(struct writing *w, uint64_t size, struct error *err)
{
	int ret;

	if (size > CONTENT_TEXT_MAX)
		return error_set(err, EFBIG, "%s/%s: a text has %zu bytes at most",
			cache_dir_name(w->dir), w->id, CONTENT_TEXT_MAX);
	ret = buf_resize(&w->text, (size_t)size);
	return ret < 0 ? error_set(err, -ret, "out of memory") : 0;
}

int writing_write(
	struct writing *w, uint64_t offset, const char *data, size_t size, struct error *err)
{
	int ret = 0;

	pthread_mutex_lock(&w->lock);
	if (offset > CONTENT_TEXT_MAX || offset + size > w->text.len)
		ret = resize_locked(w, offset + size, err);
	if (ret == 0 && size > 0) {
		memcpy(w->text.data + offset, data, size);
		note_change_locked(w);
	}
	pthread_mutex_unlock(&w->lock);
	return ret;
}

int writing_resize(struct writing *w, uint64_t size, struct error *err)
{
	int ret = 0;

	pthread_mutex_lock(&w->lock);
	if (size != w->text.len)
		ret = resize_locked(w, size, err);
	if (ret == 0)
		note_change_locked(w);
	pthread_mutex_unlock(&w->lock);
	return ret;
}

void writing_get(struct writing *w, struct writing_figures *ret_figures)
{
	pthread_mutex_lock(&w->lock);
	ret_figures->size = w->text.len;
	ret_figures->modified_s = w->modified_s;
	pthread_mutex_unlock(&w->lock);
}

static bool is_refused(const struct writing *w)
{
	return w->n_refused != 0 && w->n_refused == w->n_changes;
}

bool writing_is_pending(struct writing *w)
{
	bool is;

	pthread_mutex_lock(&w->lock);
	is = w->n_changes != w->n_saved && !is_refused(w);
	pthread_mutex_unlock(&w->lock);
	return is;
}

bool writing_is_refused(struct writing *w)
{
	bool is;

	pthread_mutex_lock(&w->lock);
	is = is_refused(w);
	pthread_mutex_unlock(&w->lock);
	return is;
}

static void forget_refused(const struct writing *w, const char *name, const char *now_called)
{
	struct error err = { 0 };

	if (name[0] && strcmp(name, now_called) != 0 &&
		saver_forget(w->app->saver, w->dir, name, &err) < 0)
		log_line(LOG_WARN, "%s", err.text);
}

static void note_verdict_locked(struct writing *w, uint64_t n_changes, int ret,
	const struct save_result *result, const struct error *err)
{
	if (ret == 0) {
		w->n_saved = n_changes;
		w->version = result->version;
		w->unsaved_name[0] = '\0';
		return;
	}
	w->n_refused = n_changes;
	w->refusal = *err;
	memcpy(w->unsaved_name, result->unsaved_name, sizeof(w->unsaved_name));
}

/* The lock is let go meanwhile: it is held by the caller, before and after. */
static int send_locked(
	struct writing *w, const struct call *call, struct save_result *result, struct error *err)
{
	uint64_t n_changes = w->n_changes;
	char refused_name[NAME_MAX + 1];
	struct save_request request;
	struct buf text;
	int ret;

	buf_init(&text, CONTENT_TEXT_MAX);
	if (buf_add(&text, w->text.data, w->text.len) < 0)
		return error_set(err, ENOMEM, "out of memory");
	memcpy(refused_name, w->unsaved_name, sizeof(refused_name));
	request = request_of(w, &text);
	w->is_saving = true;
	pthread_mutex_unlock(&w->lock);
	ret = saver_save(w->app->saver, call, &request, result, err);
	forget_refused(w, refused_name, result->unsaved_name);
	pthread_mutex_lock(&w->lock);
	note_verdict_locked(w, n_changes, ret, result, err);
	w->is_saving = false;
	pthread_cond_broadcast(&w->is_idle);
	buf_release(&text);
	return ret;
}

static int wait_idle_locked(struct writing *w, const struct call *call, struct error *err)
{
	int ret = 0;

	while (w->is_saving && ret == 0)
		ret = call_wait(call, &w->is_idle, &w->lock);
	if (ret < 0)
		return error_set(err, -ret, "%s/%s: waited in vain for another save of it",
			cache_dir_name(w->dir), w->id);
	return 0;
}

int writing_begin_save(struct writing *w, const struct call *call, struct error *err)
{
	int ret;

	pthread_mutex_lock(&w->lock);
	ret = wait_idle_locked(w, call, err);
	if (ret == 0)
		w->is_saving = true;
	pthread_mutex_unlock(&w->lock);
	return ret;
}

void writing_end_save(struct writing *w)
{
	pthread_mutex_lock(&w->lock);
	w->is_saving = false;
	pthread_cond_broadcast(&w->is_idle);
	pthread_mutex_unlock(&w->lock);
}

int writing_save(struct writing *w, const struct call *call, enum writing_occasion occasion,
	bool *ret_is_saved, struct error *err)
{
	struct save_result result = { 0 };
	struct error why = { 0 };
	bool is_sent = false, is_cut_off;
	int ret;

	pthread_mutex_lock(&w->lock);
	ret = wait_idle_locked(w, call, &why);
	if (ret == 0 && is_dirty(w)) {
		if (occasion == WRITING_FLUSH && is_refused(w)) {
			why = w->refusal;
			ret = -why.errnum;
		} else {
			ret = send_locked(w, call, &result, &why);
			is_sent = true;
		}
	}
	is_cut_off = w->is_cut_off;
	pthread_mutex_unlock(&w->lock);
	if (ret < 0 && err)
		*err = why;
	if (ret_is_saved)
		*ret_is_saved = ret == 0 && is_sent && !is_cut_off;
	return ret;
}
