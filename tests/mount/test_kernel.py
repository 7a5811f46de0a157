"""Do the kernel's own caches serve, and never with what is not so any more."""

import ctypes
import os
import select
import subprocess

import pytest

from deadline import until
from kernel import asked, await_prefilled, prefilled, samples
from mount import Mount

RECIPE = "/api/content/foodcrunch/recipes/demo-draft"

# Nothing is asked again by itself.
FOREVER = ["cache_ttl=1h", "negative_ttl=1h"]
ALONE = FOREVER + ["prefill=0"]


def describe(emulator, letter, length=10):
    emulator.api("PATCH", RECIPE, {"description": {"en": letter * length}})


def read(path):
    with open(path, "rb") as stream:
        return stream.read()


def refresh(mount, name="*"):
    with open(mount.path(".squidexfs", "refresh"), "w", encoding="utf-8") as stream:
        stream.write(name + "\n")


def grep(mount, *words):
    return subprocess.run(["grep", "-rc", "", *words], cwd=mount.schema(), check=True,
                          capture_output=True).stdout


# Pages over an open


@pytest.fixture
def alone(emulator, home):
    """A mount whose kernel has no page that nobody read, of an item with 10 letters."""
    describe(emulator, "x")
    with Mount(emulator.url, home, ALONE) as mount:
        yield mount


def test_a_text_is_read_once(alone):
    path = alone.schema("recipes", "demo-draft.json")
    with asked(alone) as requests:
        text = read(path)
    assert requests["read"] == 1 and requests["open"] == 1
    with asked(alone) as requests:
        assert read(path) == text
    assert requests["read"] == 0 and requests["open"] == 1
    assert requests["flush"] == requests["getxattr"] == 0


@pytest.mark.parametrize("length", [10, 5, 20000])
def test_another_text_is_read(emulator, alone, length):
    path = alone.schema("recipes", "demo-draft.json")
    read(path)
    describe(emulator, "y", length)
    refresh(alone)
    text = read(path)
    assert text.count(b"y" * 5) == length // 5 and b"xxxx" not in text
    with asked(alone) as requests:
        assert read(path) == text
    assert requests["read"] == 0


def test_a_refresh_keeps_the_pages_of_what_is_the_same(emulator, alone):
    path = alone.schema("recipes", "demo-draft.json")
    text = read(path)
    emulator.forget()
    refresh(alone)
    with asked(alone) as requests:
        assert read(path) == text
    assert requests["read"] == 0
    assert emulator.count(RECIPE) == 1, "it was asked for"


def test_a_text_beside_another_keeps_nothing(emulator, alone):
    """The pages are the older file's, whatever the newer one reads."""
    path = alone.schema("recipes", "demo-draft.json")
    with open(path, "rb") as old:
        old_text = old.read()
        describe(emulator, "y")
        refresh(alone)
        new_text = read(path)
        assert b"yyyy" in new_text
        old.seek(0)
        assert old.read() == old_text
    assert read(path) == read(path) == new_text


# Pages before an open


def test_after_a_listing_nothing_is_read(thousand, home):
    with Mount(thousand.url, home, FOREVER) as mount:
        names = os.listdir(mount.schema("recipes"))
        await_prefilled(mount, len(names))
        with asked(mount) as requests:
            lines = grep(mount, "recipes")
        assert len(lines.splitlines()) == len(names) == 1000
        assert requests["read"] == 0 and requests["open"] == len(names)

        # Reading did not make the kernel forget the attributes either.
        with asked(mount) as requests:
            assert grep(mount, "recipes") == lines
        assert requests["read"] == 0 and requests["getattr"] < 10
        assert prefilled(mount) == len(names), "what is there is not put there again"


def test_what_was_not_read_has_the_same_bytes(thousand, home):
    with Mount(thousand.url, home, FOREVER) as mount, \
            Mount(thousand.url, home, ALONE) as other:
        await_prefilled(mount, len(os.listdir(mount.schema("recipes"))))
        subprocess.run(["diff", "-r", mount.schema("recipes"), other.schema("recipes")],
                       check=True)
        assert prefilled(other) == 0


def test_no_more_than_the_budget_is_put_there(thousand, home):
    with Mount(thousand.url, home, FOREVER + ["prefill=64K"]) as mount:
        names = os.listdir(mount.schema("recipes"))
        size = os.stat(mount.schema("recipes", names[0])).st_size
        await_prefilled(mount, 10)
        with asked(mount) as requests:
            grep(mount, "recipes")
        n = prefilled(mount)
        assert 64 * 1024 - 8 * size < samples(mount)["squidexfs_prefilled_bytes_total", ()] \
            <= 64 * 1024
        assert requests["read"] == len(names) - n


def test_what_changes_after_the_listing_is_read(emulator, home):
    describe(emulator, "x")
    with Mount(emulator.url, home, FOREVER) as mount:
        await_prefilled(mount, len(os.listdir(mount.schema("recipes"))))
        describe(emulator, "y")
        refresh(mount)
        assert b"yyyy" in read(mount.schema("recipes", "demo-draft.json"))


# What the kernel is told


def watch_removal(path):
    """A descriptor that has something to read when the file is gone."""
    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    in_delete_self = 0x400
    assert fd >= 0 and libc.inotify_add_watch(fd, path.encode(), in_delete_self) >= 0
    return fd


def test_whoever_watches_an_item_hears_that_it_is_gone(emulator, home):
    with Mount(emulator.url, home, FOREVER) as mount:
        directory = mount.schema("recipes")
        fd = watch_removal(os.path.join(directory, "demo-draft.json"))
        try:
            os.listdir(directory)
            emulator.api("DELETE", RECIPE)
            refresh(mount)
            until(lambda: "demo-draft.json" not in os.listdir(directory), 5, "it is gone")
            until(lambda: select.select([fd], [], [], 0)[0], 5, "its watcher hears of it")
        finally:
            os.close(fd)
