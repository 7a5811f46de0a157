#include <check.h>
#include <stdio.h>
#include <string.h>

#include "support/suite.h"
#include "tree/name.h"

#define INO UINT64_C(0x0123456789abcdef)

#define PIZZA "\xf0\x9f\x8d\x95" /* one character of four bytes */
#define TEN(s) s s s s s s s s s s
#define HUNDRED(s) TEN(TEN(s))
#define FIFTY(s) TEN(s) TEN(s) TEN(s) TEN(s) TEN(s)
#define FIVE(s) s s s s s

#define ONE_BYTE_255 HUNDRED("x") HUNDRED("x") FIFTY("x") FIVE("x")
#define FOUR_BYTE_255 HUNDRED(PIZZA) HUNDRED(PIZZA) FIFTY(PIZZA) FIVE(PIZZA)
#define MARK "~0123456789abcdef"

static const struct {
	const char *what;
	const char *id;
	const char *name;
} plain[] = {
	{ "a GUID-like id stands for itself", "demo-draft", "demo-draft.json" },
	{ "a slash is encoded", "a/b", "a%2Fb.json" },
	{ "spaces stay, a percent sign is encoded", "a b%", "a b%25.json" },
	{ "characters beyond ASCII stay", "üñ" PIZZA, "üñ" PIZZA ".json" },
	{ "a leading dot is encoded", ".hidden", "%2Ehidden.json" },
	{ "dot", ".", "%2E.json" },
	{ "dot-dot", "..", "%2E..json" },
	{ "a dot elsewhere stays", "a.b.", "a.b..json" },
	{ "a quote stays", "o'b", "o'b.json" },
	{ "control characters are encoded", "a\x01\n\x1f\x7f", "a%01%0A%1F%7F.json" },
	{ "a lone percent sign", "%", "%25.json" },
	{ "an id that looks encoded is not taken for one that is", "a%41", "a%2541.json" },
	{ "an id that ends in .json gets a second one", "x.json", "x.json.json" },
	{ "an id that is .json", ".json", "%2Ejson.json" },
	{ "a tilde stays", "a~b", "a~b.json" },
	{ "a short id with a mark is not a shortened name", "x" MARK, "x" MARK ".json" },
	{ "bytes that are not UTF-8 stay", "a\xff\xc3(\xe2\x82", "a\xff\xc3(\xe2\x82.json" },
	{ "the longest that fits", HUNDRED("x") HUNDRED("x") FIFTY("x"),
		HUNDRED("x") HUNDRED("x") FIFTY("x") ".json" },
};

START_TEST(name_round_trips)
{
	char name[NAME_MAX_LEN + 1];
	struct name_decoded decoded;

	name_encode(plain[_i].id, INO, name);
	ck_assert_msg(strcmp(name, plain[_i].name) == 0, "%s: got '%s'", plain[_i].what, name);
	ck_assert_msg(name_decode(name, &decoded), "%s: not decoded", plain[_i].what);
	ck_assert_msg(!decoded.is_shortened, "%s: taken for shortened", plain[_i].what);
	ck_assert_msg(
		strcmp(decoded.id, plain[_i].id) == 0, "%s: id '%s'", plain[_i].what, decoded.id);
}
END_TEST

static const struct {
	const char *what;
	const char *name;
	const char *id; /* NULL: not the name of an item */
} decoding[] = {
	{ "any percent-encoding is taken", "a%41.json", "aA" },
	{ "in lower case too", "a%2fb.json", "a/b" },
	{ "an encoded tilde", "x%7Ey.json", "x~y" },
	{ "an invalid one stands for itself", "a%4g%zz%.json", "a%4g%zz%" },
	{ "cut off by the suffix", "a%2.json", "a%2" },
	{ "cut off by the suffix earlier", "a%.json", "a%" },
	{ "NUL stands for itself", "a%00.json", "a%00" },
	{ "only once", "a%2541.json", "a%41" },
	{ "no suffix", "x.txt", NULL },
	{ "a swap file", ".x.json.swp", NULL },
	{ "a leading dot", ".x.json", NULL },
	{ "the suffix alone", ".json", NULL },
	{ "nothing", "", NULL },
	{ "suffix in upper case", "x.JSON", NULL },
	{ "dot", ".", NULL },
	{ "dot-dot", "..", NULL },
	{ "longer than a name can be", ONE_BYTE_255 ".json", NULL },
};

