#include "fs/outdated.h"

#include <errno.h>
#include <fuse_lowlevel.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "fs/held.h"
#include "fs/mount_private.h"
#include "fs/notify.h"
#include "tree/tree.h"

/* Each time the kernel is told, so many at most; some 2 MB, while there are as many. */
#define NODES_MAX 65536

/* That can be told again; more in the time of one reply are believed until their time is over. */
#define LATEST_MAX 1024

struct outdated_node {
	uint64_t node; /* 0: of a new item */
	uint64_t parent;
	char *name; /* of an item that is gone; NULL: it has another text */
};

struct outdated {
	struct mount *mount;
	_Atomic uint64_t n_changes;

	pthread_mutex_t lock;
	/* From here on guarded by lock. */
	struct outdated_node *nodes;
	size_t n_nodes, size;
	struct outdated_node
		latest[LATEST_MAX]; /* by their number; those of before are overwritten */
	bool is_posted;
};

static bool grow_locked(struct outdated *outdated)
{
	size_t size = outdated->size ? 2 * outdated->size : 16;
	struct outdated_node *nodes;

	if (outdated->size == NODES_MAX)
		return false;
	nodes = reallocarray(outdated->nodes, size, sizeof(nodes[0]));
	if (!nodes)
		return false;
	outdated->nodes = nodes;
	outdated->size = size;
	return true;
}

/* Without its name, the item's attributes are taken back at least. */
static struct outdated_node make(const struct tree_change *change)
{
	return (struct outdated_node){
		.node = change->node,
		.parent = change->parent,
		.name = change->is_removed ? strdup(change->name) : NULL,
	};
}

static void add_locked(struct outdated *outdated, const struct tree_change *change)
{
	if (outdated->n_nodes < outdated->size || grow_locked(outdated))
		outdated->nodes[outdated->n_nodes++] = make(change);
}

static void keep_locked(struct outdated *outdated, const struct tree_change *change)
{
	uint64_t number = atomic_fetch_add(&outdated->n_changes, 1);
	struct outdated_node *kept = &outdated->latest[number % LATEST_MAX];

	free(kept->name);
	*kept = make(change);
}

static void run(void *payload)
{
	outdated_tell(payload);
}

/* Where the notifier takes no more, the orders that it has end with telling. */
static void post_locked(struct outdated *outdated)
{
	if (!outdated->is_posted)
		outdated->is_posted = notifier_post(outdated->mount->notifier, run, outdated) == 0;
}

static void note(void *payload, const struct tree_change *change)
{
	struct outdated *outdated = payload;

	pthread_mutex_lock(&outdated->lock);
	keep_locked(outdated, change);
	add_locked(outdated, change);
	post_locked(outdated);
	pthread_mutex_unlock(&outdated->lock);
}

void outdated_repeat(struct outdated *outdated, uint64_t n_changes)
{
	uint64_t n, first;

	pthread_mutex_lock(&outdated->lock);
	n = outdated_count(outdated);
	first = n - n_changes > LATEST_MAX ? n - LATEST_MAX : n_changes;
	for (uint64_t i = first; i < n; i++) {
		const struct outdated_node *node = &outdated->latest[i % LATEST_MAX];
		const struct tree_change change = {
			.node = node->node,
			.parent = node->parent,
			.name = node->name,
			.is_removed = node->name,
		};

		/* Of what is new the reply said nothing. */
		if (node->node != 0)
			add_locked(outdated, &change);
	}
	post_locked(outdated);
	pthread_mutex_unlock(&outdated->lock);
}

/* The list is the caller's. */
static size_t take_all(struct outdated *outdated, struct outdated_node **ret_nodes)
{
	size_t n;

	pthread_mutex_lock(&outdated->lock);
	n = outdated->n_nodes;
	*ret_nodes = outdated->nodes;
	outdated->nodes = NULL;
	outdated->n_nodes = 0;
	outdated->size = 0;
	outdated->is_posted = false;
	pthread_mutex_unlock(&outdated->lock);
	return n;
}

/*
 * An id has many spellings: whatever the kernel was told is absent there goes. The directory's
 * attributes go, so that who has it open asks before he reads its list again.
 */
static void tell_of_new(struct mount *mount, uint64_t dir)
{
	char name[TREE_NAME_SIZE];
	size_t place = 0;

	while (tree_take_absence(mount->tree, dir, &place, name))
		fuse_lowlevel_notify_inval_entry(mount->session, dir, name, strlen(name));
	fuse_lowlevel_notify_inval_inode(mount->session, dir, -1, 0);
}

/* Failures: the kernel does not know the node, or is not there any more. */
static void tell(struct mount *mount, const struct outdated_node *node)
{
	if (node->node == 0) {
		tell_of_new(mount, node->parent);
		return;
	}
	if (mount->is_openless) {
		/* First what pages are made of, or they would be made anew of the same. */
		held_drop(mount->held, node->node);
		told_note_pages(mount->told, node->node, 0);
		fuse_lowlevel_notify_inval_inode(mount->session, node->node, 0, 0);
	} else {
		fuse_lowlevel_notify_inval_inode(mount->session, node->node, -1, 0);
	}
	if (node->name)
		fuse_lowlevel_notify_delete(
			mount->session, node->parent, node->node, node->name, strlen(node->name));
}

void outdated_tell(struct outdated *outdated)
{
	struct mount *mount = outdated->mount;
	struct outdated_node *nodes;
	size_t n = take_all(outdated, &nodes);

	for (size_t i = 0; i < n; i++) {
		if (!fuse_session_exited(mount->session))
			tell(mount, &nodes[i]);
		free(nodes[i].name);
	}
	free(nodes);
}

int outdated_new(struct mount *mount, struct outdated **ret_outdated, struct error *err)
{
	struct outdated *outdated = calloc(1, sizeof(*outdated));

	if (!outdated)
		return error_set(err, ENOMEM, "out of memory");
	outdated->mount = mount;
	pthread_mutex_init(&outdated->lock, NULL);
	tree_set_observer(mount->tree, note, outdated);
	*ret_outdated = outdated;
	return 0;
}

void outdated_end(struct outdated *outdated)
{
	if (outdated)
		tree_set_observer(outdated->mount->tree, NULL, NULL);
}

void outdated_free(struct outdated *outdated)
{
	if (!outdated)
		return;
	for (size_t i = 0; i < outdated->n_nodes; i++)
		free(outdated->nodes[i].name);
	for (size_t i = 0; i < LATEST_MAX; i++)
		free(outdated->latest[i].name);
	free(outdated->nodes);
	pthread_mutex_destroy(&outdated->lock);
	free(outdated);
}

uint64_t outdated_count(struct outdated *outdated)
{
	return atomic_load(&outdated->n_changes);
}
