#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/client.h"
#include "api/client_change.h"
#include "base/call.h"
#include "base/error.h"
#include "net/transport.h"
#include "save/group.h"
#include "support/pretended.h"
#include "support/suite.h"

#define N_WRITERS GROUP_MIN
#define FOR_EVER_MS ((uint64_t)1 << 40)

/* What the server does with a bulk and with the query after it. */
struct manner {
	const char *what;
	int bulk_status, query_status;
	int job_status; /* of the first writer's job; 0: it is made */
	/* What comes of it. */
	int ret;       /* the first writer's */
	int other_ret; /* the others' */
	unsigned n_queries;
	unsigned n_alone; /* beyond those that make the crowd */
	bool is_lost;     /* no answer comes */
	bool is_doubtful;
	bool has_content;
	bool lacks_first; /* the first writer's item is not there */
};

/* A server of items that are there, in version 4. */
struct server {
	struct transport base;
	const struct manner *manner;
	pthread_mutex_t lock;
	pthread_cond_t came;
	/* all below guarded by lock */
	size_t n_alone, n_bulks, n_queries;
};

static struct server server;
static struct pretended_clock now;
static struct client *client;
static struct group *group;
static struct schema_list schemas;

static void add(struct buf *buf, const char *text)
{
	ck_assert_int_eq(buf_add_str(buf, text), 0);
}

static void answer_bulk(struct buf *body)
{
	add(body, "[");
	for (int i = 0; i < N_WRITERS; i++)
		ck_assert_int_eq(buf_addf(body, "%s{\"jobIndex\":%d}", i > 0 ? "," : "", i), 0);
	add(body, "]");
}

/* The jobs come in any order: the first writer's is where its id is. */
static int index_of_first(const char *sent, size_t len)
{
	const char *end = memmem(sent, len, "\"w0\"", 4);
	int n = -1;

	for (const char *p = sent; p && p < end; p++)
		n += strncmp(p, "\"type\"", 6) == 0;
	return n;
}

static void answer_bulk_with_failure(struct buf *body, const struct http_request *req, int status)
{
	int first = index_of_first(req->body, req->body_len);

	add(body, "[");
	for (int i = 0; i < N_WRITERS; i++) {
		ck_assert_int_eq(buf_addf(body, "%s{\"jobIndex\":%d", i > 0 ? "," : "", i), 0);
		if (i == first)
			ck_assert_int_eq(
				buf_addf(body, ",\"error\":{\"statusCode\":%d}", status), 0);
		add(body, "}");
	}
	add(body, "]");
}

static void answer_query(struct buf *body)
{
	int first = server.manner->lacks_first ? 1 : 0;

	add(body, "{\"total\":6,\"items\":[");
	for (int i = first; i < N_WRITERS; i++)
		ck_assert_int_eq(buf_addf(body, "%s{\"id\":\"w%d\",\"version\":5,\"data\":{}}",
					 i > first ? "," : "", i),
			0);
	add(body, "]}");
}

/* The first of each are let go when all are there, so that they are a crowd. */
static void answer_alone_locked(struct buf *body)
{
	server.n_alone++;
	pthread_cond_broadcast(&server.came);
	while (server.n_alone < N_WRITERS)
		pthread_cond_wait(&server.came, &server.lock);
	add(body, "{\"id\":\"x\",\"version\":5,\"data\":{}}");
}

static int answer_bulk_locked(
	const struct http_request *req, struct http_response *res, struct error *err)
{
	server.n_bulks++;
	if (server.manner->is_lost) {
		res->is_doubtful = true;
		return error_set(err, EIO, "lost");
	}
	res->status = server.manner->bulk_status;
	if (server.manner->job_status)
		answer_bulk_with_failure(&res->body, req, server.manner->job_status);
	else if (res->status == 200)
		answer_bulk(&res->body);
	return 0;
}

static int perform(struct transport *t, const struct call *call, const struct http_request *req,
	struct http_response *res, struct error *err)
{
	int ret = 0;

	(void)t;
	(void)call;
	http_response_release(res);
	buf_init(&res->body, req->max_body);
	res->status = 200;
	pthread_mutex_lock(&server.lock);
	if (strstr(req->url, "/bulk")) {
		ret = answer_bulk_locked(req, res, err);
	} else if (strstr(req->url, "/query")) {
		server.n_queries++;
		res->status = server.manner->query_status;
		if (res->status == 200)
			answer_query(&res->body);
	} else {
		answer_alone_locked(&res->body);
	}
	pthread_mutex_unlock(&server.lock);
	return ret;
}

static void open_group(const struct manner *manner)
{
	static const struct transport_ops ops = { .name = "server", .perform = perform };
	const struct client_conf conf = { .url = "https://cms.example.com", .app = "foodcrunch" };

	server = (struct server){ .base.ops = &ops, .manner = manner };
	pthread_mutex_init(&server.lock, NULL);
	pthread_cond_init(&server.came, NULL);
	pretended_clock_init(&now);
	ck_assert_int_eq(schema_list_parse_names("recipes", &schemas, NULL), 0);
	ck_assert_int_eq(client_new(&conf, &server.base, &client, NULL), 0);
	group = group_new(client);
	ck_assert_ptr_nonnull(group);
}

static void close_group(void)
{
	group_free(group);
	client_free(client);
	schema_list_release(&schemas);
	schemas = (struct schema_list){ 0 };
	pthread_cond_destroy(&server.came);
	pthread_mutex_destroy(&server.lock);
}

