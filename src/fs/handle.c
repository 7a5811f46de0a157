#include "fs/handle.h"

#include <errno.h>
#include <fuse_lowlevel.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

/*
 * What one worker has opened another one closes, and memory that goes from thread to thread like
 * that is dear: so many are kept for the next ones.
 */
#define SPARES_MAX 64

struct handle {
	struct handle *previous, *next; /* guarded by the list's lock */
	void *object;
	handle_close_fn close;
};

struct handles {
	pthread_mutex_t lock;
	struct handle *first;  /* guarded by lock, as the rest */
	struct handle *spares; /* by next */
	size_t n_spares;
};

struct handles *handles_new(void)
{
	struct handles *handles = calloc(1, sizeof(*handles));

	if (handles)
		pthread_mutex_init(&handles->lock, NULL);
	return handles;
}

void handles_free(struct handles *handles)
{
	struct handle *handle;

	if (!handles)
		return;
	while ((handle = handles->first)) {
		handles->first = handle->next;
		handle->close(handle->object);
		free(handle);
	}
	while ((handle = handles->spares)) {
		handles->spares = handle->next;
		free(handle);
	}
	pthread_mutex_destroy(&handles->lock);
	free(handles);
}

static struct handle *handle_of(const struct fuse_file_info *info)
{
	/* libfuse keeps a pointer in 64 bits. */
	return (struct handle *)(uintptr_t)info->fh; /* NOLINT(performance-no-int-to-ptr) */
}

static struct handle *take_locked(struct handles *handles)
{
	struct handle *handle = handles->spares;

	if (!handle)
		return malloc(sizeof(*handle));
	handles->spares = handle->next;
	handles->n_spares--;
	return handle;
}

/* Returns what is to be freed. */
static struct handle *give_back_locked(struct handles *handles, struct handle *handle)
{
	if (handles->n_spares == SPARES_MAX)
		return handle;
	handle->next = handles->spares;
	handles->spares = handle;
	handles->n_spares++;
	return NULL;
}

int handle_open(
	struct handles *handles, struct fuse_file_info *info, void *object, handle_close_fn close)
{
	struct handle *handle;

	pthread_mutex_lock(&handles->lock);
	handle = take_locked(handles);
	if (handle) {
		*handle = (struct handle){
			.next = handles->first, .object = object, .close = close
		};
		if (handle->next)
			handle->next->previous = handle;
		handles->first = handle;
	}
	pthread_mutex_unlock(&handles->lock);
	if (!handle)
		return -ENOMEM;
	info->fh = (uint64_t)(uintptr_t)handle;
	return 0;
}

void *handle_get(const struct fuse_file_info *info)
{
	return handle_of(info)->object;
}

void handle_close(struct handles *handles, const struct fuse_file_info *info)
{
	struct handle *handle = handle_of(info);
	const handle_close_fn close = handle->close;
	void *object = handle->object;

	pthread_mutex_lock(&handles->lock);
	if (handle->previous)
		handle->previous->next = handle->next;
	else
		handles->first = handle->next;
	if (handle->next)
		handle->next->previous = handle->previous;
	handle = give_back_locked(handles, handle);
	pthread_mutex_unlock(&handles->lock);
	free(handle);
	close(object);
}
