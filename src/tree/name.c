#include "tree/name.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SUFFIX ".json"
#define SUFFIX_LEN (sizeof(SUFFIX) - 1)
#define MARK_LEN 17 /* '~' and 16 hex digits */
#define UTF8_MAX 4
#define STEM_MAX (NAME_MAX_LEN - SUFFIX_LEN)

/* A cut gives up at most the rest of one character or of one percent-encoded byte. */
#define SHORTENED_MIN (NAME_MAX_LEN - (UTF8_MAX - 1))

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool must_encode(const char *id, const char *at)
{
	unsigned char c = (unsigned char)*at;

	return c < ' ' || c == 0x7f || c == '/' || c == '%' || (c == '.' && at == id);
}

/*
 * Bytes of the UTF-8 sequence that begins at s, as far as it is there; 1 for a byte that
 * begins none. Overlong forms count as sequences: they only have to stay whole.
 */
static size_t character_length(const char *s)
{
	unsigned char lead = (unsigned char)*s;
	size_t want = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
	size_t len = 1;

	while (len < want && ((unsigned char)s[len] & 0xc0) == 0x80)
		len++;
	return len;
}

/* "…~0123456789abcdef" at the end of a stem of a shortened name's length. */
static bool has_mark(const char *stem, size_t len)
{
	const char *mark = stem + len - MARK_LEN;

	if (len < SHORTENED_MIN - SUFFIX_LEN || *mark != '~')
		return false;
	for (size_t i = 1; i < MARK_LEN; i++) {
		if (hex_value(mark[i]) < 0 || (mark[i] >= 'A' && mark[i] <= 'F'))
			return false;
	}
	return true;
}

/*
 * Encodes whole characters while they fit into max bytes. Returns the length; false in
 * *ret_is_whole if some did not fit.
 */
static size_t encode_stem(const char *id, size_t max, char *stem, bool *ret_is_whole)
{
	const char *p = id;
	size_t len = 0;

	while (*p) {
		bool is_encoded = must_encode(id, p);
		size_t n = is_encoded ? 1 : character_length(p);

		if (len + (is_encoded ? 3 : n) > max)
			break;
		if (is_encoded)
			len += (size_t)snprintf(stem + len, 4, "%%%02X", (unsigned char)*p);
		else {
			memcpy(stem + len, p, n);
			len += n;
		}
		p += n;
	}
	*ret_is_whole = *p == '\0';
	return len;
}

void name_encode(const char *id, uint64_t ino, char ret_name[NAME_MAX_LEN + 1])
{
	bool is_whole;
	size_t len = encode_stem(id, STEM_MAX, ret_name, &is_whole);

	if (is_whole && !has_mark(ret_name, len)) {
		memcpy(ret_name + len, SUFFIX, SUFFIX_LEN + 1);
		return;
	}
	len = encode_stem(id, STEM_MAX - MARK_LEN, ret_name, &is_whole);
	snprintf(ret_name + len, NAME_MAX_LEN + 1 - len, "~%016" PRIx64 SUFFIX, ino);
}

static void decode_stem(const char *stem, size_t len, char *id)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		int high = i + 2 < len && stem[i] == '%' ? hex_value(stem[i + 1]) : -1;
		int low = high >= 0 ? hex_value(stem[i + 2]) : -1;

		/* %00 stands for itself: no id holds a NUL. */
		if (low < 0 || high * 16 + low == 0) {
			id[n++] = stem[i];
			continue;
		}
		id[n++] = (char)(high * 16 + low);
		i += 2;
	}
	id[n] = '\0';
}

bool name_decode(const char *name, struct name_decoded *ret_decoded)
{
	size_t len = strlen(name);
	size_t stem_len;

	if (len <= SUFFIX_LEN || len > NAME_MAX_LEN || name[0] == '.')
		return false;
	stem_len = len - SUFFIX_LEN;
	if (strcmp(name + stem_len, SUFFIX) != 0)
		return false;
	memset(ret_decoded, 0, sizeof(*ret_decoded));
	if (!has_mark(name, stem_len)) {
		decode_stem(name, stem_len, ret_decoded->id);
		return true;
	}
	ret_decoded->is_shortened = true;
	for (size_t i = stem_len - MARK_LEN + 1; i < stem_len; i++)
		ret_decoded->ino = ret_decoded->ino << 4 | (uint64_t)hex_value(name[i]);
	return true;
}
