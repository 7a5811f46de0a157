"""First listings: how long they take, and what they cost."""

import statistics
import time

from cases import Outcome, case
from rig import LASTING, PAGE, interleaved, list_long, processor_seconds, search_all, timed

CURL = "curl --parallel-max 8 of the REST pages, to /dev/null"
LATENCY_MS = 50


def against_pages(rig, items, action, *options):
    """A cold mount's action against the plain transfer of the same pages."""
    items = rig.size(items)
    server = rig.server(items, rig.latency(LATENCY_MS))
    ours, baseline = interleaved(
        rig.runs, rig.cold(server, action, *options), rig.curl_pages(server, items))
    return Outcome(ours, baseline)


@case("list-10k", "cold ls -l, 10,000 items, 50 ms latency", 1.2, "x", CURL)
def list_10k(rig):
    return against_pages(rig, 10000, list_long)


@case("list-100k", "cold ls -l, 100,000 items, 50 ms latency", 1.2, "x", CURL)
def list_100k(rig):
    return against_pages(rig, 100000, list_long)


@case("grep-cold", "cold grep -r, 10,000 items, 50 ms latency, writable mount", 1.4, "x", CURL)
def grep_cold(rig):
    return against_pages(rig, 10000, search_all)


@case("grep-cold-ro", "cold grep -r, 10,000 items, 50 ms latency, read-only mount", 1.4, "x", CURL)
def grep_cold_ro(rig):
    return against_pages(rig, 10000, search_all, "ro")


@case("page-cpu", "processor time of the mount for a page of 200 items, no latency", 5, "ms")
def page_cpu(rig):
    items = rig.size(10000)
    server = rig.server(items)
    found = []
    for _ in range(rig.runs + 1):
        with rig.mount(server, LASTING) as mount:
            before = processor_seconds(mount.pid())
            list_long(mount.schema("recipes"))
            found.append(1000 * (processor_seconds(mount.pid()) - before) / (items / PAGE))
    return Outcome(found[1:], unit="ms", note="of 1.7 KB")


def credits_of_listing(rig, listing):
    items = rig.size(10000)
    server = rig.server(items)
    with rig.mount(server, LASTING, f"listing={listing}") as mount:
        list_long(mount.schema("recipes"))
        return Outcome([server.stats()["credits"]], unit="credits")


@case("credits-graphql", "first listing of 10,000 items by GraphQL", 12, "credits")
def credits_graphql(rig):
    return credits_of_listing(rig, "graphql")


@case("credits-rest", "first listing of 10,000 items by REST", 51, "credits")
def credits_rest(rig):
    return credits_of_listing(rig, "rest")


@case("flat", "time an item of a cold listing: the largest against 1,000 items", 1.3, "x",
      "1,000 items")
def flat(rig):
    """Each run has a server that has rendered nothing yet, whatever the size."""
    smallest = rig.size(1000)
    largest = rig.size(1000000 if rig.large else 100000)

    def an_item(items):
        """Microseconds by the clock, and of the mount's processor time."""
        with rig.new_server(items) as server, rig.mount(server, LASTING) as mount:
            before = processor_seconds(mount.pid())
            seconds = timed(["ls", "-lU"], mount.schema("recipes"))
            busy = processor_seconds(mount.pid()) - before
            return 1e6 * seconds / items, 1e6 * busy / items

    ours, baseline = [], []
    for _ in range(1 if rig.large else rig.runs):
        baseline.append(sorted(an_item(smallest) for _ in range(rig.runs))[rig.runs // 2])
        ours.append(an_item(largest))
    by_clock, busy = (Outcome(*sides, unit="us") for sides in zip(
        *([list(column) for column in zip(*side)] for side in (ours, baseline))))
    # What a listing waits for once weighs on few items more: that alone would hide any growth.
    # The processor's time is told in hundredths of a second, which few items may not fill.
    told = [by_clock, busy] if statistics.median(busy.baseline) > 0 else [by_clock]
    worse = max(told, key=lambda outcome: outcome.value)
    what = "by the clock" if worse is by_clock else "by the mount's processor time"
    worse.note = f"{largest:,}; worse {what}"
    return worse


@case("memory", "resident memory after listing and reading 1,000,000 items", 96, "MiB", large=True)
def memory(rig):
    items = rig.size(1000000)
    with rig.new_server(items) as server, rig.mount(server, LASTING) as mount:
        began = time.monotonic()
        timed(["ls", "-lU"], mount.schema("recipes"))
        listed = time.monotonic() - began
        timed(["sh", "-c", "find . -type f -print0 | xargs -0 cat"], mount.schema("recipes"))
        return Outcome([mount.memory("VmHWM") / 1024], unit="MiB",
                       note=f"listed in {listed:.0f} s; highest")