START_TEST(name_decodes)
{
	struct name_decoded decoded;
	bool is_item = name_decode(decoding[_i].name, &decoded);

	ck_assert_msg(is_item == !!decoding[_i].id, "%s", decoding[_i].what);
	if (is_item)
		ck_assert_msg(strcmp(decoded.id, decoding[_i].id) == 0, "%s: id '%s'",
			decoding[_i].what, decoded.id);
}
END_TEST

static const struct {
	const char *what;
	const char *id;
	size_t len;       /* of the name */
	const char *tail; /* that the name ends with */
} shortened[] = {
	{ "255 characters of one byte", ONE_BYTE_255, 255, "xx" MARK ".json" },
	{ "255 characters of four bytes, cut between two", FOUR_BYTE_255, 254, PIZZA MARK ".json" },
	{ "shifted by one byte", "a" FOUR_BYTE_255, 255, PIZZA MARK ".json" },
	{ "shifted by two bytes", "ab" FOUR_BYTE_255, 252, PIZZA MARK ".json" },
	{ "shifted by three bytes", "abc" FOUR_BYTE_255, 253, PIZZA MARK ".json" },
	{ "an encoded byte stays whole", HUNDRED("/") HUNDRED("/"), 253, "%2F" MARK ".json" },
	{ "bytes that are not UTF-8 are cut anywhere",
		HUNDRED("\x80") HUNDRED("\x80") HUNDRED("\x80"), 255, "\x80" MARK ".json" },
	{ "a plain name that looks shortened",
		HUNDRED("x") HUNDRED("x") TEN("x") TEN("x") TEN("x") MARK, 255,
		"x~01" MARK ".json" },
};

START_TEST(name_shortens)
{
	char name[NAME_MAX_LEN + 1];
	struct name_decoded decoded;
	size_t tail = strlen(shortened[_i].tail);
	size_t len;

	name_encode(shortened[_i].id, INO, name);
	len = strlen(name);
	ck_assert_msg(len == shortened[_i].len, "%s: %zu bytes", shortened[_i].what, len);
	ck_assert_msg(strcmp(name + len - tail, shortened[_i].tail) == 0, "%s: '%s'",
		shortened[_i].what, name);
	ck_assert_msg(name_decode(name, &decoded), "%s: not decoded", shortened[_i].what);
	ck_assert_msg(decoded.is_shortened, "%s: not recognised", shortened[_i].what);
	ck_assert_msg(decoded.ino == INO, "%s: another number", shortened[_i].what);
	ck_assert_str_eq(decoded.id, "");
}
END_TEST

START_TEST(name_tells_shortened_ones_apart)
{
	char one[NAME_MAX_LEN + 1], again[NAME_MAX_LEN + 1], other[NAME_MAX_LEN + 1];

	name_encode(ONE_BYTE_255 "1", 1, one);
	name_encode(ONE_BYTE_255 "1", 1, again);
	name_encode(ONE_BYTE_255 "2", 2, other);
	ck_assert_str_eq(one, again);
	ck_assert_str_ne(one, other);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("name");

	tcase_add_loop_test(tc, name_round_trips, 0, N_ROWS(plain));
	tcase_add_loop_test(tc, name_decodes, 0, N_ROWS(decoding));
	tcase_add_loop_test(tc, name_shortens, 0, N_ROWS(shortened));
	tcase_add_test(tc, name_tells_shortened_ones_apart);
	return suite_run(tc, "name");
}
