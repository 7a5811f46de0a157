#include "cache/negative.h"

#include <stdio.h>

#include "support/suite.h"

START_TEST(negative_is_believed_until_its_time)
{
	struct negative *table = negative_new();
	uint64_t key = negative_key("recipes", "x");

	ck_assert_uint_eq(negative_left_ms(table, key, 10), 0);
	negative_add(table, key, 30, 10);
	ck_assert_uint_eq(negative_left_ms(table, key, 10), 20);
	ck_assert_uint_eq(negative_left_ms(table, key, 29), 1);
	ck_assert_uint_eq(negative_left_ms(table, key, 30), 0);
	ck_assert_uint_eq(negative_left_ms(table, negative_key("authors", "x"), 10), 0);
	negative_add(table, key, 50, 30);
	ck_assert_uint_eq(negative_left_ms(table, key, 30), 20);
	negative_free(table);
}
END_TEST

START_TEST(negative_of_no_time_is_not_kept)
{
	struct negative *table = negative_new();
	uint64_t key = negative_key("recipes", "x");

	negative_add(table, key, 10, 10);
	ck_assert_uint_eq(negative_left_ms(table, key, 10), 0);
	negative_free(table);
}
END_TEST

START_TEST(negative_forgets_the_oldest_when_full)
{
	struct negative *table = negative_new();
	uint64_t n_kept = 0;
	char id[16];

	for (unsigned i = 0; i < 100000; i++) {
		snprintf(id, sizeof(id), "%u", i);
		negative_add(table, negative_key("recipes", id), 1000000 + i, i);
	}
	for (unsigned i = 0; i < 100000; i++) {
		snprintf(id, sizeof(id), "%u", i);
		if (negative_left_ms(table, negative_key("recipes", id), 100000) > 0)
			n_kept++;
	}
	ck_assert_uint_eq(n_kept, 4096);
	ck_assert_uint_gt(negative_left_ms(table, negative_key("recipes", "99999"), 100000), 0);
	negative_free(table);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("negative");

	tcase_add_test(tc, negative_is_believed_until_its_time);
	tcase_add_test(tc, negative_of_no_time_is_not_kept);
	tcase_add_test(tc, negative_forgets_the_oldest_when_full);
	return suite_run(tc, "negative");
}
