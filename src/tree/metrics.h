/*
 * The text of /.squidexfs/metrics, for Prometheus: exposition format 0.0.4, in which each
 * metric has its HELP and TYPE line, and then a sample for each app or kind of request. The
 * numbers are those of the status (figures.h). Private to tree/; any thread, never blocks on
 * the network.
 */
#ifndef SQUIDEXFS_TREE_METRICS_H
#define SQUIDEXFS_TREE_METRICS_H

struct buf;
struct error;
struct tree;

int tree_render_metrics(struct tree *tree, struct buf *text, struct error *err);

#endif
