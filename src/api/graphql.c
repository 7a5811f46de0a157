#include "api/graphql.h"

#include <ctype.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/client.h"
#include "api/client_private.h"
#include "api/fields.h"
#include "api/text.h"
#include "base/call.h"
#include "base/error.h"
#include "net/url.h"

/* 256 aliases with two ids of 255 characters each, of up to six bytes. */
#define QUESTION_MAX ((size_t)2 << 20)

/* As a REST page's: ten pages of ordinary items take 5 MB. */
#define ANSWER_MAX ((size_t)64 << 20)

/* The first alias stands on the second line. */
#define FIRST_LINE 2

void graphql_state_init(struct graphql_state *state)
{
	*state = (struct graphql_state){ 0 };
	pthread_mutex_init(&state->lock, NULL);
}

void graphql_state_release(struct graphql_state *state)
{
	pthread_mutex_destroy(&state->lock);
}

void graphql_question_init(struct graphql_question *q)
{
	*q = (struct graphql_question){ 0 };
	buf_init(&q->text, QUESTION_MAX);
	q->ret = buf_add_str(&q->text, "{");
}

void graphql_question_release(struct graphql_question *q)
{
	buf_release(&q->text);
}

/* my-blog is MyBlog; one that begins with a digit gets a prefix. */
static void add_type(struct graphql_question *q, const char *slug)
{
	bool is_first = true;

	if (!isalpha((unsigned char)*slug))
		graphql_add(q, "gql_");
	for (; *slug; slug++) {
		char letter = (char)(is_first ? toupper((unsigned char)*slug) : *slug);

		is_first = !isalnum((unsigned char)*slug);
		if (!is_first)
			graphql_add(q, "%c", letter);
	}
}

void graphql_add_field(
	struct graphql_question *q, const char *before, const char *slug, const char *after)
{
	if (q->n_aliases == GRAPHQL_ALIASES_MAX) {
		q->ret = -EFBIG;
		return;
	}
	/* Each on its line, so that the place of an error tells whose it is. */
	graphql_add(q, "\na%u:%s", q->n_aliases++, before);
	add_type(q, slug);
	graphql_add(q, "%s", after);
}

void graphql_add(struct graphql_question *q, const char *fmt, ...)
{
	char text[512];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (q->ret == 0 && (len < 0 || (size_t)len >= sizeof(text)))
		q->ret = -EFBIG;
	if (q->ret == 0)
		q->ret = buf_add(&q->text, text, (size_t)len);
}

/* Its escapes are those of JSON. */
void graphql_add_string(struct graphql_question *q, const char *str)
{
	if (q->ret == 0)
		q->ret = text_add_string(&q->text, str, strlen(str));
}

/* "{"query": "..."}" */
static int add_body(struct graphql_question *q, struct buf *body)
{
	int ret;

	graphql_add(q, "\n}");
	if (q->ret < 0)
		return q->ret;
	ret = buf_addf(body, "{\"%s\":", FIELD_QUERY);
	if (ret == 0)
		ret = text_add_string(body, q->text.data, q->text.len);
	return ret == 0 ? buf_add_str(body, "}") : ret;
}

static int add_url(struct client *client, struct buf *url)
{
	int ret = buf_addf(url, "%s/api/content/", client->url);

	if (ret == 0)
		ret = url_add_encoded(url, client->app);
	return ret == 0 ? buf_add_str(url, "/graphql") : ret;
}

/* Fails with the reason of the pause, if there is one. */
static int check_pause(
	struct client *client, const struct call *call, const char *what, struct error *err)
{
	struct graphql_state *state = &client->graphql;
	int ret = 0;

	pthread_mutex_lock(&state->lock);
	if (clock_now_ms(call->clock) < state->paused_until_ms)
		ret = error_set(err, EOPNOTSUPP, "%s: GraphQL is not asked for a while: %s", what,
			state->reason.text);
	pthread_mutex_unlock(&state->lock);
	return ret;
}

