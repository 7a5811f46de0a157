/*
 * A list as the API answers it, by REST or as an alias of GraphQL: "items", and of how many "total"
 * (wire/12, 306). It is read an item at a time: the tree of one is small, and gone before the next
 * one's is made.
 *
 *	ret = list_open(&list, json, len, what, err);
 *	while (ret == 0 && list_next(&list, &item, &ret, err))
 *		... item ...
 *	... if ret is 0: list.total ...
 *	list_close(&list);
 *
 * An item is the list's until the next one is asked for; the text and `what` are borrowed. Internal to
 * api/: nothing else knows json-c. One thread.
 */
#ifndef SQUIDEXFS_API_LIST_H
#define SQUIDEXFS_API_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct json_object;
struct json_tokener;

struct list {
	const char *json;
	size_t len;
	const char *what; /* of sentences */
	struct json_tokener *tokener;
	struct json_object *item; /* that was returned last */
	size_t items, at;         /* where the array begins; how far it is read */
	size_t n_items;           /* that were read */
	int64_t total;            /* -1: it is not told; known at the end */
};

/* -ENOMEM; then there is nothing to close. */
int list_open(struct list *list, const char *json, size_t len, const char *what, struct error *err);
void list_close(struct list *list);

/*
 * False at the end, and for a text that is not JSON or no list to its end (*ret -EIO, or as
 * document_parse): so what was read of it is good only if *ret is still 0.
 */
bool list_next(struct list *list, struct json_object **ret_item, int *ret, struct error *err);

#endif
