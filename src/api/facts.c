#include "api/facts.h"

#include <ctype.h>
#include <errno.h>
#include <json-c/json.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "api/content.h"
#include "api/document.h"
#include "api/fields.h"
#include "api/span.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/hash.h"

struct facts_entry {
	struct facts_entry *next;
	char *schema;
	struct schema_facts known;
	bool lacks_status; /* one was met that is none of the statuses */
};

struct facts {
	pthread_mutex_t lock;
	struct facts_entry *entries; /* guarded by lock; one a schema */
};

struct facts *facts_new(void)
{
	struct facts *facts = calloc(1, sizeof(*facts));

	if (facts)
		pthread_mutex_init(&facts->lock, NULL);
	return facts;
}

void facts_free(struct facts *facts)
{
	if (!facts)
		return;
	while (facts->entries) {
		struct facts_entry *entry = facts->entries;

		facts->entries = entry->next;
		schema_facts_release(&entry->known);
		free(entry->schema);
		free(entry);
	}
	pthread_mutex_destroy(&facts->lock);
	free(facts);
}

void schema_facts_release(struct schema_facts *known)
{
	for (size_t i = 0; i < known->n_statuses; i++)
		free(known->statuses[i]);
	free(known->id);
	*known = (struct schema_facts){ 0 };
}

/* The list of the workflow's statuses stands behind the items (wire/12). */
static int learn_statuses(struct schema_facts *known, const struct buf *body)
{
	struct span answer = { buf_str(body), body->len };
	struct span list = span_find(answer, FIELD_STATUSES);
	struct json_object *root = NULL;
	int ret = 0;

	if (!list.at || document_parse(list.at, list.len, FIELD_STATUSES, &root, NULL) < 0)
		return 0;
	for (size_t i = 0; json_object_is_type(root, json_type_array) && ret == 0 &&
			   i < json_object_array_length(root) && i < FACTS_STATUSES_MAX;
		i++) {
		const char *name = fields_get_string(
			json_object_array_get_idx(root, i), FIELD_STATUS);
		char *copy = strdup(name);

		if (copy)
			known->statuses[known->n_statuses++] = copy;
		else
			ret = -ENOMEM;
	}
	json_object_put(root);
	return ret;
}

static uint64_t kind_of(const struct content *item)
{
	const char *const strings[] = { item->status, item->new_status, item->created_by };

	return hash_strings(strings, sizeof(strings) / sizeof(strings[0]));
}

static struct facts_kind *find_kind(struct schema_facts *known, uint64_t key)
{
	for (size_t i = 0; i < known->n_kinds; i++) {
		if (known->kinds[i].key == key)
			return &known->kinds[i];
	}
	return NULL;
}

static void learn_kind(struct schema_facts *known, const struct content *item)
{
	uint64_t key = kind_of(item);
	struct facts_kind *kind = find_kind(known, key);

	if (kind)
		kind->is_contradicted |= kind->is_writable != item->is_writable;
	else if (known->n_kinds < FACTS_KINDS_MAX)
		known->kinds[known->n_kinds++] = (struct facts_kind){ key, item->is_writable,
			false };
}

static int learn_items(struct schema_facts *known, const struct content_page *page)
{
	const struct content *longest = &page->items[0];

	known->is_uniform = true;
	for (size_t i = 0; i < page->n_items; i++) {
		const struct content *item = &page->items[i];

		if (item->text.len > longest->text.len)
			longest = item;
		known->is_uniform &= item->is_writable == page->items[0].is_writable;
		learn_kind(known, item);
	}
	known->version = longest->version;
	known->text_hash = hash_bytes(buf_str(&longest->text), longest->text.len);
	known->id = strdup(longest->id);
	return known->id ? 0 : -ENOMEM;
}

static struct facts_entry *find_locked(struct facts *facts, const char *schema)
{
	struct facts_entry *entry = facts->entries;

	while (entry && strcmp(entry->schema, schema) != 0)
		entry = entry->next;
	return entry;
}

static struct facts_entry *add_locked(struct facts *facts, const char *schema)
{
	struct facts_entry *entry = find_locked(facts, schema);

	if (entry)
		return entry;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return NULL;
	entry->schema = strdup(schema);
	if (!entry->schema) {
		free(entry);
		return NULL;
	}
	entry->next = facts->entries;
	facts->entries = entry;
	return entry;
}

