"""Counts what the kernel asks of a mount: what its own caches answer is not asked."""

import contextlib
import os

import exposition
from deadline import until


def read_once(path):
    """A control file's text by one open and one read: always the same requests."""
    fd = os.open(path, os.O_RDONLY)
    try:
        return os.read(fd, 1 << 20).decode()
    finally:
        os.close(fd)


def samples(mount):
    return exposition.parse(read_once(mount.path(".squidexfs", "metrics")))


def counts(mount):
    """{operation: number} since the mount began."""
    return {dict(labels)["operation"]: int(value)
            for (name, labels), value in samples(mount).items()
            if name == "squidexfs_kernel_requests_total"}


@contextlib.contextmanager
def asked(mount):
    """
    with asked(mount) as requests:
        ...
    assert requests["read"] == 0

    Without what the counting itself asks.
    """
    requests = {}
    first, before = counts(mount), counts(mount)
    yield requests
    after = counts(mount)
    for operation in after:
        own = before[operation] - first[operation]
        requests[operation] = after[operation] - before[operation] - own


def prefilled(mount):
    return int(samples(mount)["squidexfs_prefilled_texts_total", ()])


def await_prefilled(mount, n):
    """So many texts are in the page cache, and counted."""
    until(lambda: prefilled(mount) >= n, 20, f"{n} texts are in the page cache")
