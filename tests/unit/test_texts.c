#include "cache/texts.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "support/suite.h"

#define N_THREADS 4
#define N_ROUNDS 20000

/* Of one text of KILOBYTE bytes and what it takes beside them; two never fit into this. */
#define KILOBYTE 1024
#define ROOM_FOR_ONE (KILOBYTE + 512)

static char kilobyte[KILOBYTE];

static struct text *add(struct texts *texts, uint64_t row)
{
	struct text *text = texts_add(texts, row, 7, kilobyte, sizeof(kilobyte), TEXTS_KEEP);

	ck_assert_ptr_nonnull(text);
	return text;
}

/* Looks without keeping, which counts as a use. */
static bool has(struct texts *texts, uint64_t row)
{
	struct text *text = texts_get(texts, row, 7, TEXTS_KEEP);
	bool is_there = text != NULL;

	text_unref(text);
	return is_there;
}

START_TEST(texts_give_back_what_was_added)
{
	struct texts *texts = texts_new(10000);
	struct text *text = texts_add(texts, 5, 7, "a\0b", 3, TEXTS_KEEP);
	size_t len;

	ck_assert_int_eq(memcmp(text_data(text, &len), "a\0b", 4), 0);
	ck_assert_uint_eq(len, 3);
	ck_assert_ptr_eq(texts_get(texts, 5, 7, TEXTS_KEEP), text);
	ck_assert_ptr_null(texts_get(texts, 5, 8, TEXTS_KEEP));
	ck_assert_ptr_null(texts_get(texts, 6, 7, TEXTS_KEEP));
	text_unref(text);
	text_unref(text);
	text = texts_add(texts, 6, 7, NULL, 0, TEXTS_KEEP);
	ck_assert_str_eq(text_data(text, &len), "");
	ck_assert_uint_eq(len, 0);
	text_unref(text);
	texts_free(texts);
}
END_TEST

START_TEST(texts_are_there_once)
{
	struct texts *texts = texts_new(0);
	struct text *text = add(texts, 1);

	for (int i = 0; i < 1000; i++)
		ck_assert_ptr_eq(add(texts, 1), text);
	for (int i = 0; i < 1000; i++)
		text_unref(text);
	ck_assert_ptr_eq(texts_get(texts, 1, 7, TEXTS_KEEP), text);
	text_unref(text);
	text_unref(text);
	/* Nothing may be kept. */
	ck_assert(!has(texts, 1));
	ck_assert_uint_eq(texts_get_bytes(texts), 0);
	texts_free(texts);
}
END_TEST

START_TEST(texts_free_first_what_was_let_go_first)
{
	struct texts *texts = texts_new(3 * ROOM_FOR_ONE - 512);

	for (uint64_t row = 1; row <= 3; row++)
		text_unref(add(texts, row));
	ck_assert(has(texts, 1));
	text_unref(add(texts, 4));
	ck_assert(!has(texts, 2));
	ck_assert(has(texts, 3));
	ck_assert(has(texts, 1));
	ck_assert(has(texts, 4));
	ck_assert_uint_le(texts_get_bytes(texts), 3 * ROOM_FOR_ONE);
	ck_assert_uint_ge(texts_get_bytes(texts), 3 * KILOBYTE);
	texts_free(texts);
}
END_TEST

START_TEST(texts_do_not_count_what_is_held)
{
	struct texts *texts = texts_new(ROOM_FOR_ONE);
	struct text *held[3];

	for (uint64_t row = 0; row < 3; row++)
		held[row] = add(texts, row);
	ck_assert_uint_eq(texts_get_bytes(texts), 0);
	text_unref(add(texts, 9));
	for (uint64_t row = 0; row < 3; row++)
		ck_assert(has(texts, row));
	ck_assert(has(texts, 9));
	for (uint64_t row = 0; row < 3; row++)
		text_unref(held[row]);
	ck_assert(!has(texts, 9));
	ck_assert(!has(texts, 0));
	ck_assert(!has(texts, 1));
	ck_assert(has(texts, 2));
	texts_free(texts);
}
END_TEST

START_TEST(texts_never_keep_one_that_is_too_large)
{
	struct texts *texts = texts_new(KILOBYTE / 2);

	text_unref(add(texts, 1));
	ck_assert(!has(texts, 1));
	texts_free(texts);
}
END_TEST

START_TEST(texts_had_in_passing_are_not_kept)
{
	struct texts *texts = texts_new(3 * ROOM_FOR_ONE);
	struct text *text = texts_add(texts, 1, 7, kilobyte, sizeof(kilobyte), TEXTS_PASS);

	ck_assert_ptr_eq(texts_get(texts, 1, 7, TEXTS_PASS), text);
	text_unref(text);
	text_unref(text);
	ck_assert(!has(texts, 1));
	/* Unless someone reads it meanwhile, or has read it. */
	text = texts_add(texts, 2, 7, kilobyte, sizeof(kilobyte), TEXTS_PASS);
	ck_assert_ptr_eq(texts_get(texts, 2, 7, TEXTS_KEEP), text);
	text_unref(text);
	text_unref(text);
	ck_assert(has(texts, 2));
	text_unref(texts_get(texts, 2, 7, TEXTS_PASS));
	ck_assert(has(texts, 2));
	texts_free(texts);
}
END_TEST

static void *use(void *payload)
{
	struct texts *texts = payload;

	for (uint64_t i = 0; i < N_ROUNDS; i++) {
		uint64_t row = i * 7 % 50;
		struct text *text = texts_get(texts, row, 7, TEXTS_KEEP);
		char bytes[32];
		size_t len;

		snprintf(bytes, sizeof(bytes), "%llu", (unsigned long long)row);
		if (!text)
			text = texts_add(texts, row, 7, bytes, strlen(bytes), TEXTS_KEEP);
		ck_assert_str_eq(text_data(text, &len), bytes);
		text_unref(text);
	}
	return NULL;
}

START_TEST(texts_serve_many_threads)
{
	struct texts *texts = texts_new(2000);
	pthread_t threads[N_THREADS];

	for (size_t i = 0; i < N_THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, use, texts), 0);
	for (size_t i = 0; i < N_THREADS; i++)
		pthread_join(threads[i], NULL);
	ck_assert_uint_le(texts_get_bytes(texts), 2000);
	texts_free(texts);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("texts");

	tcase_add_test(tc, texts_give_back_what_was_added);
	tcase_add_test(tc, texts_are_there_once);
	tcase_add_test(tc, texts_free_first_what_was_let_go_first);
	tcase_add_test(tc, texts_do_not_count_what_is_held);
	tcase_add_test(tc, texts_never_keep_one_that_is_too_large);
	tcase_add_test(tc, texts_had_in_passing_are_not_kept);
	tcase_add_test(tc, texts_serve_many_threads);
	return suite_run(tc, "texts");
}
