#include "net/transfer_set.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "net/http.h"
#include "net/transfer.h"

/* How long a sleep lasts at most. */
#define SLEEP_MAX_MS 1000

int transfer_set_init(
	struct transfer_set *set, const struct http_conf *conf, const struct clock *clock)
{
	*set = (struct transfer_set){ .conf = conf, .clock = clock };
	set->idle = calloc(conf->max_connections, sizeof(set->idle[0]));
	set->multi = curl_multi_init();
	if (!set->idle || !set->multi) {
		transfer_set_release(set);
		return -ENOMEM;
	}
	curl_multi_setopt(set->multi, CURLMOPT_MAXCONNECTS, (long)conf->max_connections);
	return 0;
}

void transfer_set_release(struct transfer_set *set)
{
	assert(!set->flying && !set->ended);
	assert(set->idle || set->n_idle == 0);
	while (set->n_idle > 0) {
		set->n_idle--;
		curl_easy_cleanup(set->idle[set->n_idle]);
	}
	free(set->idle);
	if (set->multi)
		curl_multi_cleanup(set->multi);
	*set = (struct transfer_set){ 0 };
}

static CURL *take_easy(struct transfer_set *set)
{
	if (set->n_idle == 0)
		return curl_easy_init();
	set->n_idle--;
	return set->idle[set->n_idle];
}

/* The result stands in the transfer. */
static void end(struct transfer_set *set, struct transfer *t)
{
	if (t->easy) {
		curl_easy_reset(t->easy);
		set->idle[set->n_idle] = t->easy;
		set->n_idle++;
		t->easy = NULL;
	}
	t->next = set->ended;
	set->ended = t;
}

/* Takes one that flies out of libcurl's hands. */
static void remove_flying(struct transfer_set *set, struct transfer *gone)
{
	struct transfer **link = &set->flying;

	assert(gone);
	while (*link != gone) {
		assert(*link);
		link = &(*link)->next;
	}
	*link = gone->next;
	set->n_flying--;
	curl_multi_remove_handle(set->multi, gone->easy);
}

bool transfer_set_has_room(const struct transfer_set *set)
{
	return set->n_flying < set->conf->max_connections;
}

void transfer_set_start(struct transfer_set *set, struct transfer *t)
{
	CURLcode code = CURLE_OUT_OF_MEMORY;

	t->easy = take_easy(set);
	if (t->easy)
		code = transfer_begin(t, set->conf);
	if (code == CURLE_OK && curl_multi_add_handle(set->multi, t->easy) != CURLM_OK)
		code = CURLE_OUT_OF_MEMORY;
	if (code != CURLE_OK) {
		transfer_end(t, code);
		end(set, t);
		return;
	}
	t->next = set->flying;
	set->flying = t;
	set->n_flying++;
}

static void end_finished(struct transfer_set *set)
{
	int n_left;
	CURLMsg *msg = curl_multi_info_read(set->multi, &n_left);

	while (msg) {
		/* The message is gone with the handle. */
		CURLcode code = msg->data.result;
		struct transfer *t = NULL;

		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, (char **)&t);
		remove_flying(set, t);
		transfer_end(t, code);
		end(set, t);
		msg = curl_multi_info_read(set->multi, &n_left);
	}
}

/* Ends those from which nothing is heard, and those that nobody waits for. */
static void end_hopeless(struct transfer_set *set)
{
	uint64_t now = clock_now_ms(set->clock);
	struct transfer *next;

	for (struct transfer *t = set->flying; t; t = next) {
		next = t->next;
		if (now >= transfer_silent_at_ms(t, set->conf)) {
			remove_flying(set, t);
			transfer_end_silent(t, set->conf);
			end(set, t);
		} else if (atomic_load(&t->is_abandoned)) {
			remove_flying(set, t);
			transfer_end_with(t, EINTR, "nobody waits for it");
			end(set, t);
		}
	}
}

void transfer_set_end_all(struct transfer_set *set, const char *why)
{
	while (set->flying) {
		struct transfer *t = set->flying;

		remove_flying(set, t);
		transfer_end_with(t, EIO, why);
		end(set, t);
	}
}

void transfer_set_work(struct transfer_set *set)
{
	int n_running;
	CURLMcode code = curl_multi_perform(set->multi, &n_running);

	if (code != CURLM_OK)
		transfer_set_end_all(set, curl_multi_strerror(code));
	end_finished(set);
	end_hopeless(set);
}

struct transfer *transfer_set_pop_ended(struct transfer_set *set)
{
	struct transfer *t = set->ended;

	if (t)
		set->ended = t->next;
	return t;
}

void transfer_set_sleep(struct transfer_set *set)
{
	uint64_t now = clock_now_ms(set->clock);
	uint64_t wake = now + SLEEP_MAX_MS;

	/* What could not be started waits to be popped. */
	if (set->ended)
		return;
	for (const struct transfer *t = set->flying; t; t = t->next) {
		uint64_t silent_at = transfer_silent_at_ms(t, set->conf);

		if (silent_at < wake)
			wake = silent_at;
	}
	curl_multi_poll(set->multi, NULL, 0, wake > now ? (int)(wake - now) : 0, NULL);
}

void transfer_set_wake(struct transfer_set *set)
{
	curl_multi_wakeup(set->multi);
}
