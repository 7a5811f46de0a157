#include "support/ws_peer.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TEXT_SIZE 65536

struct ws_conn {
	int fd;
	char request[8192];
	char text[TEXT_SIZE];
};

struct ws_peer {
	ws_script_fn script;
	void *payload;
	int listener;
	char url[64];
	pthread_t thread;
	pthread_mutex_t lock;
	/* guarded by lock */
	int fd; /* of the connection that runs; -1: none */
	size_t n_connections;
	bool is_ending;
};

static void must(bool is_well)
{
	if (!is_well)
		abort();
}

static bool read_all(int fd, void *bytes, size_t len)
{
	size_t n_read = 0;

	while (n_read < len) {
		ssize_t n = recv(fd, (char *)bytes + n_read, len - n_read, 0);

		if (n <= 0)
			return false;
		n_read += (size_t)n;
	}
	return true;
}

static bool read_request(struct ws_conn *conn)
{
	size_t len = 0;

	while (len + 1 < sizeof(conn->request)) {
		if (!read_all(conn->fd, conn->request + len, 1))
			return false;
		conn->request[++len] = '\0';
		if (strstr(conn->request, "\r\n\r\n"))
			return true;
	}
	return false;
}

/* false: the peer ends. */
static bool begin(struct ws_peer *peer, int fd)
{
	bool is_wanted;

	pthread_mutex_lock(&peer->lock);
	is_wanted = !peer->is_ending;
	if (is_wanted) {
		peer->fd = fd;
		peer->n_connections++;
	}
	pthread_mutex_unlock(&peer->lock);
	return is_wanted;
}

static void end(struct ws_peer *peer, int fd)
{
	pthread_mutex_lock(&peer->lock);
	peer->fd = -1;
	pthread_mutex_unlock(&peer->lock);
	close(fd);
}

static void *run(void *payload)
{
	struct ws_peer *peer = payload;
	struct ws_conn *conn = calloc(1, sizeof(*conn));

	must(conn != NULL);
	for (;;) {
		conn->fd = accept(peer->listener, NULL, NULL);
		if (conn->fd < 0)
			break;
		if (!begin(peer, conn->fd)) {
			close(conn->fd);
			break;
		}
		if (read_request(conn))
			peer->script(conn, peer->payload);
		end(peer, conn->fd);
	}
	free(conn);
	return NULL;
}

struct ws_peer *ws_peer_new(ws_script_fn script, void *payload)
{
	struct ws_peer *peer = calloc(1, sizeof(*peer));
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof(address);

	must(peer != NULL);
	peer->script = script;
	peer->payload = payload;
	peer->fd = -1;
	pthread_mutex_init(&peer->lock, NULL);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	peer->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(peer->listener >= 0);
	must(bind(peer->listener, (struct sockaddr *)&address, sizeof(address)) == 0);
	must(listen(peer->listener, 8) == 0);
	must(getsockname(peer->listener, (struct sockaddr *)&address, &size) == 0);
	snprintf(peer->url, sizeof(peer->url), "http://127.0.0.1:%d", ntohs(address.sin_port));
	must(pthread_create(&peer->thread, NULL, run, peer) == 0);
	return peer;
}

void ws_peer_free(struct ws_peer *peer)
{
	pthread_mutex_lock(&peer->lock);
	peer->is_ending = true;
	if (peer->fd >= 0)
		shutdown(peer->fd, SHUT_RDWR);
	pthread_mutex_unlock(&peer->lock);
	shutdown(peer->listener, SHUT_RDWR);
	pthread_join(peer->thread, NULL);
	close(peer->listener);
	pthread_mutex_destroy(&peer->lock);
	free(peer);
}

const char *ws_peer_url(const struct ws_peer *peer)
{
	return peer->url;
}

size_t ws_peer_count(struct ws_peer *peer)
{
	size_t n;

	pthread_mutex_lock(&peer->lock);
	n = peer->n_connections;
	pthread_mutex_unlock(&peer->lock);
	return n;
}

const char *ws_request(const struct ws_conn *conn)
{
	return conn->request;
}

void ws_send_raw(struct ws_conn *conn, const void *bytes, size_t len)
{
	const char *rest = bytes;

	while (len > 0) {
		ssize_t n = send(conn->fd, rest, len, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		rest += n;
		len -= (size_t)n;
	}
}

void ws_accept(struct ws_conn *conn)
{
	static const char name[] = "Sec-WebSocket-Key: ";
	const char *key = strstr(conn->request, name);
	char text[128], accept[64], answer[512];
	unsigned char digest[EVP_MAX_MD_SIZE];
	int len;

	must(key != NULL);
	key += strlen(name);
	len = snprintf(text, sizeof(text), "%.*s258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
		(int)strcspn(key, "\r"), key);
	must(EVP_Digest(text, (size_t)len, digest, NULL, EVP_sha1(), NULL) == 1);
	EVP_EncodeBlock((unsigned char *)accept, digest, 20);
	len = snprintf(answer, sizeof(answer),
		"HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\nConnection: keep-alive, "
		"Upgrade\r\nSec-WebSocket-Accept: %s\r\nX-Costs: 2\r\nSec-WebSocket-Protocol: "
		"graphql-transport-ws\r\n\r\n",
		accept);
	ws_send_raw(conn, answer, (size_t)len);
}

void ws_send_frame(struct ws_conn *conn, int opcode, const void *payload, size_t len)
{
	unsigned char *frame = malloc(len + 4);
	size_t n = 2;

	must(frame != NULL && len < 65536);
	frame[0] = (unsigned char)(0x80 | opcode);
	if (len < 126) {
		frame[1] = (unsigned char)len;
	} else {
		frame[1] = 126;
		frame[2] = (unsigned char)(len >> 8);
		frame[3] = (unsigned char)(len & 0xff);
		n = 4;
	}
	if (len > 0)
		memcpy(frame + n, payload, len);
	ws_send_raw(conn, frame, n + len);
	free(frame);
}

void ws_say(struct ws_conn *conn, const char *text)
{
	ws_send_frame(conn, WS_TEXT, text, strlen(text));
}

enum ws_heard ws_hear(struct ws_conn *conn)
{
	unsigned char head[4], mask[4];
	size_t len;

	if (!read_all(conn->fd, head, 2))
		return WS_END;
	len = head[1] & 0x7f;
	/* What a client sends is masked. */
	must(head[1] & 0x80);
	if (len == 126) {
		if (!read_all(conn->fd, head + 2, 2))
			return WS_END;
		len = (size_t)head[2] << 8 | head[3];
	}
	must(len < sizeof(conn->text));
	if (!read_all(conn->fd, mask, 4) || !read_all(conn->fd, conn->text, len))
		return WS_END;
	for (size_t i = 0; i < len; i++)
		conn->text[i] = (char)(conn->text[i] ^ mask[i % 4]);
	conn->text[len] = '\0';
	return (enum ws_heard)(head[0] & 0x0f);
}

const char *ws_text(const struct ws_conn *conn)
{
	return conn->text;
}

void ws_stay(struct ws_conn *conn)
{
	enum ws_heard heard;

	do {
		heard = ws_hear(conn);
		if (heard == WS_PING)
			ws_send_frame(conn, WS_PONG, conn->text, strlen(conn->text));
	} while (heard != WS_END && heard != WS_CLOSE);
}
