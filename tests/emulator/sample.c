#include "sample.h"

#include "buf.h"
#include "world.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* 2026-11-24T19:41:36Z, when the recorded server got its generated recipes. */
static const long long SAMPLE_TIME = 1795549296;
/* How many of them share a second. */
enum { SAMPLES_PER_SECOND = 100 };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const dishes[][2] = { { "Apple pie", "Apfelkuchen" },
	{ "Bread soup", "Brotsuppe" }, { "Carrot cake", "Rübenkuchen" }, { "Dumplings", "Klöße" },
	{ "Egg noodles", "Eiernudeln" }, { "Fish stew 🐟", "Fischeintopf 🐟" },
	{ "Gruyère gratin", "Gruyère-Gratin" }, { "Herb omelette", "Kräuteromelett" },
	{ "Ink risotto", "Tintenrisotto" }, { "Jam roll", "Marmeladenrolle" },
	{ "Kale salad", "Grünkohlsalat" }, { "Leek tart", "Lauchtarte" } };
static const char *const moods[][2] = { { "quick", "schnelle" }, { "old", "alte" },
	{ "spicy", "scharfe" }, { "mild", "milde" }, { "winter", "winterliche" },
	{ "market", "frische" }, { "sweet", "süße" } };
static const char *const foods[] = { "Mehl", "Salt", "Crème fraîche", "Öl", "Zwiebeln", "Tofu 豆腐",
	"Eggs", "Butter", "Jalapeño", "Milk", "Zucker", "Pfeffer" };
static const char *const units[] = { "g", "ml", "Stück", "tbsp", "½ tsp" };

/* A small generator of its own for each number: splitmix64. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static size_t pick(uint64_t *state, size_t count)
{
	return (size_t)(next_random(state) % count);
}

/* What must be known without the text: status and references. */
struct outline {
	const char *status;
	int author;  /* 1 to 3 */
	int related; /* number of another sample, 0 for none */
};

static struct outline outline_of(int number)
{
	uint64_t state = (uint64_t)number * 7919;
	size_t lot = pick(&state, 20);
	struct outline outline = { .status = STATUS_PUBLISHED };

	if (lot == 0)
		outline.status = STATUS_ARCHIVED;
	else if (lot <= 2)
		outline.status = STATUS_DRAFT;
	outline.author = 1 + (int)pick(&state, 3);
	if (number > 1 && pick(&state, 3) == 0)
		outline.related = 1 + (int)pick(&state, (size_t)number - 1);
	return outline;
}

static void add_ingredients(struct buf *b, uint64_t *state)
{
	size_t count = 2 + pick(state, 5);

	buf_puts(b, "},\"ingredients\":{\"iv\":[");
	for (size_t i = 0; i < count; i++) {
		const char *food = foods[pick(state, COUNT(foods))];
		unsigned amount = 1 + (unsigned)pick(state, 500);

		buf_printf(b, "%s{\"name\":\"%s\",\"amount\":\"%u %s\"}", i > 0 ? "," : "", food,
			amount, units[pick(state, COUNT(units))]);
	}
	buf_puts(b, "]}");
}

static void add_steps(struct buf *b, uint64_t *state, int language)
{
	static const char *const steps[][2] = { { "Stir until it is *smooth*.",
							"Rühren, bis es *glatt* ist." },
		{ "Bake for half an hour.", "Eine halbe Stunde backen." },
		{ "Let it rest, then season to taste.", "Ruhen lassen, dann abschmecken." },
		{ "Chop the onions – finely.", "Die Zwiebeln hacken – fein." },
		{ "Serve \\\"as it is\\\" with bread.", "Dazu Brot reichen: »so, wie es ist«." },
		{ "Simmer over a low flame.", "Bei kleiner Flamme köcheln." } };
	size_t count = 3 + pick(state, 5);

	for (size_t i = 0; i < count; i++)
		buf_printf(b, "\\n%zu. %s", i + 1, steps[pick(state, COUNT(steps))][language]);
}

void sample_text(int number, struct buf *ret)
{
	struct outline outline = outline_of(number);
	uint64_t state = (uint64_t)number;
	const char *const *dish = dishes[pick(&state, COUNT(dishes))];
	const char *const *mood = moods[pick(&state, COUNT(moods))];
	bool german = pick(&state, 5) != 0;

	buf_printf(ret, "{\"title\":{\"en\":\"%s, the %s one (%d)\"", dish[0], mood[0], number);
	if (german)
		buf_printf(ret, ",\"de\":\"%s, die %s Art (%d)\"", dish[1], mood[1], number);
	buf_printf(ret, "},\"description\":{\"en\":\"# %s\\n\\nA *nice* dish no %d.\\n", dish[0],
		number);
	add_steps(ret, &state, 0);
	if (german) {
		buf_printf(ret, "\",\"de\":\"# %s\\n\\nEin *feines* Gericht Nr. %d.\\n", dish[1],
			number);
		add_steps(ret, &state, 1);
	}
	buf_printf(ret, "\"},\"servings\":{\"iv\":%zu},\"tags\":{\"iv\":[\"%s\",\"mod%d\"]",
		1 + pick(&state, 12), mood[0], number % 7);
	add_ingredients(ret, &state);
	buf_printf(ret, ",\"author\":{\"iv\":[\"author-%d\"]},\"image\":{\"iv\":[\"asset-%d\"]}",
		outline.author, 1 + number % 3);
	if (outline.related != 0)
		buf_printf(ret, ",\"related\":{\"iv\":[\"recipe-%06d\"]}", outline.related);
	buf_puts(ret, "}");
}

static void add_sample(struct schema *schema, int number, int count)
{
	struct outline outline = outline_of(number);
	struct name *refs[2];
	struct item *item;
	size_t ref_count = 0;
	char id[32];

	snprintf(id, sizeof(id), "recipe-%06d", number);
	item = item_new(schema, id, app_client(schema->app, "default")->actor, SAMPLE_TIME);
	item->sample = number;
	item->now.status = outline.status;
	item->now.modified = SAMPLE_TIME + (count - number) / SAMPLES_PER_SECOND;
	item->now.modified_by = item->created_by;
	item->version = outline.status == STATUS_DRAFT ? 0 : 1;
	snprintf(id, sizeof(id), "author-%d", outline.author);
	refs[ref_count++] = app_name(schema->app, id);
	if (outline.related != 0) {
		snprintf(id, sizeof(id), "recipe-%06d", outline.related);
		refs[ref_count++] = app_name(schema->app, id);
	}
	item_set_refs(item, refs, ref_count);
	item->refs_indexed = true;
	item_add_to_indexes(item);
}

void sample_add(struct schema *schema, int count)
{
	for (int number = 1; number <= count; number++)
		add_sample(schema, number, count);
}
