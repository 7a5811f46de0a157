#include "odata_options.h"

#include "alloc.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static int hex_value(char c)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	return tolower((unsigned char)c) - 'a' + 10;
}

static char *decode(const char *text, size_t length)
{
	char *decoded = must_calloc(length + 1, 1);
	size_t used = 0;

	for (size_t i = 0; i < length; i++) {
		char c = text[i] == '+' ? ' ' : text[i];

		if (c == '%' && i + 2 < length && isxdigit((unsigned char)text[i + 1]) &&
			isxdigit((unsigned char)text[i + 2])) {
			c = (char)(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
			i += 2;
		}
		decoded[used++] = c;
	}
	return decoded;
}

void odata_options_init(struct odata_options *options, const char *text)
{
	options->values = json_object_new_object();
	if (*text == '?')
		text++;
	while (*text != '\0') {
		size_t length = strcspn(text, "&");
		const char *equals = memchr(text, '=', length);

		if (equals != NULL) {
			char *name = decode(text, (size_t)(equals - text));
			char *value = decode(equals + 1, length - (size_t)(equals - text) - 1);

			json_object_object_add(
				options->values, name, json_object_new_string(value));
			free(name);
			free(value);
		}
		text += length;
		if (*text == '&')
			text++;
	}
}

void odata_options_release(struct odata_options *options)
{
	json_object_put(options->values);
	options->values = NULL;
}

const char *odata_options_get(const struct odata_options *options, const char *name)
{
	return json_object_get_string(json_object_object_get(options->values, name));
}