/* Returns -EOPNOTSUPP, and keeps the sentence. */
static int pause_asking(struct client *client, const struct call *call, struct error *err)
{
	struct graphql_state *state = &client->graphql;

	err->errnum = EOPNOTSUPP;
	pthread_mutex_lock(&state->lock);
	state->paused_until_ms = clock_now_ms(call->clock) + GRAPHQL_PAUSE_MS;
	state->reason = *err;
	pthread_mutex_unlock(&state->lock);
	return -EOPNOTSUPP;
}

/* The endpoint itself says no; other failures can befall any request. */
static bool is_refusal(int http_status)
{
	switch (http_status) {
	case 401:
	case 408:
	case 413:
	case 429:
	case 502:
	case 503:
	case 504:
		return false;
	default:
		return http_status >= 300;
	}
}

static int perform(struct client *client, const struct call *call, const struct buf *body,
	const char *what, struct http_response *res, struct error *err)
{
	struct http_request req = {
		.method = HTTP_POST,
		.body = body->data,
		.body_len = body->len,
		.content_type = "application/json",
		.max_body = ANSWER_MAX,
		.kind = "graphql",
		.is_repeatable = true,
	};
	struct buf url;
	int ret;

	buf_init(&url, CLIENT_URL_MAX);
	ret = add_url(client, &url);
	if (ret < 0) {
		ret = client_refuse_url(ret, what, err);
	} else {
		req.url = url.data;
		client_add_view_headers(client, &req);
		ret = client_ask(client, call, &req, what, res, err);
		if (ret < 0 && is_refusal(err->http_status))
			ret = pause_asking(client, call, err);
	}
	buf_release(&url);
	return ret;
}

/* Alias i is called "a<i>". */
static unsigned alias_of(struct span key, unsigned n_aliases)
{
	unsigned alias = 0;

	if (key.len < 4 || key.at[1] != 'a')
		return n_aliases;
	for (size_t i = 2; i < key.len - 1 && alias < n_aliases; i++) {
		if (!isdigit((unsigned char)key.at[i]))
			return n_aliases;
		alias = alias * 10 + (unsigned)(key.at[i] - '0');
	}
	return alias;
}

static void find_values(
	struct span_walk *data, const struct graphql_question *q, struct graphql_answer *answer)
{
	struct span key, value;

	while (span_next(data, &key, &value)) {
		unsigned alias = alias_of(key, q->n_aliases);

		if (alias < q->n_aliases && !span_is_null(value))
			answer->values[alias] = value;
	}
}

/* The aliases that errors are about: by their path, or before anything ran by their place. */
static void find_failures(
	struct span errors, struct graphql_question *q, struct graphql_answer *answer)
{
	struct span_walk walk, path;
	struct span key, error, first;

	if (!errors.at || !span_enter(&walk, errors, '['))
		return;
	while (span_next(&walk, &key, &error)) {
		struct span location = span_find(error, FIELD_LOCATIONS);
		unsigned alias = q->n_aliases;

		if (span_enter(&path, span_find(error, FIELD_PATH), '[') &&
			span_next(&path, &key, &first)) {
			alias = alias_of(first, q->n_aliases);
		} else if (span_enter(&path, location, '[') && span_next(&path, &key, &first)) {
			struct span line = span_find(first, FIELD_LINE);

			alias = line.at ? (unsigned)strtoul(line.at, NULL, 10) - FIRST_LINE : alias;
			if (alias < q->n_aliases)
				q->is_unknown[alias] = true;
		}
		if (alias < q->n_aliases)
			answer->failures[alias] = error;
	}
}

/* The server's own words. */
static void add_message(struct span error, const char *what, struct error *err)
{
	struct json_object *root = NULL;

	if (error.at && document_parse(error.at, error.len, what, &root, NULL) == 0 &&
		*fields_get_string(root, FIELD_MESSAGE))
		error_set(err, EOPNOTSUPP, "%s: GraphQL says: %s", what,
			fields_get_string(root, FIELD_MESSAGE));
	else
		error_set(
			err, EOPNOTSUPP, "%s: GraphQL does not answer, and does not say why", what);
	json_object_put(root);
}

