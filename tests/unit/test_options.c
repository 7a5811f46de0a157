#include "cli/args.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/settings.h"
#include "support/suite.h"

#define ARGS_MAX 12
#define URL "https://cms.example.com"

static const struct {
	const char *what;
	const char *args[ARGS_MAX];
	const char *sentence; /* part of it; NULL: no error */
} rows[] = {
	{ "a URL and a mount point", { URL, "/" }, NULL },
	{ "a mount point alone", { "/" }, NULL },
	{ "options behind, as mount.fuse3 gives them",
		{ URL, "/", "-o", "rw,nosuid,nodev,relatime,x-systemd.automount,_netdev" }, NULL },
	{ "options without a blank", { "-oview=data", "/" }, NULL },
	{ "a check needs no mount point", { "--check", URL }, NULL },
	{ "nor a URL", { "--check" }, NULL },
	{ "nor does a prefetch", { "--prefetch" }, NULL },
	{ "help needs nothing", { "--help" }, NULL },
	{ "a version needs nothing", { "-V" }, NULL },
	{ "a comma may be escaped", { "-o", "languages=en\\,de", "/" }, NULL },
	{ "a comma within a list of languages", { "-o", "languages=en,de,xattr", "/" }, NULL },
	{ "an option after a list of languages", { "-o", "languages=en,de,dev,uid=1", "/" }, NULL },
	{ "a list that is whole", { "-o", "languages=en:de,ro", "/" }, NULL },
	{ "a comma within a list of rooms", { "-o", "trace=net,cache,xattr", "/" }, NULL },
	{ "no mount point", { URL }, "no mount point" },
	{ "nothing at all", { NULL }, "no mount point" },
	{ "three arguments", { URL, "/", "/tmp" }, "too many arguments: '/tmp'" },
	{ "a check with a mount point", { "--check", URL, "/" }, "mounts nothing" },
	{ "a prefetch with a mount point", { "--prefetch", URL, "/" }, "mounts nothing" },
	{ "-o at the end", { "/", "-o" }, "'-o' needs an option" },
	{ "a flag that is none", { "-x", "/" }, "unknown option '-x'" },
	{ "an unknown option", { "-o", "volume=11", "/" }, "unknown option '-o volume'" },
	{ "a mistyped one", { "-o", "cahe_ttl=1", "/" }, "did you mean 'cache_ttl'?" },
	{ "a secret", { "-o", "client_secret=geheim", "/" }, "client_secret_file=FILE" },
	{ "a proxy's password", { "-o", "proxy=http://u:geheim@p:1", "/" }, "https_proxy" },
	{ "without a scheme", { "-o", "proxy=u:geheim@p:1", "/" }, "https_proxy" },
	{ "a key of the file", { "-o", "url=" URL, "/" }, "key of the configuration file" },
	{ "no value", { "-o", "view", "/" }, "view: a value is missing (view=VIEW)" },
	{ "an empty value", { "-o", "view=", "/" }, "view: a value is missing" },
	{ "a bad choice", { "-o", "view=x", "/" }, "view=x: not one of 'document', 'data', 'raw'" },
	{ "a bad flag", { "-o", "xattr=maybe", "/" }, "xattr=maybe: neither yes nor no" },
	{ "no number", { "-o", "max_requests=many", "/" }, "not a whole number" },
	{ "a negative number", { "-o", "max_requests=-1", "/" }, "not a whole number" },
	{ "too small", { "-o", "max_requests=0", "/" },
		"max_requests=0: out of range, which is 1 to 64" },
	{ "too large", { "-o", "max_requests=65", "/" }, "1 to 64" },
	{ "far too large", { "-o", "uid=99999999999999999999999", "/" }, "out of range" },
	{ "a bad umask", { "-o", "umask=088", "/" }, "not an octal number" },
	{ "a large umask", { "-o", "umask=1777", "/" }, "0 to 0777" },
	{ "no time", { "-o", "cache_ttl=soon", "/" }, "not a time such as" },
	{ "no unit", { "-o", "cache_ttl=3w", "/" }, "not a time such as" },
	{ "two points", { "-o", "cache_ttl=1.2.3", "/" }, "not a time such as" },
	{ "a long time", { "-o", "cache_ttl=25h", "/" },
		"cache_ttl=25h: out of range, which is 0s to 24h" },
	{ "a short time", { "-o", "connect_timeout=99ms", "/" }, "100ms to 1h" },
	{ "no size", { "-o", "prefill=much", "/" }, "not a size such as" },
	{ "a size with a fraction", { "-o", "prefill=1.5M", "/" }, "not a size such as" },
	{ "two units", { "-o", "prefill=1MB", "/" }, "not a size such as" },
	{ "a unit alone", { "-o", "prefill=M", "/" }, "not a size such as" },
	{ "a large size", { "-o", "prefill=2T", "/" },
		"prefill=2T: out of range, which is 0 to 1T" },
	{ "far too large a size", { "-o", "prefill=99999999999999999999T", "/" }, "out of range" },
	{ "a file that is not there", { "-o", "cacert=/none", "/" }, "cacert=/none: No such file" },
	{ "no schema's name", { "-o", "schemas=a:B", "/" }, "not schema names" },
	{ "an empty schema's name", { "-o", "schemas=a::b", "/" }, "not schema names" },
	{ "no language", { "-o", "languages=english", "/" }, "not language codes" },
	{ "no room", { "-o", "trace=attic", "/" }, "not 'all', or some of" },
	{ "Romanian or read-only", { "-o", "languages=en,ro", "/" }, "join the list by ':'" },
};

