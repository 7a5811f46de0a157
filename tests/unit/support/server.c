#include "support/server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* More than any test needs. */
#define CONNECTIONS_MAX 64
#define REQUESTS_MAX 64
#define REQUEST_SIZE 8192
#define DRIP_MS 50

struct connection {
	struct server *server;
	pthread_t thread;
	int fd;
};

struct server {
	const struct server_answer *answers;
	size_t n_answers;
	int fd;
	int port;
	char url[64];
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t closed;
	/* all below guarded by lock */
	struct connection connections[CONNECTIONS_MAX];
	size_t n_connections;
	size_t n_closed;
	char *requests[REQUESTS_MAX];
	size_t n_requests;
};

static void must(bool is_well)
{
	if (!is_well)
		abort();
}

/* A whole request: header, and a body of its Content-Length. False: the client is gone. */
static bool read_request(int fd, char text[REQUEST_SIZE])
{
	size_t used = 0;
	const char *header_end = NULL;
	size_t want = 0;

	while (!header_end || used < want) {
		ssize_t n = recv(fd, text + used, REQUEST_SIZE - 1 - used, 0);
		const char *length;

		if (n <= 0)
			return false;
		used += (size_t)n;
		text[used] = '\0';
		/* A client that speaks TLS waits for an answer before it sends more. */
		if (text[0] < 'A' || text[0] > 'Z')
			return true;
		header_end = strstr(text, "\r\n\r\n");
		if (!header_end)
			continue;
		length = strstr(text, "Content-Length: ");
		want = (size_t)(header_end - text) + 4;
		want += length ? strtoul(length + strlen("Content-Length: "), NULL, 10) : 0;
	}
	return true;
}

static const struct server_answer *find_answer(const struct server *server, const char *request)
{
	static const struct server_answer unknown = { "",
		"HTTP/1.1 404 Not Found\r\n"
		"Content-Length: 0\r\n\r\n",
		SERVER_CLOSES };
	const char *path = strchr(request, ' ');
	size_t len = path ? strcspn(path + 1, " ") : 0;

	for (size_t i = 0; i < server->n_answers; i++) {
		const char *known = server->answers[i].path;

		if (strlen(known) == len && memcmp(known, path + 1, len) == 0)
			return &server->answers[i];
	}
	return &unknown;
}

static void record(struct server *server, const char *request)
{
	pthread_mutex_lock(&server->lock);
	must(server->n_requests < REQUESTS_MAX);
	server->requests[server->n_requests] = strdup(request);
	must(server->requests[server->n_requests] != NULL);
	server->n_requests++;
	pthread_mutex_unlock(&server->lock);
}

static bool send_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

static bool send_dripping(int fd, const char *bytes)
{
	const char *body = strstr(bytes, "\r\n\r\n") + 4;
	struct pollfd peer = { .fd = fd, .events = POLLIN };

	if (!send_all(fd, bytes, (size_t)(body - bytes)))
		return false;
	for (; *body; body++) {
		if (poll(&peer, 1, DRIP_MS) != 0 || !send_all(fd, body, 1))
			return false;
	}
	return true;
}

static bool answer(int fd, const struct server_answer *with)
{
	char byte;

	if (with->then == SERVER_DRIPS)
		return send_dripping(fd, with->bytes);
	if (!send_all(fd, with->bytes, strlen(with->bytes)))
		return false;
	if (with->then == SERVER_HANGS)
		return recv(fd, &byte, 1, 0) > 0;
	return with->then == SERVER_KEEPS;
}

static void *serve(void *payload)
{
	struct connection *connection = payload;
	struct server *server = connection->server;
	char request[REQUEST_SIZE];
	bool is_open = true;

	while (is_open && read_request(connection->fd, request)) {
		record(server, request);
		is_open = answer(connection->fd, find_answer(server, request));
	}
	shutdown(connection->fd, SHUT_RDWR);
	pthread_mutex_lock(&server->lock);
	server->n_closed++;
	pthread_cond_broadcast(&server->closed);
	pthread_mutex_unlock(&server->lock);
	return NULL;
}

static void *accept_all(void *payload)
{
	struct server *server = payload;
	int fd = accept(server->fd, NULL, NULL);

	while (fd >= 0) {
		struct connection *connection;

		pthread_mutex_lock(&server->lock);
		must(server->n_connections < CONNECTIONS_MAX);
		connection = &server->connections[server->n_connections];
		server->n_connections++;
		*connection = (struct connection){ .server = server, .fd = fd };
		must(pthread_create(&connection->thread, NULL, serve, connection) == 0);
		pthread_mutex_unlock(&server->lock);
		fd = accept(server->fd, NULL, NULL);
	}
	return NULL;
}

struct server *server_new(const struct server_answer *answers, size_t n_answers)
{
	struct server *server = calloc(1, sizeof(*server));
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);

	must(server != NULL);
	server->answers = answers;
	server->n_answers = n_answers;
	pthread_mutex_init(&server->lock, NULL);
	pthread_cond_init(&server->closed, NULL);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(server->fd >= 0);
	must(bind(server->fd, (struct sockaddr *)&address, len) == 0);
	must(listen(server->fd, CONNECTIONS_MAX) == 0);
	must(getsockname(server->fd, (struct sockaddr *)&address, &len) == 0);
	server->port = ntohs(address.sin_port);
	snprintf(server->url, sizeof(server->url), "http://127.0.0.1:%d", server->port);
	must(pthread_create(&server->thread, NULL, accept_all, server) == 0);
	return server;
}

void server_free(struct server *server)
{
	shutdown(server->fd, SHUT_RDWR);
	pthread_join(server->thread, NULL);
	for (size_t i = 0; i < server->n_connections; i++) {
		shutdown(server->connections[i].fd, SHUT_RDWR);
		pthread_join(server->connections[i].thread, NULL);
		close(server->connections[i].fd);
	}
	for (size_t i = 0; i < server->n_requests; i++)
		free(server->requests[i]);
	close(server->fd);
	pthread_cond_destroy(&server->closed);
	pthread_mutex_destroy(&server->lock);
	free(server);
}

const char *server_url(const struct server *server)
{
	return server->url;
}

int server_port(const struct server *server)
{
	return server->port;
}

static size_t get(struct server *server, const size_t *number)
{
	size_t value;

	pthread_mutex_lock(&server->lock);
	value = *number;
	pthread_mutex_unlock(&server->lock);
	return value;
}

size_t server_count(struct server *server)
{
	return get(server, &server->n_requests);
}

size_t server_connections(struct server *server)
{
	return get(server, &server->n_connections);
}

void server_wait_closed(struct server *server, size_t n)
{
	pthread_mutex_lock(&server->lock);
	while (server->n_closed < n)
		pthread_cond_wait(&server->closed, &server->lock);
	pthread_mutex_unlock(&server->lock);
}

const char *server_request(struct server *server, size_t i)
{
	const char *request;

	pthread_mutex_lock(&server->lock);
	request = i < server->n_requests ? server->requests[i] : NULL;
	pthread_mutex_unlock(&server->lock);
	return request;
}
