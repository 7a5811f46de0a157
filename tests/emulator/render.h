#ifndef EMULATOR_RENDER_H
#define EMULATOR_RENDER_H

/*
 * Writes items the way the REST answers show them, and the tags that stand for
 * their freshness.
 *
 * Finished texts of current items are kept (a bounded amount of them): a
 * listing of thousands then costs little more than copying.  The store of texts
 * has its own lock, so any number of readers of the world may render.
 */

#include "buf.h"
#include "convert.h"
#include "server.h"
#include "view.h"

/* One item in one state: the ContentDto. */
struct render_source {
	struct item *item;
	const struct state *state;
	int version;
	/* Which text: the published one hides the draft and its status. */
	enum scope scope;
	enum key_order order;
};

void render_state(struct buf *out, const struct call *call, const struct view *view,
	const struct render_source *source);
/* The current state; kept for the next reader. */
void render_item(
	struct buf *out, const struct call *call, const struct view *view, struct item *item);
/* Only the data object of a state. */
void render_data(struct buf *out, const struct call *call, const struct view *view,
	const struct render_source *source, enum json_style style);
/* The data of the current state, as GraphQL writes it; kept for the next reader. */
void render_current_data(
	struct buf *out, const struct call *call, const struct view *view, struct item *item);
/* The item as the stream writes it. */
void render_stream_item(
	struct buf *out, const struct call *call, const struct view *view, struct item *item);
/* {"status": ..., "color": ...} of the whole workflow. */
void render_statuses(struct buf *out);
/* "name":{"href":"...","method":"..."}, after a comma unless it is the first. */
void render_link(struct buf *out, const char *name, const char *method, const char *href);

/* The ETag of an answer that shows these items; "" where there is none. */
void render_etag(const struct view *view, struct item *const *items, size_t count,
	const int *versions, char ret[65]);
/* Upper-case hexadecimal SHA-256. */
void render_sha256(const void *bytes, size_t length, char ret[65]);

/* Forgets the kept texts of a world that is going away. */
void render_forget(void);

#endif
