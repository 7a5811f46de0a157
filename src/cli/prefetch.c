#include "cli/prefetch.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "cli/apps.h"
#include "cli/args.h"
#include "cli/prefetch_fill.h"
#include "cli/profile.h"
#include "cli/progress.h"

/* How often the progress is shown. */
#define TICK_NS 100000000L

/* By which the worker wakes who waits for it. */
#define END_SIGNAL SIGUSR1

struct prefetch {
	const struct clock *clock;
	struct profile profile;
	struct progress *progress;
	pthread_t waiter;
	_Atomic bool is_stopped; /* by a signal */
	_Atomic bool has_ended;
	enum exit_code code; /* the worker's, once it has ended */
};

static bool is_stopped(void *payload)
{
	struct prefetch *p = payload;

	return atomic_load(&p->is_stopped);
}

static enum exit_code work(struct prefetch *p)
{
	struct apps apps;
	struct error err = { 0 };
	struct fill fill = {
		.clock = p->clock,
		.apps = &apps,
		.progress = p->progress,
		.interrupt = { is_stopped, p },
		.timeout_ms = p->profile.mount.mount.timeout_ms,
	};
	enum exit_code code = apps_open(&p->profile, p->clock, &fill.interrupt, &apps, &err);

	if (code != EXIT_GOOD && !is_stopped(p))
		log_line(LOG_ERROR, "%s", err.text);
	if (code == EXIT_GOOD)
		code = fill_check(&fill);
	if (code == EXIT_GOOD)
		code = fill_run(&fill);
	apps_close(&apps);
	return code;
}

static void *run(void *payload)
{
	struct prefetch *p = payload;

	p->code = work(p);
	atomic_store(&p->has_ended, true);
	pthread_kill(p->waiter, END_SIGNAL);
	return NULL;
}

static enum exit_code code_of_signal(int signal)
{
	switch (signal) {
	case SIGHUP:
		return EXIT_HUNG_UP;
	case SIGTERM:
		return EXIT_TERMINATED;
	default:
		return EXIT_INTERRUPTED;
	}
}

/* Shows the progress until the worker has ended. Returns the signal that told it to, or 0. */
static int wait_for_end(struct prefetch *p, const sigset_t *signals)
{
	const struct timespec tick = { .tv_nsec = TICK_NS };
	int caught = 0;

	while (!atomic_load(&p->has_ended)) {
		int signal = sigtimedwait(signals, NULL, &tick);

		if (signal > 0 && signal != END_SIGNAL) {
			caught = signal;
			atomic_store(&p->is_stopped, true);
		}
		progress_tick(p->progress);
	}
	return caught;
}

/* Signals are blocked in all threads, and taken by the one that waits. */
static enum exit_code run_and_wait(struct prefetch *p)
{
	sigset_t signals, before;
	pthread_t worker;
	int caught;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, END_SIGNAL);
	pthread_sigmask(SIG_BLOCK, &signals, &before);
	p->waiter = pthread_self();
	if (pthread_create(&worker, NULL, run, p) != 0) {
		pthread_sigmask(SIG_SETMASK, &before, NULL);
		log_line(LOG_ERROR, "cannot start a thread");
		return EXIT_MOUNT;
	}
	caught = wait_for_end(p, &signals);
	pthread_join(worker, NULL);
	if (!caught)
		return p->code;
	log_line(LOG_NOTE, "ended by a signal (%s); schemas that are complete stay",
		strsignal(caught));
	return code_of_signal(caught);
}

/* Where nothing stays there is nothing to fetch; and what is old is no success. */
static int settle_caches(struct profile *profile, struct error *err)
{
	for (size_t i = 0; i < profile->n_apps; i++) {
		struct app_settings *settings = &profile->apps[i].settings;

		if (settings->cache_place == CACHE_IN_MEMORY)
			return error_set(err, EINVAL,
				"cache=memory keeps nothing of app '%s' for a later mount, so "
				"there is nothing to prefetch into",
				profile->apps[i].name);
		settings->cache.stale = CACHE_STALE_ERROR;
	}
	return 0;
}

enum exit_code prefetch_run(const struct args *args)
{
	struct prefetch p = { .clock = clock_system() };
	struct error err = { 0 };
	enum exit_code code = EXIT_GOOD;

	if (profile_load(args, &p.profile, &err) < 0 || settle_caches(&p.profile, &err) < 0)
		code = EXIT_USAGE;
	else if (progress_new(stdout, p.clock, &p.progress, &err) < 0)
		code = EXIT_MOUNT;
	if (code != EXIT_GOOD) {
		log_line(LOG_ERROR, "%s", err.text);
	} else {
		log_open(LOG_TO_STDERR, p.profile.mount.trace);
		code = run_and_wait(&p);
	}
	progress_free(p.progress);
	profile_release(&p.profile);
	return code;
}
