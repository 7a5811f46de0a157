#include "cache/survey.h"

#include <errno.h>
#include <stdlib.h>

#include "api/client_graphql.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/flight.h"
#include "base/log.h"
#include "cache/cache_private.h"
#include "cache/freshness.h"

#define FLIGHT_KEY "survey"

/* A schema that GraphQL does not know yet is there minutes later. */
#define UNNAMED_MS ((uint64_t)300 * 1000)

/* The directories of one survey; the first is the one that somebody waits for. */
struct survey {
	struct freshness checks[CLIENT_LOOKS_MAX];
	const struct schema *schemas[CLIENT_LOOKS_MAX];
	struct schema_look looks[CLIENT_LOOKS_MAX];
	size_t n;
	int64_t date_s;
};

static bool is_due_locked(const struct cache_dir *dir, uint64_t now)
{
	return dir->state == DIR_LISTED && dir_fresh_ms_locked(dir, now) == 0 &&
	       dir->news_step != dir->step && dir->unnamed_until_ms <= now &&
	       !dir_is_all_forgotten_locked(dir, dir->begun_ms);
}

struct due {
	bool is_due, is_used, is_new; /* new: not yet checked in this mount */
};

static struct due find_due(struct cache_dir *dir)
{
	uint64_t now = clock_now_ms(dir->cache->clock);
	struct due due;

	pthread_mutex_lock(&dir->lock);
	due.is_due = is_due_locked(dir, now);
	due.is_used = due.is_due && dir->is_used;
	due.is_new = dir->begun_ms == 0;
	pthread_mutex_unlock(&dir->lock);
	return due;
}

static bool is_worth_it(struct cache_dir *dir)
{
	struct cache *cache = dir->cache;
	struct due own = find_due(dir);
	size_t n_due = 0, n_wanted = 0;

	if (!own.is_due || cache->ttl_ms == 0)
		return false;
	for (size_t i = 0; i < cache->n_dirs; i++) {
		struct due due = find_due(&cache->dirs[i]);

		n_due += due.is_due;
		n_wanted += due.is_used;
	}
	/* Somebody walks through what an earlier mount had listed. */
	if (own.is_new)
		n_wanted += atomic_load(&cache->n_taken_up);
	return n_due >= SURVEY_MIN && n_wanted >= SURVEY_MIN;
}

static void leave(struct cache_dir *dir)
{
	flight_land(dir->cache->flights, dir->flight_key);
}

/* Takes a directory in, unless somebody else is at it, or it is not due any more, or is empty. */
static int take_in(struct survey *survey, struct cache_dir *dir, struct error *err)
{
	struct freshness *f = &survey->checks[survey->n];
	bool is_leader;
	int ret;

	if (!find_due(dir).is_due)
		return 0;
	ret = flight_try(dir->cache->flights, dir->flight_key, &is_leader, err);
	if (ret < 0 || !is_leader)
		return ret;
	if (find_due(dir).is_due) {
		ret = freshness_begin(f, dir, err);
		if (ret == 0 && f->n_known > 0) {
			schema_look_init(&survey->looks[survey->n]);
			survey->schemas[survey->n++] = dir->schema;
			return 0;
		}
		freshness_release(f);
	}
	leave(dir);
	return ret;
}

static int gather(struct survey *survey, struct cache_dir *dir, struct error *err)
{
	struct cache *cache = dir->cache;
	int ret = take_in(survey, dir, err);

	if (survey->n == 0)
		return ret;
	for (size_t i = 0; ret == 0 && i < cache->n_dirs && survey->n < CLIENT_LOOKS_MAX; i++) {
		if (&cache->dirs[i] != dir)
			ret = take_in(survey, &cache->dirs[i], err);
	}
	return ret;
}

static void disperse(struct survey *survey)
{
	for (size_t i = 0; i < survey->n; i++) {
		struct cache_dir *dir = survey->checks[i].dir;

		schema_look_release(&survey->looks[i]);
		freshness_release(&survey->checks[i]);
		leave(dir);
	}
}

/* To be checked alone, by whoever wants it. */
static void note_news(struct cache_dir *dir)
{
	pthread_mutex_lock(&dir->lock);
	dir->news_step = dir->step;
	pthread_mutex_unlock(&dir->lock);
}

/* Were there any? */
static bool note_unnamed(const struct survey *survey)
{
	bool are_any = false;

	for (size_t i = 0; i < survey->n; i++) {
		struct cache_dir *dir = survey->checks[i].dir;

		if (!survey->looks[i].is_unknown)
			continue;
		pthread_mutex_lock(&dir->lock);
		dir->unnamed_until_ms = clock_now_ms(dir->cache->clock) + UNNAMED_MS;
		pthread_mutex_unlock(&dir->lock);
		are_any = true;
	}
	return are_any;
}

static int take_looks(struct survey *survey, struct error *err)
{
	size_t n_fresh = 0;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < survey->n; i++) {
		struct freshness *f = &survey->checks[i];

		ret = freshness_take_look(f, &survey->looks[i], survey->date_s, f->begun_ms, err);
		if (ret == 0 && f->step == FRESHNESS_DONE) {
			ret = freshness_finish(f, err);
			n_fresh++;
		} else if (ret == 0) {
			note_news(f->dir);
		}
	}
	log_trace("cache", "of %zu directories, %zu are unchanged", survey->n, n_fresh);
	return ret;
}

static int ask(struct survey *survey, const struct call *call, struct error *err)
{
	struct cache *cache = survey->checks[0].dir->cache;
	struct error why = { 0 };
	int ret = client_survey(cache->client, call, survey->schemas, survey->n, SURVEY_TOP,
		survey->looks, &survey->date_s, &why);

	if (ret == 0)
		return take_looks(survey, err);
	/* The others will do without those. */
	if (!note_unnamed(survey) && ret == -EOPNOTSUPP)
		cache_tell_of_rest(cache, &why);
	log_trace("cache", "no survey of %zu directories: %s", survey->n, why.text);
	if (ret == -EOPNOTSUPP || ret == -EFBIG)
		return 0;
	if (err)
		*err = why;
	return ret;
}

static int lead(
	struct cache_dir *dir, const struct call *call, bool *ret_has_moved, struct error *err)
{
	struct survey *survey = calloc(1, sizeof(*survey));
	int ret;

	if (!survey)
		return error_set(err, ENOMEM, "out of memory");
	ret = gather(survey, dir, err);
	if (ret == 0 && survey->n >= SURVEY_MIN) {
		ret = ask(survey, call, err);
		*ret_has_moved = ret == 0 && survey->checks[0].step == FRESHNESS_DONE;
	}
	disperse(survey);
	free(survey);
	return ret;
}

int survey_join(
	struct cache_dir *dir, const struct call *call, bool *ret_has_moved, struct error *err)
{
	struct flight *flights = dir->cache->flights;
	bool is_leader;
	int ret;

	*ret_has_moved = false;
	if (!is_worth_it(dir))
		return 0;
	ret = flight_join(flights, call, FLIGHT_KEY, &is_leader, err);
	if (ret < 0 || !is_leader)
		return ret;
	/* Whoever flew before may have landed just now. */
	if (is_worth_it(dir))
		ret = lead(dir, call, ret_has_moved, err);
	flight_land(flights, FLIGHT_KEY);
	return ret;
}
