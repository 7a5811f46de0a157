#include "base/pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/call.h"
#include "base/error.h"
#include "base/thread.h"

struct worker {
	struct pool *pool;
	pthread_t thread;
	/* From here on guarded by the pool's lock. */
	const void *owner; /* of the job that runs; NULL: none */
	bool gives_way;    /* the job was told that it is interrupted */
};

struct pool {
	const struct clock *clock;
	uint64_t timeout_ms;
	unsigned max_workers;
	pthread_mutex_t lock;
	pthread_cond_t submitted;
	/* From here on guarded by lock. */
	struct pool_job *first, **end; /* that wait */
	unsigned n_workers, n_idle, n_waiting;
	bool is_ending;
	struct worker workers[];
};

static unsigned count_running_locked(const struct pool *pool, const void *owner)
{
	unsigned n = 0;

	for (unsigned i = 0; i < pool->n_workers; i++)
		n += pool->workers[i].owner == owner && !pool->workers[i].gives_way;
	return n;
}

static unsigned count_giving_way_locked(const struct pool *pool)
{
	unsigned n = 0;

	for (unsigned i = 0; i < pool->n_workers; i++)
		n += pool->workers[i].gives_way;
	return n;
}

/* What is given up is promised to those who wait: so no more is given up than they need. */
static bool must_give_way_locked(const struct pool *pool, const struct worker *worker)
{
	unsigned n_own = count_running_locked(pool, worker->owner);
	unsigned n_promised = count_giving_way_locked(pool);

	for (const struct pool_job *job = pool->first; job; job = job->next) {
		if (job->owner != worker->owner &&
			count_running_locked(pool, job->owner) + n_promised + 1 < n_own)
			return true;
	}
	return false;
}

static bool is_interrupted(void *payload)
{
	struct worker *worker = payload;
	struct pool *pool = worker->pool;
	bool is;

	pthread_mutex_lock(&pool->lock);
	if (!worker->gives_way)
		worker->gives_way = must_give_way_locked(pool, worker);
	is = pool->is_ending || worker->gives_way;
	pthread_mutex_unlock(&pool->lock);
	return is;
}

static void unlink_locked(struct pool *pool, struct pool_job **link)
{
	struct pool_job *job = *link;

	*link = job->next;
	if (pool->end == &job->next)
		pool->end = link;
	job->next = NULL;
	pool->n_waiting--;
}

static struct pool_job *take_next_locked(struct pool *pool)
{
	struct pool_job **best = NULL, *job;
	unsigned fewest = 0;

	for (struct pool_job **link = &pool->first; *link; link = &(*link)->next) {
		unsigned n = count_running_locked(pool, (*link)->owner);

		if (!best || n < fewest) {
			best = link;
			fewest = n;
		}
	}
	if (!best)
		return NULL;
	job = *best;
	unlink_locked(pool, best);
	return job;
}

/* NULL: the end. */
static struct pool_job *wait_for_job_locked(struct pool *pool)
{
	while (!pool->is_ending && !pool->first) {
		pool->n_idle++;
		pthread_cond_wait(&pool->submitted, &pool->lock);
		pool->n_idle--;
	}
	return pool->is_ending ? NULL : take_next_locked(pool);
}

static void *work(void *payload)
{
	struct worker *worker = payload;
	struct pool *pool = worker->pool;
	struct pool_job *job;

	pthread_mutex_lock(&pool->lock);
	for (job = wait_for_job_locked(pool); job; job = wait_for_job_locked(pool)) {
		struct call call;

		worker->owner = job->owner;
		pthread_mutex_unlock(&pool->lock);
		call = call_begin(pool->clock, pool->timeout_ms);
		call.is_interrupted = is_interrupted;
		call.payload = worker;
		job->run(job, &call);
		pthread_mutex_lock(&pool->lock);
		worker->owner = NULL;
		worker->gives_way = false;
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

int pool_new(const struct clock *clock, unsigned max_threads, uint64_t timeout_ms,
	struct pool **ret_pool, struct error *err)
{
	struct pool *pool = calloc(1, sizeof(*pool) + max_threads * sizeof(pool->workers[0]));

	if (!pool)
		return error_set(err, ENOMEM, "out of memory");
	pool->clock = clock;
	pool->timeout_ms = timeout_ms;
	pool->max_workers = max_threads;
	pool->end = &pool->first;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->submitted, NULL);
	*ret_pool = pool;
	return 0;
}

void pool_free(struct pool *pool)
{
	if (!pool)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->is_ending = true;
	pthread_cond_broadcast(&pool->submitted);
	pthread_mutex_unlock(&pool->lock);
	for (unsigned i = 0; i < pool->n_workers; i++)
		pthread_join(pool->workers[i].thread, NULL);
	pthread_cond_destroy(&pool->submitted);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}

unsigned pool_max_threads(const struct pool *pool)
{
	return pool->max_workers;
}

uint64_t pool_timeout_ms(const struct pool *pool)
{
	return pool->timeout_ms;
}

static void start_worker_locked(struct pool *pool)
{
	struct worker *worker = &pool->workers[pool->n_workers];

	worker->pool = pool;
	if (thread_start(&worker->thread, work, worker) == 0)
		pool->n_workers++;
}

bool pool_submit(struct pool *pool, struct pool_job *job)
{
	bool is_taken;

	pthread_mutex_lock(&pool->lock);
	if (!pool->is_ending && pool->n_waiting >= pool->n_idle &&
		pool->n_workers < pool->max_workers)
		start_worker_locked(pool);
	is_taken = !pool->is_ending && pool->n_workers > 0;
	if (is_taken) {
		job->next = NULL;
		*pool->end = job;
		pool->end = &job->next;
		pool->n_waiting++;
		pthread_cond_signal(&pool->submitted);
	}
	pthread_mutex_unlock(&pool->lock);
	return is_taken;
}

bool pool_withdraw(struct pool *pool, struct pool_job *job)
{
	struct pool_job **link;
	bool is_there;

	pthread_mutex_lock(&pool->lock);
	link = &pool->first;
	while (*link && *link != job)
		link = &(*link)->next;
	is_there = *link != NULL;
	if (is_there)
		unlink_locked(pool, link);
	pthread_mutex_unlock(&pool->lock);
	return is_there;
}
