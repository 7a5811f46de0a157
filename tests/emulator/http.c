#include "http.h"

#include "alloc.h"
#include "clock.h"
#include "fault.h"
#include "feed.h"
#include "session.h"
#include "socket.h"
#include "stats.h"

#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* The server's own limits. */
enum { MAX_BODY = 30000000, IDLE_SECONDS = 130 };
/* Room for a request line of 8 KB and headers. */
enum { CONNECTION_MEMORY = 64 * 1024, BLOCK = 64 * 1024 };

struct http {
	struct server *server;
	struct MHD_Daemon *daemon;
};

/* One request on its way: made with the request line, freed after the answer. */
struct exchange {
	struct server *server;
	struct request request;
	struct response response;
	bool has_headers;
};

static void *begin(void *payload, const char *uri, struct MHD_Connection *connection)
{
	struct http *http = payload;
	struct exchange *exchange = must_calloc(1, sizeof(*exchange));

	(void)connection;
	exchange->server = http->server;
	response_init(&exchange->response);
	request_set_target(&exchange->request, uri);
	return exchange;
}

static void end(void *payload, struct MHD_Connection *connection, void **context,
	enum MHD_RequestTerminationCode code)
{
	struct exchange *exchange = *context;

	(void)payload;
	(void)connection;
	(void)code;
	if (exchange == NULL)
		return;
	session_free(exchange->response.session);
	request_release(&exchange->request);
	response_release(&exchange->response);
	free(exchange);
	*context = NULL;
}

static void on_connection(void *payload, struct MHD_Connection *connection, void **context,
	enum MHD_ConnectionNotificationCode code)
{
	struct http *http = payload;

	(void)connection;
	(void)context;
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		stats_add_connection(http->server->stats);
}

/* Nothing is decoded by the library: a path must be seen as it was sent. */
static size_t leave_encoded(void *payload, struct MHD_Connection *connection, char *text)
{
	(void)payload;
	(void)connection;
	return strlen(text);
}

static enum MHD_Result add_header(
	void *payload, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct request *request = payload;

	(void)kind;
	pair_list_add(&request->headers, name, value != NULL ? value : "");
	return MHD_YES;
}

/* Sends the next part of a body, as slowly and as far as the fault allows. */
static ssize_t read_body(void *payload, uint64_t position, char *out, size_t size)
{
	struct exchange *exchange = payload;
	const struct response *response = &exchange->response;
	const struct mangle *mangle = &response->mangle;
	size_t left = response->body.length - (size_t)position;

	if (mangle->close_after >= 0 && position >= (uint64_t)mangle->close_after)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (left == 0)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (mangle->close_after >= 0 && left > (size_t)mangle->close_after - position)
		left = (size_t)mangle->close_after - position;
	if (mangle->trickle_ms > 0) {
		left = 1;
		if (!fault_wait(
			    exchange->server->faults, mangle->trickle_ms, exchange->request.socket))
			return MHD_CONTENT_READER_END_WITH_ERROR;
	}
	if (left > size)
		left = size;
	memcpy(out, response->body.bytes + position, left);
	return (ssize_t)left;
}

/* The thread is the connection's own, so it may stay here until the end. */
static void go_on_as_socket(void *payload, struct MHD_Connection *connection, void *context,
	const char *early, size_t early_length, MHD_socket fd,
	struct MHD_UpgradeResponseHandle *handle)
{
	struct exchange *exchange = context;

	(void)payload;
	(void)connection;
	socket_run(exchange->response.session, fd, early, early_length);
	session_free(exchange->response.session);
	exchange->response.session = NULL;
	MHD_upgrade_action(handle, MHD_UPGRADE_ACTION_CLOSE);
}

/* Of the server's clock, which may be held; the library would add the true one. */
static void add_date(struct MHD_Response *made)
{
	time_t now = (time_t)clock_now();
	char text[64];
	struct tm utc;

	gmtime_r(&now, &utc);
	strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &utc);
	MHD_add_response_header(made, "Date", text);
}

