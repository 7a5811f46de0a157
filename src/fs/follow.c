#include "fs/follow.h"

#include <errno.h>
#include <fuse_lowlevel.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/error.h"
#include "fs/mount_private.h"
#include "fs/notify.h"
#include "fs/outdated.h"
#include "tree/events.h"
#include "tree/tree.h"

struct follow {
	struct mount *mount;
	struct event_log *events; /* borrowed from the tree, as the node */
	uint64_t node;
	_Atomic bool is_posted;
};

static void show(void *payload)
{
	struct follow *follow = payload;
	struct mount *mount = follow->mount;

	/* What is added from now on has to be posted anew. */
	atomic_store(&follow->is_posted, false);
	outdated_tell(mount->outdated);
	event_log_show(follow->events);
	if (mount->is_openless && !fuse_session_exited(mount->session))
		fuse_lowlevel_notify_inval_inode(mount->session, follow->node, 0, 0);
}

/* Where the notifier takes no more, it is shown too early rather than not at all. */
static void on_add(void *payload)
{
	struct follow *follow = payload;

	if (atomic_exchange(&follow->is_posted, true))
		return;
	if (notifier_post(follow->mount->notifier, show, follow) < 0) {
		atomic_store(&follow->is_posted, false);
		event_log_show(follow->events);
	}
}

int follow_new(struct mount *mount, struct follow **ret_follow, struct error *err)
{
	uint64_t node;
	struct event_log *events = tree_get_events(mount->tree, &node);
	struct follow *follow;

	if (!events)
		return 0;
	follow = calloc(1, sizeof(*follow));
	if (!follow)
		return error_set(err, ENOMEM, "out of memory");
	follow->mount = mount;
	follow->events = events;
	follow->node = node;
	event_log_listen(events, on_add, follow);
	*ret_follow = follow;
	return 0;
}

void follow_end(struct follow *follow)
{
	if (follow)
		event_log_listen(follow->events, NULL, NULL);
}

void follow_free(struct follow *follow)
{
	free(follow);
}
