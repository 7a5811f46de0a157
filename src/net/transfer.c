#include "net/transfer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/call.h"
#include "net/http.h"
#include "net/transfer_error.h"

/* A month: longer than anybody waits, and far from overflowing. */
#define RETRY_AFTER_MAX_S (31.0 * 24 * 3600)

static int add_header(struct transfer *t, const char *name, const char *value)
{
	struct curl_slist *longer;
	/* libcurl takes "Name:" as "do not send it", "Name;" as "send it empty". */
	size_t size = strlen(name) + strlen(value) + sizeof(": ");
	char *line = malloc(size);

	if (!line)
		return -ENOMEM;
	snprintf(line, size, *value ? "%s: %s" : "%s;%s", name, value);
	longer = curl_slist_append(t->headers, line);
	explicit_bzero(line, size);
	free(line);
	if (!longer)
		return -ENOMEM;
	t->headers = longer;
	return 0;
}

static int suppress_header(struct transfer *t, const char *line)
{
	struct curl_slist *longer = curl_slist_append(t->headers, line);

	if (!longer)
		return -ENOMEM;
	t->headers = longer;
	return 0;
}

static int add_bearer(struct transfer *t, const char *bearer)
{
	size_t size = strlen("Bearer ") + strlen(bearer) + 1;
	char *value = malloc(size);
	int ret;

	if (!value)
		return -ENOMEM;
	snprintf(value, size, "Bearer %s", bearer);
	ret = add_header(t, "Authorization", value);
	explicit_bzero(value, size);
	free(value);
	return ret;
}

static int copy_headers(struct transfer *t, const struct http_request *req)
{
	int ret;

	/* Waiting for "100 Continue" costs a round trip, and a second where none comes. */
	ret = suppress_header(t, "Expect:");
	for (size_t i = 0; i < req->n_headers && ret == 0; i++)
		ret = add_header(t, req->headers[i].name, req->headers[i].value);
	if (ret == 0 && req->bearer)
		ret = add_bearer(t, req->bearer);
	if (ret == 0)
		ret = req->body && req->content_type
			      ? add_header(t, "Content-Type", req->content_type)
			      : suppress_header(t, "Content-Type:");
	return ret;
}

static int copy_request(struct transfer *t, const struct http_request *req)
{
	t->url = strdup(req->url);
	if (!t->url)
		return -ENOMEM;
	if (req->body) {
		t->body = malloc(req->body_len + 1);
		if (!t->body)
			return -ENOMEM;
		memcpy(t->body, req->body, req->body_len);
		t->body_len = req->body_len;
	}
	return copy_headers(t, req);
}

int transfer_new(const struct http_request *req, const struct clock *clock,
	struct transfer **ret_transfer, struct error *err)
{
	struct transfer *t = calloc(1, sizeof(*t));

	if (!t)
		return error_set(err, ENOMEM, "out of memory");
	if (call_cond_init(&t->landed) < 0) {
		free(t);
		return error_set(err, ENOMEM, "out of memory");
	}
	t->clock = clock;
	t->method = req->method;
	t->kind = req->kind;
	t->is_repeatable = req->is_repeatable;
	url_get_host(req->url, t->host);
	http_response_init(&t->res);
	buf_init(&t->res.body, req->max_body);
	if (copy_request(t, req) < 0) {
		transfer_free(t);
		return error_set(err, ENOMEM, "out of memory");
	}
	*ret_transfer = t;
	return 0;
}

void transfer_free(struct transfer *t)
{
	if (!t)
		return;
	for (struct curl_slist *h = t->headers; h; h = h->next)
		explicit_bzero(h->data, strlen(h->data));
	curl_slist_free_all(t->headers);
	if (t->body)
		explicit_bzero(t->body, t->body_len);
	free(t->body);
	free(t->url);
	http_response_release(&t->res);
	pthread_cond_destroy(&t->landed);
	free(t);
}

