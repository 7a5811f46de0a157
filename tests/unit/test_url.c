#include "net/url.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "support/suite.h"

static const struct {
	const char *in;
	const char *out;
} encodings[] = {
	{ "", "" },
	{ "AZaz09-._~", "AZaz09-._~" },
	{ "a/b", "a%2Fb" },
	{ "a b%", "a%20b%25" },
	{ "o'b", "o%27b" },
	{ "?#&=+", "%3F%23%26%3D%2B" },
	{ "\xc3\xbc\xf0\x9f\x8d\x95", "%C3%BC%F0%9F%8D%95" },
	{ "\x01\x7f", "%01%7F" },
};

START_TEST(url_add_encoded_leaves_the_unreserved)
{
	struct buf b;

	buf_init(&b, 100);
	ck_assert_int_eq(url_add_encoded(&b, encodings[_i].in), 0);
	ck_assert_str_eq(buf_str(&b), encodings[_i].out);
	buf_release(&b);
}
END_TEST

START_TEST(url_add_encoded_keeps_the_ceiling)
{
	struct buf b;

	buf_init(&b, 5);
	ck_assert_int_eq(url_add_encoded(&b, "//"), -EFBIG);
	buf_release(&b);
}
END_TEST

static const struct {
	const char *str;
	bool is_segment;
} segments[] = {
	{ "", false },
	{ ".", false },
	{ "..", false },
	{ "a/b", false },
	{ "/", false },
	{ "...", true },
	{ ".hidden", true },
	{ "a b", true },
	{ "a", true },
};

START_TEST(url_is_segment_knows_what_a_path_can_hold)
{
	ck_assert_msg(url_is_segment(segments[_i].str) == segments[_i].is_segment, "'%s'",
		segments[_i].str);
}
END_TEST

#define PLAIN false
#define ALLOWED true

/* out NULL: refused, with said in the sentence. */
static const struct {
	const char *url;
	bool allow_http;
	const char *out;
	const char *said;
} normals[] = {
	{ "https://cms.example.com", PLAIN, "https://cms.example.com", NULL },
	{ "https://cms.example.com/", PLAIN, "https://cms.example.com", NULL },
	{ "https://cms.example.com///", PLAIN, "https://cms.example.com", NULL },
	{ "HTTPS://CMS.Example.com/Base/", PLAIN, "https://cms.example.com/Base", NULL },
	{ "https://cms.example.com:8443/a/b", PLAIN, "https://cms.example.com:8443/a/b", NULL },
	{ "http://localhost:5000", PLAIN, "http://localhost:5000", NULL },
	{ "http://LOCALHOST", PLAIN, "http://localhost", NULL },
	{ "http://127.0.0.1:5000/", PLAIN, "http://127.0.0.1:5000", NULL },
	{ "http://127.9.8.7", PLAIN, "http://127.9.8.7", NULL },
	{ "http://[::1]:5000", PLAIN, "http://[::1]:5000", NULL },
	{ "https://[2001:db8::1]", PLAIN, "https://[2001:db8::1]", NULL },
	{ "http://cms.example.com", ALLOWED, "http://cms.example.com", NULL },
	{ "http://cms.example.com", PLAIN, NULL, "allow_http" },
	{ "http://127.0.0.1.example.com", PLAIN, NULL, "allow_http" },
	{ "http://localhost.example.com", PLAIN, NULL, "allow_http" },
	{ "http://128.0.0.1", PLAIN, NULL, "allow_http" },
	{ "http://[2001:db8::1]", PLAIN, NULL, "allow_http" },
	{ "http://[::1", PLAIN, NULL, "names no host" },
	{ "ftp://cms.example.com", ALLOWED, NULL, "must begin with" },
	{ "cms.example.com", ALLOWED, NULL, "must begin with" },
	{ "https:cms.example.com", ALLOWED, NULL, "must begin with" },
	{ "", ALLOWED, NULL, "must begin with" },
	{ "https://", ALLOWED, NULL, "names no host" },
	{ "https:///path", ALLOWED, NULL, "names no host" },
	{ "https://:80", ALLOWED, NULL, "names no host" },
	{ "https://[]", ALLOWED, NULL, "names no host" },
	{ "https://user:pass@cms.example.com", ALLOWED, NULL, "user name or password" },
	{ "http://localhost@cms.example.com", PLAIN, NULL, "user name or password" },
	{ "http://localhost\\@cms.example.com", PLAIN, NULL, "character" },
	{ "https://cms.example.com/?a=b", ALLOWED, NULL, "'?' or '#'" },
	{ "https://cms.example.com#a", ALLOWED, NULL, "'?' or '#'" },
	{ "https://cms.example.com/a b", ALLOWED, NULL, "character" },
	{ "https://cms.example.com\r\nX: y", ALLOWED, NULL, "character" },
	{ "https://cms.example.com:", ALLOWED, NULL, "port" },
	{ "https://cms.example.com:0", ALLOWED, NULL, "port" },
	{ "https://cms.example.com:65536", ALLOWED, NULL, "port" },
	{ "https://cms.example.com:80a", ALLOWED, NULL, "port" },
	{ "https://cms.example.com:443:80", ALLOWED, NULL, "port" },
};

