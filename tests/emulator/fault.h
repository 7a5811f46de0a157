#ifndef EMULATOR_FAULT_H
#define EMULATOR_FAULT_H

/*
 * What is to go wrong: rules that tests set over HTTP, each for a method and
 * the beginning of a path, a number of times.
 *
 *	fault_add(list, rules, &sentence)
 *	fault_take(list, method, path, &fault): the first rule that fits, used up by one
 *	fault_wait(list, ms, socket) to carry out its delay
 *
 * Any thread may call; one lock inside, not held while a thread waits.
 */

#include <json-c/json.h>
#include <stdbool.h>

enum { FAULT_TEXT = 256 };

struct fault {
	char method[16]; /* "" for any */
	char path[FAULT_TEXT];
	long count;       /* -1 for ever */
	int status;       /* 0 for none */
	long retry_after; /* seconds; -1 for none */
	char message[FAULT_TEXT];
	long delay_ms;
	long close_after; /* bytes; -1 for never */
	long trickle_ms;
	bool garbage;
	bool hang;
	long oversize; /* bytes */
	long nested;   /* depth */
	char redirect[2 * FAULT_TEXT];
};

struct fault_list;

struct fault_list *fault_list_new(void);
void fault_list_free(struct fault_list *list);

/*
 * Adds a JSON list of rules (or one rule), all or none.  On failure: -1 and a
 * sentence in *ret_problem, which the caller frees.
 */
int fault_add(struct fault_list *list, struct json_object *rules, char **ret_problem);
/* Forgets all rules and wakes who hangs. */
void fault_clear(struct fault_list *list);
bool fault_take(struct fault_list *list, const char *method, const char *path, struct fault *ret);
/*
 * Waits so long (for ever if ms is negative).  False if the wait ended early,
 * since the rules were cleared, the server ends, or the client has gone.
 */
bool fault_wait(struct fault_list *list, long ms, int socket);
/* Ends every wait now and in future. */
void fault_shut_down(struct fault_list *list);

#endif
