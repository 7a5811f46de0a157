#include <check.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "api/client.h"
#include "base/error.h"
#include "save/deletes.h"
#include "save/hidden.h"
#include "save/outbox.h"
#include "save/save.h"
#include "save/state.h"
#include "support/cache_rig.h"
#include "support/folder.h"
#include "support/suite.h"

#define DELAY_MS 1000

static struct cache_rig rig;
static struct state *state;
static struct outbox *texts, *outbox;
static struct saver *saver;
static struct hidden *hidden;
static struct deletes *deletes;
static struct error err;

/* What the observer was told. */
static pthread_mutex_t told_lock = PTHREAD_MUTEX_INITIALIZER;
static int n_told, told_errnum;
static char told_id[16];

static void note(
	void *payload, const struct cache_dir *dir, const char *id, const struct error *why)
{
	(void)payload;
	(void)dir;
	pthread_mutex_lock(&told_lock);
	n_told++;
	told_errnum = why->errnum;
	snprintf(told_id, sizeof(told_id), "%s", id);
	pthread_mutex_unlock(&told_lock);
}

/* How many, and the latest. */
static void check_told(int n, int errnum, const char *id)
{
	bool is_as_expected;

	pthread_mutex_lock(&told_lock);
	is_as_expected = n_told == n &&
			 (n == 0 || (told_errnum == errnum && strcmp(told_id, id) == 0));
	pthread_mutex_unlock(&told_lock);
	ck_assert_msg(is_as_expected, "%d refused, the latest '%s'", n_told, told_id);
}

static void open_saver(void)
{
	const struct saver_conf conf = {
		.client = rig.client,
		.cache = rig.cache,
		.state = state,
		.outbox = texts,
		.clock = &rig.time.clock,
	};

	ck_assert_int_eq(saver_new(&conf, &saver, &err), 0);
}

/* As a mount begins. */
static void open_deletes(uint64_t delay_ms)
{
	struct deletes_conf conf = {
		.client = rig.client,
		.cache = rig.cache,
		.saver = saver,
		.clock = &rig.time.clock,
		.delay_ms = delay_ms,
		.mode = DELETES_PLAIN,
	};

	hidden = hidden_new(&rig.time.clock);
	ck_assert_ptr_nonnull(hidden);
	ck_assert_msg(outbox_open(state, OUTBOX_DELETES, &outbox, &err) == 0, "%s", err.text);
	conf.hidden = hidden;
	conf.outbox = outbox;
	ck_assert_msg(deletes_new(&conf, &deletes, &err) == 0, "%s", err.text);
	deletes_set_observer(deletes, note, NULL);
}

static void close_deletes(void)
{
	deletes_free(deletes);
	outbox_close(outbox);
	hidden_free(hidden);
}

static void set_up(void)
{
	struct state_conf conf = { .url = CMS_URL, .app = CMS_APP_NAME, .max_bytes = 1 << 20 };
	char place[PATH_MAX];

	folder_make();
	snprintf(place, sizeof(place), "%s/state", folder_path());
	conf.directory = place;
	n_told = 0;
	cache_rig_init(&rig);
	cms_add(rig.cms, "recipes", 'a', 20);
	ck_assert_int_eq(cache_rig_list_all(&rig), 20);
	ck_assert_msg(state_open(&conf, &state, &err) == 0, "%s", err.text);
	ck_assert_int_eq(outbox_open(state, OUTBOX_TEXTS, &texts, &err), 0);
	open_saver();
	open_deletes(DELAY_MS);
}

static void tear_down(void)
{
	close_deletes();
	saver_free(saver);
	outbox_close(texts);
	state_close(state);
	cache_rig_release(&rig);
	folder_remove();
}

static const char *id_of(int i)
{
	static char id[16];

	snprintf(id, sizeof(id), "a%06d", i);
	return id;
}

static void add(int i)
{
	ck_assert_msg(deletes_add(deletes, &rig.call, rig.recipes, id_of(i), 1, &err) == 0, "%s",
		err.text);
}

static bool is_hidden(int i)
{
	return hidden_has(hidden, rig.recipes, id_of(i));
}

static bool is_known(int i)
{
	struct store_item item;
	int ret;

	store_item_init(&item);
	ret = cache_peek_find(rig.recipes, id_of(i), &item, NULL);
	store_item_release(&item);
	return ret == 0;
}

static void pause_a_moment(void)
{
	const struct timespec moment = { .tv_nsec = 1000000 };

	nanosleep(&moment, NULL);
}