int graphql_refuse(
	const struct graphql_answer *answer, unsigned alias, const char *what, struct error *err)
{
	add_message(answer->failures[alias], what, err);
	return -EOPNOTSUPP;
}

/* Nothing was run: it names the aliases that it does not know, or will not have any of it. */
static int refuse_all(struct client *client, const struct call *call, struct graphql_question *q,
	const struct graphql_answer *answer, struct span errors, const char *what,
	struct error *err)
{
	struct span_walk walk;
	struct span key, first = { NULL, 0 };

	for (unsigned i = 0; i < q->n_aliases; i++) {
		if (q->is_unknown[i])
			return graphql_refuse(answer, i, what, err);
	}
	if (errors.at && span_enter(&walk, errors, '['))
		span_next(&walk, &key, &first);
	add_message(first, what, err);
	return pause_asking(client, call, err);
}

/* What an answer has beside the values of its aliases. */
struct outline {
	bool has_values;
	struct span data, errors; /* data: where it is no object */
};

/* False: it is no object to its end. */
static bool find_parts(const struct graphql_question *q, struct graphql_answer *answer,
	struct outline *ret_outline)
{
	const struct buf *body = &answer->res.body;
	struct span root = { buf_str(body), body->len };
	struct span_walk walk, data;
	struct span key, value;

	if (!span_enter(&walk, root, '{'))
		return false;
	while (span_next_key(&walk, &key)) {
		if (span_is_key(key, FIELD_DATA) && span_down(&walk, &data, '{')) {
			find_values(&data, q, answer);
			span_up(&walk, &data);
			ret_outline->has_values = true;
		} else if (span_take(&walk, &value)) {
			if (span_is_key(key, FIELD_DATA))
				ret_outline->data = value;
			else if (span_is_key(key, FIELD_ERRORS))
				ret_outline->errors = value;
		}
	}
	return !walk.is_bad;
}

static int read_answer(struct client *client, const struct call *call, struct graphql_question *q,
	struct graphql_answer *answer, const char *what, struct error *err)
{
	struct outline outline = { 0 };
	bool is_whole = find_parts(q, answer, &outline);

	if (is_whole && !outline.has_values && (outline.data.at || outline.errors.at) &&
		span_is_null(outline.data)) {
		find_failures(outline.errors, q, answer);
		return refuse_all(client, call, q, answer, outline.errors, what, err);
	}
	if (!is_whole || !outline.has_values) {
		error_set(
			err, EOPNOTSUPP, "%s: what GraphQL answers is not JSON of its kind", what);
		return pause_asking(client, call, err);
	}
	find_failures(outline.errors, q, answer);
	return 0;
}

int graphql_ask(struct client *client, const struct call *call, struct graphql_question *q,
	const char *what, struct graphql_answer *ret_answer, struct error *err)
{
	struct error why = { 0 };
	struct buf body;
	int ret;

	*ret_answer = (struct graphql_answer){ 0 };
	http_response_init(&ret_answer->res);
	buf_init(&body, 2 * QUESTION_MAX);
	ret = check_pause(client, call, what, &why);
	if (ret == 0) {
		ret = add_body(q, &body);
		if (ret < 0)
			ret = client_refuse_url(ret, what, &why);
	}
	if (ret == 0)
		ret = perform(client, call, &body, what, &ret_answer->res, &why);
	if (ret == 0)
		ret = read_answer(client, call, q, ret_answer, what, &why);
	if (ret < 0) {
		graphql_answer_release(ret_answer);
		if (err)
			*err = why;
	}
	buf_release(&body);
	return ret;
}

void graphql_answer_release(struct graphql_answer *answer)
{
	http_response_release(&answer->res);
	*answer = (struct graphql_answer){ 0 };
}
