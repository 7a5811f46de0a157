#ifndef EMULATOR_OPENAPI_H
#define EMULATOR_OPENAPI_H

/*
 * The parts of an app's OpenAPI document.  openapi.c puts them together.
 */

#include "buf.h"
#include "world.h"

/* The schemas of requests and errors: JSON text of an object. */
extern const char OPENAPI_SHARED[];

/* "my-blog" -> "MyBlog" */
void openapi_type_name(const char *slug, struct buf *ret);
/* Adds <Name>DataDto, ...ContentDto and ...ContentResultDto, and nested types. */
void openapi_add_types(struct json_object *types, const struct schema *schema);
/* The same for any schema: DataDto, ContentDto, ContentResultDto. */
void openapi_add_common_types(struct json_object *types);

/* {"a": text} pairs up to a NULL name, as a new object. */
struct json_object *openapi_object(const char *name, ...) __attribute__((sentinel));

#endif
