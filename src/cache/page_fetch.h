/*
 * One request of a listing: its pages, by GraphQL if there are several, else by REST. Both give
 * the same items. Internal to the listing.
 */
#ifndef SQUIDEXFS_CACHE_PAGE_FETCH_H
#define SQUIDEXFS_CACHE_PAGE_FETCH_H

struct cache_dir;
struct call;
struct error;
struct page_request;

/*
 * Fills request->pages and asked_ms. Blocks; no lock is held. Of several pages: -EFBIG, ask for
 * fewer of them at a time; -EOPNOTSUPP, one by one: GraphQL is refused, broken, or not to be
 * trusted for this schema, as the log says once.
 */
int page_fetch(struct cache_dir *dir, struct page_request *request, const struct call *call,
	struct error *err);

#endif
