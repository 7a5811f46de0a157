#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "cache/store.h"
#include "cache/store_private.h"

int store_list_ids(struct store *store, uint64_t dir, const char *after_id, const char *last_id,
	size_t n_skip, size_t n_max, char **ret_ids, size_t *ret_n_ids, struct error *err)
{
	struct query q;
	int ret = 0, ended;

	*ret_n_ids = 0;
	pthread_mutex_lock(&store->lock);
	q = db_query(store->db, STORE_ID_LIST);
	query_int(&q, (int64_t)dir);
	query_text(&q, after_id ? after_id : "");
	/* Any text comes before any blob. */
	if (last_id)
		query_text(&q, last_id);
	else
		query_blob(&q, NULL, 0);
	query_int(&q, (int64_t)n_max);
	query_int(&q, (int64_t)n_skip);
	while (ret == 0 && query_next(&q)) {
		ret_ids[*ret_n_ids] = strdup(query_get_text(&q, 0));
		if (ret_ids[*ret_n_ids])
			(*ret_n_ids)++;
		else
			ret = -ENOMEM;
	}
	ended = query_end(&q, err, "cannot list the ids of a directory in the store");
	pthread_mutex_unlock(&store->lock);
	if (ended < 0)
		return ended;
	return ret < 0 ? error_set(err, ENOMEM, "out of memory") : 0;
}
