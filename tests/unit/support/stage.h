/*
 * A client of a server that answers from a script, and what it answered.
 *
 *	static const struct scripted_answer answer = { .status = 200, .body = EMPTY_PAGE };
 *	struct stage s;
 *	stage_init(&s, &stage_conf, &answer, 1);
 *	... stage_fetch_page(&s, NULL), s.page, scripted_request(s.transport, 0) ...
 *	stage_release(&s);
 *
 * The schema that is asked for is "recipes". Configuration and answers are borrowed until
 * stage_release.
 */
#ifndef TESTS_UNIT_STAGE_H
#define TESTS_UNIT_STAGE_H

#include "api/client.h"
#include "base/call.h"
#include "base/error.h"
#include "support/pretended.h"
#include "support/scripted.h"

#define URL "https://cms.example.com/squidex"

/* The headers of a request for what is stored. */
#define EDITABLE "X-Unpublished: 1\nX-NoResolveLanguages: 1\nX-NoDefaults: 1\nX-NoCleanup: 1\n"

/* Of a request with a body. */
#define JSON "Content-Type: application/json\n"

#define EMPTY_PAGE "{\"total\":0,\"items\":[]}"

struct stage {
	struct transport *transport;
	struct client *client;
	struct pretended_clock time;
	struct call call;
	struct schema_list list;
	struct content content;
	struct content_page page;
	enum client_found found;
	struct error err;
};

/* The app foodcrunch with every option at its default. */
extern const struct client_conf stage_conf;

void stage_init(struct stage *s, const struct client_conf *conf,
	const struct scripted_answer *answers, size_t n_answers);
void stage_release(struct stage *s);

/* client_fetch_content into s->content and s->found. */
int stage_fetch_content(struct stage *s, const char *id, const char *etag);

/* client_fetch_page_at into s->page. */
int stage_fetch_page_at(struct stage *s, const char *after_id, uint64_t skip);
int stage_fetch_page(struct stage *s, const char *after_id); /* without skip */

#endif
