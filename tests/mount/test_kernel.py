"""Do the kernel's own caches serve, and never with what is not so any more."""

import contextlib
import ctypes
import errno
import json
import os
import select
import string
import subprocess
import time

import pytest

from deadline import until
from kernel import asked, await_prefilled, prefilled, samples
from mount import Mount
from saving import item

RECIPE = "/api/content/foodcrunch/recipes/demo-draft"

# Nothing is asked again by itself.
FOREVER = ["cache_ttl=1h", "negative_ttl=1h"]
BRIEF = ["cache_ttl=1", "negative_ttl=1", "ro"]
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


def test_what_is_being_written_is_not_put_there(emulator, home):
    """Of a text as long as the one that the server has, so that its length does not tell them apart."""
    with Mount(emulator.url, home, FOREVER) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        text = read(path)
        mine = text.replace(b"Bread soup\"", b"Onion soup\"")
        assert mine != text
        with open(path, "r+b", buffering=0) as stream:
            stream.write(mine)
            others = len(os.listdir(mount.schema("recipes"))) - 1
            # One directory after the other: the first is done with when the second is.
            others += len(os.listdir(mount.schema("authors")))
            await_prefilled(mount, others)
            stream.seek(0)
            assert stream.read() == mine
            assert read(path) == mine
            assert prefilled(mount) == others
        assert b"Onion soup" in read(path)
    assert item(emulator, "recipes", "demo-draft")["data"]["title"]["en"] == "Onion soup"


# What the kernel is told


def watch_removal(path):
    """A descriptor that has something to read when the file is gone."""
    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    in_delete_self = 0x400
    assert fd >= 0 and libc.inotify_add_watch(fd, path.encode(), in_delete_self) >= 0
    return fd


@pytest.mark.parametrize("options", [FOREVER, BRIEF], ids=["rw", "ro"])
def test_whoever_watches_an_item_hears_that_it_is_gone(emulator, home, options):
    with Mount(emulator.url, home, options) as mount:
        directory = mount.schema("recipes")
        fd = watch_removal(os.path.join(directory, "demo-draft.json"))
        try:
            os.listdir(directory)
            emulator.api("DELETE", RECIPE)
            if options is FOREVER:
                refresh(mount)
            until(lambda: "demo-draft.json" not in os.listdir(directory), 5, "it is gone")
            until(lambda: select.select([fd], [], [], 0)[0], 5, "its watcher hears of it")
        finally:
            os.close(fd)


# What nobody opens: the kernel's read-only mount


