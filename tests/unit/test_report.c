#include <check.h>
#include <errno.h>
#include <stdlib.h>

#include "api/report.h"
#include "base/buf.h"
#include "base/error.h"
#include "support/suite.h"

START_TEST(report_tells_an_error_in_one_line)
{
	struct error err = { 0 };
	struct error_report report = { 1795549138, "/apps/a/recipes/x.json", "read", &err };
	struct buf text;

	buf_init(&text, 4096);
	error_set_http(&err, EACCES, 403, "00-1-2-00", "recipes/x: \"no\"");
	ck_assert_int_eq(report_error_line(&text, &report), 0);
	error_set(&err, EHOSTUNREACH, "no route to the server");
	report.path = "/apps/a/\xff\n{";
	ck_assert_int_eq(report_error_line(&text, &report), 0);
	ck_assert_str_eq(buf_str(&text),
		"{\"time\":\"2026-11-24T19:38:58Z\",\"path\":\"/apps/a/recipes/x.json\","
		"\"operation\":\"read\",\"errno\":\"EACCES\",\"status\":403,"
		"\"message\":\"recipes/x: \\\"no\\\"\",\"traceId\":\"00-1-2-00\"}\n"
		"{\"time\":\"2026-11-24T19:38:58Z\",\"path\":\"/apps/a/\xef\xbf\xbd\\n{\","
		"\"operation\":\"read\",\"errno\":\"EHOSTUNREACH\","
		"\"message\":\"no route to the server\"}\n");
	buf_release(&text);
}
END_TEST

START_TEST(report_nests)
{
	struct report r;
	struct buf text;

	buf_init(&text, 4096);
	report_begin(&r, &text);
	report_add_string(&r, "version", "0.1.0");
	report_begin_array(&r, "apps");
	report_begin_object(&r, NULL);
	report_add_string(&r, "name", "a\"b");
	report_add_int(&r, "items", -42);
	report_add_bool(&r, "fresh", true);
	report_add_time(&r, "expires", 0);
	report_end(&r);
	report_add_string(&r, NULL, "x");
	report_end(&r);
	report_begin_object(&r, "requests");
	report_end(&r);
	report_add_amount(&r, "credits", 12.5);
	report_add_amount(&r, "more", 0.1 + 0.2);
	report_add_amount(&r, "whole", 51);
	ck_assert_int_eq(report_finish(&r), 0);
	ck_assert_str_eq(buf_str(&text),
		"{\n  \"version\": \"0.1.0\",\n  \"apps\": [\n    {\n      \"name\": \"a\\\"b\",\n"
		"      \"items\": -42,\n      \"fresh\": true,\n"
		"      \"expires\": \"1970-01-01T00:00:00Z\"\n    },\n    \"x\"\n  ],\n"
		"  \"requests\": {},\n  \"credits\": 12.5,\n  \"more\": 0.3,\n  \"whole\": "
		"51\n}\n");
	buf_release(&text);
}
END_TEST

START_TEST(report_remembers_its_first_failure)
{
	struct report r;
	struct buf text;

	buf_init(&text, 8);
	report_begin(&r, &text);
	report_add_string(&r, "too", "long for this buffer");
	ck_assert_int_eq(report_finish(&r), -EFBIG);
	buf_release(&text);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("report");

	tcase_add_test(tcase, report_tells_an_error_in_one_line);
	tcase_add_test(tcase, report_nests);
	tcase_add_test(tcase, report_remembers_its_first_failure);
	return suite_run(tcase, "report");
}
