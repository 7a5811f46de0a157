/*
 * A text that a user wrote for an item, and what it asks of the server: which fields and
 * languages differ from what the server has, and which status is wanted.
 *
 *	struct edit edit, base;
 *	edit_init(&edit);
 *	edit_parse(text, len, VIEW_DOCUMENT, "recipes/my-id", &edit, err);
 *	edit_parse(stored, stored_len, VIEW_DOCUMENT, "recipes/my-id", &base, err);
 *	edit_diff(&edit, &base, &rules, &patch, err);	-- an empty patch: the data are the same
 *	edit_whole(&edit, &rules, &data, err);		-- for a new item, and for -o update=put
 *	edit_release(&edit);
 *
 * A patch is what PATCH takes (wire/107, 317): fields, in them languages ("iv" where a field has
 * none), each value whole; {"$unset": true} for what is to go. What is equal does not travel:
 * numbers are compared as the server keeps them (doubles), members of objects by name, whatever
 * their order.
 *
 * Plain data, owned by the caller; edit_parse leaves it untouched on failure. Any thread.
 */
#ifndef SQUIDEXFS_API_EDIT_H
#define SQUIDEXFS_API_EDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/document.h"

struct buf;
struct error;
struct json_object;
struct schema;

struct edit {
	/* What a document says of itself; NULL, -1 and 0 where it does not (as all of VIEW_DATA). */
	char *id;
	char *status;
	char *new_status;
	int64_t version;
	int64_t created_s;
	struct json_object *data; /* of api/ alone */
};

struct edit_rules {
	const struct schema *schema;
	bool allow_expressions; /* "$update" and "$unset" are the user's to send */
};

void edit_init(struct edit *edit);
void edit_release(struct edit *edit);

/*
 * what: the item, for sentences. -EINVAL, with the line that it is about: not one JSON object, or
 * followed by more; the same key twice in an object; in VIEW_DOCUMENT no object "data".
 * -EFBIG: too many values. VIEW_RAW is -EINVAL: such a text cannot be saved.
 */
int edit_parse(const char *text, size_t len, enum view view, const char *what,
	struct edit *ret_edit, struct error *err);

/* Has base all fields and languages of edit, with these values? It may have more. */
bool edit_is_in(const struct edit *edit, const struct edit *base);

/*
 * Both replace the buffer's content. -EINVAL: an object to be sent has "$update" or "$unset" for
 * its only key, which is code to the server (wire/108). -EFBIG over the buffer's ceiling.
 */
int edit_diff(const struct edit *edit, const struct edit *base, const struct edit_rules *rules,
	struct buf *ret_patch, struct error *err);
int edit_whole(const struct edit *edit, const struct edit_rules *rules, struct buf *ret_data,
	struct error *err);

#endif
