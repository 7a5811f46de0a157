/*
 * The inside of the pretended content server, for the files that it is spread over: cms.c (life,
 * changes, REST), cms_graphql.c and cms_delete.c.
 */
#ifndef TESTS_UNIT_CMS_PRIVATE_H
#define TESTS_UNIT_CMS_PRIVATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/transport.h"
#include "support/cms.h"

#define ITEMS_MAX 101000
#define PAGE_ITEMS 200

struct cms_item {
	char schema[16];
	char id[16];
	int version;
	int64_t created_s, modified_s;
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
	enum cms_kind fail_kind;
	size_t fail_first, fail_end;
	int failure;
	/* set before requests come */
	void (*on_request)(void *payload, enum cms_kind kind);
	void *payload;
};

/* Ends the test program: memory, or a text that is too long. */
void cms_must(int ret);

/* path: "recipes/a000001". NULL: there is none. */
struct cms_item *cms_find_locked(struct cms *cms, const char *path);

/* For qsort, of pointers to items. */
int cms_compare_newest(const void *a, const void *b);

void cms_answer_graphql_locked(
	struct cms *cms, const struct http_request *req, struct http_response *res);

void cms_answer_delete_locked(struct cms *cms, const char *path, const struct http_request *req,
	struct http_response *res);
void cms_answer_bulk_locked(struct cms *cms, const char *path, const struct http_request *req,
	struct http_response *res);

#endif
