#ifndef EMULATOR_MISBEHAVE_H
#define EMULATOR_MISBEHAVE_H

/*
 * Carries out latency and faults on a call.
 */

#include "server.h"

enum misbehave_result {
	MISBEHAVE_NOT, /* the call is to be answered (perhaps mangled on its way) */
	MISBEHAVE_DONE /* the response is made, or the connection is to be dropped */
};

enum misbehave_result misbehave(struct call *call);

#endif
