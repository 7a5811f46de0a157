/*
 * What the REST answers of a schema tell and GraphQL does not: how a status is spelt, which items
 * the client may write, and an item by which the schema is recognised.
 *
 *	facts_learn(facts, "recipes", body, &page);	-- of each page that REST answered
 *	if (facts_copy(facts, "recipes", &known, err) == 0)
 *		... fact_status(&known, "DRAFT"), fact_is_writable(&known, item, &is_writable) ...
 *	schema_facts_release(&known);
 *
 * Who may write stands in the links of each item (wire/68), and they depend on the client's role,
 * on the status, and with rights for own items on who made it. So what the latest page says of all
 * of its items alike is taken to hold for the schema; where it says one thing of some and another
 * of others, it holds for items of the same status, draft and creator, and for no more.
 *
 * The item is the one of the page with the longest text: seen again by GraphQL, in the same version
 * and with the same text, it proves that the name is the schema's (ids are the app's, not the
 * schema's) and that GraphQL says what REST says.
 *
 * Any thread may call; the lock is a leaf. A copy is its owner's.
 */
#ifndef SQUIDEXFS_API_FACTS_H
#define SQUIDEXFS_API_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct content;
struct content_page;
struct error;
struct facts;

/* Statuses of a workflow, and kinds of items of a page, beyond which no more are known. */
#define FACTS_STATUSES_MAX 32
#define FACTS_KINDS_MAX 32

struct facts_kind {
	uint64_t key; /* of status, draft and creator */
	bool is_writable;
	bool is_contradicted; /* one was, another was not */
};

struct schema_facts {
	char *statuses[FACTS_STATUSES_MAX];
	size_t n_statuses;
	struct facts_kind kinds[FACTS_KINDS_MAX];
	size_t n_kinds;
	bool is_uniform; /* all items of the page alike */
	char *id;        /* the item to recognise the schema by */
	int64_t version;
	uint64_t text_hash;
};

struct facts *facts_new(void);
void facts_free(struct facts *facts);

/* body: the answer that the page was read from. Pages without items tell nothing. */
void facts_learn(struct facts *facts, const char *schema, const struct buf *body,
	const struct content_page *page);

/* A status was met that is unknown: the next page is read for the list of them. */
void facts_miss_status(struct facts *facts, const char *schema);

/* -EOPNOTSUPP: nothing is known of the schema yet. */
int facts_copy(
	struct facts *facts, const char *schema, struct schema_facts *ret_known, struct error *err);
void schema_facts_release(struct schema_facts *known); /* zeroed is initialised */

/*
 * The spelling of a status that GraphQL writes in upper case, borrowed; NULL: unknown, or that of
 * two.
 */
const char *fact_status(const struct schema_facts *known, const char *upper, size_t len);

/* False: nobody knows. */
bool fact_is_writable(
	const struct schema_facts *known, const struct content *item, bool *ret_is_writable);

/* Is it the item to recognise the schema by, and the same? */
bool fact_is_same(const struct schema_facts *known, const struct content *item);

#endif
