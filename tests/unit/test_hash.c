#include "base/hash.h"

#include <string.h>

#include "support/suite.h"

/* Of the xxHash library's own program: xxhsum -H3. Inode numbers on disk depend on them. */
static const struct {
	const char *text;
	uint64_t hash;
} knowns[] = {
	{ "", UINT64_C(0x2d06800538d394c2) },
	{ "a", UINT64_C(0xe6c632b61e964e1f) },
	{ "abc", UINT64_C(0x78af5f94892f3950) },
};

START_TEST(hash_bytes_is_the_same_everywhere)
{
	ck_assert_uint_eq(hash_bytes(knowns[_i].text, strlen(knowns[_i].text)), knowns[_i].hash);
}
END_TEST

static const struct {
	const char *what;
	const char *a[3];
	size_t n_a;
	const char *b[3];
	size_t n_b;
} pairs[] = {
	{ "the border between strings counts", { "a", "bc" }, 2, { "ab", "c" }, 2 },
	{ "their order counts", { "a", "b" }, 2, { "b", "a" }, 2 },
	{ "an empty string counts", { "a", "" }, 2, { "a" }, 1 },
	{ "where it stands counts", { "", "a" }, 2, { "a", "" }, 2 },
	{ "their number counts", { "a", "a" }, 2, { "a", "a", "a" }, 3 },
};

START_TEST(hash_strings_tells_apart)
{
	uint64_t a = hash_strings(pairs[_i].a, pairs[_i].n_a);
	uint64_t b = hash_strings(pairs[_i].b, pairs[_i].n_b);

	ck_assert_msg(a != b, "%s", pairs[_i].what);
	ck_assert_uint_eq(a, hash_strings(pairs[_i].a, pairs[_i].n_a));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("hash");

	tcase_add_loop_test(tc, hash_bytes_is_the_same_everywhere, 0, N_ROWS(knowns));
	tcase_add_loop_test(tc, hash_strings_tells_apart, 0, N_ROWS(pairs));
	return suite_run(tc, "hash");
}
