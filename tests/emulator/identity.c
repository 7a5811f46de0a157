#include "alloc.h"
#include "handlers.h"
#include "token.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The answers of the identity server are indented, unlike those of the API. */
enum {
	PRETTY = JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE
};

static void answer_pretty(struct call *call, int status, struct json_object *json)
{
	buf_puts(&call->response->body, json_object_to_json_string_ext(json, PRETTY));
	call->response->status = status;
	call->response->content_type = "application/json;charset=UTF-8";
	call->response->has_length = true;
}

static void forbid_storing(struct call *call)
{
	response_header(call->response, "Cache-Control", "no-store");
	response_header(call->response, "Expires", "Thu, 01 Jan 1970 00:00:00 GMT");
	response_header(call->response, "Pragma", "no-cache");
}

struct oauth_error {
	int status;
	const char *error;
	const char *description;
	const char *id;
};

static const struct oauth_error wrong_secret = { 401, "invalid_client",
	"The specified client credentials are invalid.", "ID2055" };
static const struct oauth_error wrong_client = { 401, "invalid_client",
	"The specified 'client_id' is invalid.", "ID2052" };
static const struct oauth_error wrong_scope = { 400, "invalid_scope",
	"The specified 'scope' is invalid.", "ID2052" };
static const struct oauth_error wrong_grant = { 400, "unsupported_grant_type",
	"The specified 'grant_type' is not supported.", "ID2032" };
static const struct oauth_error wrong_type = { 400, "invalid_request",
	"The specified 'Content-Type' header is invalid.", "ID2082" };
static const struct oauth_error no_grant = { 400, "invalid_request",
	"The mandatory 'grant_type' parameter is missing.", "ID2029" };

static void answer_oauth_error(struct call *call, const struct oauth_error *error)
{
	struct json_object *json = json_object_new_object();
	struct buf uri = { 0 };
	struct buf challenge = { 0 };

	buf_printf(&uri, "https://documentation.openiddict.com/errors/%s", error->id);
	json_object_object_add(json, "error", json_object_new_string(error->error));
	json_object_object_add(
		json, "error_description", json_object_new_string(error->description));
	json_object_object_add(json, "error_uri", json_object_new_string(uri.bytes));
	answer_pretty(call, error->status, json);
	if (error->status == 401) {
		buf_printf(&challenge,
			"Basic error=\"%s\", error_description=\"%s\", error_uri=\"%s\"",
			error->error, error->description, uri.bytes);
		response_header(call->response, "WWW-Authenticate", challenge.bytes);
	}
	json_object_put(json);
	buf_release(&uri);
	buf_release(&challenge);
}

static int base64_digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				     "0123456789+/";
	const char *found = c != '\0' ? strchr(digits, c) : NULL;

	return found != NULL ? (int)(found - digits) : -1;
}

/* The credentials of "Authorization: Basic", as if they stood in the form. */
static void add_basic(const struct request *request, struct pair_list *form)
{
	const char *header = request_header(request, "Authorization");
	struct buf text = { 0 };
	unsigned bits = 0;
	int count = 0;
	char *colon;

	if (header == NULL || strncasecmp(header, "Basic ", 6) != 0)
		return;
	buf_add(&text, "", 0);
	for (const char *p = header + 6; base64_digit(*p) >= 0; p++) {
		bits = bits << 6 | (unsigned)base64_digit(*p);
		count += 6;
		if (count >= 8) {
			char byte = (char)(bits >> (count - 8));

			buf_add(&text, &byte, 1);
			count -= 8;
		}
	}
	colon = strchr(text.bytes, ':');
	if (colon != NULL) {
		*colon = '\0';
		percent_decode(text.bytes);
		percent_decode(colon + 1);
		pair_list_add(form, "client_id", text.bytes);
		pair_list_add(form, "client_secret", colon + 1);
	}
	buf_release(&text);
}

/* Splits "app:client" or "app~client" and finds the client. */
static struct client *find_client(const struct world *world, const char *id, struct app **ret_app)
{
	char *name = must_strdup(id != NULL ? id : "");
	char *mark = strpbrk(name, ":~");
	struct client *client = NULL;

	if (mark != NULL) {
		*mark = '\0';
		*ret_app = world_app(world, name);
		if (*ret_app != NULL)
			client = app_client(*ret_app, mark + 1);
	}
	free(name);
	return client;
}

static void answer_token(
	struct call *call, const struct app *app, const struct client *client, const char *scope)
{
	long lifetime = call->server->conf.lifetime;
	struct json_object *json = json_object_new_object();
	char *token = token_issue(call->server->tokens, app->name, client->id, lifetime);

