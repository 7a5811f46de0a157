#include "net/wire.h"

#include <curl/curl.h>
#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/call.h"
#include "base/error.h"
#include "net/http.h"
#include "net/transfer.h"
#include "net/transfer_error.h"
#include "net/url.h"

struct wire {
	struct http *http; /* borrowed */
	const struct clock *clock;
	CURLM *multi; /* its poll can be woken, and it keeps the connection that the handle made */
	CURL *easy;   /* NULL unless open */
	curl_socket_t socket;
	char detail[CURL_ERROR_SIZE];
	atomic_bool is_stopped;
};

int wire_new(
	struct http *http, const struct clock *clock, struct wire **ret_wire, struct error *err)
{
	struct wire *wire = calloc(1, sizeof(*wire));

	if (!wire)
		return error_set(err, ENOMEM, "out of memory");
	wire->http = http;
	wire->clock = clock;
	wire->socket = CURL_SOCKET_BAD;
	wire->multi = curl_multi_init();
	if (!wire->multi) {
		free(wire);
		return error_set(err, ENOMEM, "out of memory");
	}
	*ret_wire = wire;
	return 0;
}

void wire_free(struct wire *wire)
{
	if (!wire)
		return;
	wire_close(wire);
	curl_multi_cleanup(wire->multi);
	free(wire);
}

void wire_close(struct wire *wire)
{
	if (!wire->easy)
		return;
	curl_multi_remove_handle(wire->multi, wire->easy);
	curl_easy_cleanup(wire->easy);
	wire->easy = NULL;
	wire->socket = CURL_SOCKET_BAD;
}

void wire_stop(struct wire *wire)
{
	atomic_store(&wire->is_stopped, true);
	curl_multi_wakeup(wire->multi);
}

static CURLcode set_options(struct wire *wire, const char *url)
{
	const struct http_conf *conf = http_get_conf(wire->http);
	CURLcode code = transfer_set_connection(wire->easy, url, conf);

	wire->detail[0] = '\0';
	curl_easy_setopt(wire->easy, CURLOPT_ERRORBUFFER, wire->detail);
	curl_easy_setopt(wire->easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	/* A proxy would take plain http for requests to itself. */
	curl_easy_setopt(wire->easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
	if (code == CURLE_OK)
		code = curl_easy_setopt(wire->easy, CURLOPT_CONNECT_ONLY, 1L);
	if (code == CURLE_OK && curl_multi_add_handle(wire->multi, wire->easy) != CURLM_OK)
		code = CURLE_OUT_OF_MEMORY;
	return code;
}

/* true: it has ended, with *ret_code. */
static bool is_done(struct wire *wire, CURLcode *ret_code)
{
	int n_left;
	CURLMsg *msg = curl_multi_info_read(wire->multi, &n_left);

	if (!msg)
		return false;
	*ret_code = msg->data.result;
	return true;
}

static int clip(uint64_t ms)
{
	return ms > INT_MAX ? INT_MAX : (int)ms;
}

/* 0: libcurl has come to an end, good or bad. */
static int connect_within(struct wire *wire, const struct call *call, CURLcode *ret_code)
{
	for (;;) {
		int n_running;

		if (atomic_load(&wire->is_stopped))
			return -ECANCELED;
		if (call_left_ms(call) == 0)
			return -ETIMEDOUT;
		if (curl_multi_perform(wire->multi, &n_running) != CURLM_OK)
			return -ENOMEM;
		if (is_done(wire, ret_code))
			return 0;
		curl_multi_poll(wire->multi, NULL, 0, clip(call_left_ms(call)), NULL);
	}
}

static int fail(struct wire *wire, const char *url, int ret, CURLcode code, struct error *err)
{
	char host[URL_HOST_MAX];
	long os_errno = 0;

	url_get_host(url, host);
	if (ret == -ETIMEDOUT)
		return error_set(err, ETIMEDOUT, "no connection to %s in time", host);
	if (ret < 0)
		return error_set(err, -ret, "cannot connect to %s: %s", host, error_name(-ret));
	curl_easy_getinfo(wire->easy, CURLINFO_OS_ERRNO, &os_errno);
	return transfer_error_set(err, code, host, wire->detail, os_errno);
}

int wire_open(struct wire *wire, const struct call *call, const char *url, struct error *err)
{
	CURLcode code;
	int ret = http_check_url(wire->http, url, err);

	if (ret < 0)
		return ret;
	wire_close(wire);
	wire->easy = curl_easy_init();
	if (!wire->easy)
		return error_set(err, ENOMEM, "out of memory");
	code = set_options(wire, url);
	if (code == CURLE_OK)
		ret = connect_within(wire, call, &code);
	if (ret == 0 && code == CURLE_OK)
		code = curl_easy_getinfo(wire->easy, CURLINFO_ACTIVESOCKET, &wire->socket);
	if (ret == 0 && code == CURLE_OK)
		return 0;
	ret = fail(wire, url, ret, code, err);
	wire_close(wire);
	return ret;
}

static ssize_t result(CURLcode code, size_t n)
{
	if (code == CURLE_OK)
		return (ssize_t)n;
	return code == CURLE_AGAIN ? -EAGAIN : -ECONNRESET;
}

ssize_t wire_send(struct wire *wire, const void *data, size_t len)
{
	CURLcode code;
	size_t n = 0;

	if (!wire->easy)
		return -ECONNRESET;
	code = curl_easy_send(wire->easy, data, len, &n);
	return result(code, n);
}

ssize_t wire_receive(struct wire *wire, void *data, size_t len)
{
	CURLcode code;
	size_t n = 0;

	if (!wire->easy)
		return -ECONNRESET;
	code = curl_easy_recv(wire->easy, data, len, &n);
	return result(code, n);
}

int wire_wait(struct wire *wire, enum wire_event event, uint64_t ms)
{
	struct curl_waitfd fd = {
		.fd = wire->socket,
		.events = event == WIRE_READABLE ? CURL_WAIT_POLLIN : CURL_WAIT_POLLOUT,
	};

	if (atomic_load(&wire->is_stopped))
		return -ECANCELED;
	if (!wire->easy)
		return -ECONNRESET;
	curl_multi_poll(wire->multi, &fd, 1, clip(ms), NULL);
	return atomic_load(&wire->is_stopped) ? -ECANCELED : 0;
}
