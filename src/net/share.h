/*
 * The transport layer that sends identical GETs in flight once: the first caller
 * performs, the others get a copy of its answer. Identical: same URL and same headers.
 * If the first caller is interrupted or runs out of its own time, one of the others
 * performs in its place. Nobody joins a GET that began before a request of another kind
 * ended: it may bring what stood there before the write.
 *
 * Borrows inner. Any thread may perform.
 */
#ifndef SQUIDEXFS_NET_SHARE_H
#define SQUIDEXFS_NET_SHARE_H

struct transport;

/* Returns NULL if out of memory. */
struct transport *share_new(struct transport *inner);

#endif
