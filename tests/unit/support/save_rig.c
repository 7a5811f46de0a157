#include "support/save_rig.h"

#include <check.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "api/client.h"
#include "cache/cache.h"
#include "cache/texts.h"
#include "save/outbox.h"
#include "save/state.h"
#include "save/unsaved.h"
#include "support/folder.h"

#define TEXT_MAX 10000

static void make_event(void *payload, enum cms_kind kind)
{
	struct save_rig *rig = payload;
	const struct save_rig_event *event = &rig->event;

	if (event->happen && event->kind == kind && cms_count(rig->cache.cms, kind) == event->at)
		event->happen(rig->cache.cms);
}

static void open_saver(struct save_rig *rig, const struct saver_conf *how)
{
	struct saver_conf conf = how ? *how : (struct saver_conf){ .create_status = NULL };

	conf.client = rig->cache.client;
	conf.cache = rig->cache.cache;
	conf.state = rig->state;
	conf.outbox = rig->outbox;
	conf.clock = &rig->cache.time.clock;
	ck_assert_int_eq(saver_new(&conf, &rig->saver, &rig->err), 0);
}

void save_rig_init(struct save_rig *rig, const struct saver_conf *conf)
{
	char place[PATH_MAX];
	const struct state_conf state_conf = { .directory = place,
		.url = CMS_URL,
		.app = CMS_APP_NAME,
		.max_bytes = SAVE_RIG_STATE_BYTES };
	int ret;

	memset(rig, 0, sizeof(*rig));
	buf_init(&rig->text, TEXT_MAX);
	edit_init(&rig->save.edit);
	store_item_init(&rig->save.now);
	buf_init(&rig->save.data, CONTENT_TEXT_MAX);
	change_result_init(&rig->answer);
	folder_make();
	snprintf(place, sizeof(place), "%s/state", folder_path());
	cache_rig_init(&rig->cache);
	cms_add(rig->cache.cms, "recipes", 'a', 1);
	save_rig_look(rig);
	ret = state_open(&state_conf, &rig->state, &rig->err);
	ck_assert_msg(ret == 0, "%s", rig->err.text);
	ck_assert_int_eq(outbox_open(rig->state, OUTBOX_TEXTS, &rig->outbox, &rig->err), 0);
	open_saver(rig, conf);
	cms_on_request(rig->cache.cms, make_event, rig);
}

void save_rig_release(struct save_rig *rig)
{
	change_result_release(&rig->answer);
	buf_release(&rig->save.data);
	text_unref(rig->save.now_text);
	store_item_release(&rig->save.now);
	edit_release(&rig->save.edit);
	saver_free(rig->saver);
	outbox_close(rig->outbox);
	state_close(rig->state);
	cache_rig_release(&rig->cache);
	buf_release(&rig->text);
	folder_remove();
}

void save_rig_plan(struct save_rig *rig, const char *id, const char *text)
{
	struct save *save = &rig->save;

	rig->request = (struct save_request){
		.dir = rig->cache.recipes,
		.id = id,
		.name = "x.json",
		.text = text,
		.len = strlen(text),
		.version = -1,
	};
	save->saver = rig->saver;
	save->call = &rig->cache.call;
	save->request = &rig->request;
	save->schema = "recipes";
	save->version = -1;
	ck_assert_int_eq(
		edit_parse(text, strlen(text), VIEW_DOCUMENT, id, &save->edit, &rig->err), 0);
	ck_assert_int_eq(save_load(save, &rig->err), 0);
	ck_assert_int_eq(save_plan(save, &rig->err), 0);
	ck_assert(save->has_change);
	save->begun_ms = cache_begin_change(rig->cache.recipes);
}

void save_rig_answer(struct save_rig *rig, const char *id, bool is_read_after)
{
	enum client_found found;
	int ret = client_fetch_content(rig->cache.client, &rig->cache.call, rig->save.change.schema,
		id, NULL, &rig->answer.content, &found, &rig->err);

	ck_assert_msg(ret == 0, "%s", rig->err.text);
	rig->answer.has_content = true;
	rig->answer.is_read_after = is_read_after;
}

int save_rig_save(struct save_rig *rig, const char *id, int64_t version, const char *text)
{
	char name[64];
	const struct save_request request = {
		.dir = rig->cache.recipes,
		.id = id,
		.name = name,
		.text = text,
		.len = strlen(text),
		.version = version,
	};

	snprintf(name, sizeof(name), "%s.json", id);
	rig->err = (struct error){ 0 };
	return saver_save(rig->saver, &rig->cache.call, &request, &rig->result, &rig->err);
}

void save_rig_look(struct save_rig *rig)
{
	cache_forget_item(rig->cache.recipes, SAVE_RIG_ID);
	ck_assert_int_eq(cache_rig_lookup(&rig->cache, SAVE_RIG_ID, NULL), 0);
}

const char *save_rig_unsaved(struct save_rig *rig, const char *suffix)
{
	char name[64];

	snprintf(name, sizeof(name), "%s.json%s", SAVE_RIG_ID, suffix);
	if (unsaved_read(rig->state, "recipes", name, &rig->text, &rig->err) < 0)
		return NULL;
	return buf_str(&rig->text);
}

size_t save_rig_writes(struct save_rig *rig)
{
	return cms_count(rig->cache.cms, CMS_WRITE);
}

/* Without the first look. */
size_t save_rig_reads(struct save_rig *rig)
{
	return cms_count(rig->cache.cms, CMS_ITEM) - 1;
}
