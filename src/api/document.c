#include "api/document.h"

#include <ctype.h>
#include <errno.h>
#include <json-c/json.h>
#include <limits.h>
#include <string.h>
#include <strings.h>

#include "api/fields.h"
#include "api/scan.h"
#include "base/buf.h"
#include "base/error.h"

/* How much of a text that is not JSON the sentence quotes. */
#define QUOTE_LEN 80

/* "-0" becomes "-0e-0000": four times as long, and no number grows more. */
#define MARKED_MAX(len) (4 * (len) + 64)

bool document_is_html(const char *text, size_t len)
{
	static const char *const beginnings[] = { "<!doctype html", "<html" };

	while (len > 0 && isspace((unsigned char)*text)) {
		text++;
		len--;
	}
	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++) {
		size_t n = strlen(beginnings[i]);

		if (len >= n && strncasecmp(text, beginnings[i], n) == 0)
			return true;
	}
	return false;
}

static void quote(const char *text, size_t len, char quoted[QUOTE_LEN + 1])
{
	size_t n = 0;

	for (size_t i = 0; i < len && n < QUOTE_LEN; i++) {
		if (isprint((unsigned char)text[i]))
			quoted[n++] = text[i];
	}
	quoted[n] = '\0';
}

static int refuse_text(const char *json, size_t len, const char *what,
	const struct document_fault *fault, struct error *err)
{
	char quoted[QUOTE_LEN + 1];

	quote(json, len, quoted);
	if (len == 0)
		error_set(err, EIO, "%s: the answer is empty", what);
	else if (document_is_html(json, len))
		error_set(err, EIO, "%s: the answer is an HTML page, not JSON: %s", what, quoted);
	else
		error_set(err, EIO, "%s: the answer is not JSON (%s at byte %zu): %s", what,
			fault->reason, fault->at, quoted);
	error_mark_remote(err);
	return -EIO;
}

int document_refuse(const char *json, size_t len, const char *what,
	const struct document_fault *fault, int ret, struct error *err)
{
	if (ret == -EIO)
		return refuse_text(json, len, what, fault, err);
	return error_set(err, -ret, "%s: the answer cannot be held: %s", what, fault->reason);
}

static const char *tokener_reason(struct json_tokener *tokener)
{
	enum json_tokener_error error = json_tokener_get_error(tokener);

	if (error == json_tokener_continue)
		return "it ends too early";
	return json_tokener_error_desc(error);
}

/* Reads the value that fills the text. */
static int parse(struct json_tokener *tokener, const char *json, size_t len,
	struct json_object **ret_value, struct document_fault *fault)
{
	struct json_object *value = json_tokener_parse_ex(tokener, json, (int)len);
	size_t end = json_tokener_get_parse_end(tokener);

	/* A bare number or word has no end but by what follows it. */
	if (json_tokener_get_error(tokener) == json_tokener_continue) {
		value = json_tokener_parse_ex(tokener, " ", 1);
		end = len;
	}
	if (json_tokener_get_error(tokener) != json_tokener_success) {
		*fault = (struct document_fault){ tokener_reason(tokener), end };
		return -EIO;
	}
	if (end < len) {
		json_object_put(value);
		*fault = (struct document_fault){ "it goes on", end };
		return -EIO;
	}
	*ret_value = value;
	return 0;
}

struct json_tokener *document_tokener_new(void)
{
	/* json-c counts one level more than there are brackets, and scan_json has counted. */
	struct json_tokener *tokener = json_tokener_new_ex(DOCUMENT_DEPTH_MAX + 2);

	if (tokener)
		json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	return tokener;
}

int document_read_value(struct json_tokener *tokener, const char *json, size_t len,
	struct json_object **ret_value, size_t *ret_end, struct document_fault *ret_fault)
{
	static const struct scan_limits limits = { DOCUMENT_DEPTH_MAX, DOCUMENT_TREE_MAX };
	struct buf marked;
	size_t end = 0;
	int ret;

	*ret_fault = (struct document_fault){ "too large", 0 };
	if (len > INT_MAX / 8)
		return -EFBIG;
	buf_init(&marked, MARKED_MAX(len));
	ret = scan_json(json, len, &limits, &marked, &ret_fault->reason, &end);
	ret_fault->at = end;
	if (ret == 0 && marked.len > 0)
		ret = parse(tokener, marked.data, marked.len, ret_value, ret_fault);
	else if (ret == 0)
		ret = parse(tokener, json, end, ret_value, ret_fault);
	if (ret == 0)
		*ret_end = end;
	buf_release(&marked);
	return ret;
}

/* One value that fills the whole text. */
int document_read(const char *json, size_t len, struct json_object **ret_root,
	struct document_fault *ret_fault)
{
	struct json_tokener *tokener = document_tokener_new();
	struct json_object *root = NULL;
	size_t end = 0;
	int ret;

	if (!tokener) {
		*ret_fault = (struct document_fault){ "out of memory", 0 };
		return -ENOMEM;
	}
	ret = document_read_value(tokener, json, len, &root, &end, ret_fault);
	while (ret == 0 && end < len && isspace((unsigned char)json[end]))
		end++;
	if (ret == 0 && end < len) {
		*ret_fault = (struct document_fault){ "it goes on", end };
		ret = -EIO;
	}
	json_tokener_free(tokener);
	if (ret == 0)
		*ret_root = root;
	else
		json_object_put(root);
	return ret;
}

int document_parse(const char *json, size_t len, const char *what, struct json_object **ret_root,
	struct error *err)
{
	struct document_fault fault;
	int ret = document_read(json, len, ret_root, &fault);

	return ret < 0 ? document_refuse(json, len, what, &fault, ret, err) : 0;
}