/* The value of a header of the last answer, cut off nowhere: "" if it is too long for dst. */
static void copy_header(const struct transfer *t, const char *name, char *dst, size_t size)
{
	struct curl_header *header;

	dst[0] = '\0';
	if (curl_easy_header(t->easy, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
		return;
	if (strlen(header->value) < size)
		memcpy(dst, header->value, strlen(header->value) + 1);
}

/* Seconds, or an HTTP date, as milliseconds from now. */
static long parse_retry_after(const char *str, int64_t now_s)
{
	double seconds = http_parse_decimal(str);

	if (seconds < 0) {
		time_t date = curl_getdate(str, NULL);

		if (date == (time_t)-1)
			return -1;
		seconds = date > now_s ? (double)(date - now_s) : 0;
	}
	if (seconds > RETRY_AFTER_MAX_S)
		seconds = RETRY_AFTER_MAX_S;
	return (long)(seconds * 1000);
}

/* Seconds since 1970, 0 where it is no date. */
static int64_t parse_date(const char *str)
{
	time_t date = *str ? curl_getdate(str, NULL) : (time_t)-1;

	return date > 0 ? (int64_t)date : 0;
}

static void read_answer(struct transfer *t)
{
	char text[64] = "";
	double cost;
	long status = 0;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	t->res.status = (int)status;
	copy_header(t, "ETag", t->res.etag, sizeof(t->res.etag));
	copy_header(t, "Content-Type", t->res.content_type, sizeof(t->res.content_type));
	copy_header(t, "Location", t->res.location, sizeof(t->res.location));
	copy_header(t, "Retry-After", text, sizeof(text));
	if (text[0])
		t->res.retry_after_ms = parse_retry_after(text, clock_wall_s(t->clock));
	copy_header(t, "X-Costs", text, sizeof(text));
	cost = http_parse_decimal(text);
	if (cost > 0)
		t->res.cost = cost;
	text[0] = '\0';
	copy_header(t, "Date", text, sizeof(text));
	t->res.date_s = parse_date(text);
}

static void count_received(struct transfer *t)
{
	curl_off_t body = 0;
	long headers = 0;

	curl_easy_getinfo(t->easy, CURLINFO_SIZE_DOWNLOAD_T, &body);
	curl_easy_getinfo(t->easy, CURLINFO_HEADER_SIZE, &headers);
	t->received = (uint64_t)body + (uint64_t)headers;
}

bool transfer_is_doubtful(const struct transfer *t, bool is_sent)
{
	return is_sent && !t->is_repeatable;
}

const char *transfer_doubt(const struct transfer *t, bool is_sent)
{
	if (!transfer_is_doubtful(t, is_sent))
		return "";
	return "; the server may have carried the request out all the same";
}

/* The sentence of a failed transfer, and what its sender has to reckon with. */
static int set_failure(struct transfer *t, CURLcode code)
{
	long os_errno = 0;
	struct error cause;

	if (t->body_ret == -EFBIG)
		return error_set(&t->err, EFBIG, "the answer of %s is larger than %zu bytes",
			t->host, t->res.body.max);
	if (t->body_ret < 0)
		return error_set(&t->err, -t->body_ret, "out of memory");
	if (t->easy)
		curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &os_errno);
	transfer_error_set(&cause, code, t->host, t->detail, os_errno);
	return error_set(&t->err, cause.errnum, "%s%s", cause.text, transfer_doubt(t, t->is_sent));
}

void transfer_end(struct transfer *t, CURLcode code)
{
	if (t->easy)
		count_received(t);
	/* A connection that ends within the header is no failure to libcurl. */
	if (code == CURLE_OK && !t->is_header_whole)
		code = CURLE_PARTIAL_FILE;
	if (code == CURLE_OK && t->body_ret == 0) {
		read_answer(t);
		return;
	}
	t->ret = set_failure(t, code);
	http_response_release(&t->res);
}

void transfer_end_with(struct transfer *t, int errnum, const char *why)
{
	count_received(t);
	t->ret = error_set(&t->err, errnum, "cannot ask %s: %s%s", t->host, why,
		transfer_doubt(t, t->is_sent));
	http_response_release(&t->res);
}

uint64_t transfer_silent_at_ms(const struct transfer *t, const struct http_conf *conf)
{
	return t->is_sent ? t->active_ms + conf->silence_timeout_ms : UINT64_MAX;
}

void transfer_end_silent(struct transfer *t, const struct http_conf *conf)
{
	count_received(t);
	t->ret = error_set(&t->err, ETIMEDOUT, "no sign of life from %s for %.1f s%s", t->host,
		(double)conf->silence_timeout_ms / 1000, transfer_doubt(t, true));
	http_response_release(&t->res);
}
