#include "cache/page_fetch.h"

#include <errno.h>
#include <inttypes.h>

#include "api/client.h"
#include "api/client_graphql.h"
#include "base/error.h"
#include "base/log.h"
#include "cache/cache_private.h"

_Static_assert(WINDOW_PAGES_MAX <= CLIENT_GRAPHQL_PAGES_MAX, "pages of one request");

static int fetch_by_rest(struct cache_dir *dir, struct page_request *request, size_t i,
	const struct call *call, struct error *err)
{
	return client_fetch_page_at(dir->cache->client, call, dir->schema, request->after_id,
		request->skip[i], request->top, &request->pages[i], err);
}

/* Whatever GraphQL fails at, REST may do; what keeps both from working is no reason. */
static int refuse(struct cache_dir *dir, int ret, const struct error *why, struct error *err)
{
	if (ret != -EOPNOTSUPP && ret != -EIO) {
		if (err)
			*err = *why;
		return ret;
	}
	cache_tell_of_rest(dir->cache, why);
	return error_set(err, EOPNOTSUPP, "%s", why->text);
}

static int fetch_by_graphql(struct cache_dir *dir, struct page_request *request,
	const struct call *call, struct error *err)
{
	struct page_wanted wanted[WINDOW_PAGES_MAX];
	struct error why = { 0 };
	int ret;

	for (size_t i = 0; i < request->n_pages; i++)
		wanted[i] = (struct page_wanted){
			.after_id = request->after_id,
			.skip = request->skip[i],
			.top = request->top,
		};
	ret = client_fetch_pages_graphql(dir->cache->client, call, dir->schema, wanted,
		request->n_pages, request->pages, &why);
	if (ret < 0)
		return refuse(dir, ret, &why, err);
	/* Pages without a total: the server failed at these alone. */
	for (size_t i = 0; ret == 0 && i < request->n_pages; i++) {
		if (request->pages[i].total < 0)
			ret = fetch_by_rest(dir, request, i, call, err);
	}
	return ret;
}

int page_fetch(struct cache_dir *dir, struct page_request *request, const struct call *call,
	struct error *err)
{
	int ret;

	request->asked_ms = dir_asked_ms(dir);
	if (request->n_pages == 1)
		ret = fetch_by_rest(dir, request, 0, call, err);
	else
		ret = fetch_by_graphql(dir, request, call, err);
	log_trace("cache", "%zu pages of '%s' after '%s' and %" PRIu64 " more: %s, total %" PRId64,
		request->n_pages, dir->schema->name, request->after_id ? request->after_id : "",
		request->skip[0], ret < 0 ? error_name(-ret) : "ok", request->pages[0].total);
	return ret;
}
