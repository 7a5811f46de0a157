/*
 * What a libcurl failure means for a user of the mount: an errno and a sentence. One
 * table, private to the bottom transport.
 */
#ifndef SQUIDEXFS_NET_TRANSFER_ERROR_H
#define SQUIDEXFS_NET_TRANSFER_ERROR_H

#include <curl/curl.h>

struct error;

/*
 * Fills err for a transfer to host ("127.0.0.1:5000") that ended with code, and returns
 * the negative errno. detail: libcurl's own words, "" for its general ones; os_errno: of
 * the system call behind it, 0 if unknown.
 */
int transfer_error_set(
	struct error *err, CURLcode code, const char *host, const char *detail, long os_errno);

#endif
