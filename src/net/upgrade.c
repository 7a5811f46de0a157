#include "net/upgrade.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/call.h"
#include "base/error.h"
#include "net/url.h"
#include "net/websocket.h"
#include "net/wire.h"

/* The path is short, a token some kilobytes. */
#define REQUEST_MAX ((size_t)128 << 10)

static int fail(const char *host, ssize_t ret, struct error *err)
{
	switch (ret) {
	case -ECONNRESET:
		return error_set(err, EIO, "no answer from %s", host);
	case -ETIMEDOUT:
		return error_set(err, ETIMEDOUT, "no answer from %s in time", host);
	case -EFBIG:
		return error_set(err, EFBIG, "the answer of %s is too long", host);
	default:
		return error_set(
			err, (int)-ret, "no answer from %s: %s", host, error_name((int)-ret));
	}
}

/* 0: it may go on. */
static int wait(struct wire *wire, const struct call *call, enum wire_event event)
{
	uint64_t left = call_left_ms(call);

	return left > 0 ? wire_wait(wire, event, left) : -ETIMEDOUT;
}

static ssize_t send_all(struct wire *wire, const struct call *call, const struct buf *text)
{
	size_t n_sent = 0;

	while (n_sent < text->len) {
		ssize_t n = wire_send(wire, text->data + n_sent, text->len - n_sent);

		if (n >= 0)
			n_sent += (size_t)n;
		else if (n == -EAGAIN)
			n = wait(wire, call, WIRE_WRITABLE);
		if (n < 0)
			return n;
	}
	return 0;
}

/* The header, and behind it what came with it; *ret_len: of the header. */
static ssize_t receive_header(
	struct wire *wire, const struct call *call, struct buf *ret_header, size_t *ret_len)
{
	char chunk[4096];

	*ret_len = 0;
	while (*ret_len == 0) {
		ssize_t n = wire_receive(wire, chunk, sizeof(chunk));

		if (n == 0)
			n = -ECONNRESET;
		else if (n > 0)
			n = buf_add(ret_header, chunk, (size_t)n);
		else if (n == -EAGAIN)
			n = wait(wire, call, WIRE_READABLE);
		if (n < 0)
			return n;
		*ret_len = handshake_header_len(buf_str(ret_header), ret_header->len);
	}
	return 0;
}

static int send_request(struct wire *wire, const struct call *call,
	const struct websocket_request *req, const char *host, const char *key, struct error *err)
{
	const char *authority = strstr(req->url, "://");
	const char *path = authority ? strchr(authority + 3, '/') : NULL;
	const struct handshake handshake = {
		.host = host,
		.path = path ? path : "/",
		.query = req->query,
		.protocol = req->protocol,
	};
	struct buf text;
	ssize_t ret;

	buf_init(&text, REQUEST_MAX);
	ret = handshake_add_request(&text, &handshake, key);
	if (ret == 0)
		ret = send_all(wire, call, &text);
	buf_wipe(&text);
	return ret < 0 ? fail(host, ret, err) : 0;
}

int upgrade_wire(struct wire *wire, const struct call *call, const struct websocket_request *req,
	struct handshake_answer *ret_answer, struct buf *ret_rest, struct error *err)
{
	char host[URL_HOST_MAX], key[HANDSHAKE_KEY_SIZE];
	struct buf header;
	ssize_t ret;
	size_t len;

	handshake_make_key(key);
	url_get_host(req->url, host);
	buf_init(&header, UPGRADE_HEADER_MAX);
	ret = send_request(wire, call, req, host, key, err);
	if (ret == 0) {
		ret = receive_header(wire, call, &header, &len);
		if (ret == 0)
			ret = buf_add(ret_rest, header.data + len, header.len - len);
		if (ret < 0)
			ret = fail(host, ret, err);
	}
	if (ret == 0) {
		header.data[len] = '\0';
		ret = handshake_check(header.data, key, req->protocol, ret_answer, err);
	}
	buf_release(&header);
	return (int)ret;
}
