#include "cli/options.h"

#include <string.h>
#include <unistd.h>

#include "cli/settings.h"

#define SECOND ((uint64_t)1000)
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)
#define MEGABYTE ((uint64_t)1 << 20)
#define TERABYTE ((uint64_t)1 << 40)

#define OF_MOUNT(field) .scope = OPTION_OF_MOUNT, .offset = offsetof(struct mount_settings, field)
#define OF_APP(field) .scope = OPTION_OF_APP, .offset = offsetof(struct app_settings, field)

/* In the order of the enums that they name. */
static const char *const views[] = { "document", "data", "raw", NULL };
static const char *const updates[] = { "patch", "put", NULL };
static const char *const conflicts[] = { "refuse", "overwrite", NULL };
static const char *const edits[] = { "live", "draft", NULL };
static const char *const deletes[] = { "checked", "plain", "permanent", "off", NULL };
static const char *const cache_places[] = { "disk", "memory", NULL };
static const char *const stales[] = { "serve", "error", NULL };
static const char *const listings[] = { "graphql", "rest", NULL };
static const char *const rooms[] = { "all", "cache", "net", NULL };

_Static_assert(VIEW_DOCUMENT == 0 && VIEW_DATA == 1 && VIEW_RAW == 2, "order of views");
_Static_assert(SAVE_PATCH == 0 && SAVE_PUT == 1, "order of updates");
_Static_assert(SAVE_REFUSE == 0 && SAVE_OVERWRITE == 1, "order of conflicts");
_Static_assert(SAVE_LIVE == 0 && SAVE_DRAFT == 1, "order of edits");
_Static_assert(
	DELETES_CHECKED == 0 && DELETES_PLAIN == 1 && DELETES_PERMANENT == 2 && DELETES_OFF == 3,
	"order of deletes");
_Static_assert(CACHE_ON_DISK == 0 && CACHE_IN_MEMORY == 1, "order of cache places");
_Static_assert(CACHE_STALE_SERVE == 0 && CACHE_STALE_ERROR == 1, "order of stales");
_Static_assert(CACHE_LISTS_BY_GRAPHQL == 0 && CACHE_LISTS_BY_REST == 1, "order of listings");

