#include <check.h>

#include "base/error.h"
#include "support/suite.h"
#include "tree/app.h"
#include "tree/kept.h"

static const struct app apps[2];
static struct kept *kept;
static struct error err;

static void set_up(void)
{
	kept = kept_new();
	ck_assert_ptr_nonnull(kept);
}

static void tear_down(void)
{
	kept_free(kept);
}

static uint64_t number(const struct app *app, const char *schema, const char *name)
{
	const struct kept_name key = { app, schema, name };
	uint64_t found = 0;

	ck_assert_int_eq(kept_number(kept, &key, &found, &err), 0);
	ck_assert_uint_gt(found, 0);
	return found;
}

START_TEST(kept_gives_each_name_one_number)
{
	uint64_t folder = number(&apps[0], "recipes", "");
	uint64_t file = number(&apps[0], "recipes", "x.json");
	uint64_t other_schema = number(&apps[0], "authors", "x.json");
	uint64_t other_app = number(&apps[1], "recipes", "x.json");

	ck_assert_uint_ne(folder, file);
	ck_assert_uint_ne(file, other_schema);
	ck_assert_uint_ne(file, other_app);
	ck_assert_uint_eq(number(&apps[0], "recipes", ""), folder);
	ck_assert_uint_eq(number(&apps[0], "recipes", "x.json"), file);
}
END_TEST

START_TEST(kept_knows_what_a_number_stands_for)
{
	uint64_t file = number(&apps[1], "recipes", "x.json");
	struct kept_name name;

	number(&apps[0], "authors", "y.json");
	ck_assert(kept_get(kept, file, &name));
	ck_assert_ptr_eq(name.app, &apps[1]);
	ck_assert_str_eq(name.schema, "recipes");
	ck_assert_str_eq(name.name, "x.json");
	ck_assert(!kept_get(kept, file + 2, &name));
	ck_assert(!kept_get(kept, 0, &name));
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("kept");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, kept_gives_each_name_one_number);
	tcase_add_test(tcase, kept_knows_what_a_number_stands_for);
	return suite_run(tcase, "kept");
}
