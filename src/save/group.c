#include "save/group.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/client_change.h"
#include "base/call.h"
#include "base/error.h"
#include "save/together.h"

/* For so long a crowd is believed to come again. */
#define CROWD_MS 100

/* After the server has refused a bulk. */
#define ALONE_MS 60000

/* GROUP_MAX of them fit into a bulk. */
#define DATA_MAX ((size_t)256 << 10)

enum member_state {
	MEMBER_WAITS,
	MEMBER_TRAVELS, /* its leader knows of it */
	MEMBER_GOES_ALONE,
	MEMBER_IS_DONE,
};

struct member {
	struct member *next;
	const struct change *change;
	struct change_result *result;
	enum member_state state;
};

/* Of one schema; guarded by the group's lock. */
struct lane {
	struct lane *next;
	const struct schema *schema;
	pthread_cond_t moved; /* somebody came, or has a new state */
	struct member *waiting;
	unsigned n_waiting;
	bool has_leader;
	unsigned n_under_way; /* those who wait too */
	unsigned crowd;       /* how many there were together */
	uint64_t crowd_until_ms;
	uint64_t alone_until_ms;
};

struct group {
	struct client *client;
	pthread_mutex_t lock;
	struct lane *lanes; /* guarded by lock */
};

struct group *group_new(struct client *client)
{
	struct group *group = calloc(1, sizeof(*group));

	if (!group)
		return NULL;
	group->client = client;
	pthread_mutex_init(&group->lock, NULL);
	return group;
}

void group_free(struct group *group)
{
	if (!group)
		return;
	while (group->lanes) {
		struct lane *lane = group->lanes;

		group->lanes = lane->next;
		pthread_cond_destroy(&lane->moved);
		free(lane);
	}
	pthread_mutex_destroy(&group->lock);
	free(group);
}

static struct lane *make_lane(const struct schema *schema)
{
	struct lane *lane = calloc(1, sizeof(*lane));

	if (!lane)
		return NULL;
	lane->schema = schema;
	if (call_cond_init(&lane->moved) < 0) {
		free(lane);
		return NULL;
	}
	return lane;
}

/* NULL: out of memory. */
static struct lane *find_lane_locked(struct group *group, const struct schema *schema)
{
	struct lane *lane = group->lanes;

	while (lane && lane->schema != schema)
		lane = lane->next;
	if (lane)
		return lane;
	lane = make_lane(schema);
	if (lane) {
		lane->next = group->lanes;
		group->lanes = lane;
	}
	return lane;
}

static void note_crowd_locked(struct lane *lane, const struct call *call)
{
	if (lane->n_under_way > lane->crowd)
		lane->crowd = lane->n_under_way;
	if (lane->n_under_way >= GROUP_MIN)
		lane->crowd_until_ms = clock_now_ms(call->clock) + CROWD_MS;
}

static bool is_waiting_locked(const struct lane *lane, const char *id)
{
	const struct member *member = lane->waiting;

	while (member && strcmp(member->change->id, id) != 0)
		member = member->next;
	return member != NULL;
}

static bool may_travel_locked(
	const struct lane *lane, const struct call *call, const struct change *change)
{
	uint64_t now = clock_now_ms(call->clock);

	return lane->crowd >= GROUP_MIN && now < lane->crowd_until_ms &&
	       now >= lane->alone_until_ms && change_has_job(change) &&
	       change->data_len <= DATA_MAX && lane->n_waiting < GROUP_MAX &&
	       !is_waiting_locked(lane, change->id);
}

/* Until nobody comes any more, or all have come. */
static void collect_locked(struct group *group, struct lane *lane, const struct call *call)
{
	const uint64_t end_ms = clock_now_ms(call->clock) + GROUP_WAIT_MS;
	unsigned n_seen = 0;
	struct call nap = *call;
	int ret = 0;

	while (ret == 0 && lane->n_waiting < lane->crowd && lane->n_waiting < GROUP_MAX) {
		if (lane->n_waiting != n_seen) {
			n_seen = lane->n_waiting;
			nap.deadline_ms = clock_now_ms(call->clock) + GROUP_QUIET_MS;
			if (nap.deadline_ms > end_ms)
				nap.deadline_ms = end_ms;
		}
		ret = call_wait(&nap, &lane->moved, &group->lock);
	}
}

