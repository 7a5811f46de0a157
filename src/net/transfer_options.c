#include "net/transfer.h"

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "net/http.h"

#define USER_AGENT "squidexfs/" SQUIDEXFS_VERSION

/* How a header begins. */
#define STATUS_LINE "HTTP/"

/* A connection stands, and the request is about to go out. */
static int on_sending(void *payload, char *peer_ip, char *own_ip, int peer_port, int own_port)
{
	struct transfer *t = payload;

	(void)peer_ip;
	(void)own_ip;
	(void)peer_port;
	(void)own_port;
	/*
	 * libcurl sends again by itself when a kept-alive connection breaks before the
	 * answer. The server may have acted on the first.
	 */
	if (t->is_sent && !t->is_repeatable)
		return CURL_PREREQFUNC_ABORT;
	t->is_sent = true;
	t->active_ms = clock_now_ms(t->clock);
	return CURL_PREREQFUNC_OK;
}

static int on_progress(void *payload, curl_off_t dl_total, curl_off_t dl_now, curl_off_t ul_total,
	curl_off_t ul_now)
{
	struct transfer *t = payload;

	(void)dl_total;
	(void)ul_total;
	if (dl_now + ul_now != t->moved) {
		t->moved = dl_now + ul_now;
		t->active_ms = clock_now_ms(t->clock);
	}
	return 0;
}

static size_t on_body(char *data, size_t size, size_t n, void *payload)
{
	struct transfer *t = payload;

	t->body_ret = buf_add(&t->res.body, data, size * n);
	return t->body_ret == 0 ? size * n : 0;
}

static size_t on_header(char *data, size_t size, size_t n, void *payload)
{
	struct transfer *t = payload;

	/* An empty line ends it; after "100 Continue" another one begins; trailers follow later. */
	if (size * n >= strlen(STATUS_LINE) && memcmp(data, STATUS_LINE, strlen(STATUS_LINE)) == 0)
		t->is_header_whole = false;
	else if (size * n > 0 && (data[0] == '\r' || data[0] == '\n'))
		t->is_header_whole = true;
	t->active_ms = clock_now_ms(t->clock);
	return size * n;
}

struct number_option {
	CURLoption option;
	long value;
};

static CURLcode set_all_numbers(CURL *easy, const struct number_option *options, size_t n)
{
	CURLcode code = CURLE_OK;

	for (size_t i = 0; i < n && code == CURLE_OK; i++)
		code = curl_easy_setopt(easy, options[i].option, options[i].value);
	return code;
}

struct text_option {
	CURLoption option;
	const char *value; /* NULL: left at its default */
};

static CURLcode set_all_texts(CURL *easy, const struct text_option *options, size_t n)
{
	CURLcode code = CURLE_OK;

	for (size_t i = 0; i < n && code == CURLE_OK; i++) {
		if (options[i].value)
			code = curl_easy_setopt(easy, options[i].option, options[i].value);
	}
	return code;
}

/* What the environment says of proxies is not meant for this machine itself. */
static const char *proxy_of(const char *url, const struct http_conf *conf)
{
	if (conf->proxy)
		return conf->proxy;
	return url_is_loopback(url) ? "" : NULL;
}

CURLcode transfer_set_connection(CURL *easy, const char *url, const struct http_conf *conf)
{
	const struct number_option numbers[] = {
		{ CURLOPT_NOSIGNAL, 1 },
		{ CURLOPT_TCP_KEEPALIVE, 1 },
		/* Without it a removed transfer holds the thread up until its DNS lookup ends. */
		{ CURLOPT_QUICK_EXIT, 1 },
		{ CURLOPT_SUPPRESS_CONNECT_HEADERS, 1 },
		{ CURLOPT_CONNECTTIMEOUT_MS, (long)conf->connect_timeout_ms },
	};
	const struct text_option texts[] = {
		{ CURLOPT_URL, url },
		{ CURLOPT_PROTOCOLS_STR, "http,https" },
		{ CURLOPT_USERAGENT, USER_AGENT },
		{ CURLOPT_CAINFO, conf->cacert },
		{ CURLOPT_SSLCERT, conf->cert },
		{ CURLOPT_SSLKEY, conf->key },
		{ CURLOPT_KEYPASSWD, "" }, /* OpenSSL would ask the terminal */
		{ CURLOPT_PROXY, proxy_of(url, conf) },
	};
	CURLcode code = set_all_numbers(easy, numbers, sizeof(numbers) / sizeof(numbers[0]));

	if (code == CURLE_OK)
		code = set_all_texts(easy, texts, sizeof(texts) / sizeof(texts[0]));
	return code;
}

static CURLcode set_request(const struct transfer *t, CURL *easy)
{
	const struct number_option numbers[] = {
		{ CURLOPT_FOLLOWLOCATION, 0 },
		{ CURLOPT_PATH_AS_IS, 1 },
		{ CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS },
		/* Rather share the HTTP/2 connection that is being made than make one more. */
		{ CURLOPT_PIPEWAIT, url_is_https(t->url) },
		{ CURLOPT_NOPROGRESS, 0 },
	};
	CURLcode code = set_all_numbers(easy, numbers, sizeof(numbers) / sizeof(numbers[0]));

	/* All that libcurl can decode. */
	if (code == CURLE_OK)
		code = curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
	return code;
}

static void set_callbacks(struct transfer *t, CURL *easy)
{
	curl_easy_setopt(easy, CURLOPT_PRIVATE, t);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t->detail);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_sending);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, t);
	curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(easy, CURLOPT_XFERINFODATA, t);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
}

static CURLcode set_method(const struct transfer *t, CURL *easy)
{
	/* A method that has a body by nature says so, even if it is empty. */
	if (t->body || t->method == HTTP_POST || t->method == HTTP_PUT || t->method == HTTP_PATCH) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->body_len);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, t->body ? t->body : "");
	}
	return curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, http_method_name(t->method));
}

CURLcode transfer_begin(struct transfer *t, const struct http_conf *conf)
{
	CURLcode code;

	set_callbacks(t, t->easy);
	code = transfer_set_connection(t->easy, t->url, conf);
	if (code == CURLE_OK)
		code = set_request(t, t->easy);
	if (code == CURLE_OK)
		code = set_method(t, t->easy);
	if (code == CURLE_OK)
		code = curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
	return code;
}
