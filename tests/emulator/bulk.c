#include "access.h"
#include "alloc.h"
#include "change.h"
#include "clock.h"
#include "convert.h"
#include "guid.h"
#include "handlers.h"
#include "select.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef int change_function(
	const struct change *change, struct change_result *ret, struct failure *failure);

/* How a job's type is carried out, and the right that it needs. */
static const struct job_type {
	const char *name;
	change_function *run;
	const char *right;
	bool makes_items; /* so its item need not be there before */
} job_types[] = {
	{ "Upsert", change_upsert, "contents.upsert", true },
	{ "Create", change_create, "contents.create", true },
	{ "Update", change_update, "contents.update", false },
	{ "Patch", change_update, "contents.update", false },
	{ "ChangeStatus", change_status, "contents.changestatus", false },
	{ "Delete", change_delete, "contents.delete", false },
	{ "Validate", change_validate, "contents.read", false },
	{ "EnrichDefaults", change_defaults, "contents.update", false },
};

struct job {
	const struct job_type *type;
	struct json_object *json; /* borrowed from the body */
	struct schema *schema;
	char *id; /* NULL where there is none */
	struct failure failure;
	struct change_result result;
};

struct bulk {
	struct call *call;
	struct job *jobs;
	size_t count;
	unsigned flags; /* for every job */
	bool publishes;
};

static const struct job_type *find_type(struct json_object *json)
{
	const char *name = json_text(json, "type");

	for (size_t i = 0; i < sizeof(job_types) / sizeof(job_types[0]); i++) {
		if (strcasecmp(job_types[i].name, name) == 0)
			return &job_types[i];
	}
	return &job_types[0];
}

static long long expected_count(struct json_object *json)
{
	struct json_object *count = json_object_object_get(json, "expectedCount");

	return count != NULL ? json_object_get_int64(count) : 1;
}

/* The one item that a job's query finds; none for an upsert means a new one. */
static void find_by_query(struct job *job, const struct app *app, struct json_object *json)
{
	struct json_object *body = json_object_new_object();
	struct query_input in = { .body = body, .query_string = "" };
	struct view view = { .app = app, .scope = SCOPE_ALL };
	struct select_source source = { .app = app, .schema = job->schema };
	struct json_object *details = NULL;
	struct selection selection = { 0 };
	struct query *query = NULL;
	char *message = NULL;

	json_object_object_add(body, "q", json_object_get(json));
	if (query_parse(job->schema->json, app->languages, &in, &query, &message, &details)) {
		failure_set(&job->failure, 400, NULL, "%s", message != NULL ? message : "");
		job->failure.details = details;
		free(message);
		goto out;
	}
	select_items(&selection, &source, query, &view);
	if ((long long)selection.count > expected_count(job->json))
		failure_set(
			&job->failure, 400, NULL, "More than one content matches to the query.");
	else if (selection.count > 0)
		job->id = must_strdup(selection.items[0]->name->id);
	select_release(&selection);
	query_free(query);
out:
	json_object_put(body);
}

static void find_id(struct job *job, const struct app *app)
{
	struct json_object *query = json_object_object_get(job->json, "query");
	const char *id = json_text(job->json, "id");
	char fresh[GUID_SIZE];

	if (*id != '\0')
		job->id = must_strdup(id);
	else if (query != NULL)
		find_by_query(job, app, query);
	if (job->id != NULL || job->failure.status != 0 || !job->type->makes_items)
		return;
	guid_new(fresh);
	job->id = must_strdup(fresh);
}

/*
 * Looks everything up before any job runs: a job that needs an item fails if
 * the item is only made by another job of the same bulk (transcript 138).
 */
static void resolve(struct job *job, struct call *call)
{
	const char *schema_name = json_text(job->json, "schema");

	job->schema = *schema_name != '\0' ? app_schema(call->app, schema_name) : call->schema;
	if (job->schema == NULL || !job->schema->is_published) {
		failure_set(&job->failure, 404, NULL, "OBJECT_NOTFOUND");
		return;
	}
	find_id(job, call->app);
	if (job->failure.status != 0)
		return;
	if (!job->type->makes_items && (job->id == NULL || app_item(call->app, job->id) == NULL))
		failure_set(&job->failure, 404, NULL, "OBJECT_NOTFOUND");
	else if (!role_may(call->role, job->type->right))
		failure_set(&job->failure, 403, "FORBIDDEN", "Forbidden");
}

static unsigned job_flags(const struct bulk *bulk, const struct job *job)
{
	unsigned flags = bulk->flags;

	if (json_flag(job->json, "patch") || strcmp(job->type->name, "Patch") == 0)
		flags |= CHANGE_PATCH;
	if (json_flag(job->json, "permanent"))
		flags |= CHANGE_PERMANENT;
	if (json_flag(job->json, "enrichDefaults"))
		flags |= CHANGE_ENRICH;
	return flags;
}

