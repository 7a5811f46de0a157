/*
 * Changes that are made at the same time travel together: six or more of one schema as one
 * bulk, for that costs five credits and the reading of what it made one.
 *
 *	group = group_new(client);
 *	group_change(group, &call, &change, &result);	-- as client_change
 *	group_free(group);
 *
 * Who is alone goes at once, and so do the first few who are not. Only where six or more were
 * under way together a moment ago does one wait for its companions: until as many have come as
 * there were, or for GROUP_QUIET_MS without a new one. Fewer than six of them go side by side.
 *
 * Each has its own verdict. After a bulk its items are read by one query, and each result has
 * its content from that (is_read_after). A bulk that is refused as a whole was not made: then each
 * change goes alone, and for a while no bulk is tried. One of which nobody knows leaves
 * each result doubtful, with what that query has shown.
 *
 * Threads: any; no lock is held across the network. The schemas of changes outlive the group.
 * Who waits can be interrupted until its change is on its way; then its leader's deadline bounds it.
 */
#ifndef SQUIDEXFS_SAVE_GROUP_H
#define SQUIDEXFS_SAVE_GROUP_H

struct call;
struct change;
struct change_result;
struct client;
struct group;

#define GROUP_MIN 6
#define GROUP_MAX 100

#define GROUP_QUIET_MS 3
#define GROUP_WAIT_MS 6

struct group *group_new(struct client *client); /* borrowed; NULL: out of memory */
void group_free(struct group *group);           /* NULL is legal */

/* Fills *ret_result anew and returns its ret. */
int group_change(struct group *group, const struct call *call, const struct change *change,
	struct change_result *ret_result);

#endif
