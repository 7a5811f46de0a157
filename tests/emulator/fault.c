#include "fault.h"

#include "alloc.h"

#include <poll.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* How long it may take until a client that went away is noticed. */
enum { WATCH_MS = 50 };

struct rule {
	struct rule *next;
	struct fault fault;
};

struct fault_list {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct rule *rules;       /* guarded by lock */
	unsigned long generation; /* of the rules; guarded by lock */
	bool is_down;             /* guarded by lock */
};

enum key_type { KEY_TEXT, KEY_NUMBER, KEY_SWITCH };

static const struct {
	const char *name;
	enum key_type type;
	size_t offset;
	size_t size; /* of a text */
	long min;    /* of a number */
} keys[] = {
#define TEXT(key, member)                                      \
	{                                                      \
		key, KEY_TEXT, offsetof(struct fault, member), \
			sizeof(((struct fault *)0)->member), 0 \
	}
#define NUMBER(key, member, min)                                        \
	{                                                               \
		key, KEY_NUMBER, offsetof(struct fault, member), 0, min \
	}
	TEXT("method", method),
	TEXT("path", path),
	NUMBER("count", count, -1),
	TEXT("message", message),
	NUMBER("retryAfter", retry_after, 0),
	NUMBER("delayMs", delay_ms, 0),
	NUMBER("closeAfterBytes", close_after, 0),
	NUMBER("trickleMs", trickle_ms, 1),
	NUMBER("oversize", oversize, 1),
	NUMBER("nested", nested, 1),
	TEXT("redirect", redirect),
	{ "garbage", KEY_SWITCH, offsetof(struct fault, garbage), 0, 0 },
	{ "hang", KEY_SWITCH, offsetof(struct fault, hang), 0, 0 },
#undef TEXT
#undef NUMBER
};

struct fault_list *fault_list_new(void)
{
	struct fault_list *list = must_calloc(1, sizeof(*list));
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_mutex_init(&list->lock, NULL);
	pthread_cond_init(&list->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	return list;
}

static void free_rules(struct rule *rules)
{
	while (rules != NULL) {
		struct rule *next = rules->next;

		free(rules);
		rules = next;
	}
}

void fault_list_free(struct fault_list *list)
{
	if (list == NULL)
		return;
	free_rules(list->rules);
	pthread_cond_destroy(&list->changed);
	pthread_mutex_destroy(&list->lock);
	free(list);
}

static char *read_text(size_t key, struct json_object *value, struct fault *fault)
{
	char *place = (char *)fault + keys[key].offset;

	if (!json_object_is_type(value, json_type_string))
		return must_format("'%s' must be a text.", keys[key].name);
	if ((size_t)json_object_get_string_len(value) >= keys[key].size)
		return must_format("'%s' is too long.", keys[key].name);
	snprintf(place, keys[key].size, "%s", json_object_get_string(value));
	return NULL;
}

static char *read_number(size_t key, struct json_object *value, struct fault *fault)
{
	long number = (long)json_object_get_int64(value);

	if (!json_object_is_type(value, json_type_int) || number < keys[key].min)
		return must_format("'%s' must be a whole number of at least %ld.", keys[key].name,
			keys[key].min);
	memcpy((char *)fault + keys[key].offset, &number, sizeof(number));
	return NULL;
}

static char *read_status(struct json_object *value, struct fault *fault)
{
	fault->status = json_object_get_int(value);
	if (!json_object_is_type(value, json_type_int) || fault->status < 200 ||
		fault->status > 599)
		return must_format("'status' must be a number from 200 to 599.");
	return NULL;
}

/* Returns what is wrong with one key, or NULL. */
static char *read_key(const char *name, struct json_object *value, struct fault *fault)
{
	if (strcmp(name, "status") == 0)
		return read_status(value, fault);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(keys[i].name, name) != 0)
			continue;
		if (keys[i].type == KEY_TEXT)
			return read_text(i, value, fault);
		if (keys[i].type == KEY_NUMBER)
			return read_number(i, value, fault);
		if (!json_object_is_type(value, json_type_boolean))
			return must_format("'%s' must be true or false.", name);
		*(bool *)((char *)fault + keys[i].offset) = json_object_get_boolean(value);
		return NULL;
	}
	return must_format("There is no fault '%s'.", name);
}