/* The thread looks at the pretended clock every now and then; the test's time-out ends this. */
static void wait_until_sent(void)
{
	while (deletes_count(deletes) > 0)
		pause_a_moment();
}

START_TEST(deletes_wait_for_their_time)
{
	add(3);
	ck_assert(is_hidden(3));
	ck_assert_uint_eq(deletes_count(deletes), 1);
	cache_rig_wait(&rig, DELAY_MS - 1);
	ck_assert_uint_eq(cms_count(rig.cms, CMS_DELETE), 0);
	cache_rig_wait(&rig, 1);
	wait_until_sent();
	ck_assert_uint_eq(cms_count(rig.cms, CMS_DELETE), 1);
	ck_assert(!is_hidden(3));
	ck_assert(!is_known(3));
	check_told(0, 0, NULL);
}
END_TEST

START_TEST(deletes_of_many_are_one_request)
{
	for (int i = 0; i < 6; i++)
		add(i);
	cache_rig_wait(&rig, DELAY_MS);
	wait_until_sent();
	ck_assert_uint_eq(cms_count(rig.cms, CMS_BULK), 1);
	ck_assert_uint_eq(cms_count(rig.cms, CMS_DELETE), 0);
	ck_assert(!is_known(5));
	ck_assert(is_known(6));
}
END_TEST

START_TEST(deletes_of_few_are_requests_each)
{
	for (int i = 0; i < 5; i++)
		add(i);
	cache_rig_wait(&rig, DELAY_MS);
	wait_until_sent();
	ck_assert_uint_eq(cms_count(rig.cms, CMS_BULK), 0);
	ck_assert_uint_eq(cms_count(rig.cms, CMS_DELETE), 5);
}
END_TEST

START_TEST(deletes_show_what_was_changed_meanwhile)
{
	cms_change(rig.cms, "recipes", id_of(2));
	for (int i = 0; i < 6; i++)
		add(i);
	cache_rig_wait(&rig, DELAY_MS);
	wait_until_sent();
	check_told(1, ESTALE, "a000002");
	ck_assert(!is_hidden(2));
	ck_assert(is_known(2));
	ck_assert(!is_known(1));
}
END_TEST

START_TEST(deletes_find_done_what_is_gone)
{
	cms_remove(rig.cms, "recipes", 'a', 2, 1);
	add(2);
	cache_rig_wait(&rig, DELAY_MS);
	wait_until_sent();
	check_told(0, 0, NULL);
	ck_assert(!is_known(2));
}
END_TEST

START_TEST(deletes_wait_for_a_server_that_is_away)
{
	cms_fail(rig.cms, CMS_DELETE, 0, 2, -EHOSTUNREACH);
	add(2);
	cache_rig_wait(&rig, DELAY_MS);
	while (cms_count(rig.cms, CMS_DELETE) < 1)
		pause_a_moment();
	ck_assert_uint_eq(deletes_count(deletes), 1);
	ck_assert(is_hidden(2));
	while (deletes_count(deletes) > 0) {
		cache_rig_wait(&rig, 100);
		pause_a_moment();
	}
	ck_assert_uint_eq(cms_count(rig.cms, CMS_DELETE), 3);
	check_told(0, 0, NULL);
	ck_assert(!is_known(2));
}
END_TEST

START_TEST(deletes_look_before_they_repeat)
{
	cms_fail(rig.cms, CMS_DELETE, 0, 1, 500);
	add(2);
	cache_rig_wait(&rig, DELAY_MS);
	wait_until_sent();
	ck_assert_uint_eq(cms_count(rig.cms, CMS_ITEM), 1);
	ck_assert_uint_eq(cms_count(rig.cms, CMS_DELETE), 2);
	check_told(0, 0, NULL);
}
END_TEST

START_TEST(deletes_repeat_once)
{
	cms_fail(rig.cms, CMS_DELETE, 0, 100, 500);
	add(2);
	cache_rig_wait(&rig, DELAY_MS);
	wait_until_sent();
	ck_assert_uint_eq(cms_count(rig.cms, CMS_DELETE), 2);
	check_told(1, EIO, "a000002");
	ck_assert(!is_hidden(2));
}
END_TEST

START_TEST(deletes_of_a_bulk_that_is_refused_go_one_by_one)
{
	cms_fail(rig.cms, CMS_BULK, 0, 1, 403);
	for (int i = 0; i < 6; i++)
		add(i);
	cache_rig_wait(&rig, DELAY_MS);
	wait_until_sent();
	ck_assert_uint_eq(cms_count(rig.cms, CMS_BULK), 1);
	ck_assert_uint_eq(cms_count(rig.cms, CMS_DELETE), 6);
	check_told(0, 0, NULL);
}
END_TEST

