#include "api/client.h"

#include <ctype.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/client_private.h"
#include "api/facts.h"
#include "api/fields.h"
#include "api/status.h"
#include "base/buf.h"
#include "base/error.h"
#include "net/transport.h"
#include "net/url.h"

/* A few KB: names, links and rights. */
#define APP_MAX ((size_t)4 << 20)

/* Some 10 KB a schema (seed/schemas.json); an app may have a thousand. */
#define SCHEMAS_MAX ((size_t)64 << 20)

/* Some 20 KB a schema (seed/openapi.json). */
#define OPENAPI_MAX ((size_t)64 << 20)

static bool is_languages(const char *languages)
{
	for (const char *p = languages; *p; p++) {
		if (!isalnum((unsigned char)*p) && *p != '-' && *p != ',')
			return false;
	}
	return *languages != '\0';
}

static int check_conf(const struct client_conf *conf, struct error *err)
{
	struct schema_list list = { 0 };
	int ret = 0;

	if (!url_is_segment(conf->app))
		return error_set(err, EINVAL, "'%s' is not the name of an app", conf->app);
	if (conf->languages && !is_languages(conf->languages))
		return error_set(
			err, EINVAL, "'%s' is not a list of languages like en,de", conf->languages);
	if (conf->schemas)
		ret = schema_list_parse_names(conf->schemas, &list, err);
	schema_list_release(&list);
	return ret;
}

static char *make_view_key(const struct client_conf *conf)
{
	static const char *const names[] = {
		[VIEW_DOCUMENT] = "document",
		[VIEW_DATA] = "data",
		[VIEW_RAW] = "raw",
	};
	char *key;

	if (asprintf(&key, "%s%s%s%s%s", names[conf->view], conf->is_published ? " published" : "",
		    conf->is_flat ? " flatten" : "", conf->languages ? " languages=" : "",
		    conf->languages ? conf->languages : "") < 0)
		return NULL;
	return key;
}

/* NULL stays NULL. */
static bool copy_string(char **ret_copy, const char *str)
{
	*ret_copy = str ? strdup(str) : NULL;
	return !str || *ret_copy;
}

int client_new(const struct client_conf *conf, struct transport *transport,
	struct client **ret_client, struct error *err)
{
	struct client *client;
	int ret = check_conf(conf, err);

	if (ret < 0)
		return ret;
	client = calloc(1, sizeof(*client));
	if (!client)
		return error_set(err, ENOMEM, "app '%s': out of memory", conf->app);
	client->transport = transport;
	client->view = conf->view;
	client->is_published = conf->is_published;
	client->is_flat = conf->is_flat;
	client->view_key = make_view_key(conf);
	client->facts = facts_new();
	graphql_state_init(&client->graphql);
	if (!client->view_key || !client->facts || !copy_string(&client->url, conf->url) ||
		!copy_string(&client->app, conf->app) ||
		!copy_string(&client->schemas, conf->schemas) ||
		!copy_string(&client->languages, conf->languages)) {
		client_free(client);
		return error_set(err, ENOMEM, "app '%s': out of memory", conf->app);
	}
	*ret_client = client;
	return 0;
}

void client_free(struct client *client)
{
	if (!client)
		return;
	free(client->url);
	free(client->app);
	free(client->schemas);
	free(client->languages);
	free(client->view_key);
	facts_free(client->facts);
	graphql_state_release(&client->graphql);
	free(client);
}

const char *client_app(const struct client *client)
{
	return client->app;
}

const char *client_url(const struct client *client)
{
	return client->url;
}

bool client_is_read_only(const struct client *client)
{
	return client->is_published || client->is_flat || client->languages ||
	       client->view == VIEW_RAW;
}

const char *client_view_key(const struct client *client)
{
	return client->view_key;
}

int client_ask(struct client *client, const struct call *call, const struct http_request *req,
	const char *what, struct http_response *res, struct error *err)
{
	int ret = transport_perform(client->transport, call, req, res, err);

	if (ret < 0) {
		error_prefix(err, "%s", what);
		error_mark_remote(err);
		return ret;
	}
	return status_check(res, STATUS_READ, what, err);
}

int client_refuse_url(int ret, const char *what, struct error *err)
{
	if (ret == -EFBIG)
		return error_set(err, ENAMETOOLONG, "%s: the name is too long for a request", what);
	return error_set(err, -ret, "%s: %s", what, error_name(-ret));
}

