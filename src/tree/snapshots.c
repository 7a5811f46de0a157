#include "tree/snapshots.h"

#include <pthread.h>
#include <stdlib.h>

#include "tree/file.h"

/* Files are open by the dozen, rarely by the thousand. */
#define CHAINS 1024

struct snapshots {
	pthread_mutex_t lock;
	struct tree_file *chains[CHAINS]; /* guarded by lock, as the links of their files */
};

struct snapshots *snapshots_new(void)
{
	struct snapshots *snapshots = calloc(1, sizeof(*snapshots));

	if (snapshots)
		pthread_mutex_init(&snapshots->lock, NULL);
	return snapshots;
}

void snapshots_free(struct snapshots *snapshots)
{
	if (!snapshots)
		return;
	pthread_mutex_destroy(&snapshots->lock);
	free(snapshots);
}

/* What is written past the page cache changes under the pages of whoever reads the same through it. */
static bool fills_other_pages(const struct tree_file *other, const struct tree_file *file)
{
	return other->digest != file->digest || (other->writing && other->is_direct);
}

void snapshots_add(struct snapshots *snapshots, uint64_t node, struct tree_file *file)
{
	struct tree_file **chain = &snapshots->chains[node % CHAINS];

	file->node = node;
	file->snapshots = snapshots;
	pthread_mutex_lock(&snapshots->lock);
	for (const struct tree_file *other = *chain; other; other = other->next) {
		if (other->node == node && fills_other_pages(other, file))
			file->is_direct = true;
	}
	file->next = *chain;
	*chain = file;
	pthread_mutex_unlock(&snapshots->lock);
}

bool snapshots_differ(struct snapshots *snapshots, uint64_t node, uint64_t size)
{
	bool is_different = false;

	pthread_mutex_lock(&snapshots->lock);
	for (const struct tree_file *file = snapshots->chains[node % CHAINS]; file;
		file = file->next) {
		struct tree_entry entry;

		if (file->node != node)
			continue;
		tree_file_get(file, &entry);
		if (entry.size != size)
			is_different = true;
	}
	pthread_mutex_unlock(&snapshots->lock);
	return is_different;
}

bool snapshots_get_written(struct snapshots *snapshots, uint64_t node, struct tree_entry *ret_entry)
{
	const struct tree_file *file;

	pthread_mutex_lock(&snapshots->lock);
	file = snapshots->chains[node % CHAINS];
	while (file && !(file->node == node && file->writing))
		file = file->next;
	if (file)
		tree_file_get(file, ret_entry);
	pthread_mutex_unlock(&snapshots->lock);
	return file;
}

void snapshots_remove(struct snapshots *snapshots, struct tree_file *file)
{
	struct tree_file **link = &snapshots->chains[file->node % CHAINS];

	pthread_mutex_lock(&snapshots->lock);
	while (*link != file)
		link = &(*link)->next;
	*link = file->next;
	pthread_mutex_unlock(&snapshots->lock);
}
