#include "tree/kept.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

struct entry {
	struct entry *next; /* of a lesser number */
	uint64_t number;
	const struct app *app;
	char *schema, *name;
};

struct kept {
	pthread_mutex_t lock;
	struct entry *first; /* guarded by lock */
};

struct kept *kept_new(void)
{
	struct kept *kept = calloc(1, sizeof(*kept));

	if (kept)
		pthread_mutex_init(&kept->lock, NULL);
	return kept;
}

static void release(struct entry *entry)
{
	free(entry->schema);
	free(entry->name);
	free(entry);
}

void kept_free(struct kept *kept)
{
	struct entry *entry, *next;

	if (!kept)
		return;
	for (entry = kept->first; entry; entry = next) {
		next = entry->next;
		release(entry);
	}
	pthread_mutex_destroy(&kept->lock);
	free(kept);
}

static struct entry *find_locked(struct kept *kept, const struct kept_name *name)
{
	struct entry *e = kept->first;

	while (e && !(e->app == name->app && strcmp(e->name, name->name) == 0 &&
			    strcmp(e->schema, name->schema) == 0))
		e = e->next;
	return e;
}

static struct entry *make(const struct kept_name *name)
{
	struct entry *entry = calloc(1, sizeof(*entry));

	if (!entry)
		return NULL;
	entry->app = name->app;
	entry->schema = strdup(name->schema);
	entry->name = strdup(name->name);
	if (entry->schema && entry->name)
		return entry;
	release(entry);
	return NULL;
}

int kept_number(
	struct kept *kept, const struct kept_name *name, uint64_t *ret_number, struct error *err)
{
	struct entry *entry;

	pthread_mutex_lock(&kept->lock);
	entry = find_locked(kept, name);
	if (!entry)
		entry = make(name);
	if (entry && entry->number == 0) {
		entry->number = kept->first ? kept->first->number + 1 : 1;
		entry->next = kept->first;
		kept->first = entry;
	}
	if (entry)
		*ret_number = entry->number;
	pthread_mutex_unlock(&kept->lock);
	return entry ? 0 : error_set(err, ENOMEM, "out of memory");
}

bool kept_get(struct kept *kept, uint64_t number, struct kept_name *ret_name)
{
	const struct entry *entry;

	pthread_mutex_lock(&kept->lock);
	for (entry = kept->first; entry && entry->number != number;)
		entry = entry->next;
	if (entry)
		*ret_name = (struct kept_name){ entry->app, entry->schema, entry->name };
	pthread_mutex_unlock(&kept->lock);
	return entry;
}
