#include "support/fixture.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"

#define FIXTURE_MAX ((size_t)1 << 20)

void fixture_read(const char *path, struct buf *ret_text)
{
	char full[512], part[4096];
	size_t n;
	FILE *file;

	snprintf(full, sizeof(full), "%s/%s", FIXTURES, path);
	file = fopen(full, "r");
	ck_assert_msg(file != NULL, "%s cannot be opened", full);
	buf_init(ret_text, FIXTURE_MAX);
	do {
		n = fread(part, 1, sizeof(part), file);
		ck_assert_int_eq(buf_add(ret_text, part, n), 0);
	} while (n > 0);
	ck_assert(!ferror(file));
	fclose(file);
}

void fixture_read_body(const char *path, struct buf *ret_body)
{
	struct buf text;
	const char *body;

	fixture_read(path, &text);
	body = strstr(buf_str(&text), "\nHTTP/1.1 ");
	ck_assert_msg(body != NULL, "%s holds no answer", path);
	body = strstr(body, "\n\n");
	ck_assert_msg(body != NULL, "%s holds no body", path);
	buf_init(ret_body, FIXTURE_MAX);
	ck_assert_int_eq(buf_add_str(ret_body, body + 2), 0);
	buf_release(&text);
}
