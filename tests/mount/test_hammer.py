"""Many threads, many operations, a server that misbehaves at random: no wrong byte, no hang."""

import errno
import os
import random
import threading
import time

import rendering
from deadline import slow, until
from mount import Mount

SEED = 20261124
SECONDS = 8
THREADS = 8
TIMEOUT = 3

RECIPES = "/api/content/foodcrunch/recipes"

FAULTS = [
    {"status": 503}, {"status": 500}, {"status": 502, "retryAfter": 1}, {"status": 429},
    {"status": 401}, {"status": 403}, {"delayMs": 300}, {"hang": True},
    {"garbage": True}, {"closeAfterBytes": 0}, {"closeAfterBytes": 700}, {"trickleMs": 50},
    {"nested": 5000}, {"oversize": 3000000},
]

# What may come of a fault that the server showed: no others.
ALLOWED = {errno.EIO, errno.EBUSY, errno.EACCES, errno.ETIMEDOUT, errno.EHOSTUNREACH,
           errno.EFBIG}


class Hammer:
    """One thread's share: random operations whose every success is compared."""

    def __init__(self, mount, known, number, end):
        self.directory = mount.schema("recipes")
        self.mount = mount
        self.known = known
        self.names = sorted(known)
        self.random = random.Random(SEED + number)
        self.end = end
        self.good = 0
        self.refused = {}
        self.wrong = []
        self.slowest = 0.0
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        operations = [self.read, self.read, self.read, self.look_up, self.list, self.miss,
                      self.read_part, self.look_at_controls]
        while time.monotonic() < self.end:
            began = time.monotonic()
            try:
                self.random.choice(operations)()
                self.good += 1
            except OSError as error:
                self.refused[error.errno] = self.refused.get(error.errno, 0) + 1
            except AssertionError as error:
                self.wrong.append(repr(error)[:500])
            self.slowest = max(self.slowest, time.monotonic() - began)

    def path(self):
        name = self.random.choice(self.names)
        return name, os.path.join(self.directory, name)

    def read(self):
        name, path = self.path()
        with open(path, "rb") as stream:
            assert stream.read() == self.known[name], name

    def read_part(self):
        name, path = self.path()
        with open(path, "rb", buffering=0) as stream:
            offset = self.random.randrange(0, 1000)
            stream.seek(offset)
            assert stream.read(100) == self.known[name][offset:offset + 100], name

    def look_up(self):
        name, path = self.path()
        assert os.stat(path).st_size == len(self.known[name]), name

    def list(self):
        names = os.listdir(self.directory)
        assert sorted(names) == self.names, (len(names), len(self.names))

    def miss(self):
        assert not os.path.exists(
            os.path.join(self.directory, f"missing-{self.random.randrange(50)}.json"))

    def look_at_controls(self):
        assert self.mount.control("status").startswith("{")
        self.mount.control("errors")


def test_hammer(thousand, home):
    known = rendering.documents(thousand, "foodcrunch", "recipes")
    assert len(known) == 1000
    options = [f"timeout={TIMEOUT}", "cache_ttl=0.3", "negative_ttl=0.3"]
    with Mount(thousand.url, home, options) as mount:
        chance = random.Random(SEED)
        end = time.monotonic() + SECONDS
        hammers = [Hammer(mount, known, number, end) for number in range(THREADS)]
        for hammer in hammers:
            hammer.thread.start()
        while time.monotonic() < end:
            thousand.fault(path=RECIPES, count=chance.randrange(1, 4), **chance.choice(FAULTS))
            if chance.random() < 0.1:
                thousand.revoke_tokens()
            time.sleep(chance.uniform(0.02, 0.3))
            # Some of those that were not used up go, else they become the rule.
            if chance.random() < 0.7:
                thousand.clear_faults()
                time.sleep(chance.uniform(0.02, 0.1))
        thousand.clear_faults()
        for hammer in hammers:
            hammer.thread.join(timeout=slow(20))
            assert not hammer.thread.is_alive(), "an operation hangs"
        assert [wrong for hammer in hammers for wrong in hammer.wrong] == []
        refused = {errno.errorcode[number] for hammer in hammers for number in hammer.refused}
        assert refused <= {errno.errorcode[number] for number in ALLOWED}
        assert sum(hammer.good for hammer in hammers) > 50
        assert max(hammer.slowest for hammer in hammers) < 2 * TIMEOUT + slow(5)

        def is_whole():
            """everything lists and reads again"""
            return {name: open_and_read(mount, name)
                    for name in os.listdir(mount.schema("recipes"))} == known

        until(is_whole, 40)
        assert mount.process.poll() is None


def open_and_read(mount, name):
    with open(mount.schema("recipes", name), "rb") as stream:
        return stream.read()
