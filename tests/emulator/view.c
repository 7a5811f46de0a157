#include "view.h"

#include "alloc.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *const VIEW_VARY[] = { "X-Fields", "X-Flatten", "X-Languages", "X-NoCleanup",
	"X-NoEnrichment", "X-NoDefaults", "X-NoResolveLanguages", "X-ResolveFlow", "X-ResolveUrls",
	"X-Unpublished" };
const size_t VIEW_VARY_COUNT = sizeof(VIEW_VARY) / sizeof(VIEW_VARY[0]);

static const struct {
	const char *header;
	unsigned flag;
} switches[] = {
	{ "X-Flatten", VIEW_FLATTEN },
	{ "X-NoDefaults", VIEW_NO_DEFAULTS },
	{ "X-NoCleanup", VIEW_NO_CLEANUP },
	{ "X-NoResolveLanguages", VIEW_NO_RESOLVE },
	{ "X-ResolveFlow", VIEW_FLOW },
	{ "X-NoTotal", VIEW_NO_TOTAL },
	{ "X-NoSlowTotal", VIEW_NO_SLOW_TOTAL },
	{ "X-NoCacheKeys", VIEW_NO_CACHE_KEYS },
};

/* The names of a list that is parted by commas or semicolons; NULL if there are none. */
static struct json_object *split_list(const char *text)
{
	struct json_object *list;
	char *copy;
	char *rest;
	char *part;

	if (text == NULL)
		return NULL;
	list = json_object_new_array();
	copy = must_strdup(text);
	rest = copy;
	while ((part = strsep(&rest, ",;")) != NULL) {
		part += strspn(part, " ");
		part[strcspn(part, " ")] = '\0';
		if (*part != '\0')
			json_object_array_add(list, json_object_new_string(part));
	}
	free(copy);
	if (json_object_array_length(list) == 0) {
		json_object_put(list);
		return NULL;
	}
	return list;
}

static bool list_has(struct json_object *list, const char *name)
{
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *entry = json_object_array_get_idx(list, i);

		if (strcasecmp(json_object_get_string(entry), name) == 0)
			return true;
	}
	return false;
}

/* Languages that the app lacks are dropped; where none is left, the master stays. */
static struct json_object *known_languages(struct json_object *asked, const struct app *app)
{
	struct json_object *known;
	struct json_object *items;
	const char *master = NULL;

	if (asked == NULL)
		return NULL;
	known = json_object_new_array();
	items = json_object_object_get(app->languages, "items");
	for (size_t i = 0; i < json_object_array_length(items); i++) {
		struct json_object *language = json_object_array_get_idx(items, i);
		const char *code = json_object_get_string(
			json_object_object_get(language, "iso2Code"));

		if (json_object_get_boolean(json_object_object_get(language, "isMaster")))
			master = code;
		if (list_has(asked, code))
			json_object_array_add(known, json_object_new_string(code));
	}
	if (json_object_array_length(known) == 0 && master != NULL)
		json_object_array_add(known, json_object_new_string(master));
	json_object_put(asked);
	return known;
}

void view_init(struct view *view, const struct request *request, const struct app *app)
{
	*view = (struct view){ .app = app, .scope = SCOPE_PUBLISHED };
	if (request_header(request, "X-Unpublished") != NULL)
		view->scope = SCOPE_ALL;
	for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
		if (request_header(request, switches[i].header) != NULL)
			view->flags |= switches[i].flag;
	}
	view->fields = split_list(request_header(request, "X-Fields"));
	view->languages = known_languages(split_list(request_header(request, "X-Languages")), app);
	view->urls = split_list(request_header(request, "X-ResolveUrls"));
	buf_add(&view->key, "", 0);
	for (size_t i = 0; i < VIEW_VARY_COUNT; i++) {
		const char *value = request_header(request, VIEW_VARY[i]);

		if (value != NULL)
			buf_puts(&view->key, value);
	}
}

bool view_wants_field(const struct view *view, const char *name)
{
	char prefixed[256] = "data.";

	if (view->fields == NULL || list_has(view->fields, name))
		return true;
	strncat(prefixed, name, sizeof(prefixed) - sizeof("data."));
	return list_has(view->fields, prefixed);
}

bool view_wants_language(const struct view *view, const char *code)
{
	return view->languages == NULL || list_has(view->languages, code);
}

bool view_wants_url(const struct view *view, const char *field)
{
	if (view->urls == NULL)
		return false;
	return list_has(view->urls, "*") || list_has(view->urls, field);
}

void view_release(struct view *view)
{
	json_object_put(view->fields);
	json_object_put(view->languages);
	json_object_put(view->urls);
	buf_release(&view->key);
}
