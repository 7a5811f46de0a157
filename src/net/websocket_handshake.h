/*
 * How an HTTP/1.1 connection becomes a WebSocket (RFC 6455, section 4): the request's text, and
 * whether the answer is the one that belongs to it. Pure functions but for the key's chance.
 *
 *	handshake_make_key(key);
 *	handshake_add_request(&text, &handshake, key);
 *	... until the answer's header is whole: handshake_header_len(data, len) > 0 ...
 *	handshake_check(header, key, protocol, &answer, err);
 */
#ifndef SQUIDEXFS_NET_WEBSOCKET_HANDSHAKE_H
#define SQUIDEXFS_NET_WEBSOCKET_HANDSHAKE_H

#include <stddef.h>

struct buf;
struct error;

/* 16 bytes in base64, and the NUL. */
#define HANDSHAKE_KEY_SIZE 25

struct handshake {
	const char *host;     /* with its port, as in the URL */
	const char *path;     /* percent-encoded, without a query */
	const char *query;    /* may hold a secret; NULL: none */
	const char *protocol; /* the subprotocol that is wanted */
};

struct handshake_answer {
	int status;  /* 101: it is a WebSocket now */
	double cost; /* X-Costs; 0 if none */
};

void handshake_make_key(char ret_key[HANDSHAKE_KEY_SIZE]);

/* 0, -EFBIG, -ENOMEM. */
int handshake_add_request(struct buf *text, const struct handshake *handshake, const char *key);

/* The length of the answer's header with the empty line that ends it; 0: it is not yet whole. */
size_t handshake_header_len(const char *data, size_t len);

/*
 * header: NUL-terminated. 0 with the answer's status, whatever it is; -EPROTO: it is no HTTP
 * answer, or says 101 and is not the answer to this key and subprotocol.
 */
int handshake_check(const char *header, const char *key, const char *protocol,
	struct handshake_answer *ret_answer, struct error *err);

#endif
