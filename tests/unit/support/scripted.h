/*
 * A transport that answers from a script, for tests of the layers above it.
 *
 *	static const struct scripted_answer answers[] = {
 *		{ .status = 401 }, { .status = 200, .body = "{}" }, { .ret = -ETIMEDOUT },
 *	};
 *	struct transport *t = scripted_new(answers, 3);
 *	... scripted_count(t), scripted_request(t, i) ...
 *	transport_free(t);
 *
 * Answers are given in order, the last one for ever. on_request, if set, runs before each
 * answer, on the caller's thread (to move a clock, or to wait for other threads).
 * Requests are recorded: method, URL, headers, bearer and body as one text each.
 */
#ifndef TESTS_UNIT_SCRIPTED_H
#define TESTS_UNIT_SCRIPTED_H

#include <stdbool.h>
#include <stddef.h>

struct transport;

struct scripted_answer {
	int ret; /* negative errno: no answer, with a sentence made of it */
	bool is_doubtful;
	int status;
	const char *body; /* NULL: empty */
	const char *etag;
	const char *content_type; /* NULL: application/json; charset=utf-8 */
	long retry_after_s;       /* 0: none */
	double cost;
};

/* The answers are borrowed. Any thread may perform. */
struct transport *scripted_new(const struct scripted_answer *answers, size_t n_answers);
void scripted_on_request(
	struct transport *t, void (*on_request)(void *payload, size_t i), void *payload);

/* Requests so far. */
size_t scripted_count(struct transport *t);

/*
 * Request i as text: "GET https://cms/api/x\nName: value\nAuthorization: Bearer T\n\nbody".
 * Borrowed until the transport is freed. NULL: there was none.
 */
const char *scripted_request(struct transport *t, size_t i);

#endif