START_TEST(url_normalize_takes_a_servers_url_only)
{
	struct error err = { 0 };
	char *url = NULL;
	int ret;

	ret = url_normalize(normals[_i].url, normals[_i].allow_http, &url, &err);
	if (normals[_i].out) {
		ck_assert_msg(ret == 0, "'%s': %s", normals[_i].url, err.text);
		ck_assert_str_eq(url, normals[_i].out);
	} else {
		ck_assert_msg(ret == -EINVAL, "'%s': %d", normals[_i].url, ret);
		ck_assert_msg(strstr(err.text, normals[_i].said) != NULL, "'%s': %s",
			normals[_i].url, err.text);
		ck_assert_ptr_null(url);
	}
	free(url);
}
END_TEST

START_TEST(url_normalize_does_not_tell_a_password)
{
	struct error err = { 0 };
	char *url;

	ck_assert_int_eq(url_normalize("https://u:hunter2@cms?x", true, &url, &err), -EINVAL);
	ck_assert_ptr_null(strstr(err.text, "hunter2"));
}
END_TEST

static const struct {
	const char *url;
	const char *host;
	bool is_loopback;
} hosts[] = {
	{ "http://127.0.0.1:5000/api/x", "127.0.0.1:5000", true },
	{ "https://cms.example.com/api?x#y", "cms.example.com", false },
	{ "https://cms.example.com?x", "cms.example.com", false },
	{ "http://[::1]:80/", "[::1]:80", true },
	{ "http://[::2]:80/", "[::2]:80", false },
	{ "http://localhost", "localhost", true },
	{ "ftp://localhost", "", false },
	{ "http:///x", "", false },
};

START_TEST(url_get_host_gives_host_and_port)
{
	char host[URL_HOST_MAX];

	url_get_host(hosts[_i].url, host);
	ck_assert_str_eq(host, hosts[_i].host);
	ck_assert_msg(url_is_loopback(hosts[_i].url) == hosts[_i].is_loopback, "%s", hosts[_i].url);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("url");

	tcase_add_loop_test(tc, url_add_encoded_leaves_the_unreserved, 0, N_ROWS(encodings));
	tcase_add_test(tc, url_add_encoded_keeps_the_ceiling);
	tcase_add_loop_test(tc, url_is_segment_knows_what_a_path_can_hold, 0, N_ROWS(segments));
	tcase_add_loop_test(tc, url_normalize_takes_a_servers_url_only, 0, N_ROWS(normals));
	tcase_add_test(tc, url_normalize_does_not_tell_a_password);
	tcase_add_loop_test(tc, url_get_host_gives_host_and_port, 0, N_ROWS(hosts));
	return suite_run(tc, "url");
}
