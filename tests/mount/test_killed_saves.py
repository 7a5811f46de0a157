"""
A mount that is killed at any moment while many save: each text is on the server or among the
unsaved, never both, and nothing that was said to be saved is lost or done twice.
"""

import contextlib
import errno
import json
import os
import random
import subprocess
import threading

import pytest

from deadline import SLOWNESS, until
from emulator import EDITABLE
from mount import Killed, Mount
from saving import API, item, unsaved, unsaved_texts, write

# In each part so many kills, each in the middle of the saves of so many writers and one more:
# half of them change by close, half by fsync; the one more creates. Sanitizers get fewer.
PARTS = 10
ROUNDS = 20 if SLOWNESS <= 2 else 5
CHANGERS = 8
SEED = int(os.environ.get("SQUIDEXFS_TEST_SEED") or random.randrange(1 << 32))


def save_by_close(path, text):
    write(path, text)


def save_by_fsync(path, text):
    """What fsync took is saved, whatever becomes of the close."""
    fd = os.open(path, os.O_WRONLY | os.O_TRUNC)
    try:
        os.write(fd, text.encode())
        os.fsync(fd)
    finally:
        with contextlib.suppress(OSError):
            os.close(fd)


class Writer(threading.Thread):
    """Saves one text after the other until the mount is no more."""

    def __init__(self, mount, seed):
        super().__init__(daemon=True)
        self.folder = mount.schema("recipes")
        self.random = random.Random(seed)
        self.saved = []
        self.failed = None

    def text(self):
        n = self.random.randrange(1 << 40)
        return json.dumps({"data": {"title": {"en": f"Text {n} " + "x" * 150,
                                              "de": f"Text {n}"}}})

    def run(self):
        while True:
            text = self.text()
            try:
                self.save(text)
            except OSError as error:
                assert error.errno in (errno.ENOTCONN, errno.ECONNABORTED, errno.ENOENT), error
                self.failed = text
                return
            self.saved.append(text)

    def check_failed(self, kept, id, is_there):
        """A text of which nobody said that it is saved is in one place at most, and whole."""
        texts = [text for name, (text, _) in kept.items() if name == id + ".json"]
        assert texts in ([], [self.failed])
        assert not (is_there and texts), "it is on the server, and said not to be"


class Changer(Writer):
    """Of one item. before: id -> (data, version) when the round began, and then when it ended."""

    def __init__(self, mount, seed, number):
        super().__init__(mount, seed)
        self.id = f"writer-{number}"
        self.do_save = [save_by_close, save_by_fsync][number % 2]

    def save(self, text):
        self.do_save(os.path.join(self.folder, self.id + ".json"), text)

    def check(self, emulator, kept, before):
        now = item(emulator, "recipes", self.id)
        data, version = before[self.id]
        is_there = now["data"] == data_of(self.failed)
        assert is_there or now["data"] == (data_of(self.saved[-1]) if self.saved else data)
        assert now["version"] == version + len(self.saved) + is_there, "lost, or done twice"
        self.check_failed(kept, self.id, is_there)
        before[self.id] = (now["data"], now["version"])


class Creator(Writer):
    """Of one item after the other."""

    def __init__(self, mount, seed, round):
        super().__init__(mount, seed)
        self.prefix = f"made-{round}-"

    def id(self):
        """Of what is saved next, or was not."""
        return f"{self.prefix}{len(self.saved)}"

    def save(self, text):
        write(os.path.join(self.folder, self.id() + ".json"), text)

    def check(self, emulator, kept, _):
        found = {one["id"]: one for one in emulator.items("foodcrunch", "recipes", EDITABLE)
                 if one["id"].startswith(self.prefix)}
        is_there = self.id() in found
        texts = self.saved + [self.failed] * is_there
        assert {id: one["data"]["title"] for id, one in found.items()} == {
            f"{self.prefix}{n}": data_of(text)["title"] for n, text in enumerate(texts)}
        assert {one["version"] for one in found.values()} <= {0}, "done twice"
        self.check_failed(kept, self.id(), is_there)


def data_of(text):
    return json.loads(text)["data"]


def create_items(emulator):
    """One for each that changes. Returns what there is then, with what the server adds."""
    ids = [f"writer-{n}" for n in range(CHANGERS)]
    emulator.create_many("foodcrunch", "recipes", {
        id: {"title": {"en": "None", "de": "None"}} for id in ids})
    items = [item(emulator, "recipes", id) for id in ids]
    return {one["id"]: (one["data"], one["version"]) for one in items}


def kill_while_it_saves(emulator, home, seed, round):
    """Returns the writers, who are done."""
    chance = random.Random(seed)
    with Killed(emulator.url, home) as mount:
        writers = [Changer(mount, chance.random(), n) for n in range(CHANGERS)]
        writers.append(Creator(mount, chance.random(), round))
        for writer in writers:
            writer.start()
        enough = chance.randrange(1, 6 * CHANGERS)
        until(lambda: sum(len(writer.saved) for writer in writers) >= enough, 20, "it saves")
        mount.kill()
        for writer in writers:
            writer.join()
    until(lambda: emulator.pending() == 0, 20, "the server is done with what it got")
    assert all(writer.failed for writer in writers)
    return writers


@pytest.mark.parametrize("part", range(PARTS))
def test_killed_at_any_moment(emulator, home, part):
    print(f"SQUIDEXFS_TEST_SEED={SEED}")
    before = create_items(emulator)
    for method in ("PATCH", "POST"):
        emulator.fault(method=method, path=API, delayMs=5, count=-1)
    n_unsaved = 0
    for round in range(ROUNDS):
        writers = kill_while_it_saves(emulator, home, f"{SEED}-{part}-{round}", round)
        with Mount(emulator.url, home) as mount:
            kept = unsaved_texts(mount)
            assert all("squidexfs ended" in reason for _, reason in kept.values())
            for writer in writers:
                writer.check(emulator, kept, before)
            n_unsaved += len(kept)
            subprocess.run(["rm", "-rf", unsaved(mount, "recipes")], check=False)
    assert n_unsaved > 0