struct writer {
	pthread_t thread;
	char id[16];
	struct change_result result; /* of the last change */
};

static void change(struct writer *writer)
{
	const struct call call = call_begin(&now.clock, FOR_EVER_MS);
	const struct change change = {
		.kind = CHANGE_PATCH,
		.schema = &schemas.schemas[0],
		.id = writer->id,
		.version = 4,
		.data = "{}",
		.data_len = 2,
	};

	group_change(group, &call, &change, &writer->result);
}

static pthread_barrier_t all_changed;

static void *write_twice(void *payload)
{
	change(payload);
	pthread_barrier_wait(&all_changed);
	change(payload);
	return NULL;
}

static size_t count_alone(void)
{
	size_t n;

	pthread_mutex_lock(&server.lock);
	n = server.n_alone;
	pthread_mutex_unlock(&server.lock);
	return n;
}

/* Twice each: first side by side, the last of them after it has waited for others in vain. */
static void write_all(struct writer writers[N_WRITERS])
{
	pthread_barrier_init(&all_changed, NULL, N_WRITERS);
	for (int i = 0; i < N_WRITERS; i++) {
		change_result_init(&writers[i].result);
		snprintf(writers[i].id, sizeof(writers[i].id), "w%d", i);
		ck_assert_int_eq(
			pthread_create(&writers[i].thread, NULL, write_twice, &writers[i]), 0);
	}
	while (count_alone() < N_WRITERS) {
		pretended_clock_advance(&now, 1);
		sched_yield();
	}
	for (int i = 0; i < N_WRITERS; i++)
		pthread_join(writers[i].thread, NULL);
	pthread_barrier_destroy(&all_changed);
}

static const struct manner manners[] = {
	{ "made", 200, 200, 0, 0, 0, 1, 0, false, false, true, false },
	{ "one is stale", 200, 200, 412, -ESTALE, 0, 1, 0, false, false, true, false },
	{ "one failed at the server", 200, 200, 500, -EIO, 0, 1, 0, false, true, true, false },
	{ "one is not there after it", 200, 200, 0, 0, 0, 1, 0, false, false, true, true },
	{ "not read", 200, 500, 0, 0, 0, 1, 0, false, false, false, false },
	{ "no bulks", 403, 200, 0, 0, 0, 0, N_WRITERS, false, false, true, false },
	{ "no such route", 404, 200, 0, 0, 0, 0, N_WRITERS, false, false, true, false },
	{ "too large", 413, 200, 0, 0, 0, 0, N_WRITERS, false, false, true, false },
	{ "quota", 429, 200, 0, -EBUSY, -EBUSY, 0, 0, false, false, false, false },
	{ "the server failed", 500, 200, 0, -EIO, -EIO, 1, 0, false, true, true, false },
	{ "no answer", 200, 200, 0, -EIO, -EIO, 1, 0, true, true, true, false },
	{ "no answer, and one is not there", 200, 200, 0, -EIO, -EIO, 1, 0, true, true, true,
		true },
	{ "no answer, and not read", 200, 500, 0, -EIO, -EIO, 1, 0, true, true, false, false },
};

static void check_result(const struct manner *manner, const struct writer *writer,
	const struct change_result *result)
{
	bool is_first = strcmp(writer->id, "w0") == 0;
	int ret = is_first ? manner->ret : manner->other_ret;
	bool is_shown = manner->has_content && (ret == 0 || manner->is_doubtful);

	ck_assert_msg(result->ret == ret, "%s: %d", manner->what, result->ret);
	ck_assert(result->is_doubtful == (ret < 0 && manner->is_doubtful));
	ck_assert(result->has_content == (is_shown && !(is_first && manner->lacks_first)));
	ck_assert(result->is_read_after == (is_shown && manner->n_alone == 0));
	if (result->is_read_after && result->has_content)
		ck_assert_str_eq(result->content.id, writer->id);
}

START_TEST(each_has_its_own_verdict)
{
	const struct manner *manner = &manners[_i];
	struct writer writers[N_WRITERS];

	open_group(manner);
	write_all(writers);
	for (int i = 0; i < N_WRITERS; i++) {
		check_result(manner, &writers[i], &writers[i].result);
		change_result_release(&writers[i].result);
	}
	ck_assert_uint_eq(server.n_bulks, 1);
	ck_assert_uint_eq(server.n_queries, manner->n_queries);
	ck_assert_uint_eq(server.n_alone, N_WRITERS + manner->n_alone);
	close_group();
}
END_TEST

/* The clock stands still: who waited for companions would wait for ever. */
START_TEST(who_is_alone_goes_at_once)
{
	struct writer writer = { .id = "w0" };

	open_group(&manners[0]);
	change_result_init(&writer.result);
	server.n_alone = N_WRITERS;
	for (int i = 0; i < 3 * GROUP_MIN; i++) {
		change(&writer);
		ck_assert_int_eq(writer.result.ret, 0);
		ck_assert(!writer.result.is_read_after);
	}
	ck_assert_uint_eq(server.n_bulks, 0);
	change_result_release(&writer.result);
	close_group();
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("group");

	tcase_add_loop_test(tcase, each_has_its_own_verdict, 0, N_ROWS(manners));
	tcase_add_test(tcase, who_is_alone_goes_at_once);
	return suite_run(tcase, "group");
}
