"""
A mount that ends while texts are on their way: each is on the server or among the unsaved
afterwards, whatever ended it, and whenever.
"""

import contextlib
import glob
import json
import os
import shutil
import signal
import subprocess
import sys

import pytest

from deadline import slow, until
from mount import Killed, Mount, clear_mount, is_mounted
from saving import API, changes, errors, item, read, soup, unsaved, unsaved_texts, write
from tracing import as_root, killed_at

DRAFT = "demo-draft"


class Contained(Mount):
    """A mount that sees no process of the others, as in a container; where leaks cannot be looked for."""

    def command(self):
        return ["env", "ASAN_OPTIONS=detect_leaks=0", "unshare", "--pid", "--fork",
                "--kill-child"] + super().command()


def titled(mount, title):
    document = json.loads(read(mount.schema("recipes", DRAFT + ".json")))
    document["data"]["title"]["en"] = title
    return json.dumps(document)


def start_save(path, text):
    """A process of its own that saves: it hangs where the server does."""
    return subprocess.Popen(
        [sys.executable, "-c",
         "import sys; open(sys.argv[1], 'w', encoding='utf-8').write(sys.argv[2])", path, text],
        stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def title_of(emulator):
    return item(emulator, "recipes", DRAFT)["data"]["title"]["en"]


def kill_before_the_server_had_it(emulator, home):
    """Returns the text that was on its way."""
    emulator.fault(method="PATCH", path=API, hang=True)
    with Killed(emulator.url, home) as mount:
        text = titled(mount, "Mine")
        saver = start_save(mount.schema("recipes", DRAFT + ".json"), text)
        until(lambda: emulator.pending() == 1, 10, "the change is sent")
        mount.kill()
        saver.wait()
    emulator.clear_faults()
    return text


def test_killed_before_the_server_had_it(emulator, home):
    text = kill_before_the_server_had_it(emulator, home)
    with Mount(emulator.url, home) as mount:
        assert title_of(emulator) == "Bread soup"
        assert [text for text, _ in unsaved_texts(mount).values()] == [text]
        reason = unsaved_texts(mount)[DRAFT + ".json"][1]
        assert "squidexfs ended while it was being saved" in reason and "version" in reason
        shutil.copyfile(unsaved(mount, "recipes", DRAFT + ".json"),
                        mount.schema("recipes", DRAFT + ".json"))
        assert title_of(emulator) == "Mine"
        assert unsaved_texts(mount) == {}


def test_killed_when_the_server_had_it(emulator, home):
    emulator.fault(method="PATCH", path=API, trickleMs=60000)
    with Killed(emulator.url, home) as mount:
        saver = start_save(mount.schema("recipes", DRAFT + ".json"), titled(mount, "Mine"))
        until(lambda: title_of(emulator) == "Mine", 10, "the change is made")
        mount.kill()
        saver.wait()
    emulator.clear_faults()
    version = item(emulator, "recipes", DRAFT)["version"]
    with Mount(emulator.url, home) as mount:
        assert unsaved_texts(mount) == {}
        assert b"are on the server" in mount.output()
        assert json.loads(mount.control("status"))["apps"][0]["unsaved"]["texts"] == 0
    assert item(emulator, "recipes", DRAFT)["version"] == version


def test_killed_with_a_new_item_on_its_way(emulator, home):
    emulator.fault(method="POST", path=API + "recipes", trickleMs=60000)
    with Killed(emulator.url, home) as mount:
        saver = start_save(mount.schema("recipes", "soup.json"), soup("Soup"))
        until(lambda: any(one["id"] == "soup" for one in emulator.items("foodcrunch", "recipes")),
              10, "it is made")
        mount.kill()
        saver.wait()
    emulator.clear_faults()
    with Mount(emulator.url, home) as mount:
        assert unsaved_texts(mount) == {}


def test_killed_between_a_draft_and_its_change(emulator, home):
    """What is live stays; the draft is open, and the text is kept and saves into it."""
    live = item(emulator, "recipes", "demo-published")
    emulator.fault(method="PATCH", path=API, hang=True)
    with Killed(emulator.url, home, ["edit=draft"]) as mount:
        path = mount.schema("recipes", "demo-published.json")
        document = json.loads(read(path))
        document["data"]["title"]["en"] = "Mine"
        text = json.dumps(document)
        saver = start_save(path, text)
        until(lambda: emulator.pending() == 1, 10, "the change is sent")
        mount.kill()
        saver.wait()
    emulator.clear_faults()
    found = item(emulator, "recipes", "demo-published")
    assert (found["status"], found["newStatus"], found["data"]) == (
        "Published", "Draft", live["data"])
    with Mount(emulator.url, home, ["edit=draft"]) as mount:
        assert [text for text, _ in unsaved_texts(mount).values()] == [text]
        path = mount.schema("recipes", "demo-published.json")
        document["version"] = json.loads(read(path))["version"]
        write(path, document)
        assert item(emulator, "recipes", "demo-published")["data"]["title"]["en"] == "Mine"
        public = emulator.api("GET", API + "recipes/demo-published",
                              headers={"X-NoResolveLanguages": "1"})
        assert public["data"]["title"] == live["data"]["title"]


def test_the_server_cannot_be_asked(emulator, home):
    text = kill_before_the_server_had_it(emulator, home)
    emulator.fault(method="GET", path=API + "recipes", status=500, count=-1)
    with Mount(emulator.url, home) as mount:
        assert [text for text, _ in unsaved_texts(mount).values()] == [text]
    emulator.clear_faults()


# Calls by which a save changes the disk and asks the server, in the order of each kind; the first
# that is sent asks for the item. At the first of all the text is not on disk yet.
TOO_EARLY = ("renameat", 1)
POINTS = [TOO_EARLY, ("sendto", 2), ("renameat2", 1), ("renameat", 2), ("unlinkat", 1)] + [
    ("fsync", n) for n in range(1, 7)]


@as_root
@pytest.mark.parametrize("call, when", POINTS)
def test_killed_at_a_call(emulator, home, call, when):
    """The server refuses, so the text is noted, put among the unsaved, given its reason."""
    emulator.fault(method="PATCH", path=API, status=400, count=-1)
    text = json.dumps({"data": {"title": {"en": "Mine"}}})
    with Killed(emulator.url, home) as mount, killed_at(mount, call, when):
        start_save(mount.schema("recipes", DRAFT + ".json"), text).wait()
        assert mount.wait() == -signal.SIGKILL
    sent = changes(emulator)
    with Mount(emulator.url, home) as mount:
        found = unsaved_texts(mount)
        if (call, when) == TOO_EARLY:
            assert found == {} and sent == []
        else:
            assert [kept_text for kept_text, _ in found.values()] == [text]
        assert all("squidexfs ended" in reason or "400" in reason for _, reason in found.values())
        assert title_of(emulator) == "Bread soup"


def signs(home):
    """What mounts hold locked in the state directory, one each."""
    return glob.glob(os.path.join(home.directory("state"), "**", ".squidexfs-new-*"),
                     recursive=True)


@as_root
def test_what_another_mount_is_writing_stays(emulator, home):
    """Until that is no more; also where the one sees no process of the other."""
    with Killed(emulator.url, home) as mount:
        half = signs(home)[0] + "-1"
        write(half, "ha")
        with Contained(emulator.url, home):
            assert os.path.exists(half)
            assert len(signs(home)) == 3
        assert os.path.exists(half)
        write(mount.schema("recipes", DRAFT + ".json"), titled(mount, "Mine"))
    assert title_of(emulator) == "Mine"
    with Contained(emulator.url, home):
        assert not os.path.exists(half)
        assert len(signs(home)) == 1
    assert signs(home) == []


def test_a_signal_with_a_text_open(emulator, home):
    """What is open and changed is kept; what is open alone is not."""
    opened = []
    with Mount(emulator.url, home) as mount:
        author = os.listdir(mount.schema("authors"))[0]
        opened.append(os.open(mount.schema("recipes", DRAFT + ".json"), os.O_RDWR))
        opened.append(os.open(mount.schema("authors", author), os.O_RDWR))
        opened.append(os.open(mount.schema("recipes", "new.json"), os.O_WRONLY | os.O_CREAT))
        os.pwrite(opened[0], b"{ oops", 0)
        mount.signal(signal.SIGTERM)
        mount.wait()
    for fd in opened:
        with contextlib.suppress(OSError):
            os.close(fd)
    with Mount(emulator.url, home) as mount:
        assert list(unsaved_texts(mount)) == [DRAFT + ".json"]
        text, reason = unsaved_texts(mount)[DRAFT + ".json"]
        assert text.startswith("{ oops") and "still open for writing" in reason
        assert os.listdir(unsaved(mount)) == ["recipes"]
    assert changes(emulator) == []


def test_detached_with_a_text_open(emulator, home):
    """fusermount3 -uz: who has it open goes on, and saves."""
    with Mount(emulator.url, home) as mount:
        text = titled(mount, "Mine")
        with open(mount.schema("recipes", DRAFT + ".json"), "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            clear_mount(mount.point)
            assert not is_mounted(mount.point)
        assert title_of(emulator) == "Mine"


def test_whoever_has_it_open_is_killed(emulator, home):
    """The kernel closes for it: a whole text is saved, what is none is kept."""
    with Mount(emulator.url, home) as mount:
        for id, text in (("whole", soup("Whole")), ("half", '{"data": {"title"')):
            path = mount.schema("recipes", id + ".json")
            with subprocess.Popen(["sh", "-c", 'exec >"$0"; printf %s "$1"; kill -9 $$', path,
                                   text]) as shell:
                shell.wait()
        until(lambda: unsaved_texts(mount), 10, "it is put away")
        assert [(name, text) for name, (text, _) in unsaved_texts(mount).items()] == [
            ("half.json", '{"data": {"title"')]
        assert item(emulator, "recipes", "whole")["data"]["title"]["en"] == "Whole"
        until(lambda: not os.path.exists(mount.schema("recipes", "half.json")), 10, "it is gone")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("rule", [{"hang": True}, {"trickleMs": 60000}], ids=str)
def test_whoever_saves_is_ended_while_the_server_does_not_answer(emulator, home, number, rule):
    """What was sent may be done: it waits for the answer, no longer than the timeout."""
    with Mount(emulator.url, home, [f"timeout={slow(2):.0f}"]) as mount:
        text = titled(mount, "Mine")
        emulator.fault(method="PATCH", path=API, count=-1, **rule)
        with subprocess.Popen(["cp", home.file("mine.json", text),
                               mount.schema("recipes", DRAFT + ".json")]) as saver:
            until(lambda: emulator.pending() == 1 or title_of(emulator) == "Mine", 10, "it is sent")
            saver.send_signal(number)
            assert saver.wait(slow(10)) == -number
        emulator.clear_faults()
        told = [entry["message"] for entry in errors(mount)]
        if "hang" in rule:
            assert title_of(emulator) == "Bread soup"
            assert [text for text, _ in unsaved_texts(mount).values()] == [text]
            assert len(told) == 1 and "unsaved/foodcrunch/recipes/demo-draft.json" in told[0]
        else:
            assert title_of(emulator) == "Mine"
            assert unsaved_texts(mount) == {} and told == []