void client_forget(struct error *err)
{
	if (err)
		*err = (struct error){ 0 };
}

/* What belongs to an app as a whole. */
struct resource {
	const char *prefix; /* of the app's name in the path */
	const char *suffix;
	const char *what; /* before the app's name in a sentence */
	const char *kind;
	size_t max_body;
};

static const struct resource app_resource = { "/api/apps/", "", "app", "app", APP_MAX };
static const struct resource schemas_resource = { "/api/apps/", "/schemas", "schemas of app",
	"schemas", SCHEMAS_MAX };
static const struct resource openapi_resource = { "/api/content/", "/swagger/v1/swagger.json",
	"OpenAPI document of app", "openapi", OPENAPI_MAX };

static int get(struct client *client, const struct call *call, const struct resource *resource,
	struct http_response *res, struct error *err)
{
	struct http_request req = {
		.method = HTTP_GET,
		.max_body = resource->max_body,
		.kind = resource->kind,
		.is_repeatable = true,
	};
	struct buf url;
	char what[320];
	int ret;

	snprintf(what, sizeof(what), "%s '%s'", resource->what, client->app);
	buf_init(&url, CLIENT_URL_MAX);
	ret = buf_addf(&url, "%s%s", client->url, resource->prefix);
	if (ret == 0)
		ret = url_add_encoded(&url, client->app);
	if (ret == 0)
		ret = buf_add_str(&url, resource->suffix);
	if (ret < 0) {
		ret = client_refuse_url(ret, what, err);
		goto out;
	}
	req.url = url.data;
	ret = client_ask(client, call, &req, what, res, err);
out:
	buf_release(&url);
	return ret;
}

static int read_app(const struct buf *body, struct app_info *ret_app, struct error *err)
{
	struct json_object *root = NULL;
	char *name;
	int ret = document_parse(buf_str(body), body->len, "app", &root, err);

	if (ret < 0)
		return ret;
	if (!*fields_get_string(root, FIELD_NAME)) {
		ret = error_set(err, EIO, "app: the server sent one without a name");
		goto out;
	}
	name = strdup(fields_get_string(root, FIELD_NAME));
	if (!name) {
		ret = error_set(err, ENOMEM, "app: out of memory");
		goto out;
	}
	app_info_release(ret_app);
	ret_app->name = name;
	ret_app->can_read_schemas = fields_get_object(
		fields_get_object(root, FIELD_LINKS), FIELD_SCHEMAS);
out:
	json_object_put(root);
	return ret;
}

int client_fetch_app(
	struct client *client, const struct call *call, struct app_info *ret_app, struct error *err)
{
	struct http_response res;
	int ret;

	http_response_init(&res);
	ret = get(client, call, &app_resource, &res, err);
	if (ret == -ENOENT)
		error_prefix(err, "no such app, or not one of this client");
	if (ret == 0)
		ret = read_app(&res.body, ret_app, err);
	http_response_release(&res);
	return ret;
}

void app_info_release(struct app_info *app)
{
	free(app->name);
	*app = (struct app_info){ 0 };
}

static int fetch_schemas(struct client *client, const struct call *call,
	struct schema_list *ret_list, struct error *err)
{
	struct http_response res;
	int ret;

	http_response_init(&res);
	ret = get(client, call, &schemas_resource, &res, err);
	if (ret == 0)
		ret = schema_list_parse(buf_str(&res.body), res.body.len, ret_list, err);
	http_response_release(&res);
	return ret;
}

static int fetch_openapi(struct client *client, const struct call *call,
	struct schema_list *ret_list, struct error *err)
{
	struct http_response res;
	int ret;

	http_response_init(&res);
	ret = get(client, call, &openapi_resource, &res, err);
	if (ret == 0)
		ret = schema_list_parse_openapi(
			buf_str(&res.body), res.body.len, client->app, ret_list, err);
	http_response_release(&res);
	return ret;
}

int client_fetch_schemas(struct client *client, const struct call *call, const struct app_info *app,
	struct schema_list *ret_list, struct error *err)
{
	int ret;

	if (client->schemas)
		return schema_list_parse_names(client->schemas, ret_list, err);
	if (!app->can_read_schemas)
		return fetch_openapi(client, call, ret_list, err);
	ret = fetch_schemas(client, call, ret_list, err);
	/* The links and the rights may part ways: roles can be changed at any moment. */
	if (ret == -EACCES) {
		client_forget(err);
		ret = fetch_openapi(client, call, ret_list, err);
	}
	return ret;
}
