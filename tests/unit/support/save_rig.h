/*
 * A saver on the cache of cache_rig.h, whose server can be written to (cms_write.h), with a state directory of
 * its own. "recipes" has one item, a000000, in version 1 and at hand.
 *
 *	struct save_rig rig;
 *	save_rig_init(&rig, &conf);		-- of conf what says how; NULL: as a mount does it
 *	save_rig_save(&rig, SAVE_RIG_ID, -1, text)
 *	cms_get_write(rig.cache.cms, 0), save_rig_unsaved(&rig)
 *	save_rig_release(&rig);
 */
#ifndef TESTS_UNIT_SAVE_RIG_H
#define TESTS_UNIT_SAVE_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "save/save.h"
#include "save/save_private.h"
#include "support/cache_rig.h"
#include "support/cms_write.h"

#define SAVE_RIG_ID "a000000"
#define SAVE_RIG_PATH "recipes/a000000"
#define SAVE_RIG_CREATED "2026-11-24T19:40:00Z"

/* Room in the state directory. */
#define SAVE_RIG_STATE_BYTES 100000

/* A document of that item. more: members, each with a comma behind it. */
#define SAVE_RIG_DOCUMENT(version, more, data)                                                \
	"{\"id\":\"" SAVE_RIG_ID "\",\"version\":" version ",\"created\":\"" SAVE_RIG_CREATED \
	"\"," more "\"data\":" data "}"

/* What happens just before the server looks at request number `at` of a kind, counted from 0. */
struct save_rig_event {
	enum cms_kind kind;
	size_t at;
	void (*happen)(struct cms *cms);
};

struct save_rig {
	struct cache_rig cache;
	struct state *state;
	struct outbox *outbox;
	struct saver *saver;
	struct save_rig_event event; /* without happen: none */
	struct save_result result;   /* of the latest save */
	struct error err;
	struct buf text; /* that save_rig_unsaved has found */
	struct save_request request;
	struct save save;
	struct change_result answer;
};

void save_rig_init(struct save_rig *rig, const struct saver_conf *conf);
void save_rig_release(struct save_rig *rig);

/*
 * A save that was planned and is about to be sent: rig->save, of which the tests of its steps go on (set up
 * once a rig; released with it).
 */
void save_rig_plan(struct save_rig *rig, const char *id, const char *text);

/* What the server answers of an item now is rig->answer's content. */
void save_rig_answer(struct save_rig *rig, const char *id, bool is_read_after);

/* The saver's verdict. */
int save_rig_save(struct save_rig *rig, const char *id, int64_t version, const char *text);

/* The item, as the cache has it for nothing from now on. */
void save_rig_look(struct save_rig *rig);

/* What is among the unsaved of a000000, or with a suffix: ".theirs". Borrowed; NULL: nothing. */
const char *save_rig_unsaved(struct save_rig *rig, const char *suffix);

/* Counts of what was sent to change something and what was read, since the rig was made. */
size_t save_rig_writes(struct save_rig *rig);
size_t save_rig_reads(struct save_rig *rig);

#endif