static struct MHD_Response *make_response(struct exchange *exchange)
{
	const struct response *response = &exchange->response;
	uint64_t size = response->has_length ? response->body.length : MHD_SIZE_UNKNOWN;
	struct MHD_Response *made;

	if (response->session != NULL)
		made = MHD_create_response_for_upgrade(go_on_as_socket, NULL);
	else if (response->body.length == 0 && response->mangle.close_after < 0)
		made = MHD_create_response_from_buffer(0, "", MHD_RESPMEM_PERSISTENT);
	else
		made = MHD_create_response_from_callback(size, BLOCK, read_body, exchange, NULL);
	if (made == NULL)
		return NULL;
	MHD_add_response_header(made, "Server", "Kestrel");
	add_date(made);
	if (response->content_type != NULL)
		MHD_add_response_header(made, "Content-Type", response->content_type);
	for (size_t i = 0; i < response->headers.count; i++)
		MHD_add_response_header(
			made, response->headers.pairs[i].name, response->headers.pairs[i].value);
	return made;
}

static enum MHD_Result send_response(struct MHD_Connection *connection, struct exchange *exchange)
{
	struct MHD_Response *made;
	enum MHD_Result result;

	if (exchange->response.drop)
		return MHD_NO;
	made = make_response(exchange);
	if (made == NULL)
		return MHD_NO;
	result = MHD_queue_response(connection, (unsigned)exchange->response.status, made);
	MHD_destroy_response(made);
	return result;
}

static void take_headers(
	struct MHD_Connection *connection, struct exchange *exchange, const char *method)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	exchange->has_headers = true;
	exchange->request.method = must_strdup(method);
	exchange->request.socket = info != NULL ? info->connect_fd : -1;
	MHD_get_connection_values(connection, MHD_HEADER_KIND, add_header, &exchange->request);
}

static enum MHD_Result on_request(void *payload, struct MHD_Connection *connection, const char *uri,
	const char *method, const char *version, const char *upload, size_t *upload_size,
	void **context)
{
	struct exchange *exchange = *context;
	struct request *request = &exchange->request;

	(void)payload;
	(void)uri;
	(void)version;
	if (!exchange->has_headers) {
		take_headers(connection, exchange, method);
		return MHD_YES;
	}
	if (*upload_size > 0) {
		if (request->body.length + *upload_size > MAX_BODY)
			request->body_too_large = true;
		else
			buf_add(&request->body, upload, *upload_size);
		*upload_size = 0;
		return MHD_YES;
	}
	server_handle(exchange->server, request, &exchange->response);
	return send_response(connection, exchange);
}

static bool learn_port(struct http *http)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(
		http->daemon, MHD_DAEMON_INFO_BIND_PORT);
	struct server *server = http->server;

	if (info == NULL)
		return false;
	/* The first request may be quicker than this thread. */
	pthread_rwlock_wrlock(&server->world_lock);
	server->conf.port = info->port;
	snprintf(server->base_url, sizeof(server->base_url), "http://127.0.0.1:%d",
		server->conf.port);
	pthread_rwlock_unlock(&server->world_lock);
	return true;
}

struct http *http_start(struct server *server)
{
	struct http *http = must_calloc(1, sizeof(*http));
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)server->conf.port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	http->server = server;
	http->daemon = MHD_start_daemon(
		MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_ALLOW_UPGRADE,
		0, NULL, NULL, on_request, http, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
		MHD_OPTION_URI_LOG_CALLBACK, begin, http, MHD_OPTION_NOTIFY_COMPLETED, end, http,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, http, MHD_OPTION_UNESCAPE_CALLBACK,
		leave_encoded, http, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
		MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u, MHD_OPTION_END);
	if (http->daemon == NULL || !learn_port(http)) {
		fprintf(stderr, "squidex-emulator: cannot listen on port %d: %s\n",
			server->conf.port, strerror(errno));
		http_stop(http);
		return NULL;
	}
	return http;
}

void http_stop(struct http *http)
{
	if (http == NULL)
		return;
	fault_shut_down(http->server->faults);
	feed_shut_down(http->server->feed);
	if (http->daemon != NULL)
		MHD_stop_daemon(http->daemon);
	free(http);
}
