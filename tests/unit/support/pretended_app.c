#include "support/pretended_app.h"

#include <check.h>

#include "api/client.h"
#include "base/buf.h"
#include "base/error.h"
#include "cache/cache.h"
#include "net/http.h"
#include "net/stack.h"

static int fetch_token(void *payload, const struct call *call, struct buf *ret_text,
	uint64_t *ret_lifetime_ms, struct error *err)
{
	(void)payload;
	(void)call;
	(void)err;
	*ret_lifetime_ms = 3600000;
	return buf_add_str(ret_text, "token");
}

void pretended_app_init(struct pretended_app *shop, const char *const *ids, size_t n_ids)
{
	const struct http_conf http_conf = { .max_connections = 1 };
	const struct client_conf client_conf = { .url = "https://cms.example.com", .app = "shop" };
	const struct cache_conf cache_conf = {
		.client_id = "shop:default",
		.ttl_ms = PRETENDED_TTL_MS,
		.negative_ttl_ms = PRETENDED_NEGATIVE_MS,
	};
	const struct clock *clock = &shop->time.clock;
	struct schema_list schemas = { 0 };
	struct app *app = &shop->app;
	struct error err = { 0 };

	pretended_clock_init(&shop->time);
	pretended_server_init(&shop->server, ids, n_ids);
	*app = (struct app){
		.name = "shop",
		.url = "https://cms.example.com",
		.client_id = "shop:default",
	};
	ck_assert_int_eq(http_new(&http_conf, clock, &shop->http, &err), 0);
	ck_assert_int_eq(
		stack_new(&shop->server.transport, clock, fetch_token, NULL, &app->stack, &err), 0);
	ck_assert_int_eq(
		client_new(&client_conf, stack_transport(app->stack), &app->client, &err), 0);
	ck_assert_int_eq(schema_list_parse_names("recipes:empty", &schemas, &err), 0);
	ck_assert_int_eq(
		cache_new(&cache_conf, clock, app->client, &schemas, &app->cache, &err), 0);
}

void pretended_app_release(struct pretended_app *shop)
{
	cache_free(shop->app.cache);
	client_free(shop->app.client);
	stack_free(shop->app.stack);
	http_free(shop->http);
}