static char *read_rule(struct json_object *json, struct fault *fault)
{
	*fault = (struct fault){ .count = 1, .retry_after = -1, .close_after = -1 };
	if (!json_object_is_type(json, json_type_object))
		return must_format("A rule must be an object.");
	json_object_object_foreach(json, name, value)
	{
		char *problem = read_key(name, value, fault);

		if (problem != NULL)
			return problem;
	}
	if (fault->status == 0 && fault->delay_ms == 0 && fault->close_after < 0 &&
		fault->trickle_ms == 0 && !fault->garbage && !fault->hang && fault->oversize == 0 &&
		fault->nested == 0 && *fault->redirect == '\0')
		return must_format("A rule must say what goes wrong.");
	return NULL;
}

int fault_add(struct fault_list *list, struct json_object *rules, char **ret_problem)
{
	size_t count = json_object_is_type(rules, json_type_array) ? json_object_array_length(rules)
								   : 1;
	struct rule *added = NULL;
	struct rule **end = &added;

	for (size_t i = 0; i < count; i++) {
		struct json_object *json = json_object_is_type(rules, json_type_array)
						   ? json_object_array_get_idx(rules, i)
						   : rules;

		*end = must_calloc(1, sizeof(**end));
		*ret_problem = read_rule(json, &(*end)->fault);
		if (*ret_problem != NULL) {
			free_rules(added);
			return -1;
		}
		end = &(*end)->next;
	}
	pthread_mutex_lock(&list->lock);
	end = &list->rules;
	while (*end != NULL)
		end = &(*end)->next;
	*end = added;
	pthread_mutex_unlock(&list->lock);
	return 0;
}

void fault_clear(struct fault_list *list)
{
	struct rule *rules;

	pthread_mutex_lock(&list->lock);
	rules = list->rules;
	list->rules = NULL;
	list->generation++;
	pthread_cond_broadcast(&list->changed);
	pthread_mutex_unlock(&list->lock);
	free_rules(rules);
}

static bool fits(const struct fault *fault, const char *method, const char *path)
{
	if (fault->count == 0)
		return false;
	if (*fault->method != '\0' && strcasecmp(fault->method, method) != 0)
		return false;
	return strncmp(fault->path, path, strlen(fault->path)) == 0;
}

bool fault_take(struct fault_list *list, const char *method, const char *path, struct fault *ret)
{
	struct rule *rule;

	pthread_mutex_lock(&list->lock);
	rule = list->rules;
	while (rule != NULL && !fits(&rule->fault, method, path))
		rule = rule->next;
	if (rule != NULL) {
		*ret = rule->fault;
		if (rule->fault.count > 0)
			rule->fault.count--;
	}
	pthread_mutex_unlock(&list->lock);
	return rule != NULL;
}

static bool has_gone(int socket)
{
	struct pollfd watched = { .fd = socket, .events = POLLRDHUP };

	return poll(&watched, 1, 0) > 0 && (watched.revents & (POLLRDHUP | POLLHUP | POLLERR));
}

static struct timespec add_ms(struct timespec when, long ms)
{
	when.tv_sec += ms / 1000;
	when.tv_nsec += ms % 1000 * 1000000;
	if (when.tv_nsec >= 1000000000) {
		when.tv_sec++;
		when.tv_nsec -= 1000000000;
	}
	return when;
}

bool fault_wait(struct fault_list *list, long ms, int socket)
{
	unsigned long generation;
	struct timespec now;
	bool is_over = false;

	clock_gettime(CLOCK_MONOTONIC, &now);
	pthread_mutex_lock(&list->lock);
	generation = list->generation;
	while (ms != 0 && !is_over) {
		long step = ms < 0 || ms > WATCH_MS ? WATCH_MS : ms;

		now = add_ms(now, step);
		pthread_cond_timedwait(&list->changed, &list->lock, &now);
		if (ms > 0)
			ms -= step;
		is_over = list->is_down || generation != list->generation || has_gone(socket);
	}
	pthread_mutex_unlock(&list->lock);
	return !is_over;
}

void fault_shut_down(struct fault_list *list)
{
	pthread_mutex_lock(&list->lock);
	list->is_down = true;
	pthread_cond_broadcast(&list->changed);
	pthread_mutex_unlock(&list->lock);
}