static void set_state_locked(struct lane *lane, struct member *members, enum member_state state)
{
	while (members) {
		struct member *member = members;

		/* It may be gone as soon as it is told. */
		members = member->next;
		member->state = state;
	}
	pthread_cond_broadcast(&lane->moved);
}

/* Sends them as one. false: it was refused as a whole, and each has to go alone. */
static bool travel(struct group *group, const struct call *call, struct member *members, unsigned n,
	bool *ret_is_barred)
{
	const struct change *changes[GROUP_MAX];
	struct change_result *results[GROUP_MAX];
	/* Others depend on it, whose processes were not interrupted. */
	const struct call patient = call_patient(call);

	for (unsigned i = 0; i < n; i++, members = members->next) {
		changes[i] = members->change;
		results[i] = members->result;
	}
	return together_send(group->client, &patient, changes, results, n, ret_is_barred);
}

static void lead_locked(struct group *group, struct lane *lane, const struct call *call)
{
	struct member *members;
	bool has_gone, is_barred = false;
	unsigned n;

	lane->has_leader = true;
	collect_locked(group, lane, call);
	members = lane->waiting;
	n = lane->n_waiting;
	lane->waiting = NULL;
	lane->n_waiting = 0;
	lane->has_leader = false;
	lane->crowd = lane->n_under_way;
	if (n < GROUP_MIN) {
		set_state_locked(lane, members, MEMBER_GOES_ALONE);
		return;
	}
	set_state_locked(lane, members, MEMBER_TRAVELS);
	pthread_mutex_unlock(&group->lock);
	has_gone = travel(group, call, members, n, &is_barred);
	pthread_mutex_lock(&group->lock);
	if (is_barred)
		lane->alone_until_ms = clock_now_ms(call->clock) + ALONE_MS;
	set_state_locked(lane, members, has_gone ? MEMBER_IS_DONE : MEMBER_GOES_ALONE);
}

static void take_back_locked(struct lane *lane, struct member *member)
{
	struct member **link = &lane->waiting;

	while (*link != member)
		link = &(*link)->next;
	*link = member->next;
	lane->n_waiting--;
}

/* 0: it has a state that ends the waiting. */
static int follow_locked(
	struct group *group, struct lane *lane, const struct call *call, struct member *me)
{
	struct call patient = call_patient(call);
	int ret = 0;

	while (me->state == MEMBER_WAITS && ret == 0)
		ret = call_wait(call, &lane->moved, &group->lock);
	if (me->state == MEMBER_WAITS) {
		take_back_locked(lane, me);
		return ret;
	}
	/* It is the leader's now, and back by the leader's deadline. */
	patient.deadline_ms = UINT64_MAX;
	while (me->state == MEMBER_TRAVELS)
		call_wait(&patient, &lane->moved, &group->lock);
	return 0;
}

static int join_locked(
	struct group *group, struct lane *lane, const struct call *call, struct member *me)
{
	me->next = lane->waiting;
	lane->waiting = me;
	lane->n_waiting++;
	if (lane->has_leader) {
		pthread_cond_broadcast(&lane->moved);
		return follow_locked(group, lane, call, me);
	}
	lead_locked(group, lane, call);
	return 0;
}

static int fail(struct change_result *result, int ret)
{
	result->ret = error_set(
		&result->err, -ret, "it was not sent: no answer was waited for any longer");
	return result->ret;
}

int group_change(struct group *group, const struct call *call, const struct change *change,
	struct change_result *ret_result)
{
	struct member me = { .change = change, .result = ret_result, .state = MEMBER_WAITS };
	struct lane *lane;
	int ret = 0;

	change_result_release(ret_result);
	pthread_mutex_lock(&group->lock);
	lane = find_lane_locked(group, change->schema);
	if (lane) {
		lane->n_under_way++;
		note_crowd_locked(lane, call);
		if (may_travel_locked(lane, call, change))
			ret = join_locked(group, lane, call, &me);
	}
	pthread_mutex_unlock(&group->lock);
	if (ret < 0)
		ret = fail(ret_result, ret);
	else if (me.state == MEMBER_IS_DONE)
		ret = ret_result->ret;
	else
		ret = client_change(group->client, call, change, ret_result);
	if (!lane)
		return ret;
	pthread_mutex_lock(&group->lock);
	note_crowd_locked(lane, call);
	lane->n_under_way--;
	pthread_mutex_unlock(&group->lock);
	return ret;
}
