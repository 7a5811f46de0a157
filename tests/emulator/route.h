#ifndef EMULATOR_ROUTE_H
#define EMULATOR_ROUTE_H

/*
 * The table of all routes: what each needs, costs and does.
 */

#include "body.h"
#include "buf.h"
#include "server.h"

enum route_flags {
	ROUTE_ANONYMOUS = 1 << 0, /* needs no token */
	ROUTE_WRITES = 1 << 1,    /* changes the world */
	ROUTE_TAKES_BODY = 1 << 2,
	/* A missing or bad token gets a WWW-Authenticate. */
	ROUTE_CHALLENGES = 1 << 3,
	ROUTE_CONTROL = 1 << 4, /* the emulator's own: not counted, no faults */
	/* Outside /api: no app, no ErrorDto. */
	ROUTE_IDENTITY = 1 << 5,
	ROUTE_FORBIDDEN = 1 << 6, /* for clients of apps, whatever their role */
};

struct route {
	const char *method;
	const char *pattern; /* "/api/content/{app}/{schema}" */
	void (*handle)(struct call *call);
	const char *right; /* as in access.h; NULL for none */
	double costs;
	unsigned flags;
	enum body_shape shape;
};

/*
 * The route of a request, with the values of its {parameters} in call->params,
 * or NULL.  *ret_allowed is filled with the methods that other routes of the
 * same path have ("GET, POST").
 */
const struct route *route_find(
	const struct request *request, const char *params[4], struct buf *ret_allowed);
/* The value of a named parameter of the call's route, or NULL. */
const char *route_param(const struct call *call, const char *name);

#endif
