"""Thousands of saves by many writers through a server that fails: in the end it has what was saved."""

import json
import os
import random
import threading
import time

from deadline import SLOWNESS, slow, until
from emulator import EDITABLE
from mount import Mount

SEED = 20261127
WRITERS = 8
RECIPES = "/api/content/foodcrunch/recipes"

# Of each writer; some saves are tried again. Sanitizers get fewer.
ITEMS = 25
SAVES = 1250 if SLOWNESS <= 2 else 100

# One request in twenty, before and after it was carried out.
FAULTS = [
    {"status": 503}, {"status": 500}, {"status": 401}, {"status": 429, "retryAfter": 0},
    {"status": 502, "closeAfterBytes": 0}, {"closeAfterBytes": 0}, {"closeAfterBytes": 100},
    {"garbage": True},
]
ONE_IN = 20

# What shows that it was hard: so many faults, and failures that a writer was told of, which are rare,
# for most faults are got over. Few saves have none of these for sure.
FAULTS_MIN = WRITERS * SAVES // 200
FAILURES_MIN = WRITERS * SAVES // 5000

PREFIX = "hammer-"


class Writer:
    """
    Saves its own items, each of them over and over. What was acknowledged is the model; a save that
    failed is tried again until it is.
    """

    def __init__(self, mount, number):
        self.directory = mount.schema("recipes")
        self.random = random.Random(SEED + number)
        self.names = [f"{PREFIX}{number}-{item}" for item in range(ITEMS)]
        self.model = {}
        self.turns = dict.fromkeys(self.names, 0)
        self.saves = self.failures = 0
        self.wrong = []
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        try:
            while self.saves < SAVES:
                self.save(self.random.choice(self.names))
        except Exception as error:
            self.wrong.append(repr(error)[:500])

    def save(self, name):
        """One change of the newest text, as an editor would: read, change, write."""
        path = os.path.join(self.directory, name + ".json")
        title = f"Turn {self.saves} of {name}"
        while True:
            try:
                self.write(path, name, title)
            except OSError:
                self.failures += 1
                continue
            break
        self.model[name] = title
        self.turns[name] += 1
        self.saves += 1

    def write(self, path, name, title):
        text = {"data": {"title": {"en": title}}}
        if name in self.model or os.path.exists(path):
            with open(path, encoding="utf-8") as stream:
                text = json.load(stream)
            was = text["data"]["title"]["en"]
            # What is read is what was acknowledged, or a failed save that arrived all the same.
            assert was in (self.model.get(name), title), (was, self.model.get(name), title)
            text["data"]["title"]["en"] = title
        with open(path, "w", encoding="utf-8") as stream:
            json.dump(text, stream)


def misbehave(emulator, writers):
    """
    Faults are added in step with the requests that come, until all is written. Returns how many.
    """
    chance = random.Random(SEED)
    done = emulator.total()
    added = 0
    while any(writer.thread.is_alive() for writer in writers):
        total = emulator.total()
        for _ in range((total - done) // ONE_IN):
            method = chance.choice(["PATCH", "POST", "PATCH", "POST", "GET"])
            emulator.fault(method, RECIPES, **chance.choice(FAULTS))
            done += ONE_IN
            added += 1
        time.sleep(0.01)
    emulator.clear_faults()
    return added


def test_the_server_has_what_was_saved(emulator, home):
    options = [f"timeout={slow(10):.0f}", "cache_ttl=1h", "stale=error"]
    with Mount(emulator.url, home, options) as mount:
        os.listdir(mount.schema("recipes"))
        writers = [Writer(mount, number) for number in range(WRITERS)]
        for writer in writers:
            writer.thread.start()
        n_faults = misbehave(emulator, writers)
        assert [writer.wrong for writer in writers] == [[]] * WRITERS
        assert sum(writer.saves for writer in writers) == WRITERS * SAVES
        n_failures = sum(writer.failures for writer in writers)
        print(n_faults, "faults", n_failures, "failures")
        assert n_faults >= FAULTS_MIN and n_failures >= FAILURES_MIN
        model = {name: (title, writer.turns[name] - 1)
                 for writer in writers for name, title in writer.model.items()}
        # Each turn is one version, also where it arrived, was said to have failed, and was tried again.
        there = {item["id"]: (item["data"]["title"]["en"], item["version"])
                 for item in emulator.items("foodcrunch", "recipes", EDITABLE)
                 if item["id"].startswith(PREFIX)}
        assert there == model

        def is_the_same():
            """the mount shows what the server has"""
            return all(title_of(mount, name) == title for name, (title, _) in model.items())

        until(is_the_same, 10)


def title_of(mount, name):
    with open(mount.schema("recipes", name + ".json"), encoding="utf-8") as stream:
        return json.load(stream)["data"]["title"]["en"]
