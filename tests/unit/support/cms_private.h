/*
 * The inside of the pretended content server, for the files that it is spread over: cms.c (life,
 * items, dispatch), cms_read.c, cms_graphql.c, cms_write.c and cms_delete.c.
 */
#ifndef TESTS_UNIT_CMS_PRIVATE_H
#define TESTS_UNIT_CMS_PRIVATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/moment.h"
#include "net/transport.h"
#include "support/cms.h"
#include "support/cms_write.h"

#define ITEMS_MAX 101000
#define PAGE_ITEMS 200

#define WRITES_MAX 16

/* What an item has that was written; text "": none. */
struct cms_written {
	char *data; /* a JSON object */
	char status[16], new_status[16];
	char due_status[16], due[MOMENT_TEXT_SIZE];
};

struct buf;

struct cms_item {
	char schema[16];
	char id[16];
	int version;
	int64_t created_s, modified_s;
	struct cms_written *written; /* NULL: it is as it was added, but for its version */
};

struct cms {
	struct transport base;
	pthread_mutex_t lock;
	/* guarded by lock */
	struct cms_item items[ITEMS_MAX]; /* sorted by schema and id */
	size_t n_items;
	int64_t now_s;
	bool has_no_date;
	int64_t extra_total;
	size_t known_max;
	char hidden[16]; /* a schema that GraphQL does not know */
	char confused[16], confused_with[16];
	size_t counts[CMS_KINDS];
	size_t n_unchanged;
	char *writes[WRITES_MAX];
	size_t n_writes;
	enum cms_loss losses[WRITES_MAX];
	enum cms_kind fail_kind;
	size_t fail_first, fail_end;
	int failure;
	/* set before requests come */
	void (*on_request)(void *payload, enum cms_kind kind);
	void *payload;
};

/* Ends the test program: memory, or a text that is too long. */
void cms_must(int ret);

bool cms_has_header(const struct http_request *req, const char *name, const char *value);

/* For qsort and bsearch, of items. */
int cms_compare_items(const void *a, const void *b);

/* path: "recipes/a000001". NULL: there is none. */
struct cms_item *cms_find_locked(struct cms *cms, const char *path);

/* For qsort, of pointers to items. */
int cms_compare_newest(const void *a, const void *b);

void cms_render(const struct cms_item *item, struct buf *body);

void cms_answer_page_locked(struct cms *cms, const char *path, struct http_response *res);
void cms_answer_newest_locked(struct cms *cms, const char *path, struct http_response *res);
void cms_answer_known_locked(struct cms *cms, const char *path, const struct http_request *req,
	struct http_response *res);
void cms_answer_item_locked(struct cms *cms, const char *path, const struct http_request *req,
	struct http_response *res);

void cms_answer_graphql_locked(
	struct cms *cms, const struct http_request *req, struct http_response *res);

bool cms_is_write(const struct http_request *req);

/* -EIO: the answer is lost. */
int cms_answer_write_locked(struct cms *cms, const char *path, const struct http_request *req,
	struct http_response *res);
void cms_forget_writes(struct cms *cms);
void cms_unwrite(struct cms_item *item); /* frees what was written of it */

void cms_answer_delete_locked(struct cms *cms, const char *path, const struct http_request *req,
	struct http_response *res);
void cms_answer_bulk_locked(struct cms *cms, const char *path, const struct http_request *req,
	struct http_response *res);

#endif
