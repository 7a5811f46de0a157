"""What has been seen before: how near it comes to a local disk."""

import os
import subprocess

import exposition
from cases import Outcome, case
from deadline import until
from rig import LASTING, interleaved, list_long, search_all

DISK = "the same files on local disk"
MEMFS = "a minimal file system in memory (tests/bench/memfs.c)"
ITEMS = 10000
# They take milliseconds, so that one run is little to go by.
TIMES = 3
# What the kernel asks for at once; the metrics are far shorter.
LONGEST_READ = 128 * 1024


def metric(mount, name, **labels):
    """By one READ, however long the text is."""
    fd = os.open(mount.path(".squidexfs", "metrics"), os.O_RDONLY)
    try:
        samples = exposition.parse(os.read(fd, LONGEST_READ).decode("utf-8"))
    finally:
        os.close(fd)
    return int(samples["squidexfs_" + name, tuple(labels.items())])


def await_page_cache(mount, items):
    """Until the texts of the listed items are with the kernel."""
    until(lambda: metric(mount, "prefilled_texts_total") >= items, 60, "the page cache is filled")


def against_disk(rig, action, *options):
    items = rig.size(ITEMS)
    copy = rig.local_copy(items)
    with rig.mount(rig.server(items), LASTING, *options) as mount:
        directory = mount.schema("recipes")
        list_long(directory)
        search_all(directory)
        ours, baseline = interleaved(
            TIMES * rig.runs, lambda: action(directory), lambda: action(copy))
    return Outcome(ours, baseline)


@case("list-warm", "warm ls -l, 10,000 items", 1.3, "x", DISK)
def list_warm(rig):
    return against_disk(rig, list_long)


@case("grep-warm-ro", "warm grep -r, read-only mount", 1.3, "x", DISK)
def grep_warm_ro(rig):
    return against_disk(rig, search_all, "ro")


@case("grep-reads", "READ requests of the first grep -r after a listing, writable mount", 0, "READ")
def grep_reads(rig):
    items = rig.size(ITEMS)
    with rig.mount(rig.server(items), LASTING) as mount:
        list_long(mount.schema("recipes"))
        await_page_cache(mount, items)
        before = metric(mount, "kernel_requests_total", operation="read")
        search_all(mount.schema("recipes"))
        # Of which one was for the metrics.
        reads = metric(mount, "kernel_requests_total", operation="read") - before - 1
        return Outcome([reads], unit="READ")


@case("grep-warm", "warm grep -r, writable mount", 1.1, "x", MEMFS)
def grep_warm(rig):
    items = rig.size(ITEMS)
    with rig.memfs(rig.local_copy(items)) as bare, \
            rig.mount(rig.server(items), LASTING) as mount:
        list_long(mount.schema("recipes"))
        await_page_cache(mount, items)
        subprocess.run(["ls", "-l", bare], check=True, stdout=subprocess.DEVNULL)
        ours, baseline = interleaved(TIMES * rig.runs,
                                     lambda: search_all(mount.schema("recipes")),
                                     lambda: search_all(bare))
    return Outcome(ours, baseline)