static int parse(const char *const *given, struct args *args, struct error *err)
{
	char *argv[ARGS_MAX + 2] = { strdup("squidexfs") };
	int argc = 1, ret;

	for (; argc <= ARGS_MAX && given[argc - 1]; argc++)
		argv[argc] = strdup(given[argc - 1]);
	ret = args_parse(argc, argv, args, err);
	for (int i = 0; i < argc; i++)
		free(argv[i]);
	return ret;
}

START_TEST(args_are_judged)
{
	struct args args;
	struct error err = { 0 };
	int ret = parse(rows[_i].args, &args, &err);

	if (!rows[_i].sentence) {
		ck_assert_msg(ret == 0, "%s: %s", rows[_i].what, err.text);
		args_release(&args);
		return;
	}
	ck_assert_msg(ret == -22, "%s: %d", rows[_i].what, ret);
	ck_assert_msg(strstr(err.text, rows[_i].sentence), "%s: %s", rows[_i].what, err.text);
	ck_assert_msg(!strstr(err.text, "geheim"), "the secret is told");
}
END_TEST

START_TEST(args_are_taken_apart)
{
	static const char *const given[] = { URL, "/", "-s", "-o",
		"ro,noauto,comment=x,allow_other,max_read=4096,fsname=a b", "-o", "view=data,user",
		"-d", NULL };
	struct args args;
	struct error err = { 0 };

	ck_assert_int_eq(parse(given, &args, &err), 0);
	ck_assert_int_eq(args.command, ARGS_MOUNT);
	ck_assert_str_eq(args.url, URL);
	ck_assert_str_eq(args.mountpoint, "/");
	ck_assert_str_eq(args.fuse_options, "ro,allow_other,max_read=4096");
	ck_assert_str_eq(args.fsname, "a b");
	ck_assert(args.is_read_only && args.is_debug && args.is_foreground);
	ck_assert(args.is_single_threaded);
	ck_assert_str_eq(option_list_find(&args.options, "view"), "data");
	args_release(&args);
}
END_TEST

START_TEST(args_mount_point_becomes_absolute)
{
	static const char *const relative[] = { "none", "../unit-mount", NULL };
	static const char *const given_fd[] = { URL, "/dev/fd/3", NULL };
	struct args args;
	struct error err = { 0 };

	ck_assert_int_eq(chdir("/usr"), 0);
	ck_assert_int_eq(parse(relative, &args, &err), 0);
	ck_assert_str_eq(args.mountpoint, "/usr/../unit-mount");
	ck_assert_ptr_null(args.url);
	args_release(&args);
	ck_assert_int_eq(parse(given_fd, &args, &err), 0);
	ck_assert_str_eq(args.mountpoint, "/dev/fd/3");
	args_release(&args);
}
END_TEST

static const struct {
	const char *text;
	uint64_t ms;
} times[] = {
	{ "0", 0 },
	{ "30", 30000 },
	{ "0.5", 500 },
	{ "1.25s", 1250 },
	{ "500ms", 500 },
	{ "2m", 120000 },
	{ "0.1h", 360000 },
	{ "24h", 86400000 },
	{ "0.0004", 0 },
};

