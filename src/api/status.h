/*
 * What an answer of the server means: HTTP status to errno, and the sentence out of the
 * server's own words.
 *
 * The body of a failed request is an ErrorDto (message, errorCode, traceId, details; wire/83)
 * or, from inside the framework, an RFC 7807 problem (title, status), or OAuth's (error,
 * error_description; wire/02). The message is often empty (wire/72): then status, errorCode
 * and details have to do. A body that is none of these is not quoted.
 * Pure functions.
 */
#ifndef SQUIDEXFS_API_STATUS_H
#define SQUIDEXFS_API_STATUS_H

#include <stdbool.h>

struct error;
struct http_response;
struct json_object;

enum status_operation { STATUS_READ, STATUS_CREATE, STATUS_WRITE };

/*
 * The errno (positive) for an HTTP status and errorCode ("" if none) of an operation; 0 for
 * 2xx and 304. message: the server's, "" if none ("Invalid command." on create means that the id
 * belongs to another schema: wire/316).
 */
int status_errno(int http_status, const char *error_code, const char *message,
	enum status_operation operation);

/*
 * Fills err for an answer that is not a success and returns the negative errno; 0 for
 * 2xx and 304. what: the thing asked for, the beginning of the sentence ("recipes/demo-draft").
 */
int status_check(const struct http_response *res, enum status_operation operation, const char *what,
	struct error *err);

/* As status_check, of one job's "error" in the answer to a bulk (wire/235); NULL: there is none. */
int status_check_job(struct json_object *failure, enum status_operation operation, const char *what,
	struct error *err);

/*
 * Does a failure with this status leave open whether a change was made? A proxy may not know, and
 * 500 is anything.
 */
bool status_is_doubtful(int http_status);

#endif