static void run_job(struct bulk *bulk, struct job *job)
{
	const struct call *call = bulk->call;
	struct json_object *expected = json_object_object_get(job->json, "expectedVersion");
	struct json_object *data = json_object_object_get(job->json, "data");
	const char *status = json_text(job->json, "status");
	const char *due = json_text(job->json, "dueTime");
	struct change change = { .schema = job->schema,
		.id = job->id,
		.actor = call->client != NULL ? call->client->actor
					      : app_client(call->app, "default")->actor,
		.now = clock_now(),
		.expected = ANY_VERSION,
		.flags = job_flags(bulk, job) };

	if (json_object_is_type(data, json_type_object))
		change.data = data;
	if (*status != '\0' || strcmp(job->type->name, "ChangeStatus") == 0)
		change.status = status;
	else if (bulk->publishes && job->type->makes_items)
		change.status = STATUS_PUBLISHED;
	if (*due != '\0')
		change.due = clock_parse(due);
	if (expected != NULL)
		change.expected = (long)json_object_get_int64(expected);
	job->type->run(&change, &job->result, &job->failure);
}

/* Creates come before the upserts of the same item (transcript 138). */
static void run_all(struct bulk *bulk)
{
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < bulk->count; i++) {
			struct job *job = &bulk->jobs[i];
			bool creates = job->type->run == change_create;

			if (job->failure.status == 0 && creates == (pass == 0))
				run_job(bulk, job);
		}
	}
}

static void write_result(const struct job *job, size_t index, const char *trace, struct buf *out)
{
	buf_puts(out, "{");
	if (job->failure.status != 0) {
		buf_puts(out, "\"error\":");
		failure_write(&job->failure, trace, out);
		buf_puts(out, ",");
	}
	buf_printf(out, "\"jobIndex\":%zu", index);
	if (job->id != NULL) {
		buf_puts(out, ",\"id\":");
		buf_json_string(out, job->id, JSON_RELAXED);
		buf_puts(out, ",\"contentId\":");
		buf_json_string(out, job->id, JSON_RELAXED);
	}
	buf_puts(out, "}");
}

/* Results come in no order that a client may count on: here, backwards. */
static void answer_results(struct bulk *bulk)
{
	struct response *response = bulk->call->response;
	const struct job *first = NULL;

	buf_puts(&response->body, "[");
	for (size_t i = bulk->count; i > 0; i--) {
		const struct job *job = &bulk->jobs[i - 1];

		if (i < bulk->count)
			buf_puts(&response->body, ",");
		write_result(job, i - 1, bulk->call->trace, &response->body);
		if (job->failure.status == 0)
			first = job;
	}
	buf_puts(&response->body, "]");
	if (first != NULL) {
		response_etag_version(response, first->result.version);
		response->vary_content = true;
	}
	answer_body(bulk->call, 200);
}

static void run_bulk(struct bulk *bulk)
{
	for (size_t i = 0; i < bulk->count; i++) {
		struct job *job = &bulk->jobs[i];

		job->type = find_type(job->json);
		resolve(job, bulk->call);
	}
	run_all(bulk);
	answer_results(bulk);
	for (size_t i = 0; i < bulk->count; i++) {
		free(bulk->jobs[i].id);
		failure_release(&bulk->jobs[i].failure);
	}
	free(bulk->jobs);
}

/* A switch that is on unless the body says otherwise. */
static bool is_on(struct json_object *body, const char *name)
{
	return json_object_object_get(body, name) == NULL || json_flag(body, name);
}

static unsigned bulk_flags(struct json_object *body)
{
	unsigned flags = 0;

	if (is_on(body, "optimizeValidation"))
		flags |= CHANGE_TRUST_IDS;
	if (json_flag(body, "doNotValidate"))
		flags |= CHANGE_NO_VALIDATION;
	if (json_flag(body, "doNotValidateWorkflow"))
		flags |= CHANGE_NO_WORKFLOW;
	if (json_flag(body, "checkReferrers"))
		flags |= CHANGE_CHECK_REFERRERS;
	if (json_flag(body, "enrichRequiredFields"))
		flags |= CHANGE_ENRICH_REQUIRED;
	return flags;
}

void handle_bulk(struct call *call)
{
	struct json_object *jobs = json_object_object_get(call->body, "jobs");
	struct bulk bulk = { .call = call,
		.flags = bulk_flags(call->body),
		.publishes = json_flag(call->body, "publish") };

	if (json_object_is_type(jobs, json_type_array))
		bulk.count = json_object_array_length(jobs);
	bulk.jobs = must_calloc(bulk.count + 1, sizeof(*bulk.jobs));
	for (size_t i = 0; i < bulk.count; i++)
		bulk.jobs[i].json = json_object_array_get_idx(jobs, i);
	run_bulk(&bulk);
}

void handle_import(struct call *call)
{
	struct json_object *datas = json_object_object_get(call->body, "datas");
	struct json_object *jobs = json_object_new_array();
	struct json_object *body = json_object_new_object();
	struct json_object *imported = call->body;

	for (size_t i = 0; datas != NULL && i < json_object_array_length(datas); i++) {
		struct json_object *job = json_object_new_object();

		json_object_object_add(job, "type", json_object_new_string("Create"));
		json_object_object_add(
			job, "data", json_object_get(json_object_array_get_idx(datas, i)));
		json_object_array_add(jobs, job);
	}
	json_object_object_add(body, "jobs", jobs);
	json_object_object_add(
		body, "publish", json_object_new_boolean(json_flag(imported, "publish")));
	call->body = body;
	handle_bulk(call);
	call->body = imported;
	json_object_put(body);
}
