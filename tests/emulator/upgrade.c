#include "upgrade.h"

#include "access.h"
#include "handlers.h"
#include "session.h"
#include "websocket.h"

#include <string.h>
#include <strings.h>

static const char PROTOCOL[] = "graphql-transport-ws";

/* 16 bytes in base64. */
enum { KEY_LENGTH = 24 };

/* Whether a header that is a list has the word. */
static bool has_word(const struct request *request, const char *header, const char *word)
{
	const char *p = request_header(request, header);

	while (p != NULL && *p != '\0') {
		size_t length;

		p += strspn(p, " \t,");
		length = strcspn(p, " \t,");
		if (length == strlen(word) && strncasecmp(p, word, length) == 0)
			return true;
		p += length;
	}
	return false;
}

bool upgrade_is_asked(const struct request *request)
{
	return has_word(request, "Upgrade", "websocket") &&
	       has_word(request, "Connection", "Upgrade");
}

void upgrade_answer(struct call *call)
{
	const struct request *request = call->request;
	const char *key = request_header(request, "Sec-WebSocket-Key");
	const char *version = request_header(request, "Sec-WebSocket-Version");
	struct response *response = call->response;
	struct buf accept = { 0 };

	if (key == NULL || strlen(key) != KEY_LENGTH || version == NULL ||
		strcmp(version, "13") != 0 ||
		!has_word(request, "Sec-WebSocket-Protocol", PROTOCOL)) {
		answer_error(call, 400, "");
		return;
	}
	ws_accept(&accept, key);
	response->status = 101;
	response_header(response, "Upgrade", "websocket");
	response_header(response, "Sec-WebSocket-Accept", accept.bytes);
	response_header(response, "Sec-WebSocket-Protocol", PROTOCOL);
	response->session = session_new(
		call->server->feed, call->app->name, role_may(call->role, "contents.read"));
	buf_release(&accept);
}
