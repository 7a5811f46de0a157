"""What bounds the cache: cache_size=, memory=, and content that never meets the disk."""

import json
import os
import re

import pytest

import exposition
from mount import Mount

RECIPES = "/api/content/foodcrunch/recipes"

MEGABYTE = 1 << 20

# Nothing is asked again by itself, and no text gets to the kernel unread.
LASTING = ["cache_ttl=1h", "negative_ttl=1h", "prefill=0"]


def cache(mount):
    return json.loads(mount.control("status"))["apps"][0]["cache"]


def read(path):
    with open(path, "rb") as stream:
        return stream.read()


@pytest.mark.parametrize("place", ["disk", "memory"])
def test_texts_are_kept_within_the_limit_and_sizes_all(thousand, home, place):
    limit = "cache_size=1M" if place == "disk" else "memory=1M"
    with Mount(thousand.url, home, LASTING + [f"cache={place}", limit]) as mount:
        names = sorted(os.listdir(mount.schema("recipes")))
        sizes = {name: os.stat(mount.schema("recipes", name)).st_size for name in names}
        assert len(names) == 1000 and sum(sizes.values()) > 1.3 * MEGABYTE
        state = cache(mount)
        assert state["text_limit"] == MEGABYTE
        assert 0.9 * MEGABYTE < state["text_bytes"] <= MEGABYTE
        assert state["evicted"] == 0

        # The listing has kept the first ones; the others are fetched one by one.
        thousand.forget()
        kept, read_bytes = 0, 0
        for name in names:
            before = thousand.total()
            assert len(read(mount.schema("recipes", name))) == sizes[name]
            read_bytes += sizes[name]
            if thousand.total() == before:
                kept += 1
        assert thousand.count(RECIPES) == thousand.total() == 1000 - kept
        assert 0 < kept < 1000
        assert cache(mount)["text_bytes"] <= MEGABYTE
        assert cache(mount)["evicted"] > 0

        # What was read last is there, and what listing shows costs nothing.
        thousand.forget()
        for name in names[-50:]:
            read(mount.schema("recipes", name))
        assert {name: os.stat(mount.schema("recipes", name)).st_size for name in names} == sizes
        assert thousand.total() == 0
        if place == "disk":
            assert cache(mount)["bytes"] < 3 * MEGABYTE


def test_a_remount_knows_what_was_dropped(thousand, home):
    options = LASTING + ["cache_size=1M"]
    with Mount(thousand.url, home, options) as mount:
        names = sorted(os.listdir(mount.schema("recipes")))
    with Mount(thousand.url, home, options) as mount:
        thousand.forget()
        assert sorted(os.listdir(mount.schema("recipes"))) == names
        assert thousand.total() == 1
        assert cache(mount)["text_bytes"] <= MEGABYTE
        text = read(mount.schema("recipes", names[-1]))
        assert json.loads(text)["id"] == names[-1].removesuffix(".json")
        assert thousand.total() == 2


def test_a_text_larger_than_the_limits_can_be_read(emulator, home):
    data = {"title": {"en": "Large"}, "description": {"en": "x" * (3 * MEGABYTE)}}
    emulator.create("foodcrunch", "recipes", "large", data)
    limits = ["cache_size=1M", "memory=1M"]
    with Mount(emulator.url, home, LASTING + limits) as mount:
        path = mount.schema("recipes", "large.json")
        text = read(path)
        assert json.loads(text)["data"]["description"] == data["description"]
        assert os.stat(path).st_size == len(text)
        assert cache(mount)["text_bytes"] == 0
        assert read(path) == text


def test_open_files_share_one_text(emulator, home):
    data = {"title": {"en": "Large"}, "description": {"en": "x" * MEGABYTE}}
    emulator.create("foodcrunch", "recipes", "large", data)
    with Mount(emulator.url, home, LASTING) as mount:
        path = mount.schema("recipes", "large.json")
        read(path)
        before = mount.memory("VmRSS")
        files = [open(path, "rb") for _ in range(1000)]
        try:
            assert files[0].read() == files[-1].read()
            # Kilobytes. A thousand copies would be a million.
            assert mount.memory("VmRSS") - before < 20000
        finally:
            for file in files:
                file.close()


def test_texts_that_were_read_stay_in_memory_within_their_limit(thousand, home):
    with Mount(thousand.url, home, LASTING + ["memory=1M"]) as mount:
        for name in os.listdir(mount.schema("recipes")):
            read(mount.schema("recipes", name))
        state = cache(mount)
        assert state["memory_limit"] == MEGABYTE
        assert 0.9 * MEGABYTE < state["memory_bytes"] <= MEGABYTE
        samples = exposition.parse(mount.control("metrics"))
        for metric, key in {"cache_text_bytes": "text_bytes", "cache_evictions_total": "evicted",
                            "cache_text_limit_bytes": "text_limit",
                            "memory_text_bytes": "memory_bytes",
                            "memory_text_limit_bytes": "memory_limit"}.items():
            assert samples["squidexfs_" + metric, (("app", "foodcrunch"),)] == state[key]


def files_of(pid):
    """What the process has open that is a file on some disk, and how large it is."""
    found = {}
    for number in os.listdir(f"/proc/{pid}/fd"):
        path = f"/proc/{pid}/fd/{number}"
        try:
            target = os.readlink(path)
            if target.startswith("/") and not target.startswith("/dev/"):
                found[target] = os.stat(path).st_size
        except FileNotFoundError:
            continue
    return found


def test_content_in_memory_never_meets_the_disk(thousand, home):
    def is_quiet(pid):
        return {path for path, size in files_of(pid).items() if size} <= {mount.output_path}

    with Mount(thousand.url, home, LASTING + ["cache=memory", "memory=1M"]) as mount:
        for name in os.listdir(mount.schema("recipes")):
            read(mount.schema("recipes", name))
            assert is_quiet(mount.process.pid), files_of(mount.process.pid)
        for top, _, names in os.walk(home.directory("cache")):
            assert not names, top
        # What it has written to whatever file: the lines of its log, and the folders of its state.
        with open(f"/proc/{mount.process.pid}/io", encoding="ascii") as stream:
            assert int(re.search(r"write_bytes: (\d+)", stream.read()).group(1)) <= 65536
        assert "on_disk\": false" in mount.control("status")
