#include "cache/watch.h"

#include "support/suite.h"

static const struct {
	unsigned n_failures;
	uint64_t least_ms, most_ms;
} rows[] = {
	{ 1, 500, 1000 },
	{ 2, 1000, 2000 },
	{ 3, 2000, 4000 },
	{ 6, 16000, 32000 },
	{ 7, 30000, 60000 },
	{ 8, 30000, 60000 },
	{ 1000000, 30000, 60000 },
};

START_TEST(watch_backs_off)
{
	ck_assert_uint_eq(watch_retry_ms(rows[_i].n_failures, 0), rows[_i].least_ms);
	ck_assert_uint_eq(watch_retry_ms(rows[_i].n_failures, UINT32_MAX), rows[_i].most_ms);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("watch");

	tcase_add_loop_test(tc, watch_backs_off, 0, N_ROWS(rows));
	return suite_run(tc, "watch");
}
