#include "cli/config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "support/folder.h"
#include "support/suite.h"

#define GOOD "[a]\nurl = https://x\nclient_id = a:b\n"

static const struct {
	const char *what;
	const char *text;
	const char *sentence; /* part of it, behind the path; NULL: no error */
} rows[] = {
	{ "an empty file", "", NULL },
	{ "one section", GOOD, NULL },
	{ "no newline at the end", "[a]\nurl = https://x", NULL },
	{ "comments, blanks, indents", "# x\n\n; y\n  [a]\n\turl=https://x\n\tview = data\n",
		NULL },
	{ "a colon as in Python", "[a]\nurl: https://x\n", NULL },
	{ "DOS line ends", "[a]\r\nurl = https://x\r\nview = raw\r\n", NULL },
	{ "a byte order mark", "\xef\xbb\xbf[a]\nurl = https://x\n", NULL },
	{ "a byte order mark, then a mistake", "\xef\xbb\xbf[a]\nhello\n",
		":2: neither '[APP]' nor 'key = value'" },
	{ "flags", "[a]\npublished = yes\nflatten = off\n", NULL },
	{ "an unknown key", GOOD "colour = red\n", ":4: unknown key 'colour'" },
	{ "a mistyped key", GOOD "client_secrt = x\n",
		":4: unknown key 'client_secrt'; did you mean 'client_secret'?" },
	{ "a key of the mount", GOOD "xattr = yes\n", ":4: 'xattr' is not set per app" },
	{ "a key twice", GOOD "\nurl = https://y\n", ":5: 'url' is given twice in [a]" },
	{ "a secret twice", "[a]\nclient_secret = geheim\nclient_secret = geheim\n",
		":3: 'client_secret' is given twice in [a]" },
	{ "a section twice", GOOD "[b]\n[a]\n", ":5: section [a] stands in line 1 already" },
	{ "the same without keys", "[a]\n[a]\n", ":2: section [a] stands in line 1 already" },
	{ "a section that is no app", "[My App]\n", ":1: 'My App' is not an app's name" },
	{ "a key before any section", "url = https://x\n", ":1: a key before the first section" },
	{ "a bad value", "[a]\nview = nice\n", ":2: view=nice: not one of" },
	{ "a value out of range", "[a]\n\ncache_ttl = 2d\n", ":3: cache_ttl=2d: not a time" },
	{ "no value", "[a]\nview =\n", ":2: view: a value is missing" },
	{ "an empty secret", "[a]\nclient_secret =\n", ":2: client_secret: a value is missing" },
	{ "no key", "[a]\nhello\n", ":2: neither '[APP]' nor 'key = value'" },
	{ "an open bracket", "[a\n", ":1: neither '[APP]' nor 'key = value'" },
	{ "a missing file", "[a]\nclient_secret_file = none\n",
		":2: client_secret_file=none: No such file" },
	{ "the first error is told", "[a]\nhello = 1\nview = x\n", ":2: unknown key 'hello'" },
};

START_TEST(config_is_judged)
{
	struct config config;
	struct error err = { 0 };
	const char *path = folder_write("config", 0600, rows[_i].text);
	int ret = config_load(path, &config, &err);

	if (!rows[_i].sentence) {
		ck_assert_msg(ret == 0, "%s: %s", rows[_i].what, err.text);
		config_release(&config);
		return;
	}
	ck_assert_msg(ret < 0, "%s", rows[_i].what);
	ck_assert_msg(strncmp(err.text, path, strlen(path)) == 0, "%s", err.text);
	ck_assert_msg(
		strncmp(err.text + strlen(path), rows[_i].sentence, strlen(rows[_i].sentence)) == 0,
		"%s: %s", rows[_i].what, err.text);
	ck_assert_msg(!strstr(err.text, "geheim"), "the secret is told");
}
END_TEST

START_TEST(config_holds_sections)
{
	static const char text[] = "[a]\nurl = https://x\nclient_secret = s=1;2\n"
				   "[b]\nclient_secret_file = secret\nlanguages = en, de\n[c]\n";
	char secret[256];
	struct config config;
	struct error err = { 0 };

	snprintf(secret, sizeof(secret), "%s", folder_write("secret", 0600, "x\n"));
	ck_assert_int_eq(config_load(folder_write("config", 0600, text), &config, &err), 0);
	ck_assert_uint_eq(config.n_sections, 3);
	ck_assert_str_eq(config.sections[0].app, "a");
	ck_assert_str_eq(config.sections[0].client_secret, "s=1;2");
	ck_assert_str_eq(option_list_find(&config.sections[0].options, "url"), "https://x");
	ck_assert_uint_eq(config_find(&config, "b")->line, 4);
	ck_assert_str_eq(
		option_list_find(&config.sections[1].options, "client_secret_file"), secret);
	ck_assert_str_eq(option_list_find(&config.sections[1].options, "languages"), "en,de");
	ck_assert_ptr_null(config_find(&config, "d"));
	config_release(&config);
}
END_TEST

START_TEST(config_refuses_long_lines)
{
	char text[1024];
	struct config config;
	struct error err = { 0 };

	snprintf(text, sizeof(text), "[a]\nurl = https://%0300d\nview = data\n", 0);
	ck_assert_int_eq(config_load(folder_write("config", 0600, text), &config, &err), -EINVAL);
	ck_assert_msg(strstr(err.text, ":2: the line is longer than 198 bytes"), "%s", err.text);
}
END_TEST

START_TEST(config_takes_comments_of_any_length)
{
	char text[1024];
	struct config config;
	struct error err = { 0 };

	snprintf(text, sizeof(text), "# %0300d\n[a]\n  ; [b] %0300d\nview = nice\n", 0, 0);
	ck_assert_int_eq(config_load(folder_write("config", 0600, text), &config, &err), -EINVAL);
	ck_assert_msg(strstr(err.text, ":4: view=nice: not one of"), "%s", err.text);
}
END_TEST

START_TEST(config_is_for_its_owner_alone)
{
	static const mode_t modes[] = { 0640, 0604, 0620, 0666, 0610 };
	struct config config;
	struct error err = { 0 };
	const char *path;

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		path = folder_write("config", modes[i], GOOD);
		ck_assert_int_eq(config_load(path, &config, &err), -EACCES);
		ck_assert_msg(strstr(err.text, "run: chmod 600 '"), "%s", err.text);
	}
}
END_TEST

START_TEST(config_is_found_at_home)
{
	struct config config;
	struct error err = { 0 };

	folder_write(".config/squidexfs/config", 0600, GOOD);
	ck_assert_int_eq(config_load_usual(&config, &err), 0);
	ck_assert_str_eq(config.sections[0].app, "a");
	config_release(&config);
}
END_TEST

START_TEST(config_need_not_exist)
{
	struct config config;

	ck_assert_int_eq(config_load("/none/at/all", &config, NULL), -ENOENT);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("config");

	tcase_add_checked_fixture(tc, folder_make, folder_remove);
	tcase_add_loop_test(tc, config_is_judged, 0, N_ROWS(rows));
	tcase_add_test(tc, config_holds_sections);
	tcase_add_test(tc, config_refuses_long_lines);
	tcase_add_test(tc, config_takes_comments_of_any_length);
	tcase_add_test(tc, config_is_for_its_owner_alone);
	tcase_add_test(tc, config_is_found_at_home);
	tcase_add_test(tc, config_need_not_exist);
	return suite_run(tc, "config");
}
