/* The directories of an app, looked at again after the time to live: one request for all of them. */
#include <errno.h>
#include <pthread.h>

#include "cache/cache.h"
#include "support/cache_rig.h"
#include "support/folder.h"
#include "support/suite.h"

#define SCHEMAS "a:b:c:d:e:f:g:h:i:j:k:l:m:n:o:p:q:r:s:t"

enum { N_SCHEMAS = 20, N_ITEMS = 40 };

static struct cache_rig rig;

static void set_up(void)
{
	cache_rig_init(&rig);
	rig.schemas = SCHEMAS;
	cache_rig_reopen(&rig, NULL, RIG_TTL_MS);
	for (int i = 0; i < N_SCHEMAS; i++) {
		const char schema[] = { (char)('a' + i), '\0' };

		/* Ids are unique in the app. */
		cms_add(rig.cms, schema, schema[0], N_ITEMS);
	}
	cms_advance(rig.cms, 3600);
}

static void tear_down(void)
{
	cache_rig_release(&rig);
}

static int list(char letter)
{
	const char schema[] = { letter, '\0' };
	struct cache_rig own = rig;

	own.recipes = cache_find_dir(rig.cache, schema);
	ck_assert_ptr_nonnull(own.recipes);
	return cache_rig_list_all(&own);
}

static void list_first(int n)
{
	for (int i = 0; i < n; i++)
		ck_assert_int_eq(list((char)('a' + i)), N_ITEMS);
}

static void expire(void)
{
	cache_rig_wait(&rig, RIG_TTL_MS);
}

/* What listing these takes. */
static void check_cost(int n_dirs, size_t n_graphql, size_t n_rest)
{
	size_t graphql = cms_count(rig.cms, CMS_GRAPHQL), all = cms_count_all(rig.cms);

	list_first(n_dirs);
	graphql = cms_count(rig.cms, CMS_GRAPHQL) - graphql;
	ck_assert_uint_eq(graphql, n_graphql);
	ck_assert_uint_eq(cms_count_all(rig.cms) - all - graphql, n_rest);
}

START_TEST(nothing_new_costs_a_request)
{
	list_first(N_SCHEMAS);
	for (int i = 0; i < 3; i++) {
		expire();
		check_cost(N_SCHEMAS, 1, 0);
		check_cost(N_SCHEMAS, 0, 0);
	}
}
END_TEST

START_TEST(few_directories_are_cheaper_alone)
{
	list_first(2);
	expire();
	check_cost(2, 0, 2);
	list_first(3);
	expire();
	check_cost(3, 1, 0);
}
END_TEST

/* Once all were looked at; from then on it is one that somebody works in. */
START_TEST(a_directory_that_nobody_uses_does_not_count)
{
	list_first(N_SCHEMAS);
	expire();
	check_cost(1, 1, 0);
	for (int i = 0; i < 3; i++) {
		expire();
		check_cost(1, 0, 1);
	}
}
END_TEST

START_TEST(what_has_changed_is_asked_for_alone)
{
	size_t before;

	list_first(N_SCHEMAS);
	cms_change(rig.cms, "c", "c000007");
	cms_remove(rig.cms, "e", 'e', 3, 1);
	cms_add(rig.cms, "g", 'x', 2);
	cms_remove(rig.cms, "h", 'h', 3, 1);
	cms_add(rig.cms, "h", 'y', 1);
	expire();
	before = cms_count_all(rig.cms);
	for (int i = 0; i < N_SCHEMAS; i++) {
		char letter = (char)('a' + i);
		int n_more = letter == 'e' ? -1 : letter == 'g' ? 2 : 0;

		ck_assert_int_eq(list(letter), N_ITEMS + n_more);
	}
	ck_assert_uint_eq(cms_count(rig.cms, CMS_GRAPHQL), 1);
	ck_assert_uint_eq(cms_count(rig.cms, CMS_NEWEST), 4);
	ck_assert_uint_eq(cms_count(rig.cms, CMS_KNOWN), 2);
	ck_assert_uint_eq(cms_count_all(rig.cms) - before, 1 + 4 + 2);
}
END_TEST

