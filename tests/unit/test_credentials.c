#include "cli/credentials.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/args.h"
#include "cli/profile.h"
#include "cli/secret.h"
#include "support/folder.h"
#include "support/suite.h"

#define URL "https://cms.example.com"
#define OTHER "https://other.example.com"
#define TWO                                                                          \
	"[a]\nurl = " URL "\nclient_id = a:one\nclient_secret = of-a\nview = data\n" \
	"[b]\nurl = " OTHER "\nclient_id = two\nclient_secret = of-b\n"

/* What stands where, and who is mounted then. "%s" is the test's folder. */
static const struct {
	const char *what;
	const char *options;
	const char *url;
	const char *environment[4]; /* URL, app, client, secret */
	const char *service[2];     /* client_id, client_secret */
	const char *config;
	const char *outcome; /* "app url client secret ...", or part of the sentence */
} rows[] = {
	{ "options come first", "client_id=a:o,client_secret_file=%s/secret", URL,
		{ OTHER, NULL, "a:e", "env" }, { "a:s", "sys" }, TWO, "a " URL " a:o of-file" },
	{ "then the environment", NULL, NULL, { URL, NULL, "a:e", "env" }, { "a:s", "sys" }, TWO,
		"a " URL " a:e env" },
	{ "then systemd", NULL, URL, { 0 }, { "a:s", "sys" }, TWO, "a " URL " a:s sys" },
	{ "then the file", NULL, NULL, { 0 }, { 0 }, TWO,
		"a " URL " a:one of-a b " OTHER " b:two of-b" },
	{ "one of the file's apps", "app=b", NULL, { 0 }, { 0 }, TWO, "b " OTHER " b:two of-b" },
	{ "the environment picks one", NULL, NULL, { NULL, "b", NULL, NULL }, { 0 }, TWO,
		"b " OTHER " b:two of-b" },
	{ "the URL of the command line rules", "app=b", URL, { 0 }, { 0 }, TWO,
		"b " URL " b:two of-b" },
	{ "a section goes where it says", "app=b", NULL, { URL, NULL, NULL, NULL }, { 0 }, TWO,
		"b " OTHER " b:two of-b" },
	{ "the environment's URL fills a gap", NULL, NULL, { URL, NULL, NULL, NULL }, { 0 },
		"[a]\nclient_id = a:b\nclient_secret = x\n", "a " URL " a:b x" },
	{ "the secret of a named client", "client_id=a:one", NULL, { 0 }, { 0 }, TWO,
		"a " URL " a:one of-a" },
	{ "is not another's", "client_id=a:two", NULL, { 0 }, { 0 }, TWO,
		"no secret for the client 'a:two'" },
	{ "nor the environment's", "client_id=a:o", URL, { NULL, NULL, "a:e", "env" }, { 0 }, NULL,
		"no secret for the client 'a:o'" },
	{ "a secret without a name is anyone's", "client_id=a:o", URL, { NULL, NULL, NULL, "env" },
		{ 0 }, NULL, "a " URL " a:o env" },
	{ "for the only section too", "app=a", NULL, { NULL, NULL, NULL, "env" }, { 0 }, TWO,
		"a " URL " a:one env" },
	{ "but not for two", NULL, NULL, { NULL, NULL, NULL, "env" }, { 0 }, TWO,
		"pick one with -o app=NAME" },
	{ "the app may be named apart", "app=a,client_id=o,client_secret_file=%s/secret", URL,
		{ 0 }, { 0 }, NULL, "a " URL " a:o of-file" },
	{ "or with a tilde", "client_id=a~o,client_secret_file=%s/secret", URL, { 0 }, { 0 }, NULL,
		"a " URL " a~o of-file" },
	{ "but must be named", "client_id=o,client_secret_file=%s/secret", URL, { 0 }, { 0 }, NULL,
		"client 'o' names no app" },
	{ "and be one", "app=b,client_id=a:o,client_secret_file=%s/secret", URL, { 0 }, { 0 }, NULL,
		"client 'a:o' does not belong to the app 'b'" },
	{ "in a section as well", NULL, URL, { 0 }, { 0 },
		"[a]\nclient_id = b:c\nclient_secret = x\n",
		":1: client 'b:c' does not belong to the app 'a'" },
	{ "nobody", NULL, URL, { 0 }, { 0 }, NULL, "no client: give -o client_id=" },
	{ "no such section", "app=c", URL, { 0 }, { 0 }, TWO, "has no section [c]" },
	{ "no server", "client_id=a:o,client_secret_file=%s/secret", NULL, { 0 }, { 0 }, NULL,
		"no server for the app 'a'" },
	{ "a section without client", NULL, URL, { 0 }, { 0 }, "\n[a]\n",
		":2: section [a] has no client_id" },
	{ "a section without secret", NULL, URL, { 0 }, { 0 }, "[a]\nclient_id = a:b\n",
		":1: section [a] has neither client_secret nor client_secret_file" },
	{ "a section with two secrets", NULL, URL, { 0 }, { 0 },
		"[a]\nclient_id = a:b\nclient_secret = x\nclient_secret_file = ../../secret\n",
		"both client_secret and client_secret_file" },
	{ "a section's secret in a file", NULL, URL, { 0 }, { 0 },
		"[a]\nclient_id = a:b\nclient_secret_file = ../../secret\n",
		"a " URL " a:b of-file" },
	{ "a key without its certificate", "key=%s/secret", URL, { 0 }, { 0 }, TWO,
		"needs -o cert=" },
	{ "a URL that is none", NULL, "cms.example.com", { 0 }, { 0 }, TWO,
		"the server's URL must begin with" },
};