static bool must_learn_statuses(struct facts *facts, const char *schema)
{
	const struct facts_entry *entry;
	bool must;

	pthread_mutex_lock(&facts->lock);
	entry = find_locked(facts, schema);
	must = !entry || entry->lacks_status || entry->known.n_statuses == 0;
	pthread_mutex_unlock(&facts->lock);
	return must;
}

static void move_statuses(struct schema_facts *to, struct schema_facts *from)
{
	memcpy(to->statuses, from->statuses, sizeof(to->statuses));
	to->n_statuses = from->n_statuses;
	from->n_statuses = 0;
}

/* Takes what is known over, and leaves what it replaces. */
static void replace(struct facts *facts, const char *schema, struct schema_facts *known)
{
	struct facts_entry *entry;

	pthread_mutex_lock(&facts->lock);
	entry = add_locked(facts, schema);
	if (entry) {
		struct schema_facts former = entry->known;

		if (known->n_statuses == 0)
			move_statuses(known, &former);
		else
			entry->lacks_status = false;
		entry->known = *known;
		*known = former;
	}
	pthread_mutex_unlock(&facts->lock);
}

/* Without memory nothing is learnt, and REST is asked. */
void facts_learn(struct facts *facts, const char *schema, const struct buf *body,
	const struct content_page *page)
{
	struct schema_facts known = { 0 };
	int ret = 0;

	if (page->n_items == 0)
		return;
	/* They stand at the end of the answer, and hardly ever change. */
	if (must_learn_statuses(facts, schema))
		ret = learn_statuses(&known, body);
	if (ret == 0)
		ret = learn_items(&known, page);
	if (ret == 0)
		replace(facts, schema, &known);
	schema_facts_release(&known);
}

void facts_miss_status(struct facts *facts, const char *schema)
{
	struct facts_entry *entry;

	pthread_mutex_lock(&facts->lock);
	entry = find_locked(facts, schema);
	if (entry)
		entry->lacks_status = true;
	pthread_mutex_unlock(&facts->lock);
}

static int copy(const struct schema_facts *known, struct schema_facts *ret_copy)
{
	*ret_copy = *known;
	ret_copy->n_statuses = 0;
	ret_copy->id = strdup(known->id);
	while (ret_copy->id && ret_copy->n_statuses < known->n_statuses) {
		char *status = strdup(known->statuses[ret_copy->n_statuses]);

		if (!status)
			break;
		ret_copy->statuses[ret_copy->n_statuses++] = status;
	}
	if (ret_copy->id && ret_copy->n_statuses == known->n_statuses)
		return 0;
	schema_facts_release(ret_copy);
	return -ENOMEM;
}

int facts_copy(
	struct facts *facts, const char *schema, struct schema_facts *ret_known, struct error *err)
{
	struct facts_entry *entry;
	int ret = -EOPNOTSUPP;

	pthread_mutex_lock(&facts->lock);
	entry = find_locked(facts, schema);
	if (entry)
		ret = copy(&entry->known, ret_known);
	pthread_mutex_unlock(&facts->lock);
	if (ret == -EOPNOTSUPP)
		return error_set(err, EOPNOTSUPP,
			"%s: GraphQL is not trusted before a page of it was seen by REST", schema);
	if (ret < 0)
		return error_set(err, ENOMEM, "%s: out of memory", schema);
	return 0;
}

static bool is_upper_of(const char *status, const char *upper, size_t len)
{
	size_t i = 0;

	while (i < len && status[i] && toupper((unsigned char)status[i]) == (unsigned char)upper[i])
		i++;
	return i == len && !status[i];
}

const char *fact_status(const struct schema_facts *known, const char *upper, size_t len)
{
	const char *found = NULL;

	for (size_t i = 0; i < known->n_statuses; i++) {
		if (!is_upper_of(known->statuses[i], upper, len))
			continue;
		if (found)
			return NULL;
		found = known->statuses[i];
	}
	return found;
}

bool fact_is_writable(
	const struct schema_facts *known, const struct content *item, bool *ret_is_writable)
{
	uint64_t key = kind_of(item);

	if (known->is_uniform) {
		*ret_is_writable = known->kinds[0].is_writable;
		return true;
	}
	for (size_t i = 0; i < known->n_kinds; i++) {
		if (known->kinds[i].key != key || known->kinds[i].is_contradicted)
			continue;
		*ret_is_writable = known->kinds[i].is_writable;
		return true;
	}
	return false;
}

bool fact_is_same(const struct schema_facts *known, const struct content *item)
{
	return strcmp(item->id, known->id) == 0 && item->version == known->version &&
	       hash_bytes(buf_str(&item->text), item->text.len) == known->text_hash;
}