/* As many within the margin of the check before as are looked at: one more may hide behind them. */
START_TEST(a_second_is_not_closed)
{
	static const char *const ids[] = { "a000001", "a000002", "a000003", "a000004", "a000005" };
	struct store_item item;

	list_first(3);
	expire();
	for (size_t i = 0; i < N_ROWS(ids); i++)
		cms_change(rig.cms, "a", ids[i]);
	list_first(3);
	cms_change(rig.cms, "a", "a000039");
	expire();
	list_first(3);
	store_item_init(&item);
	rig.recipes = cache_find_dir(rig.cache, "a");
	ck_assert_int_eq(
		cache_lookup(rig.cache, &rig.call, rig.recipes, "a000039", &item, NULL, NULL), 0);
	ck_assert_int_eq(item.version, 2);
	store_item_release(&item);
	expire();
	check_cost(3, 1, 0);
}
END_TEST

START_TEST(an_empty_directory_proves_nothing)
{
	cms_remove(rig.cms, "a", 'a', 0, N_ITEMS);
	ck_assert_int_eq(list('a'), 0);
	for (char letter = 'b'; letter < 'f'; letter++)
		list(letter);
	expire();
	ck_assert_int_eq(list('a'), 0);
	for (char letter = 'b'; letter < 'f'; letter++)
		ck_assert_int_eq(list(letter), N_ITEMS);
	ck_assert_uint_eq(cms_count(rig.cms, CMS_GRAPHQL), 1);
	ck_assert_uint_eq(cms_count(rig.cms, CMS_NEWEST), 1);
}
END_TEST

/* GraphQL's name for one is another's, which has as many items and none that is new. */
START_TEST(a_name_of_another_schema_is_not_believed)
{
	list_first(4);
	cms_confuse_type(rig.cms, "b", "c");
	cms_change(rig.cms, "b", "b000001");
	cms_advance(rig.cms, 3600);
	expire();
	check_cost(4, 1, 1);
}
END_TEST

START_TEST(a_name_that_is_missing_is_left_out)
{
	cms_hide_type(rig.cms, "b");
	list_first(6);
	expire();
	check_cost(6, 2, 2);
	expire();
	check_cost(6, 1, 1);
}
END_TEST

START_TEST(refused_it_is_rest)
{
	cms_fail(rig.cms, CMS_GRAPHQL, 0, 9, 403);
	list_first(6);
	expire();
	check_cost(6, 1, 6);
	expire();
	check_cost(6, 0, 6);
}
END_TEST

START_TEST(a_failure_is_one)
{
	list_first(6);
	cms_fail(rig.cms, CMS_GRAPHQL, 0, 1, -EHOSTUNREACH);
	expire();
	ck_assert_int_eq(list('a'), -EHOSTUNREACH);
	check_cost(6, 1, 0);
}
END_TEST

/* And that takes two pages each: what is newest may be as new as the check. */
START_TEST(without_a_date_it_is_rest)
{
	cms_send_no_date(rig.cms);
	list_first(3);
	expire();
	check_cost(3, 1, 2 * 3);
}
END_TEST

START_TEST(without_ttl_each_reader_checks_alone)
{
	cache_rig_reopen(&rig, NULL, 0);
	list_first(6);
	check_cost(6, 0, 6);
}
END_TEST

START_TEST(what_is_forgotten_is_listed)
{
	list_first(6);
	expire();
	cache_forget_dir(cache_find_dir(rig.cache, "b"));
	check_cost(6, 1, 1);
}
END_TEST

static void forget_meanwhile(void *payload, enum cms_kind kind)
{
	if (kind == CMS_GRAPHQL)
		cache_forget_dir(payload);
}

START_TEST(what_is_forgotten_meanwhile_is_not_believed)
{
	list_first(6);
	expire();
	cms_on_request(rig.cms, forget_meanwhile, cache_find_dir(rig.cache, "b"));
	check_cost(6, 1, 1);
	ck_assert_uint_eq(cms_count(rig.cms, CMS_NEWEST), 0);
}
END_TEST

START_TEST(a_walk_through_an_earlier_mount_costs_few)
{
	folder_make();
	cache_rig_reopen(&rig, folder_path(), RIG_TTL_MS);
	list_first(N_SCHEMAS);
	cache_rig_reopen(&rig, folder_path(), RIG_TTL_MS);
	cache_rig_wait(&rig, 10000);
	check_cost(1, 0, 1);
	check_cost(N_SCHEMAS, 1, 1);
	cache_rig_reopen(&rig, NULL, RIG_TTL_MS);
	folder_remove();
}
END_TEST

