#include "cache/texts.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* 256 KiB of heads. A full table of texts of 2 KB has one in each chain. */
#define CHAINS 32768

struct text {
	struct texts *texts;
	uint64_t row, digest;
	struct text *next;          /* in its chain; guarded by the table's lock, as the rest */
	struct text *newer, *older; /* among those that nobody holds */
	unsigned references;
	bool is_kept; /* someone wanted it for more than a look */
	size_t len;
	char bytes[];
};

struct texts {
	pthread_mutex_t lock;
	uint64_t max_bytes;
	/* From here on guarded by lock. */
	uint64_t bytes; /* of those that nobody holds */
	struct text *newest, *oldest;
	struct text *chains[CHAINS];
};

struct texts *texts_new(uint64_t max_bytes)
{
	struct texts *texts = calloc(1, sizeof(*texts));

	if (!texts)
		return NULL;
	texts->max_bytes = max_bytes;
	pthread_mutex_init(&texts->lock, NULL);
	return texts;
}

/* What it costs, not what it says: many are short. */
static uint64_t text_bytes(const struct text *text)
{
	return sizeof(*text) + text->len + 1;
}

static struct text **chain_of(struct texts *texts, uint64_t row)
{
	return &texts->chains[row % CHAINS];
}

static void leave_idle_locked(struct texts *texts, struct text *text)
{
	*(text->newer ? &text->newer->older : &texts->newest) = text->older;
	*(text->older ? &text->older->newer : &texts->oldest) = text->newer;
	text->newer = NULL;
	text->older = NULL;
	texts->bytes -= text_bytes(text);
}

static void enter_idle_locked(struct texts *texts, struct text *text)
{
	text->older = texts->newest;
	*(texts->newest ? &texts->newest->newer : &texts->oldest) = text;
	texts->newest = text;
	texts->bytes += text_bytes(text);
}

static void leave_chain_locked(struct texts *texts, const struct text *text)
{
	struct text **link = chain_of(texts, text->row);

	while (*link != text)
		link = &(*link)->next;
	*link = text->next;
}

static void free_oldest_locked(struct texts *texts)
{
	struct text *text = texts->oldest;

	leave_chain_locked(texts, text);
	texts->oldest = text->newer;
	*(text->newer ? &text->newer->older : &texts->newest) = NULL;
	texts->bytes -= text_bytes(text);
	free(text);
}

void texts_free(struct texts *texts)
{
	if (!texts)
		return;
	while (texts->oldest)
		free_oldest_locked(texts);
	for (size_t i = 0; i < CHAINS; i++)
		assert(!texts->chains[i]);
	pthread_mutex_destroy(&texts->lock);
	free(texts);
}

static struct text *get_locked(
	struct texts *texts, uint64_t row, uint64_t digest, enum texts_purpose purpose)
{
	struct text *text = *chain_of(texts, row);

	while (text && !(text->row == row && text->digest == digest))
		text = text->next;
	if (text && text->references++ == 0)
		leave_idle_locked(texts, text);
	if (text && purpose == TEXTS_KEEP)
		text->is_kept = true;
	return text;
}

struct text *texts_get(
	struct texts *texts, uint64_t row, uint64_t digest, enum texts_purpose purpose)
{
	struct text *text;

	pthread_mutex_lock(&texts->lock);
	text = get_locked(texts, row, digest, purpose);
	pthread_mutex_unlock(&texts->lock);
	return text;
}

static struct text *make_text(
	struct texts *texts, uint64_t row, uint64_t digest, const char *data, size_t len)
{
	struct text *text = malloc(sizeof(*text) + len + 1);

	if (!text)
		return NULL;
	*text = (struct text){
		.texts = texts, .row = row, .digest = digest, .references = 1, .len = len
	};
	if (len > 0)
		memcpy(text->bytes, data, len);
	text->bytes[len] = '\0';
	return text;
}

struct text *texts_add(struct texts *texts, uint64_t row, uint64_t digest, const char *data,
	size_t len, enum texts_purpose purpose)
{
	struct text *made = make_text(texts, row, digest, data, len);
	struct text *text;

	if (!made)
		return NULL;
	pthread_mutex_lock(&texts->lock);
	text = get_locked(texts, row, digest, purpose);
	if (!text) {
		struct text **chain = chain_of(texts, row);

		made->is_kept = purpose == TEXTS_KEEP;
		made->next = *chain;
		*chain = made;
		text = made;
		made = NULL;
	}
	pthread_mutex_unlock(&texts->lock);
	free(made);
	return text;
}

uint64_t texts_get_bytes(struct texts *texts)
{
	uint64_t bytes;

	pthread_mutex_lock(&texts->lock);
	bytes = texts->bytes;
	pthread_mutex_unlock(&texts->lock);
	return bytes;
}

const char *text_data(const struct text *text, size_t *ret_len)
{
	*ret_len = text->len;
	return text->bytes;
}

static void let_go_locked(struct texts *texts, struct text *text)
{
	if (!text->is_kept) {
		leave_chain_locked(texts, text);
		free(text);
		return;
	}
	enter_idle_locked(texts, text);
	while (texts->bytes > texts->max_bytes)
		free_oldest_locked(texts);
}

void text_unref(struct text *text)
{
	struct texts *texts;

	if (!text)
		return;
	texts = text->texts;
	pthread_mutex_lock(&texts->lock);
	assert(text->references > 0);
	if (--text->references == 0)
		let_go_locked(texts, text);
	pthread_mutex_unlock(&texts->lock);
}
