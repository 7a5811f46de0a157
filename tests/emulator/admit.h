#ifndef EMULATOR_ADMIT_H
#define EMULATOR_ADMIT_H

/*
 * What a call must pass before its handler runs: the type of its body, its
 * token, its app, its role, its body, its schema, its quota; in this order, as
 * on the server.  Who does not pass is answered here, and -1 is returned.
 */

#include "server.h"

/* Needs no lock. */
int admit_media_type(struct call *call);
/* Sets app, client, role, body and schema of the call.  Under the world's lock. */
int admit(struct call *call);

#endif
