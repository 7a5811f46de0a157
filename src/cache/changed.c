#include "cache/changed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

struct entry {
	char *id;
	uint64_t hash;
	uint64_t at_ms;
	int64_t version;
	bool is_deleted;
};

struct changed {
	struct entry *entries;
	size_t n_entries, size;
};

static uint64_t hash_of(const char *id)
{
	return hash_bytes(id, strlen(id));
}

static struct entry *find(const struct changed *table, const char *id)
{
	uint64_t hash;

	if (!table || table->n_entries == 0)
		return NULL;
	hash = hash_of(id);
	for (size_t i = 0; i < table->n_entries; i++) {
		struct entry *entry = &table->entries[i];

		if (entry->hash == hash && strcmp(entry->id, id) == 0)
			return entry;
	}
	return NULL;
}

static void remove_entry(struct changed *table, struct entry *entry)
{
	free(entry->id);
	*entry = table->entries[--table->n_entries];
}

static int grow(struct changed *table)
{
	size_t size = table->size ? 2 * table->size : 16;
	struct entry *entries;

	if (table->n_entries < table->size)
		return 0;
	entries = reallocarray(table->entries, size, sizeof(entries[0]));
	if (!entries)
		return -ENOMEM;
	table->entries = entries;
	table->size = size;
	return 0;
}

static int add(struct changed *table, const char *id, struct entry **ret_entry)
{
	struct entry entry = { .hash = hash_of(id) };

	if (table->n_entries >= CHANGED_MAX)
		return -ENOBUFS;
	if (grow(table) < 0)
		return -ENOMEM;
	entry.id = strdup(id);
	if (!entry.id)
		return -ENOMEM;
	table->entries[table->n_entries] = entry;
	*ret_entry = &table->entries[table->n_entries++];
	return 0;
}

int changed_note(struct changed **table, const struct changed_event *event, uint64_t at_ms)
{
	struct entry *entry = find(*table, event->id);
	int ret = 0;

	if (!*table)
		*table = calloc(1, sizeof(**table));
	if (!*table)
		return -ENOMEM;
	if (!entry)
		ret = add(*table, event->id, &entry);
	if (ret < 0)
		return ret;
	entry->at_ms = at_ms;
	entry->version = event->version;
	entry->is_deleted = event->is_deleted;
	return 0;
}

static bool is_wanted(const struct entry *entry, const struct changed_answer *answer)
{
	/* What was told is the server's word. */
	if (entry->is_deleted && !answer->is_there)
		return false;
	/* Of a change that we made ourselves, the answer may come after the event. */
	if (answer->asked_ms <= entry->at_ms)
		return !answer->is_there || entry->is_deleted || entry->version < 0 ||
		       answer->version != entry->version;
	if (answer->is_there && (entry->version < 0 || answer->version >= entry->version))
		return false;
	return answer->asked_ms < entry->at_ms + CHANGED_LAG_MS;
}

bool changed_wants(const struct changed *table, const char *id, const struct changed_answer *answer)
{
	const struct entry *entry = find(table, id);

	return entry && is_wanted(entry, answer);
}

void changed_settle(
	struct changed *table, const char *id, const struct changed_answer *answer, uint64_t now_ms)
{
	struct entry *entry = find(table, id);

	if (!entry || is_wanted(entry, answer))
		return;
	/* Older answers may still be on their way. */
	if (answer->asked_ms > entry->at_ms || now_ms > entry->at_ms + CHANGED_LAG_MS)
		remove_entry(table, entry);
}

void changed_drop(struct changed *table, uint64_t begun_ms)
{
	size_t i = 0;

	while (table && i < table->n_entries) {
		if (table->entries[i].at_ms + CHANGED_LAG_MS < begun_ms)
			remove_entry(table, &table->entries[i]);
		else
			i++;
	}
}

void changed_clear(struct changed *table)
{
	while (table && table->n_entries > 0)
		remove_entry(table, &table->entries[table->n_entries - 1]);
}

size_t changed_count(const struct changed *table)
{
	return table ? table->n_entries : 0;
}

const char *changed_get_id(const struct changed *table, size_t place)
{
	return table->entries[place].id;
}

void changed_free(struct changed *table)
{
	if (!table)
		return;
	changed_clear(table);
	free(table->entries);
	free(table);
}
