"""Do changes on the server show when they should, and does an open file stay what it was."""

import json
import os
import time

import pytest

from actor import Actor, item, page
from deadline import slow, until
from mount import Mount

RECIPE = "/api/content/foodcrunch/recipes/demo-draft"


def describe(emulator, letter, length):
    """Changes the item's text to one of that length and letter."""
    emulator.api("PATCH", RECIPE, {"description": {"en": letter * length}})


def read_all(fd):
    return b"".join(iter(lambda: os.read(fd, 4096), b""))


@pytest.mark.parametrize("new_length", [9500, 20000, 10])
def test_two_versions_open_at_once_are_both_whole(emulator, home, new_length):
    describe(emulator, "x", 9000)
    with Mount(emulator.url, home, ["cache_ttl=1"]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        old = os.open(path, os.O_RDONLY)
        size = os.fstat(old).st_size
        describe(emulator, "y", new_length)
        until(lambda: os.stat(path).st_size != size, 5, "the change shows")

        new = os.open(path, os.O_RDONLY)
        try:
            # Through the old one first: what it reads must not reach the new one.
            begin = os.pread(old, 4096, 0)
            new_text = read_all(new)
            old_text = read_all(old)
            assert len(new_text) == os.fstat(new).st_size
            assert new_text.count(b"y" * 10) == new_length // 10
            assert b"xxxx" not in new_text and b"\0" not in new_text
            assert old_text.startswith(begin) and len(old_text) == size
            assert old_text.count(b"x" * 10) == 900
            assert b"yyyy" not in old_text and b"\0" not in old_text
        finally:
            os.close(old)
            os.close(new)


def test_an_open_file_keeps_its_size(emulator, home):
    """Whoever looks at the path meanwhile, and gets a smaller size, cuts nothing off."""
    describe(emulator, "x", 9000)
    with Mount(emulator.url, home, ["cache_ttl=1"]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        with open(path, "rb", buffering=0) as stream:
            size = os.stat(path).st_size
            begin = stream.read(100)
            describe(emulator, "y", 10)
            until(lambda: os.stat(path).st_size < size, 5, "the change shows")
            text = begin + read_all(stream.fileno())
        assert len(text) == size and text.endswith(b"}\n")


def test_an_absence_ends_when_its_time_is_over(emulator, home):
    with Mount(emulator.url, home, ["negative_ttl=2"]) as mount:
        begin = time.monotonic()
        assert not os.path.exists(mount.schema("recipes", "later.json"))
        emulator.create("foodcrunch", "recipes", "later", {"title": {"en": "Later"}})
        # The kernel hears of the absence under another name when most of its time is gone.
        other = mount.schema("recipes", "l%61ter.json")
        time.sleep(1.5)
        assert not os.path.exists(other)
        until(lambda: os.path.exists(other), 5, "it is there")
        assert time.monotonic() - begin < slow(3)


def test_a_listing_does_not_wait_for_one_item(thousand, home):
    """The last item by id was read first; the others come with the first page."""
    last = max(item["id"] for item in thousand.items("foodcrunch", "recipes"))
    with Mount(thousand.url, home, ["timeout=3"]) as mount:
        with open(mount.schema("recipes", last + ".json"), encoding="utf-8") as stream:
            stream.read()
        thousand.forget()
        thousand.fault(path="/api/content/foodcrunch/recipes", delayMs=900, count=-1)
        names = os.listdir(mount.schema("recipes"))
        assert len(names) == len(set(names)) == 1000


@pytest.mark.parametrize("view", ["document", "data"])
def test_a_change_of_the_schema_changes_what_was_kept(home, view):
    """The item has no new version, but its fields stand in another order."""
    def schema_of(*names):
        return {"items": [{"name": "recipes", "type": "Default", "isPublished": True,
                           "fields": [{"name": name} for name in names]}]}

    def order():
        with Mount(actor.url, home, ["view=" + view]) as mount:
            assert os.listdir(mount.schema("recipes")) == ["a.json"]
            with open(mount.schema("recipes", "a.json"), encoding="utf-8") as stream:
                document = json.load(stream)
            return list(document if view == "data" else document["data"])

    with Actor() as actor:
        same = item("a", data={"one": {"iv": 1}, "two": {"iv": 2}})
        actor.says("/api/content/foodcrunch/recipes", 200, page(same))
        actor.says("/api/content/foodcrunch/recipes/a", 200, same)
        actor.says("/api/apps/foodcrunch/schemas", 200, schema_of("one", "two"))
        assert order() == ["one", "two"]
        actor.says("/api/apps/foodcrunch/schemas", 200, schema_of("two", "one"))
        assert order() == ["two", "one"]
