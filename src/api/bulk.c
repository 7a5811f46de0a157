#include "api/bulk.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "api/document.h"
#include "api/fields.h"
#include "api/schema.h"
#include "api/status.h"
#include "api/text.h"
#include "base/buf.h"
#include "base/error.h"

#define WHAT_SIZE 320

const char *bulk_job_type(enum change_kind kind)
{
	switch (kind) {
	case CHANGE_CREATE:
		return "Create";
	case CHANGE_PATCH:
		return "Patch";
	case CHANGE_PUT:
		return "Update";
	case CHANGE_UPSERT:
		return "Upsert";
	case CHANGE_STATUS:
		return "ChangeStatus";
	case CHANGE_DELETE:
		return "Delete";
	case CHANGE_UNSCHEDULE:
	case CHANGE_OPEN_DRAFT:
	case CHANGE_DROP_DRAFT:
		break;
	}
	return NULL;
}

static int add_text(struct buf *body, const char *key, const char *value)
{
	int ret = buf_addf(body, ",\"%s\":", key);

	return ret == 0 ? text_add_string(body, value, strlen(value)) : ret;
}

static int add_flag(struct buf *body, const char *key)
{
	return buf_addf(body, ",\"%s\":true", key);
}

static int add_data(struct buf *body, const struct change *change)
{
	int ret = buf_add_str(body, ",\"data\":");

	return ret == 0 ? buf_add(body, change->data, change->data_len) : ret;
}

static int add_job(struct buf *body, const struct change *change)
{
	int ret = buf_addf(body, "{\"type\":\"%s\"", bulk_job_type(change->kind));

	if (ret == 0)
		ret = add_text(body, FIELD_ID, change->id);
	if (ret == 0 && change->is_patch)
		ret = add_flag(body, "patch");
	if (ret == 0 && change->kind == CHANGE_DELETE && change->is_permanent)
		ret = add_flag(body, "permanent");
	if (ret == 0 && change->version >= 0)
		ret = buf_addf(body, ",\"expectedVersion\":%" PRId64, change->version);
	if (ret == 0 && change->status)
		ret = add_text(body, FIELD_STATUS, change->status);
	if (ret == 0 && change->due)
		ret = add_text(body, "dueTime", change->due);
	if (ret == 0 && change->data)
		ret = add_data(body, change);
	return ret == 0 ? buf_add_str(body, "}") : ret;
}

static bool has_check(const struct change *changes, size_t n_changes)
{
	for (size_t i = 0; i < n_changes; i++) {
		if (changes[i].checks_referrers)
			return true;
	}
	return false;
}

static int add_jobs(struct buf *body, const struct change *changes, size_t n_changes)
{
	int ret = buf_addf(body,
		"{\"doNotScript\":false,\"optimizeValidation\":false,\"checkReferrers\":%s,"
		"\"jobs\":[",
		has_check(changes, n_changes) ? "true" : "false");

	for (size_t i = 0; ret == 0 && i < n_changes; i++) {
		if (i > 0)
			ret = buf_add_str(body, ",");
		if (ret == 0)
			ret = add_job(body, &changes[i]);
	}
	return ret == 0 ? buf_add_str(body, "]}") : ret;
}

int bulk_add(struct buf *body, const struct change *changes, size_t n_changes, struct error *err)
{
	int ret;

	for (size_t i = 0; i < n_changes; i++) {
		if (!bulk_job_type(changes[i].kind))
			return error_set(err, EOPNOTSUPP,
				"%s/%s: the server has drafts and schedules by path only, and no "
				"path can hold this id",
				changes[i].schema->name, changes[i].id);
	}
	ret = add_jobs(body, changes, n_changes);
	if (ret == -EFBIG)
		return error_set(err, EFBIG, "%s: more than the server takes at once",
			changes[0].schema->name);
	if (ret < 0)
		return error_set(err, -ret, "%s: out of memory", changes[0].schema->name);
	return 0;
}

static void read_result(
	struct json_object *entry, const struct change *change, struct change_result *result)
{
	enum status_operation operation = change->kind == CHANGE_CREATE ? STATUS_CREATE
									: STATUS_WRITE;
	char what[WHAT_SIZE];

	snprintf(what, sizeof(what), "%s/%s", change->schema->name, change->id);
	result->err = (struct error){ 0 };
	result->ret = status_check_job(
		fields_get_object(entry, FIELD_ERROR), operation, what, &result->err);
	result->is_doubtful = result->ret < 0 && status_is_doubtful(result->err.http_status);
}

static void doubt_all(const struct change *changes, size_t n_changes, struct change_result *results)
{
	for (size_t i = 0; i < n_changes; i++) {
		results[i].ret = error_set(&results[i].err, EIO,
			"%s/%s: the server does not say what became of it", changes[i].schema->name,
			changes[i].id);
		results[i].is_doubtful = true;
	}
}

int bulk_parse(const struct buf *answer, const struct change *changes, size_t n_changes,
	struct change_result *results, struct error *err)
{
	struct json_object *root = NULL;
	int ret = document_parse(buf_str(answer), answer->len, changes[0].schema->name, &root, err);

	if (ret < 0)
		return ret;
	if (!json_object_is_type(root, json_type_array)) {
		json_object_put(root);
		return error_set(err, EIO, "%s: the server sent no list of results",
			changes[0].schema->name);
	}
	doubt_all(changes, n_changes, results);
	for (size_t i = 0; i < json_object_array_length(root); i++) {
		struct json_object *entry = json_object_array_get_idx(root, i);
		int64_t job = fields_get_int(entry, FIELD_JOB_INDEX, -1);

		if (job >= 0 && (uint64_t)job < n_changes)
			read_result(entry, &changes[job], &results[job]);
	}
	json_object_put(root);
	return 0;
}
