#include "message.h"

#include "alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char CONTENT_TYPE_JSON[] = "application/json; charset=utf-8";

void pair_list_add(struct pair_list *list, const char *name, const char *value)
{
	list->pairs = must_resize(list->pairs, list->count + 1, sizeof(*list->pairs));
	list->pairs[list->count].name = must_strdup(name);
	list->pairs[list->count].value = must_strdup(value);
	list->count++;
}

const char *pair_list_get(const struct pair_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcasecmp(list->pairs[i].name, name) == 0)
			return list->pairs[i].value;
	}
	return NULL;
}

void pair_list_release(struct pair_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->pairs[i].name);
		free(list->pairs[i].value);
	}
	free(list->pairs);
	*list = (struct pair_list){ 0 };
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that "%41" stands for, or -1. */
static int escaped_byte(const char *p)
{
	int high = p[0] == '%' ? hex_digit(p[1]) : -1;
	int low = high >= 0 ? hex_digit(p[2]) : -1;

	return low >= 0 ? high * 16 + low : -1;
}

/* A slash stays encoded in a segment of a path: the server never splits there. */
static void decode(char *text, bool keep_slash)
{
	char *out = text;

	for (const char *in = text; *in != '\0'; in++) {
		int byte = escaped_byte(in);

		if (byte <= 0 || (keep_slash && byte == '/')) {
			*out++ = *in;
			continue;
		}
		*out++ = (char)byte;
		in += 2;
	}
	*out = '\0';
}

void percent_decode(char *text)
{
	decode(text, false);
}

void form_parse(const char *text, struct pair_list *ret)
{
	char *copy = must_strdup(text);
	char *rest = copy;
	char *part;

	for (char *p = copy; *p != '\0'; p++) {
		if (*p == '+')
			*p = ' ';
	}
	while ((part = strsep(&rest, "&")) != NULL) {
		char *value = strchr(part, '=');

		if (*part == '\0')
			continue;
		if (value != NULL)
			*value++ = '\0';
		percent_decode(part);
		if (value != NULL)
			percent_decode(value);
		pair_list_add(ret, part, value != NULL ? value : "");
	}
	free(copy);
}

static void add_segment(struct request *request, const char *text)
{
	if (strcmp(text, "..") == 0) {
		if (request->segment_count > 0)
			free(request->segments[--request->segment_count]);
		return;
	}
	if (*text == '\0' || strcmp(text, ".") == 0 || request->segment_count == MAX_SEGMENTS)
		return;
	request->segments[request->segment_count++] = must_strdup(text);
}

void request_set_target(struct request *request, const char *target)
{
	char *copy = must_strdup(target);
	char *query = strchr(copy, '?');
	struct buf path = { 0 };
	char *rest = copy;
	char *part;

	if (query != NULL) {
		*query = '\0';
		form_parse(query + 1, &request->query);
	}
	while ((part = strsep(&rest, "/")) != NULL)
		add_segment(request, part);
	buf_add(&path, "", 0);
	for (size_t i = 0; i < request->segment_count; i++) {
		buf_printf(&path, "/%s", request->segments[i]);
		decode(request->segments[i], true);
	}
	request->target = must_strdup(target);
	request->path = buf_take(&path);
	free(copy);
}

const char *request_query(const struct request *request, const char *name)
{
	return pair_list_get(&request->query, name);
}

const char *request_header(const struct request *request, const char *name)
{
	return pair_list_get(&request->headers, name);
}

bool request_query_true(const struct request *request, const char *name)
{
	const char *value = request_query(request, name);

	return value != NULL && strcasecmp(value, "true") == 0;
}

void request_release(struct request *request)
{
	free(request->method);
	free(request->target);
	free(request->path);
	for (size_t i = 0; i < request->segment_count; i++)
		free(request->segments[i]);
	pair_list_release(&request->query);
	pair_list_release(&request->headers);
	buf_release(&request->body);
	*request = (struct request){ 0 };
}

void response_init(struct response *response)
{
	*response = (struct response){ .status = 200, .mangle.close_after = -1 };
}

void response_header(struct response *response, const char *name, const char *value)
{
	pair_list_add(&response->headers, name, value);
}

const char *response_get_header(const struct response *response, const char *name)
{
	return pair_list_get(&response->headers, name);
}

void response_etag(struct response *response, const char *tag)
{
	char value[128];

	snprintf(value, sizeof(value), "W/\"%s\"", tag);
	response_header(response, "ETag", value);
}

void response_etag_version(struct response *response, int version)
{
	char tag[16];

	snprintf(tag, sizeof(tag), "%d", version);
	response_etag(response, tag);
}

void response_clear(struct response *response)
{
	buf_release(&response->body);
	pair_list_release(&response->headers);
	response->content_type = NULL;
	response->vary_content = false;
	response->has_length = false;
}

void response_release(struct response *response)
{
	buf_release(&response->body);
	pair_list_release(&response->headers);
}
