"""
A mount that is killed while names change: after the next start what was asked for is done, or it is
not and was said so; nothing is half, and the mount shows what the server has.
"""

import errno
import itertools
import json
import os
import random
import subprocess
import threading

import pytest

import account as accounts
from deadline import slow, until
from mount import Home, Killed, Mount
from saving import API, item, read, retitle, unsaved_texts, write
from tracing import as_root, killed_at

DRAFT = "demo-draft"
SEVERAL = [f"soup-{number}" for number in range(8)]
OLD, NEW = "Bread soup", "Stew"


def ids(emulator):
    return {one["id"] for one in emulator.items("foodcrunch", "recipes")}


def is_gone(emulator):
    return DRAFT not in ids(emulator)


def are_gone(emulator):
    left = ids(emulator) & set(SEVERAL)
    return True if not left else None if len(left) < len(SEVERAL) else False


def is_retitled(emulator):
    title = item(emulator, "recipes", DRAFT)["data"]["title"]["en"]
    assert title in (OLD, NEW)
    return title == NEW


def is_created(emulator):
    return "stew" in ids(emulator)


def is_published(emulator):
    return item(emulator, "recipes", DRAFT)["status"] == "Published"


def is_never(_):
    return False


# What is done: the line of shell, whether the server has it, and the method that asks for it.
REMOVE = (f"rm {DRAFT}.json", is_gone, "DELETE")
REMOVE_ALL = ("rm soup-*.json", are_gone, "POST")
REPLACE = (f"mv t {DRAFT}.json", is_retitled, "PATCH")
CREATE = ("mv t stew.json", is_created, "POST")
SET_STATUS = (f"echo Published > .status/{DRAFT}", is_published, "PUT")
MOVE_AWAY = (f"mv {DRAFT}.json t", is_never, None)
OPERATIONS = {"rm": REMOVE, "rm of several": REMOVE_ALL, "mv over an item": REPLACE,
              "mv to a new name": CREATE, "a status": SET_STATUS}


def pending(mount):
    return json.loads(mount.control("status"))["apps"][0]["pending_deletes"]


