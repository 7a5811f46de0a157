#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "api/text.h"
#include "base/buf.h"
#include "support/suite.h"

#define LEN_MAX 40
#define TEXT_MAX 1000

/* At the edges of what is plain, and in the middle. */
static const char plain[] = " !#[]a~\x7f";
static const unsigned char special[] = { '\0', '\x1f', '"', '\\', 0x80, 0xa2, 0xdc, 0xff };

static size_t plain_len(const char *str, size_t len)
{
	char *copy = malloc(len ? len : 1);
	size_t n;

	/* Of that very size: reading behind it is seen. */
	ck_assert(copy != NULL);
	memcpy(copy, str, len);
	n = text_plain_len(copy, len);
	free(copy);
	return n;
}

/* Wherever the first special character stands, and whatever is behind it. */
START_TEST(text_plain_len_ends_at_what_is_special)
{
	char str[LEN_MAX];

	for (size_t i = 0; i < sizeof(plain) - 1; i++) {
		for (size_t at = 0; at < LEN_MAX; at++) {
			memset(str, plain[i], at);
			memset(str + at, special[_i], LEN_MAX - at);
			ck_assert_uint_eq(plain_len(str, LEN_MAX), at);
			memset(str + at + 1, plain[i], LEN_MAX - at - 1);
			ck_assert_uint_eq(plain_len(str, LEN_MAX), at);
			ck_assert_uint_eq(plain_len(str, at), at);
		}
	}
}
END_TEST

static const struct {
	const char *str, *text;
} strings[] = {
	{ "", "\"\"" },
	{ "a", "\"a\"" },
	{ "eight by", "\"eight by\"" },
	{ "a \"quoted\" \\ and a/slash", "\"a \\\"quoted\\\" \\\\ and a/slash\"" },
	{ "line\nline\ttab\x01", "\"line\\nline\\ttab\\u0001\"" },
	{ "Grünkohl, Öl, 豆腐 und 🐟 fertig", "\"Grünkohl, Öl, 豆腐 und 🐟 fertig\"" },
	{ "not \xff UTF-8 \xc3", "\"not \xef\xbf\xbd UTF-8 \xef\xbf\xbd\"" },
};

START_TEST(text_adds_a_string)
{
	struct buf b;

	buf_init(&b, TEXT_MAX);
	ck_assert_int_eq(text_add_string(&b, strings[_i].str, strlen(strings[_i].str)), 0);
	ck_assert_str_eq(buf_str(&b), strings[_i].text);
	buf_release(&b);
}
END_TEST

START_TEST(text_adds_lines)
{
	static const char deep[] = ",\n                                        ";
	struct buf b;

	buf_init(&b, TEXT_MAX);
	ck_assert_int_eq(text_add_line(&b, 0), 0);
	ck_assert_int_eq(text_add_next_line(&b, 1, 0), 0);
	ck_assert_int_eq(text_add_next_line(&b, 2, 7), 0);
	ck_assert_str_eq(buf_str(&b), "\n\n  ,\n    ");
	buf_clear(&b);
	ck_assert_int_eq(text_add_next_line(&b, (sizeof(deep) - 3) / 2, 1), 0);
	ck_assert_str_eq(buf_str(&b), deep);
	buf_release(&b);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("text");

	tcase_add_loop_test(tcase, text_plain_len_ends_at_what_is_special, 0, N_ROWS(special));
	tcase_add_loop_test(tcase, text_adds_a_string, 0, N_ROWS(strings));
	tcase_add_test(tcase, text_adds_lines);
	return suite_run(tcase, "text");
}
