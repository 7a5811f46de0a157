#include "cli/session.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "api/client.h"
#include "api/identity.h"
#include "api/report.h"
#include "api/subscription.h"
#include "base/buf.h"
#include "base/call.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "cache/cache.h"
#include "cache/watch.h"
#include "cli/profile.h"
#include "net/http.h"
#include "net/stack.h"
#include "save/deletes.h"
#include "save/hidden.h"
#include "save/outbox.h"
#include "save/recover.h"
#include "save/save.h"
#include "save/state.h"
#include "save/unsaved.h"
#include "tree/app.h"
#include "tree/events.h"

/* How long a socket's silence is borne after it was asked whether it still stands. */
#define PONG_MS 10000

/* A server that answers no ping has taken the subscriptions by then. */
#define READY_MS 5000

/* Longer than any token; identity has its own, narrower, ceiling. */
#define TOKEN_MAX ((size_t)64 * 1024)

/* For all texts that a killed mount left: those that are not asked for then are unsaved. */
#define RECOVERY_MS 10000

struct session {
	const struct profile_app *profile;
	const struct clock *clock;
	struct http *http; /* borrowed */
	struct identity *identity;
	struct app_info info;
	struct schema_list schemas;
	struct outbox *outbox, *deletes_outbox;
	struct app app;
	struct event_log *events; /* borrowed */
};

int session_new(const struct profile_app *profile, struct http *http, const struct clock *clock,
	struct session **ret_session, struct error *err)
{
	struct session *s = calloc(1, sizeof(*s));
	int ret;

	if (!s)
		return error_set(err, ENOMEM, "out of memory");
	s->profile = profile;
	s->clock = clock;
	s->http = http;
	s->app.name = profile->name;
	s->app.url = profile->url;
	s->app.client_id = profile->client_id;
	ret = identity_new(
		profile->url, profile->client_id, profile->client_secret, &s->identity, err);
	if (ret == 0)
		ret = stack_new(http_transport(http), clock, identity_fetch_token, s->identity,
			&s->app.stack, err);
	if (ret == 0) {
		identity_set_transport(s->identity, stack_token_transport(s->app.stack));
		ret = client_new(&profile->settings.client, stack_transport(s->app.stack),
			&s->app.client, err);
	}
	if (ret < 0)
		session_free(s);
	else
		*ret_session = s;
	return ret;
}

void session_free(struct session *session)
{
	if (!session)
		return;
	watch_free(session->app.watch);
	deletes_free(session->app.deletes);
	saver_free(session->app.saver);
	hidden_free(session->app.hidden);
	outbox_close(session->deletes_outbox);
	outbox_close(session->outbox);
	state_close(session->app.state);
	cache_free(session->app.cache);
	schema_list_release(&session->schemas);
	app_info_release(&session->info);
	client_free(session->app.client);
	stack_free(session->app.stack);
	identity_free(session->identity);
	free(session);
}

int session_try_token(struct session *session, const struct call *call, struct error *err)
{
	uint64_t lifetime_ms;
	struct buf text;
	int ret;

	buf_init(&text, TOKEN_MAX);
	ret = identity_fetch_token(session->identity, call, &text, &lifetime_ms, err);
	buf_wipe(&text);
	return ret;
}

int session_fetch_app(struct session *session, const struct call *call, struct error *err)
{
	return client_fetch_app(session->app.client, call, &session->info, err);
}

int session_fetch_schemas(struct session *session, const struct call *call, struct error *err)
{
	return client_fetch_schemas(
		session->app.client, call, &session->info, &session->schemas, err);
}

static int open_watch(struct session *session, struct error *err)
{
	uint64_t silence_ms = http_get_conf(session->http)->silence_timeout_ms;
	const struct subscription_conf conf = {
		.http = session->http,
		.tokens = stack_tokens(session->app.stack),
		.clock = session->clock,
		.url = session->profile->url,
		.app = session->profile->name,
		.ping_ms = silence_ms,
		.pong_ms = silence_ms < PONG_MS ? silence_ms : PONG_MS,
		.ready_ms = READY_MS,
	};

	return watch_new(&conf, session->app.cache, session->clock, &session->app.watch, err);
}

