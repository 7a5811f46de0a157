#include "cli/check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/call.h"
#include "base/error.h"
#include "base/log.h"
#include "cli/args.h"
#include "cli/profile.h"
#include "cli/session.h"
#include "net/http.h"
#include "net/url.h"

/* Longest URL that is asked, and most of an answer that only has to be one. */
#define URL_LEN_MAX 4096
#define ANSWER_MAX ((size_t)1024 * 1024)

/* One app's checks share these. */
struct check {
	const struct profile *profile;
	const struct profile_app *app;
	struct http *http;
	struct session *session;
	const struct clock *clock;
};

static void print_line(const char *app, const char *thing, const char *verdict, const char *fmt,
	...) __attribute__((format(printf, 4, 5)));

static void print_line(
	const char *app, const char *thing, const char *verdict, const char *fmt, ...)
{
	char name[80];
	va_list ap;

	snprintf(name, sizeof(name), "%s%s%s", app, *app ? ": " : "", thing);
	printf("%-32s %-5s", name, verdict);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

static struct call begin(const struct check *check)
{
	return call_begin(check->clock, check->profile->mount.mount.timeout_ms);
}

/* The proxy finds the server's address then. The names are libcurl's; HTTP_PROXY is none. */
static bool has_proxy(const struct check *check)
{
	static const char *const names[][4] = {
		{ "http_proxy", "all_proxy", "ALL_PROXY" },
		{ "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY" },
	};
	const char *const *name = names[url_is_https(check->app->url)];

	if (check->profile->mount.http.proxy)
		return true;
	if (url_is_loopback(check->app->url))
		return false;
	for (size_t i = 0; i < 4 && name[i]; i++) {
		const char *value = getenv(name[i]);

		if (value && *value)
			return true;
	}
	return false;
}

/* The host without its port and brackets. */
static void find_host(const char *url, char host[URL_HOST_MAX])
{
	char *end;

	url_get_host(url, host);
	if (host[0] == '[') {
		memmove(host, host + 1, strlen(host));
		end = strchr(host, ']');
	} else {
		end = strchr(host, ':');
	}
	if (end)
		*end = '\0';
}

static int check_dns(const struct check *check, struct error *err)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *found;
	char host[URL_HOST_MAX], address[NI_MAXHOST];
	int code;

	find_host(check->app->url, host);
	if (has_proxy(check)) {
		print_line(check->app->name, "DNS", "ok", "'%s' is left to the proxy", host);
		return 0;
	}
	code = getaddrinfo(host, NULL, &hints, &found);
	if (code != 0)
		return error_set(
			err, EHOSTUNREACH, "cannot find '%s': %s", host, gai_strerror(code));
	code = getnameinfo(found->ai_addr, found->ai_addrlen, address, sizeof(address), NULL, 0,
		NI_NUMERICHOST);
	print_line(
		check->app->name, "DNS", "ok", "'%s' is %s", host, code == 0 ? address : "known");
	freeaddrinfo(found);
	return 0;
}

/* Any answer will do: it shows that there is a server behind the name. */
static int check_tls(const struct check *check, struct error *err)
{
	struct call call = begin(check);
	char url[URL_LEN_MAX];
	struct http_response res;
	struct http_request req = {
		.method = HTTP_GET,
		.url = url,
		.max_body = ANSWER_MAX,
		.kind = "check",
		.is_repeatable = true,
	};
	int ret;

	snprintf(url, sizeof(url), "%s/healthz", check->app->url);
	http_response_init(&res);
	ret = transport_perform(http_transport(check->http), &call, &req, &res, err);
	http_response_release(&res);
	if (ret < 0 && ret != -EFBIG)
		return ret;
	print_line(check->app->name, "TLS", "ok", "%s",
		url_is_https(check->app->url) ? "the certificate is trusted"
					      : "not used: the URL is plain http");
	return 0;
}

static int check_token(const struct check *check, struct error *err)
{
	struct call call = begin(check);
	int ret = session_try_token(check->session, &call, err);

	if (ret == 0)
		print_line(check->app->name, "token", "ok", "for the client '%s'",
			check->app->client_id);
	return ret;
}

static int check_app(const struct check *check, struct error *err)
{
	struct call call = begin(check);
	int ret = session_fetch_app(check->session, &call, err);

	if (ret < 0)
		return ret;
	print_line(check->app->name, "app", "ok", "at %s", check->app->url);
	print_line(check->app->name, "permissions", "ok", "%s",
		session_can_read_schemas(check->session)
			? "schemas by the role"
			: "schemas by the OpenAPI document, since the role does not read them");
	return 0;
}

static int check_schemas(const struct check *check, struct error *err)
{
	struct call call = begin(check);
	int ret = session_fetch_schemas(check->session, &call, err);

	if (ret == 0)
		print_line(check->app->name, "schemas", "ok", "%zu %s",
			session_count_schemas(check->session),
			check->app->settings.client.schemas ? "as configured, not asked for"
							    : "with content");
	return ret;
}

static enum exit_code check_profile_app(struct check *check)
{
	static const struct {
		const char *thing;
		int (*run)(const struct check *check, struct error *err);
	} steps[] = {
		{ "DNS", check_dns },
		{ "TLS", check_tls },
		{ "token", check_token },
		{ "app", check_app },
		{ "schemas", check_schemas },
	};
	struct error err = { 0 };

	if (session_new(check->app, check->http, check->clock, &check->session, &err) < 0) {
		print_line(check->app->name, "client", "FAIL", "%s", err.text);
		return EXIT_MOUNT;
	}
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (steps[i].run(check, &err) < 0) {
			print_line(check->app->name, steps[i].thing, "FAIL", "%s", err.text);
			return exit_code_of_request(&err);
		}
	}
	return EXIT_GOOD;
}

static enum exit_code check_profile(const struct profile *profile)
{
	struct check check = { .profile = profile, .clock = clock_system() };
	enum exit_code code = EXIT_GOOD;
	struct error err = { 0 };

	print_line("", "configuration", "ok", "%zu %s, %s", profile->n_apps,
		profile->n_apps == 1 ? "app" : "apps",
		profile->config.path ? profile->config.path : "no file");
	if (http_new(&profile->mount.http, check.clock, &check.http, &err) < 0) {
		print_line("", "network", "FAIL", "%s", err.text);
		return EXIT_MOUNT;
	}
	for (size_t i = 0; i < profile->n_apps; i++) {
		enum exit_code code_of_app;

		check.app = &profile->apps[i];
		check.session = NULL;
		code_of_app = check_profile_app(&check);
		session_free(check.session);
		if (code == EXIT_GOOD)
			code = code_of_app;
	}
	http_free(check.http);
	return code;
}

enum exit_code check_run(const struct args *args)
{
	struct profile profile;
	struct error err = { 0 };
	enum exit_code code;

	if (profile_load(args, &profile, &err) < 0) {
		print_line("", "configuration", "FAIL", "%s", err.text);
		return EXIT_USAGE;
	}
	log_open(LOG_TO_STDERR, profile.mount.trace);
	code = check_profile(&profile);
	profile_release(&profile);
	return code;
}
