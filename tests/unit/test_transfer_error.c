#include "net/transfer_error.h"

#include <errno.h>

#include "base/error.h"
#include "support/suite.h"

static const struct {
	CURLcode code;
	const char *detail;
	long os_errno;
	int errnum;
	const char *text;
} rows[] = {
	{ CURLE_COULDNT_CONNECT, "Failed to connect to cms port 443", ECONNREFUSED, EHOSTUNREACH,
		"cannot connect to cms:443: connection refused" },
	{ CURLE_COULDNT_CONNECT, "Failed to connect to proxy port 3128: Connection refused",
		ECONNREFUSED, EHOSTUNREACH,
		"cannot connect to cms:443: failed to connect to proxy port 3128: Connection "
		"refused" },
	{ CURLE_COULDNT_CONNECT, "Unsupported proxy scheme for 'ftp://user:geheim@proxy'", 0,
		EHOSTUNREACH, "cannot connect to cms:443: couldn't connect to server" },
	{ CURLE_COULDNT_CONNECT, "", ENETUNREACH, EHOSTUNREACH,
		"cannot connect to cms:443: network is unreachable" },
	{ CURLE_COULDNT_RESOLVE_HOST, "Could not resolve host: cms", 0, EHOSTUNREACH,
		"cannot find the address of cms:443: could not resolve host: cms" },
	{ CURLE_COULDNT_RESOLVE_PROXY, "Could not resolve proxy: p", 0, EHOSTUNREACH,
		"cannot reach the proxy for cms:443: could not resolve proxy: p" },
	{ CURLE_OPERATION_TIMEDOUT, "Connection timed out after 5001 milliseconds", 0, ETIMEDOUT,
		"cannot connect to cms:443: connection timed out after 5001 milliseconds" },
	{ CURLE_PEER_FAILED_VERIFICATION, "SSL certificate problem: self-signed certificate", 0,
		EPROTO,
		"cannot trust the certificate of cms:443: SSL certificate problem: self-signed "
		"certificate; give the certificate of its authority with -o cacert=" },
	{ CURLE_SSL_CACERT_BADFILE, "error setting certificate file: /x", 0, EPROTO,
		"cannot use the certificate or key given for cms:443: error setting certificate "
		"file: /x" },
	{ CURLE_SSL_CONNECT_ERROR, "SSL: no alternative", 0, EPROTO,
		"no secure connection to cms:443: SSL: no alternative" },
	{ CURLE_RECV_ERROR, "CONNECT tunnel failed, response 407", 0, EHOSTUNREACH,
		"cannot reach the proxy for cms:443: CONNECT tunnel failed, response 407" },
	{ CURLE_RECV_ERROR, "OpenSSL SSL_read: tlsv13 alert certificate required, errno 0", 0,
		EPROTO,
		"no secure connection to cms:443: OpenSSL SSL_read: tlsv13 alert certificate "
		"required, errno 0; give a client certificate with -o cert=" },
	{ CURLE_SEND_ERROR, "OpenSSL SSL_write: tlsv1 alert unknown ca", 0, EPROTO,
		"no secure connection to cms:443: OpenSSL SSL_write: tlsv1 alert unknown ca" },
	{ CURLE_RECV_ERROR, "Recv failure: Connection reset by peer", ECONNRESET, EIO,
		"lost the connection to cms:443: recv failure: Connection reset by peer" },
	{ CURLE_GOT_NOTHING, "Empty reply from server", 0, EIO,
		"no answer from cms:443: empty reply from server" },
	{ CURLE_PARTIAL_FILE, "transfer closed", 0, EIO,
		"half an answer from cms:443: transfer closed" },
	{ CURLE_UNSUPPORTED_PROTOCOL, "Received HTTP/0.9 when not allowed", 0, EIO,
		"no proper HTTP answer from cms:443: received HTTP/0.9 when not allowed" },
	{ CURLE_OUT_OF_MEMORY, "", 0, ENOMEM, "out of memory while asking cms:443: out of memory" },
	{ CURLE_FTP_WEIRD_PASS_REPLY, "Odd", 0, EIO, "cannot ask cms:443: odd" },
};

START_TEST(transfer_error_says_what_it_means)
{
	struct error err = { 0 };
	int ret;

	ret = transfer_error_set(
		&err, rows[_i].code, "cms:443", rows[_i].detail, rows[_i].os_errno);
	ck_assert_int_eq(ret, -rows[_i].errnum);
	ck_assert_int_eq(err.errnum, rows[_i].errnum);
	ck_assert_str_eq(err.text, rows[_i].text);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("transfer_error");

	tcase_add_loop_test(tc, transfer_error_says_what_it_means, 0, N_ROWS(rows));
	return suite_run(tc, "transfer_error");
}
