#include "support/stage.h"

#include <check.h>

#include "net/transport.h"

const struct client_conf stage_conf = { .url = URL, .app = "foodcrunch" };

void stage_init(struct stage *s, const struct client_conf *conf,
	const struct scripted_answer *answers, size_t n_answers)
{
	*s = (struct stage){ 0 };
	s->transport = scripted_new(answers, n_answers);
	pretended_clock_init(&s->time);
	s->call = call_begin(&s->time.clock, 1000);
	content_init(&s->content);
	content_page_init(&s->page);
	ck_assert_int_eq(schema_list_parse_names("recipes", &s->list, NULL), 0);
	ck_assert_msg(client_new(conf, s->transport, &s->client, &s->err) == 0, "%s", s->err.text);
}

void stage_release(struct stage *s)
{
	content_release(&s->content);
	content_page_release(&s->page);
	schema_list_release(&s->list);
	client_free(s->client);
	transport_free(s->transport);
}

int stage_fetch_content(struct stage *s, const char *id, const char *etag)
{
	return client_fetch_content(s->client, &s->call, &s->list.schemas[0], id, etag, &s->content,
		&s->found, &s->err);
}

int stage_fetch_page_at(struct stage *s, const char *after_id, uint64_t skip)
{
	return client_fetch_page_at(s->client, &s->call, &s->list.schemas[0], after_id, skip,
		CLIENT_PAGE_MAX, &s->page, &s->err);
}

int stage_fetch_page(struct stage *s, const char *after_id)
{
	return stage_fetch_page_at(s, after_id, 0);
}