int session_open_cache(struct session *session, struct pool *pool, struct error *err)
{
	struct cache_conf conf = session->profile->settings.cache;
	int ret;

	conf.pool = pool;
	ret = cache_new(&conf, session->clock, session->app.client, &session->schemas,
		&session->app.cache, err);
	if (ret == 0 && session->profile->settings.is_watching)
		ret = open_watch(session, err);
	return ret;
}

static void add_event(void *payload, const char *schema, const struct subscription_event *event)
{
	const struct session *session = payload;
	const struct event_report report = {
		.time_s = clock_wall_s(session->clock),
		.app = session->app.name,
		.schema = schema,
		.id = event->id,
		.type = event->type,
		.status = event->status,
		.version = event->version,
		.modified_s = event->modified_s,
	};

	event_log_add(session->events, &report);
}

int session_start(struct session *session, struct event_log *events, struct error *err)
{
	session->events = events;
	if (!session->app.watch)
		return 0;
	return watch_start(session->app.watch, add_event, session, err);
}

void session_stop(struct session *session)
{
	watch_stop(session->app.watch);
}

/* All that a user may ever lose stands in it, so it is opened before anything is mounted. */
static int open_state(struct session *session, struct error *err)
{
	const struct app_settings *settings = &session->profile->settings;
	const struct state_conf conf = {
		.directory = settings->state_directory,
		.url = session->app.url,
		.app = session->app.name,
		.max_bytes = settings->max_state_bytes,
	};
	int ret = state_open(&conf, &session->app.state, err);

	return ret == 0 ? outbox_open(session->app.state, OUTBOX_TEXTS, &session->outbox, err)
			: ret;
}

/* Whoever looks into the mount finds each text on the server or among the unsaved. */
static int recover(struct session *session, struct error *err)
{
	const struct app *app = &session->app;
	const struct call call = call_begin(session->clock, RECOVERY_MS);
	struct recovered recovered;
	struct unsaved_count count;
	int ret = recover_left(app->saver, &call, &recovered, err);

	if (ret == 0 && recovered.arrived > 0)
		log_line(LOG_NOTE,
			"%" PRIu64 " text(s) that squidexfs was saving when it ended are on the "
			"server of app '%s'",
			recovered.arrived, app->name);
	if (ret == 0)
		ret = unsaved_count(app->state, &count, err);
	if (ret == 0 && count.texts > 0)
		log_line(LOG_NOTE, "%" PRIu64 " text(s) are not saved: see .squidexfs/unsaved/%s",
			count.texts, app->name);
	return ret;
}

static int open_deletes(struct session *session, struct error *err)
{
	struct deletes_conf conf = session->profile->settings.deletes;
	int ret = outbox_open(session->app.state, OUTBOX_DELETES, &session->deletes_outbox, err);

	if (ret < 0)
		return ret;
	conf.client = session->app.client;
	conf.cache = session->app.cache;
	conf.saver = session->app.saver;
	conf.hidden = session->app.hidden;
	conf.outbox = session->deletes_outbox;
	conf.clock = session->clock;
	return deletes_new(&conf, &session->app.deletes, err);
}

int session_open_saver(struct session *session, struct error *err)
{
	const struct app_settings *settings = &session->profile->settings;
	struct saver_conf conf = settings->saver;
	int ret;

	if (client_is_read_only(session->app.client))
		return 0;
	ret = open_state(session, err);
	if (ret < 0)
		return ret;
	session->app.hidden = hidden_new(session->clock);
	if (!session->app.hidden)
		return error_set(err, ENOMEM, "out of memory");
	conf.client = session->app.client;
	conf.cache = session->app.cache;
	conf.state = session->app.state;
	conf.outbox = session->outbox;
	conf.clock = session->clock;
	conf.view = settings->client.view;
	ret = saver_new(&conf, &session->app.saver, err);
	if (ret == 0)
		ret = recover(session, err);
	return ret == 0 ? open_deletes(session, err) : ret;
}

bool session_can_read_schemas(const struct session *session)
{
	return session->info.can_read_schemas;
}

size_t session_count_schemas(const struct session *session)
{
	return session->schemas.n_schemas;
}

const struct app *session_app(const struct session *session)
{
	return &session->app;
}