static void *list_in_thread(void *payload)
{
	const char *letter = payload;

	ck_assert_int_eq(list(*letter), N_ITEMS);
	return NULL;
}

/* Held until all threads are on their way to the server or wait for the one that is. */
static pthread_barrier_t begun;

static void *list_with_others(void *payload)
{
	pthread_barrier_wait(&begun);
	return list_in_thread(payload);
}

START_TEST(many_readers_cause_one_survey)
{
	static char letters[] = "abcdefgh";
	pthread_t threads[8];

	list_first(N_SCHEMAS);
	expire();
	pthread_barrier_init(&begun, NULL, 8);
	for (size_t i = 0; i < 8; i++)
		ck_assert_int_eq(
			pthread_create(&threads[i], NULL, list_with_others, &letters[i]), 0);
	for (size_t i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&begun);
	ck_assert_uint_eq(cms_count(rig.cms, CMS_GRAPHQL), 1);
	ck_assert_uint_eq(cms_count(rig.cms, CMS_NEWEST), 0);
}
END_TEST

/* A directory's own check that was sent, and is answered only when a survey has been made. */
struct slow_check {
	pthread_mutex_t lock;
	pthread_cond_t moved;
	bool is_sent, is_surveyed;
};

static void hold_check(void *payload, enum cms_kind kind)
{
	struct slow_check *slow = payload;

	pthread_mutex_lock(&slow->lock);
	if (kind == CMS_NEWEST) {
		slow->is_sent = true;
		pthread_cond_broadcast(&slow->moved);
		while (!slow->is_surveyed)
			pthread_cond_wait(&slow->moved, &slow->lock);
	} else if (kind == CMS_GRAPHQL) {
		slow->is_surveyed = true;
		pthread_cond_broadcast(&slow->moved);
	}
	pthread_mutex_unlock(&slow->lock);
}

START_TEST(a_check_under_way_is_left_alone)
{
	static struct slow_check slow = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER,
		false, false };
	static char letter = 'a';
	pthread_t thread;

	/* 'a' expires alone, and is being checked when the others expire. */
	list_first(1);
	cache_rig_wait(&rig, 20000);
	for (char other = 'b'; other < 'h'; other++)
		list(other);
	cache_rig_wait(&rig, 10000);
	cms_on_request(rig.cms, hold_check, &slow);
	ck_assert_int_eq(pthread_create(&thread, NULL, list_in_thread, &letter), 0);
	pthread_mutex_lock(&slow.lock);
	while (!slow.is_sent)
		pthread_cond_wait(&slow.moved, &slow.lock);
	pthread_mutex_unlock(&slow.lock);
	cache_rig_wait(&rig, 20000);
	for (char other = 'b'; other < 'h'; other++)
		ck_assert_int_eq(list(other), N_ITEMS);
	pthread_join(thread, NULL);
	ck_assert_uint_eq(cms_count(rig.cms, CMS_GRAPHQL), 1);
	ck_assert_uint_eq(cms_count(rig.cms, CMS_NEWEST), 1);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("survey");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, nothing_new_costs_a_request);
	tcase_add_test(tc, few_directories_are_cheaper_alone);
	tcase_add_test(tc, a_directory_that_nobody_uses_does_not_count);
	tcase_add_test(tc, what_has_changed_is_asked_for_alone);
	tcase_add_test(tc, a_second_is_not_closed);
	tcase_add_test(tc, an_empty_directory_proves_nothing);
	tcase_add_test(tc, a_name_of_another_schema_is_not_believed);
	tcase_add_test(tc, a_name_that_is_missing_is_left_out);
	tcase_add_test(tc, refused_it_is_rest);
	tcase_add_test(tc, a_failure_is_one);
	tcase_add_test(tc, without_a_date_it_is_rest);
	tcase_add_test(tc, without_ttl_each_reader_checks_alone);
	tcase_add_test(tc, what_is_forgotten_is_listed);
	tcase_add_test(tc, what_is_forgotten_meanwhile_is_not_believed);
	tcase_add_test(tc, a_walk_through_an_earlier_mount_costs_few);
	tcase_add_test(tc, many_readers_cause_one_survey);
	tcase_add_test(tc, a_check_under_way_is_left_alone);
	return suite_run(tc, "survey");
}
