#include "cli/progress.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "cli/progress_line.h"

/* Of a terminal that does not say. */
#define WIDTH 80

struct progress {
	FILE *out;
	const struct clock *clock;
	bool is_terminal;
	pthread_mutex_t lock;
	/* all below guarded by lock */
	bool is_running;
	char name[256];
	uint64_t n_items;
	int64_t n_left;
	uint64_t begun_ms;
	uint64_t written_ms; /* the latest plain line */
	unsigned drawn;      /* places that the line on the terminal takes */
};

static bool can_draw(FILE *out)
{
	const char *kind = getenv("TERM");

	return isatty(fileno(out)) && kind && *kind && strcmp(kind, "dumb") != 0;
}

int progress_new(
	FILE *out, const struct clock *clock, struct progress **ret_progress, struct error *err)
{
	struct progress *progress = calloc(1, sizeof(*progress));

	if (!progress)
		return error_set(err, ENOMEM, "out of memory");
	progress->out = out;
	progress->clock = clock;
	progress->is_terminal = can_draw(out);
	pthread_mutex_init(&progress->lock, NULL);
	*ret_progress = progress;
	return 0;
}

void progress_free(struct progress *progress)
{
	if (!progress)
		return;
	pthread_mutex_destroy(&progress->lock);
	free(progress);
}

/* One less than there are: a character in the last place may begin a new line. */
static unsigned get_width(const struct progress *progress)
{
	struct winsize size;

	if (ioctl(fileno(progress->out), TIOCGWINSZ, &size) < 0 || size.ws_col < 2)
		return WIDTH - 1;
	return size.ws_col - 1U;
}

/* Over what is drawn. */
static void draw_locked(struct progress *progress, const char *line)
{
	unsigned len = (unsigned)strlen(line);
	unsigned n_blanks = progress->drawn > len ? progress->drawn - len : 0;

	fprintf(progress->out, "\r%s%*s", line, (int)n_blanks, "");
	progress->drawn = len;
}

static void render_locked(
	const struct progress *progress, unsigned width, char line[PROGRESS_LINE_MAX])
{
	const struct progress_line state = {
		.name = progress->name,
		.n_items = progress->n_items,
		.n_left = progress->n_left,
		.elapsed_ms = clock_now_ms(progress->clock) - progress->begun_ms,
	};

	progress_line_render(&state, width, line, PROGRESS_LINE_MAX);
}

void progress_begin(struct progress *progress, const char *name)
{
	pthread_mutex_lock(&progress->lock);
	snprintf(progress->name, sizeof(progress->name), "%s", name);
	progress->is_running = true;
	progress->n_items = 0;
	progress->n_left = -1;
	progress->begun_ms = clock_now_ms(progress->clock);
	progress->written_ms = progress->begun_ms;
	pthread_mutex_unlock(&progress->lock);
}

void progress_set(struct progress *progress, uint64_t n_items, int64_t n_left)
{
	pthread_mutex_lock(&progress->lock);
	progress->n_items = n_items;
	progress->n_left = n_left;
	pthread_mutex_unlock(&progress->lock);
}

void progress_end(struct progress *progress, const char *sentence)
{
	pthread_mutex_lock(&progress->lock);
	progress->is_running = false;
	if (progress->drawn > 0) {
		draw_locked(progress, sentence ? sentence : "");
		fputs(sentence ? "\n" : "\r", progress->out);
		progress->drawn = 0;
	} else if (sentence) {
		fprintf(progress->out, "%s\n", sentence);
	}
	fflush(progress->out);
	pthread_mutex_unlock(&progress->lock);
}

void progress_tick(struct progress *progress)
{
	char line[PROGRESS_LINE_MAX];

	pthread_mutex_lock(&progress->lock);
	if (progress->is_running && progress->is_terminal) {
		render_locked(progress, get_width(progress), line);
		draw_locked(progress, line);
		fflush(progress->out);
	} else if (progress->is_running &&
		   clock_now_ms(progress->clock) >= progress->written_ms + PROGRESS_PLAIN_MS) {
		render_locked(progress, 0, line);
		fprintf(progress->out, "%s\n", line);
		fflush(progress->out);
		progress->written_ms = clock_now_ms(progress->clock);
	}
	pthread_mutex_unlock(&progress->lock);
}
