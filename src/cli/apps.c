#include "cli/apps.h"

#include <errno.h>
#include <stdlib.h>

#include "base/call.h"
#include "base/error.h"
#include "base/pool.h"
#include "cli/profile.h"
#include "cli/session.h"
#include "net/http.h"
#include "tree/app.h"

static enum exit_code open_app(
	struct apps *apps, const struct profile_app *app, struct call *call, struct error *err)
{
	struct session *session;

	if (session_new(app, apps->http, call->clock, &session, err) < 0)
		return EXIT_MOUNT;
	apps->sessions[apps->n_apps] = session;
	apps->n_apps++;
	if (session_fetch_app(session, call, err) < 0 ||
		session_fetch_schemas(session, call, err) < 0)
		return exit_code_of_request(err);
	if (session_open_cache(session, apps->pool, err) < 0)
		return EXIT_MOUNT;
	apps->apps[apps->n_apps - 1] = *session_app(session);
	return EXIT_GOOD;
}

static enum exit_code open_all(struct apps *apps, const struct profile *profile,
	const struct clock *clock, const struct interrupt *interrupt, struct error *err)
{
	enum exit_code code = EXIT_GOOD;

	for (size_t i = 0; i < profile->n_apps && code == EXIT_GOOD; i++) {
		struct call call = call_begin(clock, profile->mount.mount.timeout_ms);

		call.is_interrupted = interrupt ? interrupt->is_set : NULL;
		call.payload = interrupt ? interrupt->payload : NULL;
		code = open_app(apps, &profile->apps[i], &call, err);
		if (code != EXIT_GOOD && profile->n_apps > 1)
			error_prefix(err, "cannot open the app '%s'", profile->apps[i].name);
	}
	return code;
}

/* One request stays free for what somebody waits for. */
static int open_pool(struct apps *apps, const struct profile *profile, const struct clock *clock,
	struct error *err)
{
	unsigned n_requests = profile->mount.http.max_connections;

	if (n_requests < 2)
		return 0;
	return pool_new(clock, n_requests - 1, profile->mount.mount.timeout_ms, &apps->pool, err);
}

enum exit_code apps_open(struct profile *profile, const struct clock *clock,
	const struct interrupt *interrupt, struct apps *apps, struct error *err)
{
	enum exit_code code;

	*apps = (struct apps){ 0 };
	if (http_new(&profile->mount.http, clock, &apps->http, err) < 0 ||
		open_pool(apps, profile, clock, err) < 0)
		return EXIT_MOUNT;
	apps->sessions = calloc(profile->n_apps, sizeof(struct session *));
	apps->apps = calloc(profile->n_apps, sizeof(*apps->apps));
	if (!apps->sessions || !apps->apps) {
		error_set(err, ENOMEM, "out of memory");
		return EXIT_MOUNT;
	}
	code = open_all(apps, profile, clock, interrupt, err);
	profile_forget_secrets(profile);
	return code;
}

int apps_open_savers(struct apps *apps, struct error *err)
{
	for (size_t i = 0; i < apps->n_apps; i++) {
		int ret = session_open_saver(apps->sessions[i], err);

		if (ret < 0)
			return ret;
		apps->apps[i] = *session_app(apps->sessions[i]);
	}
	return 0;
}

void apps_close(struct apps *apps)
{
	pool_free(apps->pool);
	for (size_t i = 0; i < apps->n_apps; i++)
		session_free(apps->sessions[i]);
	free(apps->sessions);
	free(apps->apps);
	http_free(apps->http);
	*apps = (struct apps){ 0 };
}

bool apps_are_watched(const struct apps *apps)
{
	for (size_t i = 0; i < apps->n_apps; i++) {
		if (apps->apps[i].watch)
			return true;
	}
	return false;
}

int apps_start(struct apps *apps, struct event_log *events, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; i < apps->n_apps && ret == 0; i++)
		ret = session_start(apps->sessions[i], events, err);
	return ret;
}

void apps_stop(struct apps *apps)
{
	for (size_t i = 0; i < apps->n_apps; i++)
		session_stop(apps->sessions[i]);
}
