#include "api/status.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "api/document.h"
#include "api/fields.h"
#include "base/buf.h"
#include "base/error.h"
#include "net/transport.h"

/* Longer words of a server are cut: struct error holds no more than 1,024 bytes. */
#define WORDS_MAX 768

static bool is_success(int http_status)
{
	return (http_status >= 200 && http_status < 300) || http_status == 304;
}

static bool is_redirect(int http_status)
{
	return http_status >= 300 && http_status < 400 && http_status != 304;
}

/* Answers whose errno depends on more than the status. 0: the status decides. */
static int special_errno(int http_status, const char *error_code, const char *message,
	enum status_operation operation)
{
	if (http_status == 409)
		return operation == STATUS_CREATE ? EEXIST : EBUSY;
	if (http_status != 400)
		return 0;
	if (strcmp(error_code, "OBJECT_REFERENCED") == 0)
		return EBUSY;
	/* RFC 6749, section 5.2: the identity server may refuse a client with 400, too. */
	if (strcmp(error_code, "invalid_client") == 0 ||
		strcmp(error_code, "unauthorized_client") == 0)
		return EACCES;
	if (operation == STATUS_CREATE && strcmp(message, "Invalid command.") == 0)
		return EEXIST;
	return 0;
}

int status_errno(int http_status, const char *error_code, const char *message,
	enum status_operation operation)
{
	static const struct {
		int http_status;
		int errnum;
	} rows[] = {
		{ 400, EINVAL },
		{ 401, EACCES },
		{ 403, EACCES },
		{ 404, ENOENT },
		{ 405, EOPNOTSUPP },
		{ 408, ETIMEDOUT },
		{ 410, ENOENT },
		{ 412, ESTALE },
		{ 413, EFBIG },
		{ 414, ENAMETOOLONG },
		{ 415, EINVAL },
		{ 422, EINVAL },
		{ 429, EBUSY },
	};
	int special;

	if (is_success(http_status))
		return 0;
	if (is_redirect(http_status))
		return EOPNOTSUPP;
	special = special_errno(http_status, error_code, message, operation);
	if (special)
		return special;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].http_status == http_status)
			return rows[i].errnum;
	}
	return EIO;
}

/* For answers without words of their own. RFC 9110, section 15. */
static const char *status_phrase(int http_status)
{
	static const struct {
		int http_status;
		const char *phrase;
	} rows[] = {
		{ 400, "the request was refused" },
		{ 401, "the access token was refused" },
		{ 403, "the client's role does not allow it" },
		{ 404, "not found" },
		{ 405, "the server does not allow this method" },
		{ 408, "the server ran out of time" },
		{ 409, "it exists already or is being changed" },
		{ 410, "it is deleted" },
		{ 412, "it was changed meanwhile" },
		{ 413, "too large for the server" },
		{ 414, "the name is too long for the server" },
		{ 429, "the quota of API calls is used up" },
		{ 500, "the server failed" },
		{ 502, "the proxy got no answer from the server" },
		{ 503, "the server is not available" },
		{ 504, "the proxy waited in vain for the server" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].http_status == http_status)
			return rows[i].phrase;
	}
	return "unexpected answer";
}

/* A failure's body, read. Strings are borrowed from root. */
struct failure {
	const char *message;
	const char *error_code;
	const char *trace_id;
	struct json_object *details; /* array of strings, or NULL */
};

static void read_failure(struct failure *failure, struct json_object *root)
{
	failure->message = fields_get_string(root, FIELD_MESSAGE);
	failure->error_code = fields_get_string(root, FIELD_ERROR_CODE);
	failure->trace_id = fields_get_string(root, FIELD_TRACE_ID);
	failure->details = fields_get_array(root, FIELD_DETAILS);
	if (!*failure->message)
		failure->message = fields_get_string(root, FIELD_TITLE);
	if (!*failure->message)
		failure->message = fields_get_string(root, FIELD_ERROR_DESCRIPTION);
	if (!*failure->error_code)
		failure->error_code = fields_get_string(root, FIELD_ERROR);
}

static void add_words(char words[WORDS_MAX], const char *separator, const char *more)
{
	size_t len = strlen(words);

	snprintf(words + len, WORDS_MAX - len, "%s%s", separator, more);
}

/* "Validation error: title.en: Field is required.; servings.iv: Must be between 1 and 100." */
static void tell(const struct failure *failure, int http_status, char words[WORDS_MAX])
{
	size_t n = failure->details ? json_object_array_length(failure->details) : 0;
	const char *separator = ": ";

	words[0] = '\0';
	add_words(words, "", *failure->message ? failure->message : status_phrase(http_status));
	for (size_t i = 0; i < n; i++) {
		struct json_object *detail = json_object_array_get_idx(failure->details, i);

		if (!json_object_is_type(detail, json_type_string))
			continue;
		add_words(words, separator, json_object_get_string(detail));
		separator = "; ";
	}
}

static int refuse(struct json_object *root, int http_status, enum status_operation operation,
	const char *what, struct error *err)
{
	struct failure failure;
	char words[WORDS_MAX];
	int errnum;

	read_failure(&failure, root);
	tell(&failure, http_status, words);
	errnum = status_errno(http_status, failure.error_code, failure.message, operation);
	/* The server's words for this say nothing. */
	if (errnum == EEXIST && http_status == 400)
		add_words(words, " ", "The id is in use in another schema.");
	return error_set_http(err, errnum, http_status, failure.trace_id, "%s: %s (HTTP %d%s%s)",
		what, words, http_status, *failure.error_code ? " " : "", failure.error_code);
}

bool status_is_doubtful(int http_status)
{
	return http_status == 408 || http_status >= 500;
}

int status_check(const struct http_response *res, enum status_operation operation, const char *what,
	struct error *err)
{
	struct json_object *root = NULL;
	int ret;

	if (is_success(res->status))
		return 0;
	if (is_redirect(res->status))
		return error_set_http(err, EOPNOTSUPP, res->status, NULL,
			"%s: the server redirects to '%s', which is not followed (HTTP %d)", what,
			res->location, res->status);
	/* A body that is not JSON has nothing to say here: the status says it all. */
	if (res->body.len > 0)
		document_parse(res->body.data, res->body.len, "", &root, NULL);
	ret = refuse(root, res->status, operation, what, err);
	json_object_put(root);
	return ret;
}

int status_check_job(struct json_object *failure, enum status_operation operation, const char *what,
	struct error *err)
{
	int http_status = (int)fields_get_int(failure, FIELD_STATUS_CODE, 0);

	if (!failure)
		return 0;
	/* Only a failure has such an object: whatever it calls itself, it is none of success. */
	return refuse(failure, http_status >= 400 ? http_status : 500, operation, what, err);
}
