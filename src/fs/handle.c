#include "fs/handle.h"

#include <errno.h>
#include <fuse_lowlevel.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

struct handle {
	struct handle *previous, *next; /* guarded by the list's lock */
	void *object;
	handle_close_fn close;
};

struct handles {
	pthread_mutex_t lock;
	struct handle *first; /* guarded by lock */
};

struct handles *handles_new(void)
{
	struct handles *handles = calloc(1, sizeof(*handles));

	if (handles)
		pthread_mutex_init(&handles->lock, NULL);
	return handles;
}

static void close_handle(struct handle *handle)
{
	handle->close(handle->object);
	free(handle);
}

void handles_free(struct handles *handles)
{
	struct handle *handle;

	if (!handles)
		return;
	handle = handles->first;
	while (handle) {
		struct handle *next = handle->next;

		close_handle(handle);
		handle = next;
	}
	pthread_mutex_destroy(&handles->lock);
	free(handles);
}

static struct handle *handle_of(const struct fuse_file_info *info)
{
	/* libfuse keeps a pointer in 64 bits. */
	return (struct handle *)(uintptr_t)info->fh; /* NOLINT(performance-no-int-to-ptr) */
}

int handle_open(
	struct handles *handles, struct fuse_file_info *info, void *object, handle_close_fn close)
{
	struct handle *handle = calloc(1, sizeof(*handle));

	if (!handle)
		return -ENOMEM;
	handle->object = object;
	handle->close = close;
	pthread_mutex_lock(&handles->lock);
	handle->next = handles->first;
	if (handle->next)
		handle->next->previous = handle;
	handles->first = handle;
	pthread_mutex_unlock(&handles->lock);
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

	pthread_mutex_lock(&handles->lock);
	if (handle->previous)
		handle->previous->next = handle->next;
	else
		handles->first = handle->next;
	if (handle->next)
		handle->next->previous = handle->previous;
	pthread_mutex_unlock(&handles->lock);
	close_handle(handle);
}
