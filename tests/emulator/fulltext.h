#ifndef EMULATOR_FULLTEXT_H
#define EMULATOR_FULLTEXT_H

/*
 * Full text search as the PostgreSQL store does it: every word of the query
 * must be among the words of the item's texts.
 *
 * The words of the query are reduced to their English stems, those of the item
 * are not, so a word that has another stem finds nothing: "pie" finds an apple
 * pie, "apple" (stem "appl") does not (285-odata-search-two-200).
 */

#include <json-c/json.h>
#include <stdbool.h>

/* data: the data document of an item. True for a text without words. */
bool fulltext_matches(const char *text, struct json_object *data);

/* The English stem of a word of lower-case letters, cut in place. */
void fulltext_stem(char *word);

#endif
