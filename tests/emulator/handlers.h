#ifndef EMULATOR_HANDLERS_H
#define EMULATOR_HANDLERS_H

/*
 * The handlers of the routes.  Each runs under the world's lock, with app,
 * schema, role and body of the call set as its route says, and fills in the
 * response.
 */

#include "failure.h"
#include "server.h"

/* identity.c */
void handle_token(struct call *call);
void handle_discovery(struct call *call);

/* control.c: takes the lock itself where it needs it */
void handle_faults_add(struct call *call);
void handle_faults_clear(struct call *call);
void handle_sockets(struct call *call);
void handle_clock(struct call *call);
void handle_tokens_revoke(struct call *call);
void handle_stats(struct call *call);
void handle_stats_clear(struct call *call);
void handle_log(struct call *call);
void handle_reset(struct call *call);

/* apps.c */
void handle_ping(struct call *call);
void handle_info(struct call *call);
void handle_apps(struct call *call);
void handle_app(struct call *call);
void handle_clients(struct call *call);
void handle_languages(struct call *call);
void handle_workflows(struct call *call);
void handle_history(struct call *call);
void handle_usages(struct call *call);

/* schemas.c */
void handle_schemas(struct call *call);
void handle_schema(struct call *call);
void handle_schema_create(struct call *call);
void handle_field_visibility(struct call *call);

/* openapi.c */
void handle_openapi(struct call *call);

/* list.c */
void handle_list(struct call *call);
void handle_query(struct call *call);
void handle_list_all(struct call *call);
void handle_references(struct call *call);
void handle_referencing(struct call *call);

/* graphql.c */
void handle_graphql(struct call *call);
void handle_graphql_batch(struct call *call);

/* read.c */
void handle_get(struct call *call);
void handle_get_version(struct call *call);
void handle_validity(struct call *call);
void handle_stream(struct call *call);

/* write.c */
void handle_create(struct call *call);
void handle_upsert(struct call *call);
void handle_update(struct call *call);
void handle_patch(struct call *call);
void handle_defaults(struct call *call);
void handle_status(struct call *call);
void handle_status_cancel(struct call *call);
void handle_draft_create(struct call *call);
void handle_draft_delete(struct call *call);
void handle_delete(struct call *call);

/* bulk.c */
void handle_bulk(struct call *call);
void handle_import(struct call *call);

/* answer.c: what all of them use */

/* An ErrorDto; the failure is released. */
void answer_failure(struct call *call, struct failure *failure);
void answer_error(struct call *call, int status, const char *message);
/* 404 as a write gives it: an RFC 7807 document. */
void answer_problem(struct call *call);
/* 200 with JSON. */
void answer_json(struct call *call, struct json_object *json);
/* The JSON that is in the response's body already. */
void answer_body(struct call *call, int status);
/* The id in the path, with the alias of a singleton resolved. */
const char *answer_item_id(const struct call *call);

#endif