START_TEST(deletes_that_are_held_are_not_sent)
{
	bool has_resumed = false;

	add(2);
	ck_assert_int_eq(deletes_hold(deletes, &rig.call, rig.recipes, id_of(2), &err), 0);
	ck_assert_uint_eq(deletes_count(deletes), 0);
	ck_assert(is_hidden(2));
	cache_rig_wait(&rig, (uint64_t)10 * DELAY_MS);
	ck_assert_int_eq(deletes_resume(deletes, rig.recipes, id_of(2), &has_resumed, &err), 0);
	ck_assert(has_resumed);
	ck_assert_uint_eq(deletes_count(deletes), 1);
	ck_assert_uint_eq(cms_count(rig.cms, CMS_DELETE), 0);
	ck_assert_int_eq(deletes_hold(deletes, &rig.call, rig.recipes, id_of(2), &err), 0);
	ck_assert(deletes_drop(deletes, rig.recipes, id_of(2)));
	ck_assert(!deletes_drop(deletes, rig.recipes, id_of(2)));
	ck_assert(!is_hidden(2));
	ck_assert_int_eq(deletes_resume(deletes, rig.recipes, id_of(2), &has_resumed, &err), 0);
	ck_assert(!has_resumed);
	close_deletes();
	ck_assert_uint_eq(cms_count(rig.cms, CMS_DELETE), 0);
	open_deletes(DELAY_MS);
	ck_assert_uint_eq(deletes_count(deletes), 0);
}
END_TEST

START_TEST(deletes_are_sent_at_the_end)
{
	add(2);
	close_deletes();
	ck_assert_uint_eq(cms_count(rig.cms, CMS_DELETE), 1);
	open_deletes(DELAY_MS);
	ck_assert_uint_eq(deletes_count(deletes), 0);
}
END_TEST

START_TEST(deletes_that_could_not_be_sent_are_the_next_one_s)
{
	cms_fail(rig.cms, CMS_DELETE, 0, 1, -EHOSTUNREACH);
	add(2);
	close_deletes();
	ck_assert_uint_eq(cms_count(rig.cms, CMS_DELETE), 1);
	open_deletes(DELAY_MS);
	wait_until_sent();
	ck_assert_uint_eq(cms_count(rig.cms, CMS_DELETE), 2);
	ck_assert(!is_known(2));
}
END_TEST

START_TEST(deletes_without_a_delay_tell_the_verdict)
{
	close_deletes();
	open_deletes(0);
	cms_change(rig.cms, "recipes", id_of(2));
	ck_assert_int_eq(deletes_add(deletes, &rig.call, rig.recipes, id_of(2), 1, &err), -ESTALE);
	ck_assert(!is_hidden(2));
	add(3);
	ck_assert(!is_known(3));
	cms_fail(rig.cms, CMS_DELETE, 2, 1, 500);
	add(4);
	ck_assert_uint_eq(cms_count(rig.cms, CMS_DELETE), 4);
	ck_assert(!is_known(4));
	cms_fail(rig.cms, CMS_DELETE, 4, 1, -EHOSTUNREACH);
	ck_assert_int_eq(
		deletes_add(deletes, &rig.call, rig.recipes, id_of(5), 1, &err), -EHOSTUNREACH);
	ck_assert_uint_eq(deletes_count(deletes), 0);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("deletes");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, deletes_wait_for_their_time);
	tcase_add_test(tcase, deletes_of_many_are_one_request);
	tcase_add_test(tcase, deletes_of_few_are_requests_each);
	tcase_add_test(tcase, deletes_show_what_was_changed_meanwhile);
	tcase_add_test(tcase, deletes_find_done_what_is_gone);
	tcase_add_test(tcase, deletes_wait_for_a_server_that_is_away);
	tcase_add_test(tcase, deletes_look_before_they_repeat);
	tcase_add_test(tcase, deletes_repeat_once);
	tcase_add_test(tcase, deletes_of_a_bulk_that_is_refused_go_one_by_one);
	tcase_add_test(tcase, deletes_that_are_held_are_not_sent);
	tcase_add_test(tcase, deletes_are_sent_at_the_end);
	tcase_add_test(tcase, deletes_that_could_not_be_sent_are_the_next_one_s);
	tcase_add_test(tcase, deletes_without_a_delay_tell_the_verdict);
	return suite_run(tcase, "deletes");
}