	json_object_object_add(json, "access_token", json_object_new_string(token));
	json_object_object_add(json, "token_type", json_object_new_string("Bearer"));
	/* What is left of it, cut to whole seconds: one less than its lifetime. */
	json_object_object_add(json, "expires_in", json_object_new_int64(lifetime - 1));
	if (scope != NULL)
		json_object_object_add(json, "scope", json_object_new_string(scope));
	answer_pretty(call, 200, json);
	json_object_put(json);
	free(token);
}

static void answer_grant(struct call *call, const struct pair_list *form)
{
	const char *grant = pair_list_get(form, "grant_type");
	const char *scope = pair_list_get(form, "scope");
	const char *secret = pair_list_get(form, "client_secret");
	const struct client *client;
	struct app *app = NULL;

	if (grant == NULL) {
		answer_oauth_error(call, &no_grant);
		return;
	}
	if (strcmp(grant, "client_credentials") != 0) {
		answer_oauth_error(call, &wrong_grant);
		return;
	}
	client = find_client(&call->server->world, pair_list_get(form, "client_id"), &app);
	if (client == NULL)
		answer_oauth_error(call, &wrong_client);
	else if (secret == NULL || strcmp(client->secret, secret) != 0)
		answer_oauth_error(call, &wrong_secret);
	else if (scope != NULL &&
		 strstr("squidex-api openid profile email roles permissions", scope) == NULL)
		answer_oauth_error(call, &wrong_scope);
	else
		answer_token(call, app, client, scope);
}

void handle_token(struct call *call)
{
	const char *type = request_header(call->request, "Content-Type");
	struct pair_list form = { 0 };

	forbid_storing(call);
	if (type == NULL || strncasecmp(type, "application/x-www-form-urlencoded", 33) != 0) {
		answer_oauth_error(call, &wrong_type);
		return;
	}
	add_basic(call->request, &form);
	form_parse(call->request->body.length > 0 ? call->request->body.bytes : "", &form);
	pthread_rwlock_rdlock(&call->server->world_lock);
	answer_grant(call, &form);
	pthread_rwlock_unlock(&call->server->world_lock);
	pair_list_release(&form);
}

static struct json_object *text_list(const char *words)
{
	struct json_object *list = json_object_new_array();
	char *copy = must_strdup(words);
	char *rest = copy;
	char *word;

	while ((word = strsep(&rest, ",")) != NULL)
		json_object_array_add(list, json_object_new_string(word));
	free(copy);
	return list;
}

static void add_endpoints(struct json_object *json, const char *base_url)
{
	static const char *const endpoints[][2] = {
		{ "issuer", "" },
		{ "authorization_endpoint", "identity-server/connect/authorize" },
		{ "token_endpoint", "identity-server/connect/token" },
		{ "introspection_endpoint", "identity-server/connect/introspect" },
		{ "end_session_endpoint", "identity-server/connect/logout" },
		{ "userinfo_endpoint", "identity-server/connect/userinfo" },
		{ "jwks_uri", "identity-server/.well-known/jwks" },
	};

	for (size_t i = 0; i < sizeof(endpoints) / sizeof(endpoints[0]); i++) {
		struct buf url = { 0 };

		buf_printf(&url, "%s/%s", base_url, endpoints[i][1]);
		json_object_object_add(json, endpoints[i][0], json_object_new_string(url.bytes));
		buf_release(&url);
	}
}

void handle_discovery(struct call *call)
{
	static const char methods[] = "client_secret_post,private_key_jwt,client_secret_basic";
	static const char *const lists[][2] = {
		{ "grant_types_supported", "client_credentials,implicit,authorization_code" },
		{ "response_types_supported", "id_token,id_token token,token,code" },
		{ "response_modes_supported", "query,form_post,fragment" },
		{ "scopes_supported", "openid,email,profile,roles,squidex-api,permissions" },
		{ "claims_supported", "aud,exp,iat,iss,sub" },
		{ "id_token_signing_alg_values_supported", "RS256" },
		{ "code_challenge_methods_supported", "plain,S256" },
		{ "subject_types_supported", "public" },
		{ "prompt_values_supported", "consent,login,none,select_account" },
		{ "token_endpoint_auth_methods_supported", methods },
		{ "introspection_endpoint_auth_methods_supported", methods },
	};
	static const char *const off[] = { "require_pushed_authorization_requests",
		"tls_client_certificate_bound_access_tokens", "claims_parameter_supported",
		"request_parameter_supported", "request_uri_parameter_supported" };
	struct json_object *json = json_object_new_object();

	add_endpoints(json, call->server->base_url);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		json_object_object_add(json, lists[i][0], text_list(lists[i][1]));
	for (size_t i = 0; i < sizeof(off) / sizeof(off[0]); i++)
		json_object_object_add(json, off[i], json_object_new_boolean(0));
	json_object_object_add(
		json, "authorization_response_iss_parameter_supported", json_object_new_boolean(1));
	answer_pretty(call, 200, json);
	json_object_put(json);
}