START_TEST(options_times_have_units)
{
	const struct option_def *def = option_find("cache_ttl");
	struct app_settings settings;
	struct error err = { 0 };
	char *text;

	settings_init_app(&settings);
	ck_assert_int_eq(option_check(def, times[_i].text, "/", &text, &err), 0);
	option_store(def, text, &settings);
	ck_assert_uint_eq(settings.cache.ttl_ms, times[_i].ms);
	free(text);
}
END_TEST

static const struct {
	const char *text;
	uint64_t bytes;
} sizes[] = {
	{ "0", 0 },
	{ "0064", 64 },
	{ "4096", 4096 },
	{ "3K", 3072 },
	{ "64M", 64 << 20 },
	{ "64m", 64 << 20 },
	{ "1G", 1 << 30 },
	{ "1T", (uint64_t)1 << 40 },
};

START_TEST(options_measure_sizes)
{
	const struct option_def *def = option_find("prefill");
	struct mount_settings settings;
	struct error err = { 0 };
	char *text;

	settings_init_mount(&settings);
	ck_assert_msg(option_check(def, sizes[_i].text, "/", &text, &err) == 0, "%s", err.text);
	option_store(def, text, &settings);
	ck_assert_uint_eq(settings.mount.prefill_bytes, sizes[_i].bytes);
	free(text);
}
END_TEST

START_TEST(options_fill_the_settings)
{
	static const char *const given[] = { "-o",
		"view=raw,languages=en:de-CH,schemas=b\\,a,flatten,published=no,cache=memory,"
		"negative_ttl=1m,cache_size=2M,memory=3M,uid=12,gid=13,umask=027,"
		"trace=net:cache,max_requests=3,timeout=1m",
		"/", NULL };
	struct app_settings app;
	struct mount_settings mount;
	struct args args;
	struct error err = { 0 };

	settings_init_app(&app);
	settings_init_mount(&mount);
	ck_assert_uint_eq(app.client.view, VIEW_DOCUMENT);
	ck_assert_uint_eq(app.cache.ttl_ms, 30000);
	ck_assert_uint_eq(app.cache.max_disk_bytes, (uint64_t)4 << 30);
	ck_assert_uint_eq(app.cache.max_memory_bytes, 32 << 20);
	ck_assert_uint_eq(mount.tree.uid, getuid());
	ck_assert_uint_eq(mount.http.silence_timeout_ms, 15000);
	ck_assert_msg(parse(given, &args, &err) == 0, "%s", err.text);
	option_list_apply(&args.options, OPTION_OF_APP, &app);
	option_list_apply(&args.options, OPTION_OF_MOUNT, &mount);
	ck_assert_uint_eq(app.client.view, VIEW_RAW);
	ck_assert_str_eq(app.client.languages, "en,de-CH");
	ck_assert_str_eq(app.client.schemas, "b:a");
	ck_assert(app.client.is_flat && !app.client.is_published);
	ck_assert_uint_eq(app.cache_place, CACHE_IN_MEMORY);
	ck_assert_uint_eq(app.cache.negative_ttl_ms, 60000);
	ck_assert_uint_eq(app.cache.max_disk_bytes, 2 << 20);
	ck_assert_uint_eq(app.cache.max_memory_bytes, 3 << 20);
	ck_assert_uint_eq(mount.tree.uid, 12);
	ck_assert_uint_eq(mount.tree.gid, 13);
	ck_assert_uint_eq(mount.tree.umask, 027);
	ck_assert_str_eq(mount.trace, "net,cache");
	ck_assert_uint_eq(mount.http.max_connections, 3);
	ck_assert_uint_eq(mount.mount.timeout_ms, 60000);
	args_release(&args);
}
END_TEST

START_TEST(options_defaults_are_valid)
{
	size_t n;
	const struct option_def *table = option_table(&n);

	for (size_t i = 0; i < n; i++) {
		struct error err = { 0 };
		char *text;

		if (!table[i].initial)
			continue;
		ck_assert_msg(option_check(&table[i], table[i].initial, "/", &text, &err) == 0,
			"%s", err.text);
		free(text);
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("options");

	tcase_add_loop_test(tc, args_are_judged, 0, N_ROWS(rows));
	tcase_add_test(tc, args_are_taken_apart);
	tcase_add_test(tc, args_mount_point_becomes_absolute);
	tcase_add_loop_test(tc, options_times_have_units, 0, N_ROWS(times));
	tcase_add_loop_test(tc, options_measure_sizes, 0, N_ROWS(sizes));
	tcase_add_test(tc, options_fill_the_settings);
	tcase_add_test(tc, options_defaults_are_valid);
	return suite_run(tc, "options");
}