class Trial:
    """One operation on a mount that ends meanwhile, and what is found by the next one."""

    def __init__(self, emulator, operation):
        self.emulator = emulator
        self.line, self.is_done, self.method = operation
        self.home = Home(accounts.self_account())
        self.is_told_done = None
        emulator.reset()
        emulator.create_many("foodcrunch", "recipes", {
            id: {"title": {"en": "Soup"}} for id in SEVERAL})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.home.remove()
        return False

    def mount(self, **more):
        return Killed(self.emulator.url, self.home, ["delete_delay=50ms"], **more)

    def prepare(self, mount):
        """All is at hand, and the text is there that may be renamed."""
        folder = mount.schema("recipes")
        os.listdir(folder)
        self.item_text = read(os.path.join(folder, DRAFT + ".json"))
        document = json.loads(self.item_text)
        retitle(NEW)(document)
        self.text = json.dumps(document)
        write(os.path.join(folder, "t"), self.text)
        self.emulator.forget()

    def start(self, mount):
        """As a process of its own, which ends when the mount does."""
        return subprocess.Popen(["sh", "-c", f'cd "$0" && {self.line}', mount.schema("recipes")],
                                stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def check(self):
        """With the next mount. Returns whether it is done."""
        with Mount(self.emulator.url, self.home) as mount:
            folder = mount.schema("recipes")
            until(lambda: pending(mount) == 0, 20, "what was removed is deleted")
            is_done = self.is_done(self.emulator)
            assert is_done or not self.is_told_done or self.line == MOVE_AWAY[0]
            names = set(os.listdir(folder))
            assert {name[:-5] for name in names if name.endswith(".json")} == ids(self.emulator)
            kept = [text for text, _ in unsaved_texts(mount).values()]
            assert kept in ([], [self.text])
            scratch = [read(os.path.join(folder, name)) for name in names
                       if not name.endswith(".json")]
            self.check_texts(is_done, kept, scratch)
            if DRAFT + ".json" in names:
                status = read(os.path.join(folder, ".status", DRAFT))
                assert status == item(self.emulator, "recipes", DRAFT)["status"] + "\n"
            return is_done

    def check_texts(self, is_done, kept, scratch):
        if self.line == MOVE_AWAY[0]:
            assert scratch in ([self.text], [self.item_text])
        elif self.method in ("PATCH", "POST") and self.line.startswith("mv"):
            assert not (is_done and kept), "it is on the server, and said not to be"
            assert is_done or scratch == [self.text]
            assert scratch in ([], [self.text])
        else:
            assert scratch == [self.text] and kept == []


# Before the server had it, and when it had, but nobody heard of it.
MOMENTS = {"not arrived": {"hang": True}, "not answered": {"trickleMs": 60000}}


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("name", OPERATIONS)
def test_killed_while_the_server_is_asked(emulator, name, moment):
    with Trial(emulator, OPERATIONS[name]) as trial, trial.mount() as mount:
        trial.prepare(mount)
        emulator.fault(method=trial.method, path=API, count=-1, **MOMENTS[moment])
        process = trial.start(mount)
        if moment == "not arrived":
            until(lambda: emulator.pending() >= 1, 10, "it is sent")
        else:
            until(lambda: trial.is_done(emulator) is not False, 10, "the server has it")
        mount.kill()
        trial.is_told_done = process.wait() == 0
        emulator.clear_faults()
        assert trial.check() == (moment == "not answered" or name.startswith("rm"))


def test_killed_while_it_holds_a_directory(emulator, home):
    """
    Nobody waits for ever: the kernel is not being told that what was removed is gone, which waits
    for the directory, and no kill ends that.
    """
    emulator.fault(method="DELETE", path=API, delayMs=300)
    with Killed(emulator.url, home, ["delete_delay=1ms"]) as mount:
        folder = mount.schema("recipes")
        os.listdir(folder)
        write(os.path.join(folder, "t"), json.dumps({"data": {"title": {"en": NEW}}}))
        emulator.fault(method="PATCH", path=API, hang=True)
        os.unlink(os.path.join(folder, "demo-newdraft.json"))
        with subprocess.Popen(["mv", os.path.join(folder, "t"), os.path.join(folder, DRAFT + ".json")],
                              stderr=subprocess.DEVNULL) as mover:
            until(lambda: emulator.pending() == 2, 10, "both are asked for")
            until(lambda: pending(mount) == 0, 10, "it is deleted")
            mount.kill()
            assert mover.wait(slow(10)) != 0
    emulator.clear_faults()


# Calls by which it changes the disk and asks the server.
CALLS = ["openat", "renameat", "renameat2", "unlinkat", "sendto"]
# Asking for the status, which is how one waits for the deletion, opens as well.
POINTS = [(name, call) for name in OPERATIONS for call in CALLS
          if not (name.startswith("rm") and call == "openat")]
POINTS += [("mv to a scratch name", call) for call in CALLS + ["pwrite64"]]


@as_root
@pytest.mark.parametrize("name, call", POINTS)
def test_killed_at_a_call(emulator, name, call):
    """At the first such call of a thread, at the second, until there are no more."""
    operation = OPERATIONS.get(name, MOVE_AWAY)
    for when in itertools.count(1):
        with Trial(emulator, operation) as trial, trial.mount() as mount:
            trial.prepare(mount)
            with killed_at(mount, call, when):
                trial.is_told_done = trial.start(mount).wait() == 0
                if trial.is_told_done:
                    until(lambda: mount.process.poll() is not None or pending(mount) == 0, 10)
                else:
                    mount.wait()
                is_killed = mount.process.poll() is not None
            trial.check()
        if not is_killed:
            break


class Actor(threading.Thread):
    """
    Does one thing after another until the mount is no more: done has what it was told is done,
    and begun the last one, of which it heard nothing.
    """

    def __init__(self, folder, number):
        super().__init__(daemon=True)
        self.folder = folder
        self.number = number
        self.done = []
        self.begun = None

    def run(self):
        for step in range(1000):
            self.begun = step
            try:
                self.act(step)
            except OSError as error:
                assert error.errno in (errno.ENOTCONN, errno.ECONNABORTED, errno.ENOENT), error
                return
            self.done.append(step)
            self.begun = None

    def possible(self, before, after):
        """What may be there: what was done last, and what was begun."""
        return {after(step) for step in self.done[-1:] + [self.begun] if step is not None} | (
            set() if self.done else {before})


class Remover(Actor):
    def names(self):
        return [f"gone-{self.number}-{step}" for step in range(1000)]

    def act(self, step):
        os.unlink(os.path.join(self.folder, self.names()[step] + ".json"))

    def check(self, found, _):
        for step, name in enumerate(self.names()[:N_REMOVED]):
            assert step == self.begun or (name in found) == (step not in self.done)


class Renamer(Actor):
    """Each text comes by a scratch file."""

    def text(self, step):
        return json.dumps({"data": {"title": {"en": f"Text {step}"}}})

    def act(self, step):
        scratch = os.path.join(self.folder, f"t-{self.number}")
        write(scratch, self.text(step))
        os.rename(scratch, os.path.join(self.folder, f"renamed-{self.number}.json"))

    def check(self, found, kept):
        name = f"renamed-{self.number}"
        title = found[name]["data"]["title"]["en"]
        assert title in self.possible("None", lambda step: f"Text {step}")
        assert kept.get(name + ".json") in (None, self.text(self.begun))


class StatusSetter(Actor):
    def act(self, step):
        write(os.path.join(self.folder, ".status", f"set-{self.number}"),
              ["Draft", "Published"][step % 2])

    def check(self, found, _):
        status = found[f"set-{self.number}"]["status"]
        assert status in self.possible("Published", lambda step: ["Draft", "Published"][step % 2])


ROUNDS = 12
N_REMOVED = 30


def fill(emulator):
    emulator.reset()
    names = [f"gone-{number}-{step}" for number in range(2) for step in range(N_REMOVED)]
    names += [f"{what}-{number}" for what in ("renamed", "set") for number in range(2)]
    emulator.create_many("foodcrunch", "recipes",
                         {name: {"title": {"en": "None"}} for name in names})
    for method in ("PATCH", "PUT", "POST", "DELETE"):
        emulator.fault(method=method, path=API, delayMs=5, count=-1)


def test_killed_at_any_moment(emulator):
    """Six that remove, rename and publish, over and over, and a kill among what they do."""
    for _ in range(ROUNDS):
        fill(emulator)
        home = Home(accounts.self_account())
        with Killed(emulator.url, home, ["delete_delay=10ms"]) as mount:
            folder = mount.schema("recipes")
            os.listdir(folder)
            actors = [kind(folder, number) for kind in (Remover, Renamer, StatusSetter)
                      for number in range(2)]
            for actor in actors:
                actor.start()
            enough = random.randrange(1, 60)
            until(lambda: sum(len(actor.done) for actor in actors) >= enough, 20, "it goes on")
            mount.kill()
            for actor in actors:
                actor.join()
        until(lambda: emulator.pending() == 0, 20, "the server is done with what it got")
        emulator.clear_faults()
        with Mount(emulator.url, home) as mount:
            until(lambda: pending(mount) == 0, 20, "what was removed is deleted")
            found = {one["id"]: one for one in emulator.items("foodcrunch", "recipes")}
            kept = {name: text for name, (text, _) in unsaved_texts(mount).items()}
            for actor in actors:
                actor.check(found, kept)
            names = os.listdir(mount.schema("recipes"))
            assert {name[:-5] for name in names if name.endswith(".json")} == set(found)
        home.remove()
