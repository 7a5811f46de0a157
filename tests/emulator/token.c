#include "token.h"

#include "alloc.h"
#include "buf.h"
#include "guid.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct token {
	struct token *next;
	char *text;
	char app[128];
	char client[128];
	struct timespec expiry; /* monotonic */
};

struct token_store {
	pthread_mutex_t lock;
	struct token *tokens; /* guarded by lock */
	size_t issued;        /* guarded by lock */
};

struct token_store *token_store_new(void)
{
	struct token_store *store = must_calloc(1, sizeof(*store));

	pthread_mutex_init(&store->lock, NULL);
	return store;
}

static void free_tokens(struct token_store *store)
{
	while (store->tokens != NULL) {
		struct token *next = store->tokens->next;

		free(store->tokens->text);
		free(store->tokens);
		store->tokens = next;
	}
}

void token_store_free(struct token_store *store)
{
	if (store == NULL)
		return;
	free_tokens(store);
	pthread_mutex_destroy(&store->lock);
	free(store);
}

static bool is_expired(const struct token *token)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec != token->expiry.tv_sec)
		return now.tv_sec > token->expiry.tv_sec;
	return now.tv_nsec >= token->expiry.tv_nsec;
}

/* Three parts like a signed JSON web token; the last makes it unguessable. */
static char *make_text(const char *app, const char *client)
{
	struct buf text = { 0 };
	struct buf payload = { 0 };
	char signature[129];

	guid_hex(signature, sizeof(signature));
	buf_printf(&payload, "{\"client_id\":\"%s:%s\",\"scope\":\"squidex-api\"}", app, client);
	buf_puts(&text, "eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCJ9.");
	buf_base64(&text, payload.bytes, payload.length);
	while (text.bytes[text.length - 1] == '=')
		text.bytes[--text.length] = '\0';
	buf_printf(&text, ".%s", signature);
	buf_release(&payload);
	return buf_take(&text);
}

char *token_issue(struct token_store *store, const char *app, const char *client, long lifetime)
{
	struct token *token = must_calloc(1, sizeof(*token));

	token->text = make_text(app, client);
	snprintf(token->app, sizeof(token->app), "%s", app);
	snprintf(token->client, sizeof(token->client), "%s", client);
	clock_gettime(CLOCK_MONOTONIC, &token->expiry);
	token->expiry.tv_sec += lifetime;
	pthread_mutex_lock(&store->lock);
	token->next = store->tokens;
	store->tokens = token;
	store->issued++;
	pthread_mutex_unlock(&store->lock);
	return must_strdup(token->text);
}

bool token_find(
	struct token_store *store, const char *text, char ret_app[128], char ret_client[128])
{
	const struct token *token;
	bool found;

	pthread_mutex_lock(&store->lock);
	token = store->tokens;
	while (token != NULL && strcmp(token->text, text) != 0)
		token = token->next;
	found = token != NULL && !is_expired(token);
	if (found) {
		memcpy(ret_app, token->app, sizeof(token->app));
		memcpy(ret_client, token->client, sizeof(token->client));
	}
	pthread_mutex_unlock(&store->lock);
	return found;
}

void token_revoke_all(struct token_store *store)
{
	pthread_mutex_lock(&store->lock);
	free_tokens(store);
	pthread_mutex_unlock(&store->lock);
}

size_t token_count(struct token_store *store)
{
	size_t count;

	pthread_mutex_lock(&store->lock);
	count = store->issued;
	pthread_mutex_unlock(&store->lock);
	return count;
}

void token_forget_count(struct token_store *store)
{
	pthread_mutex_lock(&store->lock);
	store->issued = 0;
	pthread_mutex_unlock(&store->lock);
}
