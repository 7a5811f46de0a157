#ifndef EMULATOR_QUERY_H
#define EMULATOR_QUERY_H

/*
 * What a content query asks for: filter, order, page, full text and ids.
 *
 * A request carries its query in one of three dialects: OData options
 * ($filter, $orderby, ...), a JSON query (the q parameter), or a body with both
 * of them.  query_parse() brings all of them into one form that is checked
 * against the schema, so that the rest of the server never sees a dialect.
 *
 * Calling sequence:
 *
 *	query_parse(schema, languages, &input, &q, &message, &details)
 *	query_ids(q) != NULL ? look each one up : scan with query_matches()
 *	sort with query_compare(), cut with query_skip() and query_top()
 *	query_free(q)
 *
 * A parsed query is immutable and borrows nothing: it may be shared between
 * threads as soon as query_parse() has returned.  No function takes a lock.
 */

#include <json-c/json.h>
#include <stdbool.h>

struct id_range;

struct query;

/* Borrowed strings, percent-decoded but for query_string; NULL where absent. */
struct query_input {
	const char *filter;
	const char *orderby;
	const char *search;
	const char *top;
	const char *skip;
	const char *random;
	const char *q;            /* JSON text; wins over the OData options */
	struct json_object *body; /* {ids, oData, q} of a POST query */
	const char *ids;          /* comma list */
	/* As sent, without "?": quoted in the message about a bad option. */
	const char *query_string;
};

/*
 * Parses and checks a query.
 *
 * schema: an item of the schemas document; NULL for a query over all schemas,
 * where only the fields that every item has may be named.
 * languages: the languages document ({items: [{iso2Code, ...}]}).
 *
 * Returns 0 and a query in *ret (free it with query_free()), or an HTTP status
 * (400 or 500) with the server's message in *ret_message (free() it) and its
 * details in *ret_details (a JSON array that the caller puts, or NULL).  Outputs that do not apply
 * are left untouched.
 */
int query_parse(struct json_object *schema, struct json_object *languages,
	const struct query_input *in, struct query **ret, char **ret_message,
	struct json_object **ret_details);
void query_free(struct query *q);

/*
 * Whether the filter and the full text accept an entity.  entity: {id, status,
 * newStatus, created, lastModified, createdBy, lastModifiedBy, version,
 * isDeleted, data} as stored, unflattened.  Deleted items are not hidden here:
 * the caller does that unless query_mentions_deleted().
 */
bool query_matches(const struct query *q, struct json_object *entity);
bool query_mentions_deleted(const struct query *q);

/*
 * Orders two entities; never 0 for two different ids.  Without an order in the
 * query: lastModified descending, then id ascending.
 */
int query_compare(const struct query *q, struct json_object *a, struct json_object *b);
/* True for an order that is exactly "id ascending". */
bool query_sorts_by_id_only(const struct query *q);
/* True for the order of a query that names none. */
bool query_sorts_by_default(const struct query *q);
/*
 * True if query_matches() accepts all items of a range of ids, which may be
 * open, and no others.
 */
bool query_id_range(const struct query *q, struct id_range *ret);
/*
 * True if the query has a full text.  The real server answers early when its
 * text index has no hit: no ETag, and only "Vary: Auth-State".
 */
bool query_has_full_text(const struct query *q);
/* True if the filter or the order looks at data, not only at the other fields. */
bool query_needs_data(const struct query *q);

/* The ids asked for, as an array of strings in their order, or NULL. */
struct json_object *query_ids(const struct query *q);
/* The page as asked for; 0 or less means the server's default. */
long query_top(const struct query *q);
long query_skip(const struct query *q);
/* The number of items to draw from the page; 0 for all of them. */
long query_random(const struct query *q);

/*
 * Compares two ids as the store's index does; the order of query_compare() for
 * ids, so that an index sorted with it serves query_id_range().
 */
int query_compare_ids(const char *a, const char *b);

#endif
