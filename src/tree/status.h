/*
 * The text of /.squidexfs/status: version, server and token of each app, what is cached,
 * what was asked; the numbers are figures.h's. Private to tree/; any thread, never blocks on the network.
 */
#ifndef SQUIDEXFS_TREE_STATUS_H
#define SQUIDEXFS_TREE_STATUS_H

struct buf;
struct error;
struct tree;

int tree_render_status(struct tree *tree, struct buf *text, struct error *err);

#endif
