/*
 * A transport that answers as a server whose app 'shop' has the schemas 'empty' and
 * 'recipes', for tests of the layers above the client.
 *
 *	struct pretended_server server;
 *	pretended_server_init(&server, ids, n_ids);
 *	... code under test with &server.transport ...
 *	server.status = 503;		-- from now on
 *
 * Lists in the order of ids, which is the server's own: the test gives them so. An item's
 * text grows with version. The fields may be changed between requests.
 */
#ifndef TESTS_UNIT_PRETENDED_SERVER_H
#define TESTS_UNIT_PRETENDED_SERVER_H

#include <stddef.h>

#include "net/transport.h"

struct pretended_server {
	struct transport transport; /* first: the functions get back to the rest */
	const char *const *ids;     /* of recipes, ascending */
	size_t n_ids;
	int version; /* of all items */
	int status;  /* other than 200: of all answers */
	size_t n_requests;
	size_t fail_after;  /* requests that are answered before a 500; 0: all are */
	const char *locked; /* id that offers no change, or NULL */
};

void pretended_server_init(struct pretended_server *server, const char *const *ids, size_t n_ids);

#endif
