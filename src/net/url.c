#include "net/url.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/error.h"

#define HTTP "http://"
#define HTTPS "https://"

static bool is_unreserved(unsigned char c)
{
	return isascii(c) && (isalnum(c) || strchr("-._~", c));
}

int url_add_encoded(struct buf *b, const char *str)
{
	int ret = 0;

	for (const char *p = str; *p && ret == 0; p++) {
		unsigned char c = (unsigned char)*p;

		ret = is_unreserved(c) ? buf_add(b, p, 1) : buf_addf(b, "%%%02X", c);
	}
	return ret;
}

bool url_is_segment(const char *str)
{
	return *str && strcmp(str, ".") != 0 && strcmp(str, "..") != 0 && !strchr(str, '/');
}

static bool has_scheme(const char *url, const char *scheme)
{
	return strncasecmp(url, scheme, strlen(scheme)) == 0;
}

bool url_is_https(const char *url)
{
	return has_scheme(url, HTTPS);
}

/* The authority: what stands between the scheme and the path. NULL: no scheme that we know. */
static const char *find_authority(const char *url, size_t *ret_len)
{
	if (has_scheme(url, HTTPS))
		url += strlen(HTTPS);
	else if (has_scheme(url, HTTP))
		url += strlen(HTTP);
	else
		return NULL;
	*ret_len = strcspn(url, "/?#\\");
	return url;
}

void url_get_host(const char *url, char ret_host[URL_HOST_MAX])
{
	size_t len = 0;
	const char *authority = find_authority(url, &len);

	snprintf(ret_host, URL_HOST_MAX, "%.*s", (int)(len < URL_HOST_MAX ? len : URL_HOST_MAX - 1),
		authority ? authority : "");
}

/* How long the host is in an authority: up to its port, or its end. 0: there is none. */
static size_t host_length(const char *authority, size_t len)
{
	const char *end = authority + len;
	const char *p = authority;

	if (len > 0 && *p == '[') {
		p = memchr(authority, ']', len);
		return p && p > authority + 1 ? (size_t)(p - authority) + 1 : 0;
	}
	while (p < end && *p != ':')
		p++;
	return (size_t)(p - authority);
}

bool url_is_loopback(const char *url)
{
	char host[URL_HOST_MAX];
	struct in_addr v4;
	struct in6_addr v6;

	url_get_host(url, host);
	host[host_length(host, strlen(host))] = '\0';
	if (strcasecmp(host, "localhost") == 0)
		return true;
	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	if (host[0] != '[')
		return false;
	host[strlen(host) - 1] = '\0';
	return inet_pton(AF_INET6, host + 1, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

/* Nothing, or a colon and a number that a port can have. */
static bool is_port(const char *str, size_t len)
{
	long port = 0;

	if (len == 0)
		return true;
	if (len < 2 || len > 6 || str[0] != ':')
		return false;
	for (size_t i = 1; i < len; i++) {
		if (!isdigit((unsigned char)str[i]))
			return false;
		port = port * 10 + (str[i] - '0');
	}
	return port > 0 && port <= 65535;
}

static bool has_only_printing(const char *str)
{
	for (; *str; str++) {
		if ((unsigned char)*str <= ' ' || *str == 0x7f || *str == '\\')
			return false;
	}
	return true;
}

static int check(const char *url, bool allow_http, struct error *err)
{
	size_t len = 0;
	const char *authority = find_authority(url, &len);
	size_t host_len;

	if (!authority)
		return error_set(err, EINVAL,
			"the server's URL must begin with https:// or "
			"http://");
	/* The URL is not quoted here: it may hold a password. */
	if (memchr(authority, '@', len))
		return error_set(err, EINVAL,
			"the server's URL must not hold a user name or "
			"password");
	if (strpbrk(url, "?#"))
		return error_set(
			err, EINVAL, "the server's URL '%s' must not hold '?' or '#'", url);
	if (!has_only_printing(url))
		return error_set(err, EINVAL,
			"the server's URL '%s' holds a character that no "
			"URL can hold",
			url);
	host_len = host_length(authority, len);
	if (host_len == 0 || len >= URL_HOST_MAX)
		return error_set(err, EINVAL, "the server's URL '%s' names no host", url);
	if (!is_port(authority + host_len, len - host_len))
		return error_set(err, EINVAL, "the server's URL '%s' has a port that is none", url);
	if (!allow_http && !url_is_https(url) && !url_is_loopback(url))
		return error_set(err, EINVAL,
			"'%s' would send the token readable for others: "
			"use https://, or allow it with -o allow_http",
			url);
	return 0;
}

int url_normalize(const char *url, bool allow_http, char **ret_url, struct error *err)
{
	size_t len, authority_len = 0;
	const char *authority;
	char *copy;
	int ret;

	ret = check(url, allow_http, err);
	if (ret < 0)
		return ret;
	copy = strdup(url);
	if (!copy)
		return error_set(err, ENOMEM, "out of memory");
	authority = find_authority(copy, &authority_len);
	for (char *p = copy; p < authority + authority_len; p++)
		*p = (char)tolower((unsigned char)*p);
	len = strlen(copy);
	while (len > 0 && copy[len - 1] == '/')
		len--;
	copy[len] = '\0';
	*ret_url = copy;
	return 0;
}
