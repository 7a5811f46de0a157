#include "net/probe.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/call.h"
#include "base/error.h"
#include "base/thread.h"
#include "net/transport.h"

struct probe {
	struct transport *transport;
	const struct clock *clock;
	uint64_t timeout_ms;
	probe_done_fn done;
	void *payload;
	struct http_request req;
	char *bytes; /* the memory behind it */
	pthread_t thread;
	_Atomic bool is_stopping;
};

static size_t size_of(const char *str)
{
	return str ? strlen(str) + 1 : 0;
}

static const void *put(char **end, const void *bytes, size_t size)
{
	void *copy = *end;

	if (!bytes)
		return NULL;
	memcpy(copy, bytes, size);
	*end += size;
	return copy;
}

static const char *put_string(char **end, const char *str)
{
	return put(end, str, size_of(str));
}

static bool copy_request(struct probe *probe, const struct http_request *req)
{
	size_t size = size_of(req->url) + size_of(req->content_type) + req->body_len;
	char *end;

	for (size_t i = 0; i < req->n_headers; i++)
		size += size_of(req->headers[i].name) + size_of(req->headers[i].value);
	probe->bytes = malloc(size);
	if (!probe->bytes)
		return false;
	end = probe->bytes;
	probe->req = *req;
	probe->req.url = put_string(&end, req->url);
	probe->req.content_type = put_string(&end, req->content_type);
	probe->req.body = put(&end, req->body, req->body_len);
	for (size_t i = 0; i < req->n_headers; i++) {
		probe->req.headers[i].name = put_string(&end, req->headers[i].name);
		probe->req.headers[i].value = put_string(&end, req->headers[i].value);
	}
	return true;
}

static bool is_stopping(void *payload)
{
	struct probe *probe = payload;

	return atomic_load(&probe->is_stopping);
}

static void *run(void *payload)
{
	struct probe *probe = payload;
	struct call call = call_begin(probe->clock, probe->timeout_ms);
	struct http_response res;
	struct error err = { 0 };
	int ret;

	call.is_interrupted = is_stopping;
	call.payload = probe;
	http_response_init(&res);
	ret = transport_perform(probe->transport, &call, &probe->req, &res, &err);
	probe->done(probe->payload, ret, ret == 0 ? res.status : 0, &err);
	http_response_release(&res);
	return NULL;
}

static void release(struct probe *probe)
{
	free(probe->bytes);
	free(probe);
}

struct probe *probe_start(struct transport *transport, const struct call *call,
	const struct http_request *req, probe_done_fn done, void *payload)
{
	struct probe *probe = calloc(1, sizeof(*probe));

	if (!probe)
		return NULL;
	probe->transport = transport;
	probe->clock = call->clock;
	probe->timeout_ms = call->deadline_ms - call->started_ms;
	probe->done = done;
	probe->payload = payload;
	atomic_init(&probe->is_stopping, false);
	if (copy_request(probe, req) && thread_start(&probe->thread, run, probe) == 0)
		return probe;
	release(probe);
	return NULL;
}

void probe_free(struct probe *probe)
{
	if (!probe)
		return;
	atomic_store(&probe->is_stopping, true);
	pthread_join(probe->thread, NULL);
	release(probe);
}
