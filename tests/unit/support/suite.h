/*
 * The main function of a unit test program: a suite of one case.
 *
 *	int main(void)
 *	{
 *		TCase *tc = tcase_create("retry");
 *
 *		tcase_add_test(tc, retry_waits);
 *		tcase_add_loop_test(tc, retry_row, 0, N_ROWS(rows));
 *		return suite_run(tc, "retry");
 *	}
 */
#ifndef TESTS_UNIT_SUITE_H
#define TESTS_UNIT_SUITE_H

#include <check.h>

/* The exit status: 0 if all passed. */
int suite_run(TCase *tc, const char *name);

#define N_ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

#endif
