/* What becomes of a text that was written: saved, refused, or put away. */
#include <errno.h>
#include <string.h>

#include "api/content.h"
#include "base/call.h"
#include "base/log.h"
#include "cache/cache.h"
#include "save/save.h"
#include "tree/app.h"
#include "tree/locals.h"
#include "tree/writing_private.h"

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

void writing_leave(const struct writing *w)
{
	if (!is_dirty(w))
		return;
	put_away(w);
	/* It may have got another text since, under the same name. */
	if (w->local)
		locals_drop(w->writings->locals, w->local);
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

bool writing_has_saved(struct writing *w)
{
	bool has;

	pthread_mutex_lock(&w->lock);
	has = w->n_saved > 0;
	pthread_mutex_unlock(&w->lock);
	return has;
}

bool writing_is_refused(struct writing *w)
{
	bool is;

	pthread_mutex_lock(&w->lock);
	is = is_refused(w);
	pthread_mutex_unlock(&w->lock);
	return is;
}

/* Unless what it has become is nowhere: then it is the most there is. */
static void forget_refused(
	const struct writing *w, const char *name, int ret, const char *now_called)
{
	struct error err = { 0 };
	bool is_elsewhere = ret == 0 || now_called[0];

	if (name[0] && is_elsewhere && strcmp(name, now_called) != 0 &&
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
	forget_refused(w, refused_name, ret, result->unsaved_name);
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
