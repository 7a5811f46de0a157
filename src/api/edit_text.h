/*
 * The reading of a text that a user wrote: one JSON object. Unlike an answer's (api/document.h),
 * its faults are the user's to mend, so each sentence names the line.
 *
 *	edit_text_parse(text, len, "recipes/my-id", &root, err);
 *	json_object_put(root);
 *
 * The result is the caller's. Internal to api/. Any thread.
 */
#ifndef SQUIDEXFS_API_EDIT_TEXT_H
#define SQUIDEXFS_API_EDIT_TEXT_H

#include <stddef.h>

struct error;
struct json_object;

/*
 * what: the item, for the sentence. -EINVAL: not JSON, not an object, followed by more, the same
 * key twice in an object (of which one would be lost); -EFBIG: too many values.
 */
int edit_text_parse(const char *text, size_t len, const char *what, struct json_object **ret_root,
	struct error *err);

#endif
