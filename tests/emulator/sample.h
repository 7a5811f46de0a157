#ifndef EMULATOR_SAMPLE_H
#define EMULATOR_SAMPLE_H

/*
 * Generated recipes: as many as are asked for, the same ones each time.
 *
 * A sample holds no text: its data is made from its number whenever it is
 * read, so that a million of them fit into memory.
 */

struct buf;
struct schema;

/* Adds recipe-000001 ... to a schema that has the fields of FoodCrunch's recipes. */
void sample_add(struct schema *schema, int count);
/* The data of a sample, as JSON text. */
void sample_text(int number, struct buf *ret);

#endif
