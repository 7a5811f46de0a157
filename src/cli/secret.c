#include "cli/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"

/*
 * 1 byte and not 0: where core_pattern is a pipe the kernel ignores the limit and only
 * takes this value as "no dump". PR_SET_DUMPABLE would be the other way, but it gives
 * /proc/self to root, and fusermount3 and /dev/fd then fail for a user. A limit that
 * is 0 already needs no change, and may not be raised.
 */
void secret_protect_process(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_CORE, &limit) < 0 || limit.rlim_max == 0)
		return;
	limit.rlim_cur = limit.rlim_max = 1;
	setrlimit(RLIMIT_CORE, &limit);
}

static int check_guard(int fd, const char *path, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_set(err, errno, "cannot look at '%s': %s", path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return error_set(err, EACCES, "'%s' is a directory", path);
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return error_set(err, EACCES,
			"'%s' holds secrets but belongs to another user; run: chown %u '%s'", path,
			(unsigned)geteuid(), path);
	if (st.st_mode & (S_IRWXG | S_IRWXO))
		return error_set(err, EACCES,
			"'%s' holds secrets but others have access to it; run: chmod 600 '%s'",
			path, path);
	return 0;
}

/* Read whole and then added at once: a buffer that grows leaves copies behind. */
static int load_all(int fd, const char *path, struct buf *text, struct error *err)
{
	char content[SECRET_FILE_MAX + 1];
	size_t len = 0;
	ssize_t n;
	int ret;

	do {
		n = read(fd, content + len, sizeof(content) - len);
		if (n > 0)
			len += (size_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0) {
		ret = error_set(err, errno, "cannot read '%s': %s", path, strerror(errno));
	} else {
		ret = buf_add(text, content, len);
		if (ret < 0)
			error_set(err, -ret, "'%s' is too large", path);
	}
	explicit_bzero(content, sizeof(content));
	return ret;
}

int secret_load(const char *path, enum secret_guard guard, struct buf *ret_text, struct error *err)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct buf text;
	int ret = 0;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return -ENOENT;
	if (fd < 0)
		return error_set(err, errno, "cannot open '%s': %s", path, strerror(errno));
	/* A pipe that nobody writes to is empty, and not waited for; another one is read to its end. */
	fcntl(fd, F_SETFL, 0);
	buf_init(&text, SECRET_FILE_MAX);
	if (guard == SECRET_OF_USER)
		ret = check_guard(fd, path, err);
	if (ret == 0)
		ret = load_all(fd, path, &text, err);
	close(fd);
	if (ret == 0 && text.len > 0 && memchr(text.data, '\0', text.len))
		ret = error_set(err, EINVAL, "'%s' is not a text file", path);
	if (ret < 0) {
		buf_wipe(&text);
		return ret;
	}
	*ret_text = text;
	return 0;
}

int secret_read_file(
	const char *path, enum secret_guard guard, char **ret_secret, struct error *err)
{
	struct buf text = { 0 };
	const char *line;
	size_t len;
	int ret = secret_load(path, guard, &text, err);

	if (ret == -ENOENT)
		return error_set(err, ENOENT, "there is no file '%s'", path);
	if (ret < 0)
		return ret;
	line = buf_str(&text);
	len = strcspn(line, "\r\n");
	if (len == 0)
		ret = error_set(err, EINVAL, "'%s' has an empty first line", path);
	else if (strspn(line + len, "\r\n") != text.len - len)
		ret = error_set(err, EINVAL, "'%s' has more than one line", path);
	if (ret == 0) {
		*ret_secret = strndup(line, len);
		if (!*ret_secret)
			ret = error_set(err, ENOMEM, "out of memory");
	}
	buf_wipe(&text);
	return ret;
}

int secret_take_environment(const char *name, char **ret_secret, struct error *err)
{
	char *value = getenv(name);
	char *secret = NULL;

	if (value && *value) {
		secret = strdup(value);
		if (!secret)
			return error_set(err, ENOMEM, "out of memory");
	}
	if (value)
		explicit_bzero(value, strlen(value));
	unsetenv(name);
	*ret_secret = secret;
	return 0;
}

void secret_free(char *secret)
{
	if (!secret)
		return;
	explicit_bzero(secret, strlen(secret));
	free(secret);
}
