/*
 * memfs: the least that a FUSE file system in C can do, for scripts/bench to
 * measure against.
 *
 *	memfs DIRECTORY MOUNTPOINT
 *
 * Reads the regular files of a directory into memory and shows them, read-write
 * in its options but without any operation that changes them. What the kernel
 * may keep it may keep for an hour; opens need no flush; and the texts of what a
 * READDIRPLUS has named are pushed into the page cache by a second thread.
 *
 * Ends when it is unmounted, or at SIGTERM.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const double KEPT_S = 3600;

/* Node numbers: the root is FUSE_ROOT_ID, file i has FIRST_FILE + i. */
enum { FIRST_FILE = FUSE_ROOT_ID + 1 };

struct file {
	char *name;
	char *text;
	size_t size;
};

struct memfs {
	struct file *files; /* by name */
	size_t count;
	struct fuse_session *session;
	pthread_t pusher;
	atomic_bool is_pushing;
};

static void die(const char *what)
{
	fprintf(stderr, "memfs: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int compare_names(const void *left, const void *right)
{
	const struct file *a = left;
	const struct file *b = right;

	return strcmp(a->name, b->name);
}

static int compare_name(const void *name, const void *file)
{
	return strcmp(name, ((const struct file *)file)->name);
}

static void read_text(int directory, struct file *file)
{
	int fd = openat(directory, file->name, O_RDONLY | O_CLOEXEC);

	file->text = malloc(file->size + 1);
	if (fd < 0 || file->text == NULL || read(fd, file->text, file->size) != (ssize_t)file->size)
		die(file->name);
	close(fd);
}

static void load(struct memfs *memfs, const char *path)
{
	DIR *stream = opendir(path);
	const struct dirent *entry;
	size_t capacity = 0;

	if (stream == NULL)
		die(path);
	while ((entry = readdir(stream)) != NULL) {
		struct stat attributes;
		struct file *file;

		if (fstatat(dirfd(stream), entry->d_name, &attributes, 0) != 0 ||
			!S_ISREG(attributes.st_mode))
			continue;
		if (memfs->count == capacity) {
			capacity = capacity > 0 ? 2 * capacity : 1024;
			memfs->files = reallocarray(memfs->files, capacity, sizeof(*memfs->files));
			if (memfs->files == NULL)
				die("memory");
		}
		file = &memfs->files[memfs->count++];
		file->name = strdup(entry->d_name);
		file->size = (size_t)attributes.st_size;
		if (file->name == NULL)
			die("memory");
		read_text(dirfd(stream), file);
	}
	closedir(stream);
	if (memfs->count > 0)
		qsort(memfs->files, memfs->count, sizeof(*memfs->files), compare_names);
}

static const struct file *file_of(const struct memfs *memfs, fuse_ino_t node)
{
	return node >= FIRST_FILE ? &memfs->files[node - FIRST_FILE] : NULL;
}

static struct stat attributes_of(const struct memfs *memfs, fuse_ino_t node)
{
	const struct file *file = file_of(memfs, node);

	return (struct stat){ .st_ino = node,
		.st_mode = file != NULL ? S_IFREG | 0644 : S_IFDIR | 0755,
		.st_nlink = 1,
		.st_uid = getuid(),
		.st_gid = getgid(),
		.st_size = file != NULL ? (off_t)file->size : 0 };
}

static struct fuse_entry_param entry_of(const struct memfs *memfs, fuse_ino_t node)
{
	return (struct fuse_entry_param){ .ino = node,
		.attr = attributes_of(memfs, node),
		.attr_timeout = KEPT_S,
		.entry_timeout = KEPT_S };
}

static void op_lookup(fuse_req_t request, fuse_ino_t parent, const char *name)
{
	const struct memfs *memfs = fuse_req_userdata(request);
	const struct file *found = bsearch(
		name, memfs->files, memfs->count, sizeof(*memfs->files), compare_name);
	struct fuse_entry_param entry = { .entry_timeout = KEPT_S };

	(void)parent;
	if (found != NULL)
		entry = entry_of(memfs, FIRST_FILE + (fuse_ino_t)(found - memfs->files));
	fuse_reply_entry(request, &entry);
}

static void op_getattr(fuse_req_t request, fuse_ino_t node, struct fuse_file_info *info)
{
	struct stat attributes = attributes_of(fuse_req_userdata(request), node);

	(void)info;
	fuse_reply_attr(request, &attributes, KEPT_S);
}

static void op_open(fuse_req_t request, fuse_ino_t node, struct fuse_file_info *info)
{
	(void)node;
	info->keep_cache = 1;
	info->noflush = 1;
	fuse_reply_open(request, info);
}

static void op_read(
	fuse_req_t request, fuse_ino_t node, size_t size, off_t offset, struct fuse_file_info *info)
{
	const struct file *file = file_of(fuse_req_userdata(request), node);
	size_t left = (size_t)offset < file->size ? file->size - (size_t)offset : 0;

	(void)info;
	if (left == 0)
		fuse_reply_buf(request, NULL, 0);
	else
		fuse_reply_buf(request, file->text + offset, left < size ? left : size);
}

static void *push_texts(void *payload)
{
	const struct memfs *memfs = payload;

	for (size_t i = 0; i < memfs->count; i++) {
		struct fuse_bufvec text = FUSE_BUFVEC_INIT(memfs->files[i].size);

		text.buf[0].mem = memfs->files[i].text;
		fuse_lowlevel_notify_store(memfs->session, FIRST_FILE + i, 0, &text, 0);
	}
	return NULL;
}

/* Once, when all files have been named. */
static void begin_pushing(struct memfs *memfs)
{
	if (atomic_exchange(&memfs->is_pushing, true))
		return;
	if (pthread_create(&memfs->pusher, NULL, push_texts, memfs) != 0)
		die("thread");
}

static void op_readdirplus(
	fuse_req_t request, fuse_ino_t node, size_t size, off_t offset, struct fuse_file_info *info)
{
	struct memfs *memfs = fuse_req_userdata(request);
	char *reply = malloc(size);
	size_t used = 0;

	(void)node;
	(void)info;
	if (reply == NULL) {
		fuse_reply_err(request, ENOMEM);
		return;
	}
	for (size_t i = (size_t)offset; i < memfs->count; i++) {
		struct fuse_entry_param entry = entry_of(memfs, FIRST_FILE + i);
		size_t length = fuse_add_direntry_plus(request, reply + used, size - used,
			memfs->files[i].name, &entry, (off_t)i + 1);

		if (length > size - used)
			break;
		used += length;
	}
	fuse_reply_buf(request, reply, used);
	free(reply);
	if (used == 0)
		begin_pushing(memfs);
}

static void on_init(void *payload, struct fuse_conn_info *connection)
{
	(void)payload;
	connection->want |= FUSE_CAP_READDIRPLUS;
	connection->want &= ~(unsigned)FUSE_CAP_READDIRPLUS_AUTO;
}

static const struct fuse_lowlevel_ops operations = {
	.init = on_init,
	.lookup = op_lookup,
	.getattr = op_getattr,
	.open = op_open,
	.read = op_read,
	.readdirplus = op_readdirplus,
};

static int serve(struct memfs *memfs, const char *mountpoint)
{
	static char name[] = "memfs";
	char *words[] = { name, NULL };
	struct fuse_args arguments = FUSE_ARGS_INIT(1, words);
	struct fuse_loop_config *config = fuse_loop_cfg_create();
	int result = 1;

	memfs->session = fuse_session_new(&arguments, &operations, sizeof(operations), memfs);
	if (memfs->session == NULL || config == NULL)
		die("session");
	if (fuse_set_signal_handlers(memfs->session) == 0 &&
		fuse_session_mount(memfs->session, mountpoint) == 0) {
		result = fuse_session_loop_mt(memfs->session, config) < 0;
		fuse_session_unmount(memfs->session);
	}
	if (memfs->is_pushing)
		pthread_join(memfs->pusher, NULL);
	fuse_remove_signal_handlers(memfs->session);
	fuse_session_destroy(memfs->session);
	fuse_loop_cfg_destroy(config);
	return result;
}

int main(int argc, char **argv)
{
	struct memfs memfs = { 0 };
	int result;

	if (argc != 3) {
		fputs("usage: memfs DIRECTORY MOUNTPOINT\n", stderr);
		return 2;
	}
	load(&memfs, argv[1]);
	result = serve(&memfs, argv[2]);
	for (size_t i = 0; i < memfs.count; i++) {
		free(memfs.files[i].name);
		free(memfs.files[i].text);
	}
	free(memfs.files);
	return result;
}
