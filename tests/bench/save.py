"""New items copied into a listed directory: what saving adds to the requests that it takes."""

import itertools
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

from cases import Outcome, case
from emulator import EDITABLE
from rig import LASTING, RECIPES, SEEDED, id_at, interleaved

ITEMS = 1000
LATENCY_MS = 20
WRITERS = 8
# What the mount says of a bulk besides its jobs.
BULK = {"doNotScript": False, "optimizeValidation": False, "checkReferrers": False}


def singly(ids, data):
    """A request an item, as (path, body)."""
    return [(f"{RECIPES}?id={id}", data) for id in ids]


def in_bulks(ids, data):
    """A bulk for each round of the writers, and the query that reads what it made."""
    requests = []
    for first in range(0, len(ids), WRITERS):
        share = ids[first:first + WRITERS]
        jobs = [{"type": "Create", "id": id, "data": data} for id in share]
        requests += [(f"{RECIPES}/bulk", {**BULK, "jobs": jobs}),
                     (f"{RECIPES}/query", {"ids": share})]
    return requests


def write_sources(folder, ids, data, writers):
    """A directory of files for each writer."""
    sources = [pathlib.Path(folder, str(number)) for number in range(writers)]
    for number, source in enumerate(sources):
        source.mkdir()
        for id in ids[number::writers]:
            (source / f"{id}.json").write_text(json.dumps({"data": data}, ensure_ascii=False),
                                              encoding="utf-8")
    return sources


def copy_all(sources, directory):
    """The seconds that they take, all at once."""
    began = time.perf_counter()
    writers = [subprocess.Popen(["cp", "-r", f"{source}/.", directory]) for source in sources]
    assert all([writer.wait() == 0 for writer in writers]), "cp failed"
    return time.perf_counter() - began


def counted(server, total, items, action):
    """The action's seconds and credits; all that it was to make is there afterwards."""
    before = total()
    server.forget()
    seconds = action()
    credits = server.stats()["credits"]
    assert total() == before + items, "not every item was made"
    return seconds, credits


def against_curl(rig, writers, items, requests):
    """Copying so many new items, against the requests that make as many others."""
    rounds = itertools.count()
    with rig.new_server(rig.size(ITEMS), rig.latency(LATENCY_MS)) as server, \
            rig.mount(server, LASTING) as mount:
        directory = mount.schema("recipes")
        os.listdir(directory)
        data = server.api("GET", f"{RECIPES}/{id_at(SEEDED)}", headers=EDITABLE)["data"]

        def total():
            return server.api("GET", f"{RECIPES}?$top=1", headers=EDITABLE)["total"]

        def new_ids():
            turn = next(rounds)
            return [f"new-{turn}-{number}" for number in range(items)]

        def ours():
            with tempfile.TemporaryDirectory(dir=rig.directory) as folder:
                sources = write_sources(folder, new_ids(), data, writers)
                return counted(server, total, items, lambda: copy_all(sources, directory))

        def baseline():
            asked = requests(new_ids(), data)
            return counted(server, total, items, lambda: rig.post(server, asked))

        sides = interleaved(rig.runs, ours, baseline)
    seconds = [[seconds for seconds, _ in side] for side in sides]
    credits = [statistics.median(credits for _, credits in side) for side in sides]
    return Outcome(*seconds, note=f"{credits[0]:.0f} credits, curl {credits[1]:.0f}")


@case("save-crowd", "8 processes cp -r 1,000 new items in all, 20 ms latency", 1.3, "x",
      "one curl of the same as bulks of 8, each followed by its query")
def save_crowd(rig):
    return against_curl(rig, WRITERS, 40 if rig.small else 1000, in_bulks)


@case("save-one", "cp -r of 200 new items, 20 ms latency", 1.1, "x",
      "one curl of 200 POSTs, one after the other")
def save_one(rig):
    return against_curl(rig, 1, 20 if rig.small else 200, singly)