def test_changes_of_one_second_are_told_apart(emulator, home):
    """
    Texts are as long as the ones before, and as old. The kernel drops its pages by itself where the
    time differs; being told of it may come after the reading.
    """
    with emulator.clock_at(time.time()), \
            Mount(emulator.url, home, ["cache_ttl=0", "ro"]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        times = set()
        for letter in string.ascii_lowercase:
            describe(emulator, letter)
            assert letter.encode() * 10 in read(path)
            times.add(os.stat(path).st_mtime_ns)
        assert len(times) == 26 and len({ns // 10**9 for ns in times}) == 1


def test_reading_takes_no_request(thousand, home):
    with Mount(thousand.url, home, FOREVER + ["ro"]) as mount:
        names = os.listdir(mount.schema("recipes"))
        await_prefilled(mount, len(names))
        with asked(mount) as requests:
            lines = grep(mount, "recipes")
        assert len(lines.splitlines()) == len(names) == 1000
        per_file = ("open", "read", "flush", "release", "getattr", "lookup")
        assert sum(requests[operation] for operation in per_file) < 10, requests
        assert thousand.count(RECIPE) == 0


def test_a_text_is_read_once_unopened(emulator, home):
    describe(emulator, "x", 300000)
    with Mount(emulator.url, home, ALONE + ["ro"]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        with asked(mount) as requests:
            text = read(path)
        assert text.count(b"x" * 10) == 30000 and text.endswith(b"}\n")
        assert 1 <= requests["read"] <= 4, requests
        assert requests["release"] == 0
        with asked(mount) as requests:
            assert read(path) == text
        assert requests["read"] == requests["open"] == 0


@pytest.mark.parametrize("options", [BRIEF, BRIEF + ["prefill=0"]])
@pytest.mark.parametrize("length", [10, 5, 20000])
def test_another_text_shows_when_its_time_has_come(emulator, home, options, length):
    """Also where neither size nor second tell it from the one before."""
    describe(emulator, "x")
    with Mount(emulator.url, home, options) as mount:
        os.listdir(mount.schema("recipes"))
        path = mount.schema("recipes", "demo-draft.json")
        assert b"xxxx" in read(path)
        describe(emulator, "y", length)
        until(lambda: b"yyyy" in read(path), 5, "the change shows")
        text = read(path)
        assert text.count(b"y" * 5) == length // 5 and b"xxxx" not in text
        assert len(text) == os.stat(path).st_size


def test_an_item_that_is_gone_is_not_read(emulator, home):
    with Mount(emulator.url, home, BRIEF) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        os.listdir(mount.schema("recipes"))
        read(path)
        emulator.api("DELETE", RECIPE)
        until(lambda: not os.path.exists(path), 5, "it is gone")
        with pytest.raises(FileNotFoundError):
            read(path)


def test_control_files_are_made_for_each_reader(emulator, home):
    with Mount(emulator.url, home, FOREVER + ["ro"]) as mount:
        status = json.loads(mount.control("status"))
        with open(mount.path(".squidexfs", "status"), "rb", buffering=0) as stream:
            begin = stream.read(50)
            os.listdir(mount.schema("recipes"))
            for _ in range(3):
                later = json.loads(mount.control("status"))
            text = begin + stream.read()
        assert later["requests"]["total"] > status["requests"]["total"]
        assert json.loads(text)["requests"]["total"] == status["requests"]["total"]
        assert subprocess.run(["cat", mount.path(".squidexfs", "status")], check=True,
                              capture_output=True).stdout.count(b'"version"') == 1

        assert set(os.listdir(mount.path(".squidexfs"))) >= {"status", "metrics", "errors"}


def test_failures_are_told_where_nothing_is_opened(emulator, home):
    with Mount(emulator.url, home, BRIEF + ["timeout=2"]) as mount:
        emulator.fault(path="/api/content/foodcrunch/", status=500, count=-1)
        assert mount.control("errors") == ""
        with pytest.raises(OSError) as caught:
            os.listdir(mount.schema("recipes"))
        assert caught.value.errno == errno.EIO
        assert "/apps/foodcrunch/recipes" in mount.control("errors")


def test_a_reader_that_comes_too_late_is_told(emulator, home):
    """Of the texts made for readers, the latest are kept."""
    with Mount(emulator.url, home, FOREVER + ["ro"]) as mount:
        with open(mount.path(".squidexfs", "status"), "rb", buffering=0) as stream:
            for _ in range(100):
                os.stat(mount.path(".squidexfs", "status"))
            with pytest.raises(OSError) as caught:
                stream.read()
            assert caught.value.errno == errno.ESTALE
        assert json.loads(mount.control("status"))


def test_nothing_is_written_to_a_read_only_mount(emulator, home):
    with Mount(emulator.url, home, FOREVER + ["ro"]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        text = read(path)
        for name in (path, mount.path(".squidexfs", "refresh")):
            for flags in (os.O_WRONLY, os.O_RDWR | os.O_TRUNC, os.O_WRONLY | os.O_APPEND):
                with pytest.raises(OSError) as caught:
                    os.open(name, flags)
                assert caught.value.errno == errno.EROFS
        assert read(path) == text


def list_long(mount):
    subprocess.run(["ls", "-l", mount.schema("recipes")], check=True, capture_output=True)


@pytest.mark.parametrize("begun", [False, True], ids=["read through", "begun, and left"])
def test_a_list_is_kept_where_nothing_is_opened(thousand, home, begun):
    with Mount(thousand.url, home, FOREVER + ["ro"]) as mount:
        list_long(mount)
        if begun:
            with os.scandir(mount.schema("recipes")) as entries:
                next(entries)
            list_long(mount)
        list_long(mount)
        names = os.listdir(mount.schema("recipes"))
        with asked(mount) as requests:
            list_long(mount)
            assert sorted(os.listdir(mount.schema("recipes"))) == sorted(names)
        assert len(names) == len(set(names)) == 1000
        assert requests["readdirplus"] == requests["readdir"] == 0
        assert requests["opendir"] == 2 and requests["lookup"] + requests["getattr"] < 10


def test_a_list_renews_the_attributes_when_its_time_has_come(thousand, home):
    """By reading the directory anew, not item by item."""
    with Mount(thousand.url, home, BRIEF) as mount:
        list_long(mount)

        def is_renewed():
            with asked(mount) as requests:
                list_long(mount)
            assert requests["lookup"] + requests["getattr"] < 50, requests
            return requests["readdirplus"] > 0

        until(is_renewed, 5, "the directory is read anew")


@contextlib.contextmanager
def held_open(path):
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield fd
    finally:
        os.close(fd)


@pytest.mark.parametrize("way", [contextlib.nullcontext, held_open],
                         ids=["opened each time", "gone back to the beginning"])
@pytest.mark.parametrize("options", [BRIEF, BRIEF[:2]], ids=["ro", "rw"])
def test_a_list_shows_what_is_new_and_what_is_gone(emulator, home, way, options):
    with Mount(emulator.url, home, options) as mount, way(mount.schema("recipes")) as directory:
        for _ in range(3):
            before = set(os.listdir(directory))
        emulator.create("foodcrunch", "recipes", "later", {"title": {"en": "Later"}})
        emulator.api("DELETE", RECIPE)
        after = before - {"demo-draft.json"} | {"later.json"}
        until(lambda: set(os.listdir(directory)) == after, 5, "the change shows")