static void set_up(int i)
{
	static const char *const names[] = { "SQUIDEX_URL", "SQUIDEX_APP", "SQUIDEX_CLIENT_ID",
		"SQUIDEX_CLIENT_SECRET" };
	char path[512];

	for (int j = 0; j < 4; j++) {
		if (rows[i].environment[j])
			setenv(names[j], rows[i].environment[j], 1);
	}
	if (rows[i].service[0]) {
		folder_write("service/client_id", 0440, rows[i].service[0]);
		folder_write("service/client_secret", 0440, rows[i].service[1]);
		snprintf(path, sizeof(path), "%s/service", folder_path());
		setenv("CREDENTIALS_DIRECTORY", path, 1);
	}
	if (rows[i].config)
		folder_write(".config/squidexfs/config", 0600, rows[i].config);
	folder_write("secret", 0600, "of-file\n");
}

static int load(const char *options, const char *url, struct args *args, struct profile *profile,
	struct error *err)
{
	char name[] = "squidexfs", o[] = "-o", mountpoint[] = "/", server[64], text[1024];
	char *argv[] = { name, server, mountpoint, o, text };

	snprintf(server, sizeof(server), "%s", url ? url : "none");
	if (options && strstr(options, "%s"))
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(strstr(options, "%s") - options),
			options, folder_path(), strstr(options, "%s") + 2);
	else
		snprintf(text, sizeof(text), "%s", options ? options : "rw");
	if (args_parse(5, argv, args, err) < 0)
		return -EINVAL;
	return profile_load(args, profile, err);
}

START_TEST(credentials_come_in_order)
{
	struct args args = { 0 };
	struct profile profile = { 0 };
	struct error err = { 0 };
	char outcome[1024] = "";
	int ret;

	set_up(_i);
	ret = load(rows[_i].options, rows[_i].url, &args, &profile, &err);
	if (ret < 0)
		snprintf(outcome, sizeof(outcome), "%s", err.text);
	for (size_t i = 0; i < profile.n_apps; i++) {
		const struct profile_app *app = &profile.apps[i];
		size_t used = strlen(outcome);

		snprintf(outcome + used, sizeof(outcome) - used, "%s%s %s %s %s",
			used > 0 ? " " : "", app->name, app->url, app->client_id,
			app->client_secret);
	}
	if (ret < 0)
		ck_assert_msg(strstr(outcome, rows[_i].outcome), "%s: %s", rows[_i].what, outcome);
	else
		ck_assert_msg(
			strcmp(outcome, rows[_i].outcome) == 0, "%s: %s", rows[_i].what, outcome);
	ck_assert_ptr_null(getenv("SQUIDEX_CLIENT_SECRET"));
	profile_release(&profile);
	args_release(&args);
}
END_TEST

START_TEST(credentials_command_line_rules_sections)
{
	struct args args;
	struct profile profile;
	struct error err = { 0 };

	folder_write(".config/squidexfs/config", 0600, TWO);
	ck_assert_int_eq(load("view=raw,cache=memory", NULL, &args, &profile, &err), 0);
	ck_assert_uint_eq(profile.apps[0].settings.client.view, VIEW_RAW);
	ck_assert_str_eq(profile.apps[0].settings.client.app, "a");
	ck_assert_str_eq(profile.apps[0].settings.client.url, URL);
	ck_assert_ptr_null(profile.apps[0].settings.cache.directory);
	ck_assert_str_eq(profile.mount.mount.fsname, "squidexfs");
	profile_forget_secrets(&profile);
	ck_assert_ptr_null(profile.apps[0].client_secret);
	profile_release(&profile);
	args_release(&args);
}
END_TEST

