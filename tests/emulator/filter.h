#ifndef EMULATOR_FILTER_H
#define EMULATOR_FILTER_H

/*
 * A condition on an item, as a tree: and, or, not, and comparisons.
 *
 * It is evaluated as PostgreSQL does, with three truth values: comparing a
 * field that is not there is neither true nor false, and its negation is not
 * true either.  So "not(servings eq 3)" finds no item without servings
 * (269-odata-not-200).
 *
 * Constructors take ownership of what they are given; filter_free() ends the
 * whole tree and accepts NULL.  A finished tree is immutable.
 */

#include "compare.h"
#include "index.h"
#include "model.h"
#include "problem.h"

struct filter;

struct filter *filter_and(struct filter *left, struct filter *right);
struct filter *filter_or(struct filter *left, struct filter *right);
struct filter *filter_not(struct filter *inner);
/* value: a literal, an array for OP_IN, NULL for a JSON null. */
struct filter *filter_compare(struct field_ref field, enum filter_op op, struct json_object *value);
void filter_free(struct filter *f);

/* Notes a problem if the store cannot run the filter. */
void filter_check_supported(const struct filter *f, struct problem *p);

/* True only if the condition holds; not if it is unknown. */
bool filter_matches(const struct filter *f, struct json_object *entity);

/* Whether the tree has a comparison of the field of the item of this name. */
bool filter_mentions(const struct filter *f, const char *name);
/*
 * The range of a tree that is exactly one comparison of the id by order or for
 * equality, or a lower and an upper limit, in this order; else false.
 */
bool filter_id_range(const struct filter *f, struct id_range *ret);

#endif
