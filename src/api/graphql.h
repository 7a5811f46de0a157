/*
 * One request to the app's GraphQL endpoint: several queries under aliases, two credits whatever
 * their number (wire/306, 308, 311).
 *
 *	graphql_question_init(&q);
 *	graphql_add_field(&q, "query", schema->name, "ContentsWithTotal");	-- alias 0
 *	graphql_add(&q, "(top:%u){total items{id}}", top);
 *	... graphql_add_field(...)					-- alias 1
 *	ret = graphql_ask(client, call, &q, what, &answer, err);
 *	... answer.values[0], or answer.failures[0] where that alone failed ...
 *	graphql_answer_release(&answer);
 *	graphql_question_release(&q);
 *
 * The names of fields are made of the schema's name in Pascal case, and several schemas may
 * come to the same: whoever asks makes sure by what is answered that it is the schema's.
 *
 * -EOPNOTSUPP: GraphQL will not do, so REST is to be asked. Where the server refuses the endpoint
 * or sends something else than an answer, it is not asked again for GRAPHQL_PAUSE_MS by this
 * client. Where the server knows no such field, is_unknown tells of which aliases: a new schema can
 * take minutes to appear. What befalls any request (no answer, -EFBIG, 401, 429, 503) is returned
 * as it is.
 *
 * A question and an answer belong to one thread. Internal to api/.
 */
#ifndef SQUIDEXFS_API_GRAPHQL_H
#define SQUIDEXFS_API_GRAPHQL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/span.h"
#include "base/buf.h"
#include "base/error.h"
#include "net/transport.h"

struct call;
struct client;

/* So many aliases a request; a server took 51 whole pages in one. */
#define GRAPHQL_ALIASES_MAX 256

#define GRAPHQL_PAUSE_MS ((uint64_t)300 * 1000)

struct graphql_question {
	struct buf text;
	unsigned n_aliases;
	bool is_unknown[GRAPHQL_ALIASES_MAX]; /* filled by graphql_ask on -EOPNOTSUPP */
	int ret;                              /* of what was added so far */
};

struct graphql_answer {
	struct http_response res;                  /* holds the text that the spans are of */
	struct span values[GRAPHQL_ALIASES_MAX];   /* none where it failed */
	struct span failures[GRAPHQL_ALIASES_MAX]; /* its error's object, or none */
};

/* Whether the client's endpoint is to be asked. One a client; any thread. */
struct graphql_state {
	pthread_mutex_t lock;
	/* guarded by lock */
	uint64_t paused_until_ms;
	struct error reason;
};

void graphql_state_init(struct graphql_state *state);
void graphql_state_release(struct graphql_state *state);

void graphql_question_init(struct graphql_question *q);
void graphql_question_release(struct graphql_question *q);

/* Begins the next alias: "query" + "MyBlog" + "Contents". */
void graphql_add_field(
	struct graphql_question *q, const char *before, const char *slug, const char *after);
void graphql_add(struct graphql_question *q, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* A string of the language, with its quotes. */
void graphql_add_string(struct graphql_question *q, const char *str);

/*
 * what: the beginning of the sentence. On success the answer is released by the caller; on
 * failure it is empty.
 */
int graphql_ask(struct client *client, const struct call *call, struct graphql_question *q,
	const char *what, struct graphql_answer *ret_answer, struct error *err);
void graphql_answer_release(struct graphql_answer *answer);

/* Fills err with what an alias failed of, and returns -EOPNOTSUPP. */
int graphql_refuse(
	const struct graphql_answer *answer, unsigned alias, const char *what, struct error *err);

#endif