START_TEST(credentials_of_one_app_by_systemd)
{
	struct args args;
	struct profile profile;
	struct error err = { 0 };
	char path[512];

	folder_write(".config/squidexfs/config", 0600, "[a]\nurl = " URL "\nclient_id = a:b\n");
	folder_write("service/a.client_secret", 0440, "of-a\n");
	snprintf(path, sizeof(path), "%s/service", folder_path());
	setenv("CREDENTIALS_DIRECTORY", path, 1);
	ck_assert_msg(load(NULL, NULL, &args, &profile, &err) == 0, "%s", err.text);
	ck_assert_str_eq(profile.apps[0].client_secret, "of-a");
	profile_release(&profile);
	args_release(&args);
}
END_TEST

static const struct {
	const char *what;
	mode_t mode;
	const char *text;
	const char *secret;
	const char *sentence;
} files[] = {
	{ "a line", 0600, "geheim\n", "geheim", NULL },
	{ "a line without end", 0400, "geheim", "geheim", NULL },
	{ "a DOS line", 0600, "geheim\r\n", "geheim", NULL },
	{ "blanks belong to it", 0600, " ge heim \n", " ge heim ", NULL },
	{ "an empty file", 0600, "", NULL, "has an empty first line" },
	{ "two lines", 0600, "geheim\nmehr\n", NULL, "has more than one line" },
	{ "the group can read", 0640, "geheim\n", NULL, "run: chmod 600 '" },
	{ "others can read", 0604, "geheim\n", NULL, "run: chmod 600 '" },
};

START_TEST(secret_file_is_judged)
{
	struct error err = { 0 };
	char *secret = NULL;
	const char *path = folder_write("secret", files[_i].mode, files[_i].text);
	int ret = secret_read_file(path, SECRET_OF_USER, &secret, &err);

	if (files[_i].secret) {
		ck_assert_msg(ret == 0, "%s: %s", files[_i].what, err.text);
		ck_assert_str_eq(secret, files[_i].secret);
	} else {
		ck_assert_msg(ret < 0 && strstr(err.text, files[_i].sentence), "%s: %s",
			files[_i].what, err.text);
		ck_assert_msg(!strstr(err.text, "geheim"), "the secret is told");
	}
	secret_free(secret);
}
END_TEST

START_TEST(secret_file_is_the_users_or_roots)
{
	struct error err = { 0 };
	char *secret;
	const char *path = folder_write("secret", 0600, "geheim");

	if (geteuid() != 0)
		return;
	ck_assert_int_eq(chown(path, 12345, 12345), 0);
	ck_assert_int_eq(secret_read_file(path, SECRET_OF_USER, &secret, &err), -EACCES);
	ck_assert_msg(strstr(err.text, "belongs to another user; run: chown 0 '"), "%s", err.text);
}
END_TEST

START_TEST(secret_leaves_the_environment)
{
	static char entry[] = "SQUIDEX_CLIENT_SECRET=geheim";
	struct error err = { 0 };
	char *secret;

	/* putenv: the string itself is the environment, as at the start of a process. */
	ck_assert_int_eq(putenv(entry), 0);
	ck_assert_int_eq(secret_take_environment("SQUIDEX_CLIENT_SECRET", &secret, &err), 0);
	ck_assert_str_eq(secret, "geheim");
	ck_assert_ptr_null(getenv("SQUIDEX_CLIENT_SECRET"));
	for (size_t i = strlen("SQUIDEX_CLIENT_SECRET="); i < sizeof(entry); i++)
		ck_assert_int_eq(entry[i], 0);
	secret_free(secret);
}
END_TEST

START_TEST(secret_process_dumps_no_core)
{
	struct rlimit limit;

	secret_protect_process();
	ck_assert_int_eq(getrlimit(RLIMIT_CORE, &limit), 0);
	ck_assert_uint_le(limit.rlim_cur, 1);
	ck_assert_uint_le(limit.rlim_max, 1);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("credentials");

	tcase_add_checked_fixture(tc, folder_make, folder_remove);
	tcase_add_loop_test(tc, credentials_come_in_order, 0, N_ROWS(rows));
	tcase_add_test(tc, credentials_command_line_rules_sections);
	tcase_add_test(tc, credentials_of_one_app_by_systemd);
	tcase_add_loop_test(tc, secret_file_is_judged, 0, N_ROWS(files));
	tcase_add_test(tc, secret_file_is_the_users_or_roots);
	tcase_add_test(tc, secret_leaves_the_environment);
	tcase_add_test(tc, secret_process_dumps_no_core);
	return suite_run(tc, "credentials");
}
