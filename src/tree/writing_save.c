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

static bool is_refused(const struct writing *w)
{
	return w->n_refused != 0 && w->n_refused == w->n_changes;
}

/* Nobody is left who could save it. */
static void put_away(const struct writing *w)
{
	const struct save_request request = request_of(w, &w->text);
	struct save_kept kept = { 0 };
	struct error why = { 0 };

	if (is_refused(w))
		why = w->refusal;
	else
		error_set(&why, EIO, "it was still open for writing when the mount ended");
	if (w->n_kept == w->n_changes)
		kept = w->kept;
	if (save_is_kept(&kept) || saver_keep(w->app->saver, &request, &kept, &why) == 0)
		return;
	log_line(LOG_ERROR, "%s/%s is not saved%s: %s", cache_dir_name(w->dir), w->id,
		save_is_kept(&kept) ? "" : ", and its text is lost", why.text);
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

bool writing_is_pending_locked(const struct writing *w)
{
	return w->n_changes != w->n_saved && (w->is_saving || !is_refused(w));
}

bool writing_is_pending(struct writing *w)
{
	bool is;

	pthread_mutex_lock(&w->lock);
	is = writing_is_pending_locked(w);
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

/* *ret_past: what was kept of an earlier text, and is not needed any more. */
static void note_success_locked(struct writing *w, uint64_t n_changes,
	const struct save_result *result, struct save_kept *ret_past)
{
	w->n_saved = n_changes;
	w->version = result->version;
	if (w->n_kept > n_changes)
		return;
	*ret_past = w->kept;
	w->kept = (struct save_kept){ 0 };
	w->n_kept = 0;
}

/*
 * As note_success_locked. Where this text is nowhere, an earlier one is the most there is, and stays;
 * and so does this one where a later one was refused meanwhile.
 */
static void note_refusal_locked(struct writing *w, uint64_t n_changes, const struct save_kept *kept,
	const struct error *err, struct save_kept *ret_past)
{
	if (n_changes < w->n_refused)
		return;
	w->n_refused = n_changes;
	w->refusal = *err;
	if (!save_is_kept(kept))
		return;
	*ret_past = w->kept;
	/* The same text has the same place, and its reason may not have found room anew. */
	if (strcmp(ret_past->copy.name, kept->copy.name) == 0)
		ret_past->copy.name[0] = '\0';
	w->kept = *kept;
	w->n_kept = n_changes;
}

/* A copy of the text as it is now. */
static int copy_locked(const struct writing *w, struct buf *text, struct error *err)
{
	buf_init(text, CONTENT_TEXT_MAX);
	if (buf_add(text, w->text.data, w->text.len) < 0)
		return error_set(err, ENOMEM, "out of memory");
	return 0;
}

/*
 * The lock is let go meanwhile: it is held by the caller, before and after. *ret_past: to be forgotten
 * without it.
 */
static int send_locked(
	struct writing *w, const struct call *call, struct save_kept *ret_past, struct error *err)
{
	uint64_t n_changes = w->n_changes;
	struct save_result result;
	struct save_request request;
	struct buf text;
	int ret = copy_locked(w, &text, err);

	if (ret < 0)
		return ret;
	request = request_of(w, &text);
	w->is_saving = true;
	pthread_mutex_unlock(&w->lock);
	ret = saver_save(w->app->saver, call, &request, &result, err);
	pthread_mutex_lock(&w->lock);
	if (ret == 0)
		note_success_locked(w, n_changes, &result, ret_past);
	else
		note_refusal_locked(w, n_changes, &result.kept, err, ret_past);
	w->is_saving = false;
	pthread_cond_broadcast(&w->is_idle);
	buf_release(&text);
	return ret;
}

/*
 * As send_locked, for who has waited for another save in vain: he is told when the text is on disk.
 * Unless that save was of this very text, and has succeeded by then.
 */
static int give_up_locked(struct writing *w, struct save_kept *ret_past, struct error *err)
{
	uint64_t n_changes = w->n_changes;
	struct save_kept kept = { 0 };
	struct save_request request;
	struct error none = { 0 };
	struct buf text;
	int ret = -err->errnum;

	if (copy_locked(w, &text, &none) < 0)
		return ret;
	request = request_of(w, &text);
	pthread_mutex_unlock(&w->lock);
	(void)saver_keep(w->app->saver, &request, &kept, err);
	pthread_mutex_lock(&w->lock);
	if (w->n_saved == n_changes) {
		*ret_past = kept;
		ret = 0;
	} else {
		note_refusal_locked(w, n_changes, &kept, err, ret_past);
	}
	buf_release(&text);
	return ret;
}

static int fail_waiting(const struct writing *w, int ret, struct error *err)
{
	return error_set(err, -ret, "%s/%s: waited in vain for another save of it",
		cache_dir_name(w->dir), w->id);
}

int writing_begin_save(struct writing *w, const struct call *call, struct error *err)
{
	int ret = 0;

	pthread_mutex_lock(&w->lock);
	while (w->is_saving && ret == 0)
		ret = call_wait(call, &w->is_idle, &w->lock);
	if (ret == 0)
		w->is_saving = true;
	pthread_mutex_unlock(&w->lock);
	return ret < 0 ? fail_waiting(w, ret, err) : 0;
}

void writing_end_save(struct writing *w)
{
	pthread_mutex_lock(&w->lock);
	w->is_saving = false;
	pthread_cond_broadcast(&w->is_idle);
	pthread_mutex_unlock(&w->lock);
}

/* A flush does not ask again for what was refused. */
static bool is_to_be_sent(const struct writing *w, enum writing_occasion occasion)
{
	return is_dirty(w) && !(occasion == WRITING_FLUSH && is_refused(w));
}

int writing_save(struct writing *w, const struct call *call, enum writing_occasion occasion,
	bool *ret_is_saved, struct error *err)
{
	struct save_kept past = { 0 };
	struct error why = { 0 };
	bool is_saved = false;
	int ret = 0;

	pthread_mutex_lock(&w->lock);
	while (ret == 0 && w->is_saving && is_to_be_sent(w, occasion))
		ret = call_wait(call, &w->is_idle, &w->lock);
	if (!is_to_be_sent(w, occasion)) {
		why = w->refusal;
		ret = is_dirty(w) ? -why.errnum : 0;
	} else if (ret < 0) {
		(void)fail_waiting(w, ret, &why);
		ret = give_up_locked(w, &past, &why);
	} else {
		ret = send_locked(w, call, &past, &why);
		is_saved = ret == 0 && !w->is_cut_off;
	}
	pthread_mutex_unlock(&w->lock);
	saver_forget(w->app->saver, w->dir, &past);
	if (ret < 0 && err)
		*err = why;
	if (ret_is_saved)
		*ret_is_saved = is_saved;
	return ret;
}
