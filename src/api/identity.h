/*
 * Asks Squidex's identity server for an access token: OAuth 2.0 client credentials
 * (RFC 6749, section 4.4) at /identity-server/connect/token, form-encoded, scope
 * squidex-api (wire/01). A wrong secret or client is 401 invalid_client (wire/02, 03): -EACCES,
 * with a sentence that names the client and never the secret. Bad scope and grant are
 * 400 (wire/06, 07): -EINVAL. An answer that is no token is -EIO and never quoted.
 *
 *	identity_new(url, client_id, client_secret, &identity, err);
 *	identity_set_transport(identity, http_transport(http));
 *	stack_new(..., identity_fetch_token, identity, ...);
 *	...
 *	identity_free(identity);	-- after the stack
 *
 * The secret is copied once, into memory that is left out of core dumps and wiped on
 * free; the caller wipes its own. One per app; any thread may fetch, which blocks on the network.
 */
#ifndef SQUIDEXFS_API_IDENTITY_H
#define SQUIDEXFS_API_IDENTITY_H

#include <stdint.h>

struct buf;
struct call;
struct error;
struct identity;
struct transport;

/* url: normalised (url_normalize); client_id: "app:client". Copies all three. */
int identity_new(const char *url, const char *client_id, const char *client_secret,
	struct identity **ret_identity, struct error *err);
void identity_free(struct identity *identity);

/* The transport for the request: without authentication. Set once, before the first fetch. */
void identity_set_transport(struct identity *identity, struct transport *transport);

/*
 * A token_fetch_fn; payload is the struct identity. An answer without expires_in gives a lifetime
 * of IDENTITY_LIFETIME_UNKNOWN_MS: RFC 6749 leaves it out where it is documented elsewhere, so
 * the guess is short, and a wrong one costs no more than a token request.
 */
#define IDENTITY_LIFETIME_UNKNOWN_MS ((uint64_t)300 * 1000)
int identity_fetch_token(void *payload, const struct call *call, struct buf *ret_text,
	uint64_t *ret_lifetime_ms, struct error *err);

#endif
