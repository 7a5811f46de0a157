#include "net/websocket_handshake.h"

#include <ctype.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/error.h"
#include "net/transport.h"

/* RFC 6455, section 1.3. */
#define ACCEPT_GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

#define KEY_BYTES 16
#define SHA1_BYTES 20

/* 20 bytes in base64, and the NUL. */
#define ACCEPT_SIZE 29

#define VALUE_MAX 256

void handshake_make_key(char ret_key[HANDSHAKE_KEY_SIZE])
{
	unsigned char bytes[KEY_BYTES];

	arc4random_buf(bytes, sizeof(bytes));
	EVP_EncodeBlock((unsigned char *)ret_key, bytes, sizeof(bytes));
}

/* In one piece: a buffer that grows leaves copies of what it holds behind. */
int handshake_add_request(struct buf *text, const struct handshake *handshake, const char *key)
{
	return buf_addf(text,
		"GET %s%s%s HTTP/1.1\r\n"
		"Host: %s\r\n"
		"User-Agent: squidexfs/%s\r\n"
		"Connection: Upgrade\r\n"
		"Upgrade: websocket\r\n"
		"Sec-WebSocket-Version: 13\r\n"
		"Sec-WebSocket-Key: %s\r\n"
		"Sec-WebSocket-Protocol: %s\r\n"
		"\r\n",
		handshake->path, handshake->query ? "?" : "",
		handshake->query ? handshake->query : "", handshake->host, SQUIDEXFS_VERSION, key,
		handshake->protocol);
}

size_t handshake_header_len(const char *data, size_t len)
{
	static const char end[] = "\r\n\r\n";
	const char *found = memmem(data, len, end, sizeof(end) - 1);

	return found ? (size_t)(found - data) + sizeof(end) - 1 : 0;
}

/* The value of a header that is there once, without blanks around it. */
static bool find_value(const char *header, const char *name, char ret_value[VALUE_MAX])
{
	size_t name_len = strlen(name);
	bool is_found = false;

	for (const char *line = strstr(header, "\r\n"); line; line = strstr(line, "\r\n")) {
		const char *value;
		size_t len;

		line += 2;
		if (strncasecmp(line, name, name_len) != 0 || line[name_len] != ':')
			continue;
		value = line + name_len + 1;
		value += strspn(value, " \t");
		len = strcspn(value, "\r\n");
		while (len > 0 && isblank((unsigned char)value[len - 1]))
			len--;
		if (is_found || len >= VALUE_MAX)
			return false;
		snprintf(ret_value, VALUE_MAX, "%.*s", (int)len, value);
		is_found = true;
	}
	return is_found;
}

/* Is word one of a list of words with commas? */
static bool has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	while (*list) {
		list += strspn(list, ", \t");
		if (strncasecmp(list, word, len) == 0 && strchr(", \t", list[len]))
			return true;
		list += strcspn(list, ",");
	}
	return false;
}

static bool make_accept(const char *key, char ret_accept[ACCEPT_SIZE])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	char text[HANDSHAKE_KEY_SIZE + sizeof(ACCEPT_GUID)];
	int len = snprintf(text, sizeof(text), "%s" ACCEPT_GUID, key);

	if (EVP_Digest(text, (size_t)len, digest, NULL, EVP_sha1(), NULL) != 1)
		return false;
	EVP_EncodeBlock((unsigned char *)ret_accept, digest, SHA1_BYTES);
	return true;
}

/* What is wrong with an answer that agrees to become a WebSocket; NULL: nothing. */
static const char *find_fault(const char *header, const char *key, const char *protocol)
{
	char value[VALUE_MAX], accept[ACCEPT_SIZE];

	if (!find_value(header, "Upgrade", value) || strcasecmp(value, "websocket") != 0)
		return "it does not upgrade to a WebSocket";
	if (!find_value(header, "Connection", value) || !has_word(value, "upgrade"))
		return "it does not upgrade the connection";
	if (!make_accept(key, accept) || !find_value(header, "Sec-WebSocket-Accept", value) ||
		strcmp(value, accept) != 0)
		return "it is the answer to another key";
	if (!find_value(header, "Sec-WebSocket-Protocol", value) || strcmp(value, protocol) != 0)
		return "it does not agree to the subprotocol";
	if (find_value(header, "Sec-WebSocket-Extensions", value) && *value)
		return "it has extensions that nobody asked for";
	return NULL;
}

int handshake_check(const char *header, const char *key, const char *protocol,
	struct handshake_answer *ret_answer, struct error *err)
{
	struct handshake_answer answer = { 0 };
	char value[VALUE_MAX];
	const char *fault;

	if (strncmp(header, "HTTP/1.", 7) != 0 || !isdigit((unsigned char)header[7]) ||
		header[8] != ' ' || strspn(header + 9, "0123456789") != 3)
		return error_set(err, EPROTO, "the answer is not of HTTP/1.1");
	answer.status = atoi(header + 9);
	if (find_value(header, "X-Costs", value) && http_parse_decimal(value) > 0)
		answer.cost = http_parse_decimal(value);
	fault = answer.status == 101 ? find_fault(header, key, protocol) : NULL;
	if (fault)
		return error_set(err, EPROTO, "the WebSocket's answer is wrong: %s", fault);
	*ret_answer = answer;
	return 0;
}
