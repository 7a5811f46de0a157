#include "links.h"

#include "convert.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void links_put(
	struct json_object *links, const char *name, const char *method, const char *format, ...)
{
	struct json_object *link = json_object_new_object();
	char href[512];
	va_list args;

	va_start(args, format);
	vsnprintf(href, sizeof(href), format, args);
	va_end(args);
	json_object_object_add(link, "href", json_object_new_string(href));
	json_object_object_add(link, "method", json_object_new_string(method));
	json_object_object_add(links, name, link);
}

static void add_field(struct json_object *field, const char *above)
{
	struct json_object *links = json_object_new_object();
	struct json_object *nested = json_object_object_get(field, "nested");
	char path[400];

	snprintf(path, sizeof(path), "%s/%d", above,
		json_object_get_int(json_object_object_get(field, "fieldId")));
	links_put(links, "update", "PUT", "%s", path);
	links_put(links, "hide", "PUT", "%s/hide", path);
	links_put(links, "disable", "PUT", "%s/disable", path);
	if (nested != NULL) {
		links_put(links, "fields/add", "POST", "%s/nested", path);
		links_put(links, "fields/order", "PUT", "%s/nested/ordering", path);
	}
	links_put(links, "lock", "PUT", "%s/lock", path);
	links_put(links, "delete", "DELETE", "%s", path);
	json_object_object_add(field, "_links", links);
	if (nested == NULL)
		return;
	strncat(path, "/nested", sizeof(path) - strlen(path) - 1);
	for (size_t i = 0; i < json_object_array_length(nested); i++)
		add_field(json_object_array_get_idx(nested, i), path);
}

static void add_content_links(
	struct json_object *links, const struct schema *schema, const char *path)
{
	char contents[300];

	snprintf(contents, sizeof(contents), "/api/content/%s/%s", schema->app->name, schema->name);
	links_put(links, "self", "GET", "%s", path);
	links_put(links, "contents", "GET", "%s", contents);
	if (schema->is_singleton)
		return;
	links_put(links, "indexes", "GET", "%s/indexes", path);
	links_put(links, "contents/create", "POST", "%s", contents);
	links_put(links, "contents/create/publish", "POST", "%s?publish=true", contents);
}

void links_add_schema(struct schema *schema)
{
	static const char *const rest[][2] = { { "unpublish", "unpublish" },
		{ "fields/add", "fields" }, { "fields/order", "fields/ordering" },
		{ "fields/ui", "fields/ui" }, { "update", "" }, { "update/category", "category" },
		{ "update/rules", "rules" }, { "update/sync", "sync" },
		{ "update/urls", "preview-urls" }, { "update/scripts", "scripts" } };
	struct json_object *links = json_object_new_object();
	struct json_object *fields = json_object_object_get(schema->json, "fields");
	char path[300];
	char above[320];

	snprintf(path, sizeof(path), "/api/apps/%s/schemas/%s", schema->app->name, schema->name);
	snprintf(above, sizeof(above), "%s/fields", path);
	for (size_t i = 0; i < json_object_array_length(fields); i++)
		add_field(json_object_array_get_idx(fields, i), above);
	add_content_links(links, schema, path);
	for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]); i++)
		links_put(links, rest[i][0], strcmp(rest[i][0], "fields/add") ? "PUT" : "POST",
			"%s%s%s", path, *rest[i][1] ? "/" : "", rest[i][1]);
	links_put(links, "delete", "DELETE", "%s", path);
	json_object_object_add(schema->json, "_links", links);
}

void links_add_languages(struct app *app)
{
	struct json_object *items = json_object_object_get(app->languages, "items");
	struct json_object *list = json_object_new_object();
	char path[300];

	snprintf(path, sizeof(path), "/api/apps/%s/languages", app->name);
	for (size_t i = 0; i < json_object_array_length(items); i++) {
		struct json_object *language = json_object_array_get_idx(items, i);
		struct json_object *links = json_object_new_object();
		const char *code = json_text(language, "iso2Code");

		if (!json_flag(language, "isMaster")) {
			links_put(links, "update", "PUT", "%s/%s", path, code);
			links_put(links, "delete", "DELETE", "%s/%s", path, code);
		}
		json_object_object_add(language, "_links", links);
	}
	links_put(list, "self", "GET", "%s", path);
	links_put(list, "create", "POST", "%s", path);
	json_object_object_add(app->languages, "_links", list);
}
