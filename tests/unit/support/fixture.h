/*
 * Recorded answers of a real server, for tests that read them.
 *
 *	struct buf body;
 *	fixture_read("wire/seed/schemas.json", &body);
 *	fixture_read_body("wire/40-content-one-200.txt", &body);
 *	buf_release(&body);
 *
 * Paths are relative to tests/fixtures. A file that is not there fails the test.
 */
#ifndef TESTS_UNIT_FIXTURE_H
#define TESTS_UNIT_FIXTURE_H

struct buf;

/* The whole file. ret_text is initialised here. */
void fixture_read(const char *path, struct buf *ret_text);

/* The answer's body of a transcript: what stands behind the empty line after its headers. */
void fixture_read_body(const char *path, struct buf *ret_body);

#endif
