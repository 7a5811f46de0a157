"""Many threads on one item, each in its own way: each sees whole texts, and saves without a conflict."""

import json
import os
import threading

import pytest

from deadline import SLOWNESS
from mount import Mount
from saving import API, errors, item, kept, read, write

TURNS = 50 if SLOWNESS <= 2 else 10
ID = "demo-draft"

# All texts have the same length, so that a write replaces the whole text at once.
LENGTH = 3000


def text_of(title):
    return json.dumps({"data": {"title": {"en": title}}}).ljust(LENGTH)


class Crowd:
    """The threads that share an item, and what has gone wrong in any of them."""

    def __init__(self, mount):
        self.mount = mount
        self.path = mount.schema("recipes", ID + ".json")
        self.titles = {json.loads(read(self.path))["data"]["title"]["en"]}
        self.wrong = []
        self.threads = []

    def add(self, way, number):
        self.threads.append(threading.Thread(target=self.run, args=(way, number), daemon=True))

    def run(self, way, number):
        try:
            for turn in range(TURNS):
                title = f"{way.__name__} {number} {turn}"
                self.titles.add(title)
                way(self, title)
        except Exception as error:
            self.wrong.append(f"{way.__name__} {number}: {error!r}"[:500])

    def run_all(self):
        for thread in self.threads:
            thread.start()
        for thread in self.threads:
            thread.join()

    def check_if_any(self, text):
        if text:
            self.check(text)

    def check(self, text):
        assert json.loads(text)["data"]["title"]["en"] in self.titles, text


def replaces(crowd, title):
    """By the name of a file of its own, as most editors."""
    scratch = crowd.mount.schema("recipes", title)
    with open(scratch, "w", encoding="utf-8") as stream:
        stream.write(text_of(title))
    os.rename(scratch, crowd.path)


def writes(crowd, title):
    """In its place, and goes on having it open while others write."""
    file = os.open(crowd.path, os.O_RDWR)
    try:
        for more in ("", " again"):
            crowd.titles.add(title + more)
            os.pwrite(file, text_of(title + more).encode(), 0)
            os.fsync(file)
    finally:
        os.close(file)


def remakes(crowd, title):
    """As git checkout: away, and new."""
    try:
        os.unlink(crowd.path)
    except FileNotFoundError:
        pass
    write(crowd.path, text_of(title))


def moves(crowd, title):
    """As an editor that keeps a copy: that away, a new one, the copy gone."""
    copy = crowd.mount.schema("recipes", title)
    try:
        os.rename(crowd.path, copy)
    except FileNotFoundError:
        pass
    write(crowd.path, text_of(title))
    if os.path.exists(copy):
        crowd.check_if_any(read(copy))
        os.unlink(copy)


def reads(crowd, _):
    """What is being made may be empty, or away."""
    try:
        crowd.check_if_any(read(crowd.path))
    except FileNotFoundError:
        pass


@pytest.mark.parametrize("ways", [(replaces, writes, reads), (replaces, remakes, moves, reads)],
                         ids=["it stays", "it comes and goes"])
def test_a_crowd_on_one_item(emulator, home, ways):
    # What is removed is always made again, however slow the machine is.
    with Mount(emulator.url, home, ["delete_delay=1h"]) as mount:
        crowd = Crowd(mount)
        emulator.fault("PATCH", API + "recipes/" + ID, delayMs=5, count=-1)
        for way in ways * 3:
            crowd.add(way, len(crowd.threads))
        crowd.run_all()
        assert crowd.wrong == []
        assert errors(mount) == []
        assert kept(home) == {}
        title = item(emulator, "recipes", ID)["data"]["title"]["en"]
        assert title in crowd.titles
        assert json.loads(read(crowd.path))["data"]["title"]["en"] == title
