/*
 * Threads that do what nobody has to wait for, such as fetching what will be wanted next: a few,
 * shared by many owners.
 *
 *	pool_new(clock, 7, timeout_ms, &pool, err);	-- after any fork; starts no thread yet
 *	job.run = fetch; job.owner = dir;
 *	pool_submit(pool, &job);
 *	... pool_withdraw(pool, &job) ...	-- true: it will not run
 *	pool_free(pool);			-- ends what runs, joins the threads
 *
 * Threads start when there is work for them and stay until the end. Next comes the
 * oldest job of the owner that has the fewest running. A job that has run for
 * CALL_PATIENCE_MS is interrupted (its call says so) when its owner has two more running than
 * another one that waits: so what hangs for one owner does not hold up the others for
 * long. Whoever was interrupted submits again, if the work is still wanted.
 *
 * A job is the owner's memory: from pool_submit until it runs it must stay; run may free it.
 * It is given a call of timeout_ms from its beginning, and no lock is held.
 *
 * Any thread may submit and withdraw; the lock inside is a leaf. Jobs that wait at the end
 * never run: their owners free them after pool_free.
 */
#ifndef SQUIDEXFS_BASE_POOL_H
#define SQUIDEXFS_BASE_POOL_H

#include <stdbool.h>
#include <stdint.h>

struct call;
struct clock;
struct error;
struct pool;

struct pool_job {
	void (*run)(struct pool_job *job, const struct call *call);
	const void *owner;
	struct pool_job *next; /* the pool's */
};

/* max_threads: at least 1. */
int pool_new(const struct clock *clock, unsigned max_threads, uint64_t timeout_ms,
	struct pool **ret_pool, struct error *err);
void pool_free(struct pool *pool);

unsigned pool_max_threads(const struct pool *pool);
uint64_t pool_timeout_ms(const struct pool *pool);

/* false: no thread can be had, or the pool is at its end; the job will not run. */
bool pool_submit(struct pool *pool, struct pool_job *job);

/* true: the job still waited, and will not run; false: it runs or has run. */
bool pool_withdraw(struct pool *pool, struct pool_job *job);

#endif
