#include "tree/writing.h"

#include <errno.h>
#include <string.h>

#include "api/content.h"
#include "base/clock.h"
#include "cache/cache.h"
#include "tree/openings.h"
#include "tree/writing_private.h"

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

void writing_begin_new(struct writing *w, uint64_t local, int64_t version)
{
	pthread_mutex_lock(&w->lock);
	if (!w->has_begun) {
		w->version = version;
		w->local = local;
		w->has_begun = true;
	}
	pthread_mutex_unlock(&w->lock);
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
		w->is_read = true;
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
	if (offset == WRITING_AT_END)
		offset = w->text.len;
	if (offset > CONTENT_TEXT_MAX || offset + size > w->text.len)
		ret = resize_locked(w, offset + size, err);
	if (ret == 0 && size > 0) {
		memcpy(w->text.data + offset, data, size);
		note_change_locked(w);
	}
	pthread_mutex_unlock(&w->lock);
	return ret;
}

/* A version that is yet to come is of the item's life before it was removed. */
static void note_emptied_locked(struct writing *w, int64_t version_read)
{
	if (!w->is_read && version_read >= 0 && version_read < w->version)
		w->version = version_read;
}

int writing_resize(struct writing *w, uint64_t size, struct error *err)
{
	int64_t version_read = openings_find(w->writings->openings, w->ino);
	int ret = 0;

	pthread_mutex_lock(&w->lock);
	if (size != w->text.len)
		ret = resize_locked(w, size, err);
	if (ret == 0)
		note_change_locked(w);
	if (ret == 0 && size == 0)
		note_emptied_locked(w, version_read);
	pthread_mutex_unlock(&w->lock);
	return ret;
}

void writing_get(struct writing *w, struct writing_figures *ret_figures)
{
	pthread_mutex_lock(&w->lock);
	ret_figures->size = w->text.len;
	ret_figures->modified_s = w->modified_s;
	ret_figures->version = w->version;
	pthread_mutex_unlock(&w->lock);
}
