#include "websocket.h"

#include <openssl/sha.h>
#include <stdint.h>
#include <string.h>

/* Of section 1.3 of the RFC. */
static const char ACCEPT_SUFFIX[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

enum { FINAL = 0x80, RESERVED = 0x70, OPCODE = 0x0f, MASKED = 0x80, LENGTH = 0x7f };
enum { MASK_SIZE = 4, MAX_CONTROL = 125, LENGTH_16 = 126, LENGTH_64 = 127 };

static bool is_control(unsigned opcode)
{
	return (opcode & 8) != 0;
}

static bool is_good_head(const unsigned char head[2])
{
	unsigned opcode = head[0] & OPCODE;

	if ((head[0] & RESERVED) != 0 || (head[1] & MASKED) == 0)
		return false;
	if (is_control(opcode))
		return opcode <= WS_PONG && (head[0] & FINAL) != 0 &&
		       (head[1] & LENGTH) <= MAX_CONTROL;
	return opcode <= WS_BINARY;
}

enum ws_result ws_parse(char *bytes, size_t length, struct ws_frame *ret)
{
	const unsigned char *p = (const unsigned char *)bytes;
	size_t count = 0; /* bytes of a longer length */
	uint64_t size;
	char *payload;
	char mask[MASK_SIZE];

	if (length < 2)
		return WS_INCOMPLETE;
	if (!is_good_head(p))
		return WS_BAD;
	size = p[1] & LENGTH;
	if (size >= LENGTH_16)
		count = size == LENGTH_16 ? 2 : 8;
	if (length < 2 + count + MASK_SIZE)
		return WS_INCOMPLETE;
	if (count > 0)
		size = 0;
	for (size_t i = 0; i < count; i++)
		size = size << 8 | p[2 + i];
	if (size > length - 2 - count - MASK_SIZE)
		return WS_INCOMPLETE;
	memcpy(mask, bytes + 2 + count, sizeof(mask));
	payload = bytes + 2 + count + MASK_SIZE;
	for (size_t i = 0; i < size; i++)
		payload[i] = (char)(payload[i] ^ mask[i % MASK_SIZE]);
	*ret = (struct ws_frame){ .opcode = p[0] & OPCODE,
		.is_final = (p[0] & FINAL) != 0,
		.payload = payload,
		.length = (size_t)size,
		.size = 2 + count + MASK_SIZE + (size_t)size };
	return WS_COMPLETE;
}

void ws_frame(struct buf *out, enum ws_opcode opcode, const char *payload, size_t length)
{
	char head[10] = { (char)(FINAL | opcode) };
	size_t count = 0;

	if (length > MAX_CONTROL)
		count = length <= UINT16_MAX ? 2 : 8;
	if (count == 0)
		head[1] = (char)length;
	else
		head[1] = count == 2 ? LENGTH_16 : LENGTH_64;
	for (size_t i = 0; i < count; i++)
		head[2 + i] = (char)(unsigned char)((uint64_t)length >> (8 * (count - 1 - i)));
	buf_add(out, head, 2 + count);
	buf_add(out, payload, length);
}

void ws_close(struct buf *out, unsigned code, const char *reason)
{
	const char number[] = { (char)(code >> 8), (char)(code & 0xff) };
	struct buf payload = { 0 };

	buf_add(&payload, number, sizeof(number));
	buf_add(&payload, reason, strnlen(reason, MAX_CONTROL - sizeof(number)));
	ws_frame(out, WS_CLOSE, payload.bytes, payload.length);
	buf_release(&payload);
}

void ws_accept(struct buf *out, const char *key)
{
	unsigned char digest[SHA_DIGEST_LENGTH];
	struct buf text = { 0 };

	buf_puts(&text, key);
	buf_puts(&text, ACCEPT_SUFFIX);
	SHA1((const unsigned char *)text.bytes, text.length, digest);
	buf_base64(out, digest, sizeof(digest));
	buf_release(&text);
}
