#ifndef EMULATOR_TOKEN_H
#define EMULATOR_TOKEN_H

/*
 * The bearer tokens that were given out.  Any thread may call; one lock inside.
 */

#include <stdbool.h>
#include <stddef.h>

struct token_store;

struct token_store *token_store_new(void);
void token_store_free(struct token_store *store);

/* A new token for a client, to be freed by the caller. */
char *token_issue(struct token_store *store, const char *app, const char *client, long lifetime);
/* False if it is unknown, expired or revoked. */
bool token_find(
	struct token_store *store, const char *token, char ret_app[128], char ret_client[128]);
void token_revoke_all(struct token_store *store);
/* Tokens given out since the last token_forget_count(). */
size_t token_count(struct token_store *store);
void token_forget_count(struct token_store *store);

#endif
