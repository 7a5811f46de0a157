#include "socket.h"

#include "buf.h"
#include "websocket.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

/* No message of a client comes near it. */
enum { MAX_MESSAGE = 1024 * 1024 };
enum { BLOCK = 16 * 1024 };
/* How long a client that does not read can delay the end of the server. */
enum { WATCH_MS = 50 };

/* Functions that return a bool say false when the conversation is over. */
struct connection {
	struct session *session;
	int fd;
	struct buf in;      /* frames, the last perhaps not complete */
	struct buf message; /* of fragments, not complete */
	struct buf out;
};

static bool send_out(struct connection *c)
{
	size_t sent = 0;

	while (sent < c->out.length) {
		struct pollfd watched = { .fd = c->fd, .events = POLLOUT };
		ssize_t count = send(c->fd, c->out.bytes + sent, c->out.length - sent,
			MSG_NOSIGNAL | MSG_DONTWAIT);

		if (count > 0) {
			sent += (size_t)count;
			continue;
		}
		if (errno != EAGAIN && errno != EINTR)
			return false;
		if (session_mood(c->session) == SESSION_BREAKS)
			return false;
		poll(&watched, 1, WATCH_MS);
	}
	c->out.length = 0;
	return true;
}

static bool fail(struct connection *c, unsigned code, const char *reason)
{
	ws_close(&c->out, code, reason);
	send_out(c);
	return false;
}

/* A client says goodbye, and hears it back. */
static bool take_close(struct connection *c, const struct ws_frame *frame)
{
	ws_frame(&c->out, WS_CLOSE, frame->payload, frame->length);
	send_out(c);
	return false;
}

static bool take_data(struct connection *c, const struct ws_frame *frame)
{
	bool continues = c->message.length > 0;

	if (frame->opcode == WS_BINARY)
		return fail(c, WS_UNSUPPORTED, "Only text is understood");
	if (continues != (frame->opcode == WS_CONTINUATION))
		return fail(c, WS_PROTOCOL_ERROR, "A fragment out of place");
	if (c->message.length + frame->length > MAX_MESSAGE)
		return fail(c, WS_TOO_BIG, "The message is too long");
	buf_add(&c->message, frame->payload, frame->length);
	if (!frame->is_final)
		return true;
	session_take(c->session, c->message.bytes, c->message.length);
	c->message.length = 0;
	return true;
}

static bool take_frame(struct connection *c, const struct ws_frame *frame)
{
	switch (frame->opcode) {
	case WS_PING:
		session_count_ping(c->session);
		ws_frame(&c->out, WS_PONG, frame->payload, frame->length);
		return true;
	case WS_PONG:
		return true;
	case WS_CLOSE:
		return take_close(c, frame);
	default:
		return take_data(c, frame);
	}
}

static bool take_frames(struct connection *c)
{
	enum ws_result result = WS_INCOMPLETE;
	struct ws_frame frame;
	size_t taken = 0;
	bool goes_on = true;

	while (goes_on && taken < c->in.length) {
		result = ws_parse(c->in.bytes + taken, c->in.length - taken, &frame);
		if (result != WS_COMPLETE)
			break;
		goes_on = take_frame(c, &frame);
		taken += frame.size;
	}
	c->in.length -= taken;
	memmove(c->in.bytes, c->in.bytes + taken, c->in.length);
	if (goes_on && result == WS_BAD)
		return fail(c, WS_PROTOCOL_ERROR, "");
	if (goes_on && c->in.length > MAX_MESSAGE)
		return fail(c, WS_TOO_BIG, "The message is too long");
	return goes_on;
}

static bool receive(struct connection *c)
{
	char block[BLOCK];
	ssize_t count = recv(c->fd, block, sizeof(block), MSG_DONTWAIT);

	if (count < 0)
		return errno == EAGAIN || errno == EINTR;
	if (count == 0)
		return false;
	buf_add(&c->in, block, (size_t)count);
	return take_frames(c);
}

/* One that is mute reads nothing, and yet notices that the other side is gone. */
static bool wait_and_receive(struct connection *c, bool is_mute, int wait_ms)
{
	struct pollfd watched[] = {
		{ .fd = c->fd, .events = (short)(is_mute ? POLLRDHUP : POLLIN | POLLRDHUP) },
		{ .fd = session_wake_fd(c->session), .events = POLLIN },
	};

	if (poll(watched, 2, wait_ms) < 0)
		return errno == EINTR;
	if (watched[1].revents != 0)
		session_woken(c->session);
	if (watched[0].revents & POLLIN)
		return receive(c);
	return watched[0].revents == 0;
}

static void talk(struct connection *c)
{
	bool goes_on = take_frames(c);

	while (goes_on) {
		enum session_mood mood = session_mood(c->session);
		int wait_ms = -1;

		if (mood != SESSION_MUTE) {
			goes_on = session_next(c->session, &c->out, &wait_ms);
			goes_on = send_out(c) && goes_on;
		}
		goes_on = goes_on && mood != SESSION_BREAKS &&
			  wait_and_receive(c, mood == SESSION_MUTE, wait_ms);
	}
}

void socket_run(struct session *session, int fd, const char *early, size_t early_length)
{
	struct connection c = { .session = session, .fd = fd };

	buf_add(&c.in, early, early_length);
	if (session_join(session))
		talk(&c);
	buf_release(&c.in);
	buf_release(&c.message);
	buf_release(&c.out);
}
