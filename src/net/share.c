#include "net/share.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/call.h"
#include "base/error.h"
#include "net/transport.h"

/* A URL and 16 headers; a request with more of them travels alone. */
#define KEY_MAX ((size_t)64 * 1024)

/*
 * One GET in flight. It can be joined while it is listed; it lives while somebody refers
 * to it. Once has_landed is set, nobody changes ret, res and err any more.
 */
struct shared {
	struct shared *next; /* in share.flying */
	struct buf key;
	unsigned refs; /* the leader and the followers */
	bool is_listed;
	bool has_landed;
	bool is_void; /* the leader's failure was its own: try again */
	int ret;
	struct http_response res;
	struct error err;
};

struct share {
	struct transport base;
	struct transport *inner;
	pthread_mutex_t lock;
	pthread_cond_t landed;
	struct shared *flying; /* guarded by lock, as is everything of shared but what landed */
};

static int make_key(const struct http_request *req, struct buf *key)
{
	int ret;

	buf_init(key, KEY_MAX);
	ret = buf_addf(key, "%zu %s\n", req->max_body, req->url);
	for (size_t i = 0; i < req->n_headers && ret == 0; i++)
		ret = buf_addf(key, "%s: %s\n", req->headers[i].name, req->headers[i].value);
	return ret;
}

static struct shared *find_locked(struct share *share, const struct buf *key)
{
	for (struct shared *s = share->flying; s; s = s->next) {
		if (strcmp(buf_str(&s->key), buf_str(key)) == 0)
			return s;
	}
	return NULL;
}

static void unlist_locked(struct share *share, struct shared *gone)
{
	struct shared **link = &share->flying;

	if (!gone->is_listed)
		return;
	while (*link != gone)
		link = &(*link)->next;
	*link = gone->next;
	gone->is_listed = false;
}

static void unref(struct share *share, struct shared *s)
{
	bool is_last;

	pthread_mutex_lock(&share->lock);
	s->refs--;
	is_last = s->refs == 0;
	pthread_mutex_unlock(&share->lock);
	if (!is_last)
		return;
	buf_release(&s->key);
	http_response_release(&s->res);
	free(s);
}

/* Finds the flight of that key, or begins it; either way with a reference. Takes the key. */
static struct shared *join(struct share *share, struct buf *key, bool *ret_is_leader)
{
	struct shared *s;

	pthread_mutex_lock(&share->lock);
	s = find_locked(share, key);
	*ret_is_leader = !s;
	if (!s)
		s = calloc(1, sizeof(*s));
	if (s && *ret_is_leader) {
		http_response_init(&s->res);
		buf_move(&s->key, key);
		s->is_listed = true;
		s->next = share->flying;
		share->flying = s;
	}
	if (s)
		s->refs++;
	pthread_mutex_unlock(&share->lock);
	buf_release(key);
	return s;
}

static int copy_response(struct http_response *dst, const struct http_response *src)
{
	struct buf body;
	int ret;

	buf_init(&body, src->body.max);
	ret = buf_add(&body, src->body.data, src->body.len);
	if (ret < 0) {
		buf_release(&body);
		return ret;
	}
	*dst = *src;
	dst->body = body;
	return 0;
}

/* What the leader found is left for the followers, if there are any. */
static void land(struct share *share, struct shared *s, const struct call *call, int ret,
	const struct http_response *res, const struct error *failure)
{
	bool has_followers;

	pthread_mutex_lock(&share->lock);
	unlist_locked(share, s);
	has_followers = s->refs > 1;
	pthread_mutex_unlock(&share->lock);
	if (!has_followers)
		return;
	s->ret = ret;
	s->err = *failure;
	s->is_void = ret == -EINTR || (ret == -ETIMEDOUT && call_left_ms(call) == 0);
	if (ret == 0 && copy_response(&s->res, res) < 0)
		s->is_void = true;
	pthread_mutex_lock(&share->lock);
	s->has_landed = true;
	pthread_cond_broadcast(&share->landed);
	pthread_mutex_unlock(&share->lock);
}

static int lead(struct share *share, struct shared *s, const struct call *call,
	const struct http_request *req, struct http_response *res, struct error *err)
{
	struct error failure = { 0 };
	int ret;

	ret = transport_perform(share->inner, call, req, res, &failure);
	land(share, s, call, ret, res, &failure);
	if (ret < 0 && err)
		*err = failure;
	return ret;
}

/* 0: the flight has landed, and its result may be read. */
static int wait_landed(struct share *share, const struct shared *s, const struct call *call)
{
	int ret = 0;

	pthread_mutex_lock(&share->lock);
	while (!s->has_landed && ret == 0)
		ret = call_wait(call, &share->landed, &share->lock);
	if (s->has_landed)
		ret = 0;
	pthread_mutex_unlock(&share->lock);
	return ret;
}

/* -EAGAIN: the leader has given up for reasons of its own. */
static int follow(struct share *share, const struct shared *s, const struct call *call,
	struct http_response *res, struct error *err)
{
	int ret;

	ret = wait_landed(share, s, call);
	if (ret < 0)
		return error_set(err, -ret,
			ret == -EINTR ? "interrupted while waiting for an answer"
				      : "no answer in time");
	if (s->is_void)
		return -EAGAIN;
	if (s->ret < 0) {
		if (err)
			*err = s->err;
		return s->ret;
	}
	if (copy_response(res, &s->res) < 0)
		return error_set(err, ENOMEM, "out of memory");
	return 0;
}

static int perform_shared(struct share *share, const struct call *call,
	const struct http_request *req, struct http_response *res, struct error *err)
{
	int ret;

	do {
		struct shared *s;
		struct buf key;
		bool is_leader;

		ret = make_key(req, &key);
		if (ret == -EFBIG) {
			buf_release(&key);
			return transport_perform(share->inner, call, req, res, err);
		}
		s = ret == 0 ? join(share, &key, &is_leader) : NULL;
		buf_release(&key);
		if (!s)
			return error_set(err, ENOMEM, "out of memory");
		ret = is_leader ? lead(share, s, call, req, res, err)
				: follow(share, s, call, res, err);
		unref(share, s);
	} while (ret == -EAGAIN);
	return ret;
}

/* What is in the air may have been read before a write that has ended now. */
static void close_flights(struct share *share)
{
	pthread_mutex_lock(&share->lock);
	while (share->flying)
		unlist_locked(share, share->flying);
	pthread_mutex_unlock(&share->lock);
}

static int share_perform(struct transport *t, const struct call *call,
	const struct http_request *req, struct http_response *res, struct error *err)
{
	struct share *share = (struct share *)t;
	int ret;

	if (req->method == HTTP_GET && !req->body)
		return perform_shared(share, call, req, res, err);
	ret = transport_perform(share->inner, call, req, res, err);
	close_flights(share);
	return ret;
}

static void share_free(struct transport *t)
{
	struct share *share = (struct share *)t;

	pthread_cond_destroy(&share->landed);
	pthread_mutex_destroy(&share->lock);
	free(share);
}

struct transport *share_new(struct transport *inner)
{
	static const struct transport_ops ops = {
		.name = "share",
		.perform = share_perform,
		.free = share_free,
	};
	struct share *share = calloc(1, sizeof(*share));

	if (!share)
		return NULL;
	if (call_cond_init(&share->landed) < 0) {
		free(share);
		return NULL;
	}
	pthread_mutex_init(&share->lock, NULL);
	share->base.ops = &ops;
	share->inner = inner;
	return &share->base;
}
