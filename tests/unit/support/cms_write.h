/*
 * The writing half of the pretended content server (cms.h): items are created, changed by PATCH, PUT and
 * upsert, get a status, a schedule and a draft, as api/client_change.h says. Each change makes a version. What
 * is written of an item is shown by REST, not by GraphQL.
 *
 *	cms_add(cms, "recipes", 'a', 1);		-- version 1
 *	cms_lose(cms, 0, CMS_LOSE_ANSWER);		-- of the first request that writes
 *	... a save on cms_transport(cms) ...
 *	cms_get_write(cms, 0)	"PATCH recipes/a000000 \"1\" {\"n\":{\"iv\":7}}"
 *	cms_count(cms, CMS_WRITE)
 *
 * Any thread may write while the test changes it.
 */
#ifndef TESTS_UNIT_CMS_WRITE_H
#define TESTS_UNIT_CMS_WRITE_H

#include <stddef.h>

struct cms;

/* What becomes of a request that writes. */
enum cms_loss {
	CMS_LOSE_NOTHING,
	CMS_LOSE_REQUEST, /* nothing is done, and nobody answers */
	CMS_LOSE_ANSWER,  /* it is done, and nobody answers */
};

/* Request i of those that write, counted from 0. */
void cms_lose(struct cms *cms, size_t i, enum cms_loss loss);

/*
 * Request i: the method, the target behind the app, the version in If-Match and the body, without white
 * space, where there are such. Borrowed; "": there was no such request.
 */
const char *cms_get_write(struct cms *cms, size_t i);

/* What somebody else writes: a version with these data, or with this status (its draft's: "+Draft"; "+": none). */
void cms_put(struct cms *cms, const char *path, const char *data);
void cms_set_status(struct cms *cms, const char *path, const char *status);

#endif
