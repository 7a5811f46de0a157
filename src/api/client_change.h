/*
 * What a client changes: one item by one request, or many by one bulk request.
 *
 *	struct change change = { .kind = CHANGE_PATCH, .schema = schema, .id = "my-id",
 *		.version = 4, .data = patch.data, .data_len = patch.len };
 *	struct change_result result;
 *	change_result_init(&result);
 *	client_change(client, &call, &change, &result);
 *	... result.ret, result.err, result.content ...
 *	change_result_release(&result);
 *
 *	CHANGE_CREATE		POST ?id=: 409 where the id is taken (wire/205, 206)
 *	CHANGE_PATCH		PATCH: merges fields and languages (wire/211, 317)
 *	CHANGE_PUT		PUT: what is not in data is gone, unseen fields too (wire/347)
 *	CHANGE_UPSERT		data and status at once, or neither (wire/350-353); with the version
 *				of an item that is there only: it would create one that is not (wire/365)
 *	CHANGE_STATUS		PUT status; with due, at that time (wire/117)
 *	CHANGE_UNSCHEDULE	DELETE status (wire/119)
 *	CHANGE_OPEN_DRAFT	POST draft (wire/121)
 *	CHANGE_DROP_DRAFT	DELETE draft (wire/126)
 *	CHANGE_DELETE		DELETE (wire/131, 136, 358)
 *
 * A version is sent as a quoted If-Match: unquoted it is silently ignored (wire/97). An id that no
 * path can hold ("a/b", "..") goes as a bulk of one job, which answers no content; drafts and
 * schedules have no such job: -EOPNOTSUPP. Bulks run scripts and validation as single
 * requests do.
 *
 * Nothing is sent twice here. A result is doubtful where the request was sent and nobody said
 * what became of it, or not in the server's words: then only a look at the server tells (its own success would answer 412).
 * Errnos are those of api/status.h. Blocks on the network. Any thread.
 */
#ifndef SQUIDEXFS_API_CLIENT_CHANGE_H
#define SQUIDEXFS_API_CLIENT_CHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/content.h"
#include "base/error.h"

struct call;
struct client;
struct schema;

enum change_kind {
	CHANGE_CREATE,
	CHANGE_PATCH,
	CHANGE_PUT,
	CHANGE_UPSERT,
	CHANGE_STATUS,
	CHANGE_UNSCHEDULE,
	CHANGE_OPEN_DRAFT,
	CHANGE_DROP_DRAFT,
	CHANGE_DELETE,
};

/* Borrowed for the call. */
struct change {
	enum change_kind kind;
	const struct schema *schema;
	const char *id;
	int64_t version;    /* that it is a change of; -1: of whatever there is */
	const char *status; /* CREATE: NULL for the workflow's first; UPSERT, STATUS */
	const char *due;    /* STATUS: a moment, or NULL for now */
	const char *data;   /* CREATE, PATCH, PUT, UPSERT: a JSON object */
	size_t data_len;
	bool is_patch;         /* UPSERT: data are merged as PATCH does, not put */
	bool checks_referrers; /* DELETE: -EBUSY while others refer to it (wire/355) */
	bool is_permanent;     /* DELETE */
};

struct change_result {
	int ret;
	struct error err;
	bool is_doubtful;       /* ret < 0, and it may have been carried out all the same */
	bool has_content;       /* the server answered the item as it is now */
	struct content content; /* without an ETag: this answer's is none of reading */
	bool is_read_after; /* the item was read when all was done: it may be somebody else's, or not there */
};

void change_result_init(struct change_result *result);
void change_result_release(struct change_result *result);

/* Fills *ret_result anew and returns its ret. */
int client_change(struct client *client, const struct call *call, const struct change *change,
	struct change_result *ret_result);

/* Bytes of one bulk request; the server takes 30 MB (wire/186 shows its answer to more). */
#define CLIENT_BULK_MAX ((size_t)28 << 20)

/*
 * Changes of one schema, each item once, as one request: five credits. Each change has its own
 * result, in its place; one that fails does not hinder the others. Where the request
 * fails as a whole, all results say so. -EFBIG: more than CLIENT_BULK_MAX; nothing was sent.
 * Returns 0 if the server answered for each.
 */
int client_change_all(struct client *client, const struct call *call, const struct change *changes,
	size_t n_changes, struct change_result *ret_results);

/* Can it travel in a bulk? */
bool change_has_job(const struct change *change);

#endif
