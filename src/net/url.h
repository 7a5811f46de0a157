/*
 * Building URLs: percent-encoding (RFC 3986, section 2) and the check of the server's
 * own URL. Pure functions.
 */
#ifndef SQUIDEXFS_NET_URL_H
#define SQUIDEXFS_NET_URL_H

#include <stdbool.h>

struct buf;
struct error;

/*
 * Adds str with everything but the unreserved characters percent-encoded. 0, -EFBIG,
 * -ENOMEM; on failure a part of it may have been added.
 */
int url_add_encoded(struct buf *b, const char *str);

/* An id that stands for itself as one path segment: not empty, ".", ".." and without '/'. */
bool url_is_segment(const char *str);

/*
 * Takes the server's URL as a user writes it ("https://CMS.example.com/") and gives it
 * with scheme and host in lower case and without trailing slashes. Refuses (-EINVAL):
 * other schemes than http and https, user info, query, fragment, no host, a port that is
 * none; plain http to a host that is not loopback unless allow_http.
 */
int url_normalize(const char *url, bool allow_http, char **ret_url, struct error *err);

/* Longer than any host name (RFC 1035: 253) with its port. */
#define URL_HOST_MAX 272

/* Host and port as the URL has them ("127.0.0.1:5000"), cut to fit; "" if there are none. */
void url_get_host(const char *url, char ret_host[URL_HOST_MAX]);

/* The host is this machine: localhost, 127.0.0.0/8 or [::1]. */
bool url_is_loopback(const char *url);

/* The scheme is https. */
bool url_is_https(const char *url);

#endif
