#include "cli/credentials.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cli/secret.h"
#include "cli/settings.h"

static int copy_text(const char *text, char **ret_copy, struct error *err)
{
	char *copy;

	if (!text || *text == '\0')
		return 0;
	copy = strdup(text);
	if (!copy)
		return error_set(err, ENOMEM, "out of memory");
	*ret_copy = copy;
	return 0;
}

int credentials_find_service(const char *app, const char *what, char **ret_text, struct error *err)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");
	char path[PATH_MAX];
	struct error why = { 0 };
	char *text = NULL;
	int len, ret;

	*ret_text = NULL;
	if (!directory || *directory == '\0')
		return 0;
	len = snprintf(
		path, sizeof(path), "%s/%s%s%s", directory, app ? app : "", app ? "." : "", what);
	if (len < 0 || (size_t)len >= sizeof(path))
		return error_set(err, EINVAL, "the path of '%s' is too long", what);
	ret = secret_read_file(path, SECRET_OF_SYSTEMD, &text, &why);
	if (ret < 0 && ret != -ENOENT)
		return error_set(err, why.errnum, "%s", why.text);
	*ret_text = text;
	return 0;
}

/* Takes over what source has and to lacks; source is left empty. */
static void merge(struct credentials *to, struct credentials *source)
{
	bool is_same = !source->client_id || !to->client_id ||
		       strcmp(source->client_id, to->client_id) == 0;

	if (!to->client_secret && is_same) {
		to->client_secret = source->client_secret;
		source->client_secret = NULL;
	}
	if (!to->client_id) {
		to->client_id = source->client_id;
		source->client_id = NULL;
	}
	if (!to->url) {
		to->url = source->url;
		source->url = NULL;
	}
	if (!to->app) {
		to->app = source->app;
		source->app = NULL;
	}
	credentials_release(source);
}

static int read_options(const struct app_settings *given, const char *app,
	struct credentials *source, struct error *err)
{
	int ret = copy_text(app, &source->app, err);

	if (ret == 0)
		ret = copy_text(given->client_id, &source->client_id, err);
	if (ret < 0 || !given->client_secret_file)
		return ret;
	return secret_read_file(
		given->client_secret_file, SECRET_OF_USER, &source->client_secret, err);
}

static int read_environment(struct credentials *source, struct error *err)
{
	int ret = secret_take_environment("SQUIDEX_CLIENT_SECRET", &source->client_secret, err);

	if (ret == 0)
		ret = copy_text(getenv("SQUIDEX_URL"), &source->url, err);
	if (ret == 0)
		ret = copy_text(getenv("SQUIDEX_APP"), &source->app, err);
	if (ret == 0)
		ret = copy_text(getenv("SQUIDEX_CLIENT_ID"), &source->client_id, err);
	return ret;
}

/* The file under the app's name if there is one, else the plain one. */
static int read_service_file(const char *app, const char *what, char **ret_text, struct error *err)
{
	int ret = 0;

	if (app)
		ret = credentials_find_service(app, what, ret_text, err);
	if (ret == 0 && !*ret_text)
		ret = credentials_find_service(NULL, what, ret_text, err);
	return ret;
}

static int read_service(
	const struct credentials *known, struct credentials *source, struct error *err)
{
	char *app = NULL;
	int ret = 0;

	if (known->app)
		ret = copy_text(known->app, &app, err);
	else if (known->client_id && known->client_id[strcspn(known->client_id, ":~")] != '\0')
		app = strndup(known->client_id, strcspn(known->client_id, ":~"));
	if (ret == 0)
		ret = read_service_file(app, "client_id", &source->client_id, err);
	if (ret == 0)
		ret = read_service_file(app, "client_secret", &source->client_secret, err);
	free(app);
	return ret;
}

int credentials_gather(const struct app_settings *given, const char *app,
	struct credentials *ret_credentials, struct error *err)
{
	struct credentials all = { 0 }, environment = { 0 }, service = { 0 };
	int ret, ret_environment;

	/* The environment is read even if the options fail: its secret must go. */
	ret_environment = read_environment(&environment, err);
	ret = read_options(given, app, &all, err);
	if (ret == 0)
		ret = ret_environment;
	if (ret == 0) {
		merge(&all, &environment);
		ret = read_service(&all, &service, err);
	}
	if (ret == 0) {
		merge(&all, &service);
		*ret_credentials = all;
		return 0;
	}
	credentials_release(&all);
	credentials_release(&environment);
	credentials_release(&service);
	return ret;
}

void credentials_release(struct credentials *credentials)
{
	free(credentials->url);
	free(credentials->app);
	free(credentials->client_id);
	secret_free(credentials->client_secret);
	*credentials = (struct credentials){ 0 };
}
