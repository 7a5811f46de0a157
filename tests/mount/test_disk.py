"""Saving and the local disk: what is durable before an error is told, and a disk that is full."""

import errno
import os
import re
import subprocess

import pytest

import account as accounts
from mount import Mount
from saving import API, changes, read, soup, title_of, unsaved, unsaved_texts, write
from tracing import as_root, traced

DRAFT = "demo-draft"


def new_text(size):
    """No JSON, so that the server is out of it."""
    return "x" * size


@pytest.fixture
def small_disk(home):
    """A file system of a megabyte, where the state is to be."""
    if not accounts.IS_ROOT:
        pytest.skip("root mounts these")
    path = home.directory("small")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "small", path], check=True)
    yield path
    subprocess.run(["umount", "-l", path], check=True)


def fill(path):
    with open(os.path.join(path, "filler"), "wb", buffering=0) as stream:
        try:
            while True:
                stream.write(bytes(4096))
        except OSError as error:
            assert error.errno == errno.ENOSPC


def refuse(path, text):
    with pytest.raises(OSError) as caught:
        write(path, text)
    return caught.value.errno


def test_a_full_disk_sends_nothing(emulator, home, small_disk):
    state = {"XDG_STATE_HOME": small_disk, "STATE_DIRECTORY": small_disk}
    with Mount(emulator.url, home, env=state) as mount:
        path = mount.schema("recipes", DRAFT + ".json")
        text = read(path)
        changed = text.replace("Bread soup\"", "Mine\"")
        fill(small_disk)
        assert refuse(path, changed) == errno.ENOSPC
        assert refuse(mount.schema("recipes", "soup.json"), soup("Soup")) == errno.ENOSPC
        errors = mount.control("errors")
        assert "No space left" in errors and "could not be kept" in errors
        assert changes(emulator) == []
        assert read(path) == text
        write(path, text)  # asks for nothing, so it needs no room
        os.unlink(os.path.join(small_disk, "filler"))
        write(path, changed)
        assert title_of(emulator) == "Mine"
        assert unsaved_texts(mount) == {}


def test_what_is_kept_stays_when_it_is_refused_again_and_the_disk_is_full(emulator, home, small_disk):
    """Its reason is written anew then, and finds no room; the text has its room already."""
    state = {"XDG_STATE_HOME": small_disk, "STATE_DIRECTORY": small_disk}
    with Mount(emulator.url, home, env=state) as mount:
        fd = os.open(mount.schema("recipes", DRAFT + ".json"), os.O_WRONLY | os.O_TRUNC)
        os.write(fd, b"no JSON")
        with pytest.raises(OSError):
            os.fsync(fd)
        fill(small_disk)
        for end in (os.fsync, os.fsync, os.close):
            with pytest.raises(OSError):
                end(fd)
            assert [text for text, _ in unsaved_texts(mount).values()] == ["no JSON"]


def test_the_limit_is_an_option(emulator, home):
    with Mount(emulator.url, home, ["state_size=1M"]) as mount:
        path = mount.schema("recipes", DRAFT + ".json")
        assert refuse(path, new_text(600_000)) == errno.EINVAL
        assert refuse(path, new_text(500_000)) == errno.EINVAL
        assert "state_size" in mount.control("errors")
        assert [len(text) for text, _ in unsaved_texts(mount).values()] == [600_000]
        text = read(path).replace("Bread soup\"", "Mine\"")
        write(path, text)
        assert title_of(emulator) == "Mine"
        os.unlink(unsaved(mount, "recipes", DRAFT + ".json"))
        assert refuse(path, new_text(500_000)) == errno.EINVAL
        assert [len(text) for text, _ in unsaved_texts(mount).values()] == [500_000]


def test_what_is_kept_stays_while_there_is_no_room_for_what_follows(emulator, home):
    """Of a text that was refused and goes on being written, in one opening."""
    with Mount(emulator.url, home, ["state_size=1M"]) as mount:
        path = mount.schema("recipes", DRAFT + ".json")
        with pytest.raises(OSError), open(path, "wb", buffering=0) as stream:
            stream.write(b"{" + b" " * 600_000)
            with pytest.raises(OSError):
                os.fsync(stream.fileno())
            stream.write(b" " * 500_000)
        assert [len(text) for text, _ in unsaved_texts(mount).values()] == [600_001]


CALL = re.compile(r"^\d+ +(\w+)\((.*?)(?:\) += |\s*<unfinished)(.*)$")


def calls_of(trace):
    """[(call, arguments)] as they began, in order; a reply to the kernel is a writev."""
    calls = []
    with open(trace, encoding="utf-8", errors="replace") as stream:
        for line in stream:
            match = CALL.match(line)
            if match:
                calls.append((match.group(1), match.group(2)))
    return calls


@as_root
@pytest.mark.parametrize("code", [errno.EINVAL, errno.ESTALE], ids=["no JSON", "a conflict"])
def test_an_error_is_told_when_the_text_is_durable(emulator, home, code):
    """Text, its folder and those above, reason, theirs, folder: all synced, then the reply to FLUSH."""
    trace = os.path.join(home.path, "trace")
    binary = traced(home, trace, "-y", "-s 200", "-e trace=fsync,renameat,renameat2,writev")
    with Mount(emulator.url, home, ["cache_ttl=1h"], binary=binary) as mount:
        path = mount.schema("recipes", DRAFT + ".json")
        if code == errno.ESTALE:
            text = read(path).replace("Bread soup\"", "Mine\"")
            emulator.api("PATCH", API + "recipes/" + DRAFT, {"title": {"de": "Anders"}})
        else:
            text = "{ oops"
        assert refuse(path, text) == code
    calls = calls_of(trace)
    words = [f"{call} {arguments}" for call, arguments in calls]

    def first(pattern, start=0):
        for i in range(start, len(words)):
            if re.search(pattern, words[i]):
                return i
        raise AssertionError(f"no {pattern} behind {start}: {words[start:]}")

    def first_durable(call, name, start):
        """Where that file was written, synced, renamed, and its folder synced."""
        synced = first(r"fsync .*/unsaved/recipes/\.squidexfs-new-", start)
        renamed = first(rf"{call} .*\"{re.escape(name)}\"", synced)
        return first(r"fsync .*/unsaved/recipes>$", renamed)

    above = first(r"fsync .*/foodcrunch-\w+>$")
    text = first(r"fsync .*/unsaved/recipes/\.squidexfs-new-")
    assert above < text
    last = first_durable("renameat2", "demo-draft.json", text)
    last = first_durable("renameat", "demo-draft.json.reason", last)
    if code == errno.ESTALE:
        last = first_durable("renameat", "demo-draft.json.theirs", last)
    number = "".join(f"\\{byte:o}" for byte in (-code).to_bytes(4, "little", signed=True))
    reply = first("writev .*/dev/fuse.*" + re.escape(number), above)
    assert last < reply


@as_root
def test_a_good_save_waits_for_no_disk(emulator, home):
    """Its text is in a file until the server has it, which outlives the program and needs no more."""
    trace = os.path.join(home.path, "trace")
    binary = traced(home, trace, "-y", "-s 200", "-e trace=fsync,fdatasync,renameat")
    with Mount(emulator.url, home, binary=binary) as mount:
        path = mount.schema("recipes", DRAFT + ".json")
        text = read(path)
        # The first makes the folder.
        write(path, text.replace("Bread", "Onion"))
        n_before = len(calls_of(trace))
        write(path, text.replace("Bread", "Leek"))
        calls = calls_of(trace)[n_before:]
    assert [name for name, _ in calls] == ["renameat"]
    assert "/outbox/1" in calls[0][1]