/* clang-format off */
static const struct option_def options[] = {
	{ .name = "app", .type = OPTION_TEXT, OF_MOUNT(app),
	  .place = OPTION_ON_COMMAND_LINE, .group = OPTION_GROUP_SERVER,
	  .metavar = "NAME", .help = "The app; of a configuration file, its only section to mount" },
	{ .name = "client_id", .type = OPTION_TEXT, OF_APP(client_id),
	  .place = OPTION_ANYWHERE, .group = OPTION_GROUP_SERVER,
	  .metavar = "APP:CLIENT", .help = "The client; 'default' stands for 'APP:default'" },
	{ .name = "client_secret_file", .type = OPTION_PATH, OF_APP(client_secret_file),
	  .place = OPTION_ANYWHERE, .group = OPTION_GROUP_SERVER,
	  .metavar = "FILE", .help = "File that holds the client's secret and nothing else" },
	{ .name = "config", .type = OPTION_PATH, OF_MOUNT(config),
	  .place = OPTION_ON_COMMAND_LINE, .group = OPTION_GROUP_SERVER,
	  .metavar = "FILE", .help = "Configuration file, in place of the usual ones" },
	{ .name = "url", .type = OPTION_TEXT, OF_APP(url),
	  .place = OPTION_IN_FILE, .group = OPTION_GROUP_SERVER,
	  .metavar = "URL", .help = "The server" },
	{ .name = "client_secret", .type = OPTION_TEXT, .scope = OPTION_OF_APP,
	  .offset = OPTION_NOT_STORED, .place = OPTION_IN_FILE, .group = OPTION_GROUP_SERVER,
	  .metavar = "SECRET", .help = "The client's secret" },

	{ .name = "view", .type = OPTION_CHOICE, OF_APP(client.view), .choices = views,
	  .place = OPTION_ANYWHERE, .group = OPTION_GROUP_VIEW, .initial = "document",
	  .metavar = "VIEW", .help = "Text of an item: the document, its data alone, or the raw answer" },
	{ .name = "schemas", .type = OPTION_SLUGS, OF_APP(client.schemas),
	  .place = OPTION_ANYWHERE, .group = OPTION_GROUP_VIEW,
	  .metavar = "NAME[:NAME...]", .help = "Only these schemas, unasked; fields are sorted by name then" },
	{ .name = "published", .type = OPTION_FLAG, OF_APP(client.is_published),
	  .place = OPTION_ANYWHERE, .group = OPTION_GROUP_VIEW,
	  .help = "Only what the public sees; no drafts" },
	{ .name = "languages", .type = OPTION_LANGUAGES, OF_APP(client.languages),
	  .place = OPTION_ANYWHERE, .group = OPTION_GROUP_VIEW,
	  .metavar = "CODE[:CODE...]", .help = "Only these languages of localised fields" },
	{ .name = "flatten", .type = OPTION_FLAG, OF_APP(client.is_flat),
	  .place = OPTION_ANYWHERE, .group = OPTION_GROUP_VIEW,
	  .help = "Fields with one value as that value, without its key" },

	{ .name = "update", .type = OPTION_CHOICE, OF_APP(saver.update), .choices = updates,
	  .place = OPTION_ANYWHERE, .group = OPTION_GROUP_SAVE, .initial = "patch",
	  .metavar = "HOW", .help = "What a save sends: what differs (patch), or all data (put)" },
	{ .name = "conflict", .type = OPTION_CHOICE, OF_APP(saver.conflict), .choices = conflicts,
	  .place = OPTION_ANYWHERE, .group = OPTION_GROUP_SAVE, .initial = "refuse",
	  .metavar = "HOW", .help = "A save over somebody else's change: refuse it, or overwrite that" },
	{ .name = "edit", .type = OPTION_CHOICE, OF_APP(saver.edit), .choices = edits,
	  .place = OPTION_ANYWHERE, .group = OPTION_GROUP_SAVE, .initial = "live",
	  .metavar = "WHAT", .help = "What is published: change it live, or a draft of it" },
	{ .name = "create_status", .type = OPTION_TEXT, OF_APP(saver.create_status),
	  .place = OPTION_ANYWHERE, .group = OPTION_GROUP_SAVE,
	  .metavar = "STATUS", .help = "Status of a new item whose text names none" },
	{ .name = "delete", .type = OPTION_CHOICE, OF_APP(deletes.mode), .choices = deletes,
	  .place = OPTION_ANYWHERE, .group = OPTION_GROUP_SAVE, .initial = "checked",
	  .metavar = "HOW", .help = "rm deletes: not while others refer to it (checked), in any case (plain), for good (permanent), nothing (off)" },
	{ .name = "delete_delay", .type = OPTION_DURATION, OF_APP(deletes.delay_ms), .max = HOUR,
	  .place = OPTION_ANYWHERE, .group = OPTION_GROUP_SAVE, .initial = "1s",
	  .metavar = "TIME", .help = "How long after rm the server is told; 0: rm waits for its answer" },
	{ .name = "allow_expressions", .type = OPTION_FLAG, OF_APP(saver.allow_expressions),
	  .place = OPTION_ANYWHERE, .group = OPTION_GROUP_SAVE,
	  .help = "Send \"$update\" and \"$unset\", which the server carries out" },
	{ .name = "state_size", .type = OPTION_SIZE, OF_APP(max_state_bytes),
	  .min = MEGABYTE, .max = TERABYTE,
	  .place = OPTION_ANYWHERE, .group = OPTION_GROUP_SAVE, .initial = "1G",
	  .metavar = "SIZE", .help = "Most bytes of an app's texts that only this machine has" },

	{ .name = "cache", .type = OPTION_CHOICE, OF_APP(cache_place), .choices = cache_places,
	  .place = OPTION_ANYWHERE, .group = OPTION_GROUP_CACHE, .initial = "disk",
	  .metavar = "PLACE", .help = "Where content is kept: on disk, or in memory and never on disk" },
	{ .name = "listing", .type = OPTION_CHOICE, OF_APP(cache.listing), .choices = listings,
	  .place = OPTION_ANYWHERE, .group = OPTION_GROUP_CACHE, .initial = "graphql",
	  .metavar = "WAY", .help = "How directories are listed: by GraphQL where it works, or by REST" },
	{ .name = "cache_ttl", .type = OPTION_DURATION, OF_APP(cache.ttl_ms), .max = DAY,
	  .place = OPTION_ANYWHERE, .group = OPTION_GROUP_CACHE, .initial = "30s",
	  .metavar = "TIME", .help = "How long content is shown without asking the server again" },
	{ .name = "negative_ttl", .type = OPTION_DURATION, OF_APP(cache.negative_ttl_ms), .max = DAY,
	  .place = OPTION_ANYWHERE, .group = OPTION_GROUP_CACHE, .initial = "5s",
	  .metavar = "TIME", .help = "How long an item that does not exist is not asked for again" },
	{ .name = "cache_size", .type = OPTION_SIZE, OF_APP(cache.max_disk_bytes),
	  .min = MEGABYTE, .max = TERABYTE,
	  .place = OPTION_ANYWHERE, .group = OPTION_GROUP_CACHE, .initial = "4G",
	  .metavar = "SIZE", .help = "Most bytes of an app's texts on disk; least recently used ones go" },
	{ .name = "memory", .type = OPTION_SIZE, OF_APP(cache.max_memory_bytes),
	  .min = MEGABYTE, .max = TERABYTE,
	  .place = OPTION_ANYWHERE, .group = OPTION_GROUP_CACHE, .initial = "32M",
	  .metavar = "SIZE", .help = "Most bytes of an app's texts in memory, but those of open files" },
	{ .name = "watch", .type = OPTION_FLAG, OF_APP(is_watching),
	  .place = OPTION_ANYWHERE, .group = OPTION_GROUP_CACHE,
	  .help = "Let the server tell of changes, so that nothing is asked while there are none" },
	{ .name = "prefill", .type = OPTION_SIZE, OF_MOUNT(mount.prefill_bytes), .max = TERABYTE,
	  .place = OPTION_ON_COMMAND_LINE, .group = OPTION_GROUP_CACHE, .initial = "64M",
	  .metavar = "SIZE", .help = "How much of a listed directory goes into the page cache unread; 0: none" },
	{ .name = "stale", .type = OPTION_CHOICE, OF_APP(cache.stale), .choices = stales,
	  .place = OPTION_ANYWHERE, .group = OPTION_GROUP_CACHE, .initial = "serve",
	  .metavar = "WHAT", .help = "While the server does not answer: serve what is at hand, or error" },

	{ .name = "uid", .type = OPTION_ID, OF_MOUNT(tree.uid), .max = UINT32_MAX - 1,
	  .place = OPTION_ON_COMMAND_LINE, .group = OPTION_GROUP_MOUNT,
	  .metavar = "UID", .help = "Owner of all files; otherwise the mounting user" },
	{ .name = "gid", .type = OPTION_ID, OF_MOUNT(tree.gid), .max = UINT32_MAX - 1,
	  .place = OPTION_ON_COMMAND_LINE, .group = OPTION_GROUP_MOUNT,
	  .metavar = "GID", .help = "Group of all files; otherwise the mounting user's" },
	{ .name = "umask", .type = OPTION_MODE, OF_MOUNT(tree.umask), .max = 0777,
	  .place = OPTION_ON_COMMAND_LINE, .group = OPTION_GROUP_MOUNT, .initial = "022",
	  .metavar = "MODE", .help = "Permissions taken from all files, in octal" },
	{ .name = "xattr", .type = OPTION_FLAG, OF_MOUNT(tree.has_xattr),
	  .place = OPTION_ON_COMMAND_LINE, .group = OPTION_GROUP_MOUNT,
	  .help = "Extended attributes user.squidex.*" },
	{ .name = "trace", .type = OPTION_ROOMS, OF_MOUNT(trace), .choices = rooms,
	  .place = OPTION_ON_COMMAND_LINE, .group = OPTION_GROUP_MOUNT,
	  .metavar = "ROOM[:ROOM...]",
	  .help = "Log the requests (net), what they are for (cache), or both (all)" },

	{ .name = "timeout", .type = OPTION_DURATION, OF_MOUNT(mount.timeout_ms),
	  .min = SECOND, .max = HOUR,
	  .place = OPTION_ON_COMMAND_LINE, .group = OPTION_GROUP_NETWORK, .initial = "30s",
	  .metavar = "TIME", .help = "Longest time for one operation, repeats included" },
	{ .name = "connect_timeout", .type = OPTION_DURATION, OF_MOUNT(http.connect_timeout_ms),
	  .min = SECOND / 10, .max = HOUR,
	  .place = OPTION_ON_COMMAND_LINE, .group = OPTION_GROUP_NETWORK, .initial = "5s",
	  .metavar = "TIME", .help = "Longest time for finding and reaching the server" },
	{ .name = "silence_timeout", .type = OPTION_DURATION, OF_MOUNT(http.silence_timeout_ms),
	  .min = SECOND, .max = HOUR,
	  .place = OPTION_ON_COMMAND_LINE, .group = OPTION_GROUP_NETWORK, .initial = "15s",
	  .metavar = "TIME", .help = "Longest time without a byte from the server" },
	{ .name = "max_requests", .type = OPTION_COUNT, OF_MOUNT(http.max_connections),
	  .min = 1, .max = 64,
	  .place = OPTION_ON_COMMAND_LINE, .group = OPTION_GROUP_NETWORK, .initial = "8",
	  .metavar = "N", .help = "Most requests to the server at a time" },
	{ .name = "cacert", .type = OPTION_PATH, OF_MOUNT(http.cacert),
	  .place = OPTION_ON_COMMAND_LINE, .group = OPTION_GROUP_NETWORK,
	  .metavar = "FILE", .help = "Certificates to trust, in place of the system's (PEM)" },
	{ .name = "cert", .type = OPTION_PATH, OF_MOUNT(http.cert),
	  .place = OPTION_ON_COMMAND_LINE, .group = OPTION_GROUP_NETWORK,
	  .metavar = "FILE", .help = "Client certificate (PEM)" },
	{ .name = "key", .type = OPTION_PATH, OF_MOUNT(http.key),
	  .place = OPTION_ON_COMMAND_LINE, .group = OPTION_GROUP_NETWORK,
	  .metavar = "FILE", .help = "Private key of the client certificate (PEM, without a password)" },
	{ .name = "proxy", .type = OPTION_TEXT, OF_MOUNT(http.proxy),
	  .place = OPTION_ON_COMMAND_LINE, .group = OPTION_GROUP_NETWORK,
	  .metavar = "URL", .help = "Proxy, as in curl, without a password; otherwise the environment's" },
	{ .name = "allow_http", .type = OPTION_FLAG, OF_MOUNT(http.allow_http),
	  .place = OPTION_ON_COMMAND_LINE, .group = OPTION_GROUP_NETWORK,
	  .help = "Plain http also to other hosts than this one" },
};
/* clang-format on */

