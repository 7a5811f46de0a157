#include "net/transfer_error.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

#define CONNECT "cannot connect to"
#define RESOLVE "cannot find the address of"
#define PROXY "cannot reach the proxy for"
#define LOST "lost the connection to"
#define NO_HTTP "no proper HTTP answer from"
#define TLS "no secure connection to"
#define UNTRUSTED "cannot trust the certificate of"
#define OWN_FILE "cannot use the certificate or key given for"

#define ASK_AUTHORITY "; give the certificate of its authority with -o cacert="

struct row {
	CURLcode code;
	int errnum;
	const char *what; /* goes before the host */
	const char *hint; /* ends the sentence */
};

static const struct row rows[] = {
	{ CURLE_COULDNT_RESOLVE_HOST, EHOSTUNREACH, RESOLVE, "" },
	{ CURLE_COULDNT_RESOLVE_PROXY, EHOSTUNREACH, PROXY, "" },
	{ CURLE_PROXY, EHOSTUNREACH, PROXY, "" },
	{ CURLE_COULDNT_CONNECT, EHOSTUNREACH, CONNECT, "" },
	{ CURLE_INTERFACE_FAILED, EHOSTUNREACH, CONNECT, "" },
	/* The only time limit that libcurl is given is the one for connecting. */
	{ CURLE_OPERATION_TIMEDOUT, ETIMEDOUT, CONNECT, "" },
	{ CURLE_PEER_FAILED_VERIFICATION, EPROTO, UNTRUSTED, ASK_AUTHORITY },
	{ CURLE_SSL_ISSUER_ERROR, EPROTO, UNTRUSTED, ASK_AUTHORITY },
	{ CURLE_SSL_INVALIDCERTSTATUS, EPROTO, UNTRUSTED, "" },
	{ CURLE_SSL_PINNEDPUBKEYNOTMATCH, EPROTO, UNTRUSTED, "" },
	{ CURLE_SSL_CONNECT_ERROR, EPROTO, TLS, "" },
	{ CURLE_SSL_CIPHER, EPROTO, TLS, "" },
	{ CURLE_SSL_CLIENTCERT, EPROTO, TLS, "; give a client certificate with -o cert=" },
	{ CURLE_USE_SSL_FAILED, EPROTO, TLS, "" },
	{ CURLE_SSL_ENGINE_NOTFOUND, EPROTO, TLS, "" },
	{ CURLE_SSL_ENGINE_SETFAILED, EPROTO, TLS, "" },
	{ CURLE_SSL_ENGINE_INITFAILED, EPROTO, TLS, "" },
	{ CURLE_SSL_SHUTDOWN_FAILED, EPROTO, TLS, "" },
	{ CURLE_SSL_CERTPROBLEM, EPROTO, OWN_FILE, "" },
	{ CURLE_SSL_CACERT_BADFILE, EPROTO, OWN_FILE, "" },
	{ CURLE_SSL_CRL_BADFILE, EPROTO, OWN_FILE, "" },
	{ CURLE_SEND_ERROR, EIO, LOST, "" },
	{ CURLE_RECV_ERROR, EIO, LOST, "" },
	{ CURLE_SEND_FAIL_REWIND, EIO, LOST, "" },
	/* Only a second sending of what must not be sent twice is called off. */
	{ CURLE_ABORTED_BY_CALLBACK, EIO, LOST, "" },
	{ CURLE_GOT_NOTHING, EIO, "no answer from", "" },
	{ CURLE_PARTIAL_FILE, EIO, "half an answer from", "" },
	{ CURLE_HTTP2, EIO, LOST, "" },
	{ CURLE_HTTP2_STREAM, EIO, LOST, "" },
	{ CURLE_WEIRD_SERVER_REPLY, EIO, NO_HTTP, "" },
	/* HTTP/0.9: anything that is no HTTP at all. */
	{ CURLE_UNSUPPORTED_PROTOCOL, EIO, NO_HTTP, "" },
	{ CURLE_BAD_CONTENT_ENCODING, EIO, NO_HTTP, "" },
	{ CURLE_URL_MALFORMAT, EINVAL, "not a proper URL at", "" },
	{ CURLE_OUT_OF_MEMORY, ENOMEM, "out of memory while asking", "" },
};

/*
 * Two refusals that libcurl tells of as a connection that is lost: that of a proxy, and with
 * TLS 1.3 that of the client by the server, which comes when the connection seems to stand.
 */
static CURLcode find_cause(CURLcode code, const char *detail)
{
	if (code != CURLE_RECV_ERROR && code != CURLE_SEND_ERROR)
		return code;
	if (strstr(detail, "CONNECT tunnel failed"))
		return CURLE_PROXY;
	if (!strstr(detail, " alert "))
		return code;
	return strstr(detail, "certificate required") ? CURLE_SSL_CLIENTCERT
						      : CURLE_SSL_CONNECT_ERROR;
}

static const struct row *find_row(CURLcode code)
{
	static const struct row unknown = { CURLE_OK, EIO, "cannot ask", "" };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].code == code)
			return &rows[i];
	}
	return &unknown;
}

/* Does libcurl speak of another host than the one that was to be asked: of a proxy? */
static bool is_about_other(const char *detail, const char *host)
{
	bool is_v6 = *host == '[';
	const char *name = is_v6 ? host + 1 : host;

	return *detail && !memmem(detail, strlen(detail), name, strcspn(name, is_v6 ? "]" : ":"));
}

/* What libcurl says, or shorter words for it. */
static const char *find_words(CURLcode code, const char *host, const char *detail, long os_errno)
{
	const char *words = NULL;

	if (code == CURLE_COULDNT_CONNECT && os_errno > 0 && !is_about_other(detail, host))
		words = strerrordesc_np((int)os_errno);
	if (words)
		return words;
	/* Where it quotes the URL of a proxy, a password may be in it. */
	return *detail && !strchr(detail, '@') ? detail : curl_easy_strerror(code);
}

int transfer_error_set(
	struct error *err, CURLcode code, const char *host, const char *detail, long os_errno)
{
	const struct row *row = find_row(find_cause(code, detail));
	char reason[CURL_ERROR_SIZE];

	snprintf(reason, sizeof(reason), "%s", find_words(code, host, detail, os_errno));
	/* It goes on with a sentence; names ("SSL ...", "CONNECT ...", "OpenSSL ...") stay. */
	if (islower((unsigned char)reason[1]) && strncmp(reason, "OpenSSL", 7) != 0)
		reason[0] = (char)tolower((unsigned char)reason[0]);
	return error_set(err, row->errnum, "%s %s: %s%s", row->what, host, reason, row->hint);
}
