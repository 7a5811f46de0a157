/*
 * squidex-emulator: a Squidex server for demonstrations and tests.
 */

#include "http.h"
#include "server.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* 30 days, which no setting of a real server changes. */
enum { DEFAULT_LIFETIME = 2592000, DEFAULT_PORT = 5000 };
enum { MAX_ITEMS = 5000000, MAX_PORT = 65535 };

struct arguments {
	struct server_conf conf;
	const char *port_file;
};

static void print_help(void)
{
	puts("usage: squidex-emulator [option...]\n"
	     "Acts as a Squidex server on 127.0.0.1.\n"
	     "\n"
	     "  --port N              listen there; 0 picks a free port (default 5000)\n"
	     "  --port-file FILE      write the port there as soon as it listens\n"
	     "  --data DIR            the apps to serve, one folder each\n"
	     "  --items N             add N generated recipes to foodcrunch\n"
	     "  --token-lifetime S    seconds until a token expires (default 30 days)\n"
	     "  --latency MS          wait before each answer\n"
	     "  --help                print this");
}

/* Exits with a sentence if the text is not a number in the range. */
static long number_of(const char *option, const char *text, long min, long max)
{
	char *rest;
	long number;

	errno = 0;
	number = strtol(text, &rest, 10);
	if (*text == '\0' || *rest != '\0' || errno != 0 || number < min || number > max) {
		fprintf(stderr, "squidex-emulator: --%s must be a number from %ld to %ld\n", option,
			min, max);
		exit(2);
	}
	return number;
}

static void take_option(struct arguments *arguments, const char *name, const char *value)
{
	struct server_conf *conf = &arguments->conf;

	if (strcmp(name, "port") == 0)
		conf->port = (int)number_of(name, value, 0, MAX_PORT);
	else if (strcmp(name, "port-file") == 0)
		arguments->port_file = value;
	else if (strcmp(name, "data") == 0)
		conf->data_dir = value;
	else if (strcmp(name, "items") == 0)
		conf->items = (int)number_of(name, value, 0, MAX_ITEMS);
	else if (strcmp(name, "token-lifetime") == 0)
		conf->lifetime = number_of(name, value, 1, INT_MAX);
	else if (strcmp(name, "latency") == 0)
		conf->latency_ms = number_of(name, value, 0, INT_MAX);
}

static void parse_arguments(int argc, char **argv, struct arguments *arguments)
{
	static const struct option options[] = { { "port", required_argument, NULL, 'o' },
		{ "port-file", required_argument, NULL, 'o' },
		{ "data", required_argument, NULL, 'o' }, { "items", required_argument, NULL, 'o' },
		{ "token-lifetime", required_argument, NULL, 'o' },
		{ "latency", required_argument, NULL, 'o' }, { "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 } };
	int index = 0;
	int code;

	while ((code = getopt_long(argc, argv, "", options, &index)) != -1) {
		if (code == 'h') {
			print_help();
			exit(0);
		}
		if (code != 'o')
			exit(2);
		take_option(arguments, options[index].name, optarg);
	}
	if (optind == argc)
		return;
	fprintf(stderr, "squidex-emulator: '%s' is not an option\n", argv[optind]);
	exit(2);
}

/* Complete when it appears: written beside and renamed. */
static int write_port_file(const char *path, int port)
{
	char beside[PATH_MAX];
	FILE *file;
	int length = snprintf(beside, sizeof(beside), "%s.new", path);
	int failed = 1;

	file = length < (int)sizeof(beside) ? fopen(beside, "w") : NULL;
	if (file != NULL) {
		failed = fprintf(file, "%d\n", port) < 0;
		failed |= fclose(file) != 0;
	}
	if (failed || rename(beside, path) != 0) {
		fprintf(stderr, "squidex-emulator: cannot write '%s': %s\n", path, strerror(errno));
		return -1;
	}
	return 0;
}

static int serve(struct server *server, const char *port_file, const sigset_t *signals)
{
	struct http *http = http_start(server);
	int signal;
	int result = 1;

	if (http == NULL)
		return 1;
	if (port_file == NULL || write_port_file(port_file, server->conf.port) == 0) {
		printf("listening on %s\n", server->base_url);
		fflush(stdout);
		sigwait(signals, &signal);
		result = 0;
	}
	http_stop(http);
	return result;
}

/*
 * Answers have megabytes: their memory is kept for the next one, as a server's
 * pool does, for getting each page of it anew from the kernel costs more than
 * filling it.
 */
static void keep_memory(void)
{
	enum { KEPT = 32 << 20 };

	mallopt(M_MMAP_THRESHOLD, KEPT);
	mallopt(M_TRIM_THRESHOLD, 2 * KEPT);
}

int main(int argc, char **argv)
{
	struct arguments arguments = { .conf = { .port = DEFAULT_PORT,
					       .lifetime = DEFAULT_LIFETIME } };
	struct server server;
	sigset_t signals;
	int result;

	keep_memory();
	parse_arguments(argc, argv, &arguments);
	if (arguments.conf.data_dir == NULL)
		arguments.conf.data_dir = EMULATOR_DATA;
	/* All threads inherit the mask, so that sigwait() below gets the signals. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (server_init(&server, &arguments.conf))
		return 1;
	result = serve(&server, arguments.port_file, &signals);
	server_release(&server);
	return result;
}
