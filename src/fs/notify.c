#include "fs/notify.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/thread.h"

/* Jobs are as long as a directory is large; whoever posts so many is a script gone wild. */
#define JOBS_MAX 64

struct job {
	notify_fn run;
	void *payload;
};

struct notifier {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t posted;
	/* From here on guarded by lock; a ring. */
	struct job jobs[JOBS_MAX];
	size_t oldest, n_jobs;
	bool is_ending;
};

/* false: the end. */
static bool take_job(struct notifier *notifier, struct job *ret_job)
{
	bool is_there;

	pthread_mutex_lock(&notifier->lock);
	while (notifier->n_jobs == 0 && !notifier->is_ending)
		pthread_cond_wait(&notifier->posted, &notifier->lock);
	is_there = notifier->n_jobs > 0;
	if (is_there) {
		*ret_job = notifier->jobs[notifier->oldest];
		notifier->oldest = (notifier->oldest + 1) % JOBS_MAX;
		notifier->n_jobs--;
	}
	pthread_mutex_unlock(&notifier->lock);
	return is_there;
}

static void *run_jobs(void *payload)
{
	struct job job;

	while (take_job(payload, &job))
		job.run(job.payload);
	return NULL;
}

static void release(struct notifier *notifier)
{
	pthread_cond_destroy(&notifier->posted);
	pthread_mutex_destroy(&notifier->lock);
	free(notifier);
}

int notifier_new(struct notifier **ret_notifier, struct error *err)
{
	struct notifier *notifier = calloc(1, sizeof(*notifier));
	int ret;

	if (!notifier)
		return error_set(err, ENOMEM, "out of memory");
	pthread_mutex_init(&notifier->lock, NULL);
	pthread_cond_init(&notifier->posted, NULL);
	ret = thread_start(&notifier->thread, run_jobs, notifier);
	if (ret < 0) {
		release(notifier);
		return error_set(err, -ret, "cannot start a thread: %s", strerror(-ret));
	}
	*ret_notifier = notifier;
	return 0;
}

void notifier_free(struct notifier *notifier)
{
	if (!notifier)
		return;
	pthread_mutex_lock(&notifier->lock);
	notifier->is_ending = true;
	pthread_cond_signal(&notifier->posted);
	pthread_mutex_unlock(&notifier->lock);
	pthread_join(notifier->thread, NULL);
	release(notifier);
}

int notifier_post(struct notifier *notifier, notify_fn run, void *payload)
{
	int ret = 0;

	pthread_mutex_lock(&notifier->lock);
	if (notifier->n_jobs == JOBS_MAX) {
		ret = -EBUSY;
	} else {
		notifier->jobs[(notifier->oldest + notifier->n_jobs) % JOBS_MAX] = (struct job){
			.run = run, .payload = payload
		};
		notifier->n_jobs++;
		pthread_cond_signal(&notifier->posted);
	}
	pthread_mutex_unlock(&notifier->lock);
	return ret;
}
