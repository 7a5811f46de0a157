/*
 * What GraphQL answers in one request, for two credits, where REST takes many: several pages of a
 * schema (wire/306), the newest items of several schemas (wire/308), totals. Pages are what REST
 * delivers, with the same texts; where that cannot be promised, nothing is delivered.
 *
 *	client_fetch_page_at(client, &call, schema, NULL, 0, 200, &page, err);	-- by REST
 *	struct page_wanted wanted[] = { { last_id, 0, 200 }, { last_id, 199, 200 } };
 *	ret = client_fetch_pages_graphql(client, &call, schema, wanted, 2, pages, err);
 *	if (ret == -EOPNOTSUPP)
 *		... the same by REST ...
 *
 * What GraphQL does not tell is known from the latest page of the schema that the client got by
 * REST (api/facts.h): so one such page has to come first. An item of it is asked for along with the
 * pages and must come with the text that REST gave; then the name in GraphQL is
 * the schema's, and the texts are the same.
 *
 * Not for the views raw (the API's whole answer), flatten (GraphQL's data is not flat) and
 * published (GraphQL does not clean references up as REST does then: wire/362, 364).
 */
#ifndef SQUIDEXFS_API_CLIENT_GRAPHQL_H
#define SQUIDEXFS_API_CLIENT_GRAPHQL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct call;
struct client;
struct content_page;
struct error;
struct schema;

/* An item without its text. */
struct content_stamp {
	char *id;
	int64_t version, created_s, modified_s;
};

/* A look at a schema: its newest items, last modified first, and how many it has. */
struct schema_look {
	struct content_stamp *stamps;
	size_t n_stamps;
	int64_t total;   /* -1: GraphQL did not answer for this schema */
	bool is_unknown; /* because it does not know the name (yet) */
};

/* A page of those items behind after_id (NULL: of all), sorted by id. */
struct page_wanted {
	const char *after_id;
	uint64_t skip; /* items before it */
	unsigned top;  /* up to CLIENT_PAGE_MAX */
};

/* So many of them in one request. */
#define CLIENT_GRAPHQL_PAGES_MAX 64

/* The client's view is none of those that GraphQL does not show. */
bool client_has_graphql(const struct client *client);

/*
 * Two credits, whatever n is. Fills ret_pages[0 .. n-1], initialised ones; as client_fetch_page_at
 * says, but total counts all items behind after_id, skipped ones too. Where the server
 * failed to answer for a page alone, its total is -1 and it has no items.
 *
 * -EOPNOTSUPP: GraphQL will not do for this schema now, use REST; the sentence says why. -EFBIG: the
 * answer would be too large, ask for fewer pages. On failure the pages are left as they are.
 */
int client_fetch_pages_graphql(struct client *client, const struct call *call,
	const struct schema *schema, const struct page_wanted *wanted, size_t n,
	struct content_page *ret_pages, struct error *err);

/*
 * The newest `top` items of each schema, as far as GraphQL answers. Fills ret_looks[0 .. n-1]
 * (initialised by schema_look_init; each is its owner's to release) and *ret_date_s, the server's clock (0:
 * it did not say). Whether an item is the schema's is not looked at: see below.
 * -EOPNOTSUPP as above; is_unknown of the looks is filled even then.
 *
 * Names in GraphQL can be another schema's. Ids are unique in the app: a look that has an item
 * which is known to be the schema's is the schema's; one without any proves nothing.
 */
#define CLIENT_LOOKS_MAX 200
int client_survey(struct client *client, const struct call *call,
	const struct schema *const *schemas, size_t n, unsigned top, struct schema_look *ret_looks,
	int64_t *ret_date_s, struct error *err);

void schema_look_init(struct schema_look *look);
void schema_look_release(struct schema_look *look);

/*
 * How many items of a schema have ids behind after_id (NULL: from the beginning) up to last_id (NULL:
 * to the end), in the server's order, for each of these ranges. *ret_totals: -1 where it did not
 * answer. Whether the schema is meant is not looked at. -EOPNOTSUPP, -EFBIG as above.
 */
struct id_range {
	const char *after_id, *last_id;
};

#define CLIENT_RANGES_MAX 200
int client_count_ranges(struct client *client, const struct call *call, const struct schema *schema,
	const struct id_range *ranges, size_t n, int64_t *ret_totals, struct error *err);

#endif