const struct option_def *option_table(size_t *ret_n)
{
	*ret_n = sizeof(options) / sizeof(options[0]);
	return options;
}

const char *option_group_title(enum option_group group)
{
	static const char *const titles[OPTION_GROUPS] = {
		[OPTION_GROUP_SERVER] = "Server and client",
		[OPTION_GROUP_VIEW] = "What is shown",
		[OPTION_GROUP_SAVE] = "Saving",
		[OPTION_GROUP_CACHE] = "Cache",
		[OPTION_GROUP_MOUNT] = "Mount",
		[OPTION_GROUP_NETWORK] = "Network",
	};

	return titles[group];
}

const struct option_def *option_find(const char *name)
{
	size_t n;
	const struct option_def *table = option_table(&n);

	for (size_t i = 0; i < n; i++) {
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	}
	return NULL;
}

/* The defaults stand in the table, so they are read as a user's values are. */
static void store_initial(enum option_scope scope, void *settings)
{
	size_t n;
	const struct option_def *table = option_table(&n);

	for (size_t i = 0; i < n; i++) {
		if (table[i].scope == scope && table[i].initial)
			option_store(&table[i], table[i].initial, settings);
	}
}

void settings_init_mount(struct mount_settings *settings)
{
	*settings = (struct mount_settings){ 0 };
	settings->tree.uid = getuid();
	settings->tree.gid = getgid();
	store_initial(OPTION_OF_MOUNT, settings);
}

void settings_init_app(struct app_settings *settings)
{
	*settings = (struct app_settings){ 0 };
	store_initial(OPTION_OF_APP, settings);
}
