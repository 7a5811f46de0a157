/*
 * The transport layer that adds the bearer token: acquires one, sends, and on a 401
 * rejects it, acquires a new one and repeats the request once, whatever its method: a
 * request that was refused for its token was not carried out. A second 401 is the
 * answer. Squidex sends no WWW-Authenticate with it (wire/64, 65, 266), so the status
 * alone decides.
 *
 * Borrows inner and the token manager. Any thread may perform.
 */
#ifndef SQUIDEXFS_NET_AUTH_H
#define SQUIDEXFS_NET_AUTH_H

struct token_manager;
struct transport;

/* Returns NULL if out of memory. */
struct transport *auth_new(struct transport *inner, struct token_manager *mgr);

#endif
