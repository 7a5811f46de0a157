"""A server that goes away: what is at hand is shown, the rest fails at once, and it is told."""

import errno
import json
import os
import signal
import time

import pytest

import exposition
from deadline import Stopwatch, slow, until
from emulator import Emulator
from mount import Mount
from workers import run_all

RECIPES = "/api/content/foodcrunch/recipes"
TIMEOUT = 2

# In net/breaker.h: so many calls that waited in vain, and the server counts as away.
PATIENCE = 2


def errno_of(call, *arguments):
    """Its name; "": it went well."""
    try:
        call(*arguments)
    except OSError as failure:
        return errno.errorcode[failure.errno]
    return ""


def read(path):
    with open(path, encoding="utf-8") as stream:
        return stream.read()


def read_all(directory):
    return {name: read(os.path.join(directory, name)) for name in os.listdir(directory)}


def server_of(mount):
    return json.loads(mount.control("status"))["apps"][0]["server"]


def metric(mount, name):
    return exposition.parse(mount.control("metrics"))[(name, (("app", "foodcrunch"),))]


def told(mount, words):
    """The lines of the log that say so."""
    return [line for line in mount.output().decode().splitlines() if words in line]


@pytest.mark.parametrize("mode", ["rw", "ro"])
def test_grep_over_a_known_directory_whose_server_was_killed(home, mode):
    with Emulator("--items", "296") as server:
        with Mount(server.url, home, ["cache_ttl=0", mode]) as mount:
            recipes = mount.schema("recipes")
            before = read_all(recipes)
            assert len(before) == 300
            server.process.kill()
            server.process.wait()
            done = mount.account.run(["grep", "-r", '"schemaName": "recipes"', recipes])
            assert done.stdout.count(b"\n") == 300
            assert done.stderr == b""
            assert read_all(recipes) == before
            assert metric(mount, "squidexfs_cache_stale_total") > 0


@pytest.fixture
def known(home):
    """The recipes are known from an earlier mount; the authors are not."""
    with Emulator("--items", "96") as server:
        with Mount(server.url, home) as mount:
            texts = read_all(mount.schema("recipes"))
        with Mount(server.url, home, ["negative_ttl=0"]) as mount:
            yield server, mount, texts


def make_away(mount):
    """Several fail at once, since each is tried for a while."""
    def is_away():
        """the server counts as away"""
        names = [mount.schema("settings", f"unknown-{number}.json") for number in range(6)]
        results = run_all(mount.account, [["stat", name] for name in names])
        assert all(status != 0 for status, _, _ in results)
        return server_of(mount)["state"] == "away"

    until(is_away)


def test_what_an_earlier_mount_knew_is_shown_and_the_rest_fails(known):
    server, mount, texts = known
    server.stop()
    assert read_all(mount.schema("recipes")) == texts
    assert errno_of(os.stat, mount.schema("recipes", "no-such.json")) == "ENOENT"
    assert errno_of(os.listdir, mount.schema("authors")) == "EHOSTUNREACH"
    make_away(mount)
    assert read_all(mount.schema("recipes")) == texts
    for number in range(300):
        assert errno_of(os.stat, mount.schema("authors", f"{number}.json")) == "EHOSTUNREACH"

    status = server_of(mount)
    assert status["state"] == "away" and "127.0.0.1" in status["reason"]
    assert time.strptime(status["since"], "%Y-%m-%dT%H:%M:%SZ")
    assert metric(mount, "squidexfs_server_up") == 0
    last = json.loads(mount.control("errors").splitlines()[-1])
    assert "the server is away since " + status["since"] in last["message"]

    # A line for the outage, and the few that led to it: not one for each that fails.
    assert len(told(mount, "is away: ")) == 1
    assert len(told(mount, "/apps/foodcrunch/")) < 20


def test_its_return_is_noticed_and_told(known):
    server, mount, texts = known
    server.stop()
    make_away(mount)
    name = "demo-published.json"
    path = mount.schema("recipes", name)
    assert read(path) == texts[name]
    server.start()
    server.api("PATCH", RECIPES + "/demo-published", {"title": {"en": "Pumpkin soup"}})
    until(lambda: "Pumpkin soup" in read(path), 40, "the change shows")
    assert len(os.listdir(mount.schema("authors"))) == 3
    assert server_of(mount)["state"] == "up"
    assert metric(mount, "squidexfs_server_up") == 1
    assert len(told(mount, "is away: ")) == len(told(mount, "is back, after ")) == 1


def test_it_may_be_away_several_times(known):
    server, mount, texts = known

    def is_back():
        """the server counts as up"""
        os.listdir(mount.schema("recipes"))
        return server_of(mount)["state"] == "up"

    for times in range(1, 3):
        server.stop()
        make_away(mount)
        assert read_all(mount.schema("recipes")) == texts
        server.start()
        until(is_back, 40)
        assert len(told(mount, "is back, after ")) == times


def hang(emulator):
    for method in ("GET", "POST"):
        emulator.fault(method=method, path="/", hang=True, count=-1)


def test_a_server_that_never_answers_is_waited_for_twice(thousand, home):
    """Nothing at all comes back: each access ends by its deadline, and soon at once."""
    with Mount(thousand.url, home, [f"timeout={TIMEOUT}", "cache_ttl=0.1"]) as mount:
        recipes = mount.schema("recipes")
        texts = read_all(recipes)
        hang(thousand)
        waited = []

        def is_away():
            """the server counts as away"""
            with Stopwatch() as watch:
                assert len(os.listdir(recipes)) == 1000
            assert watch.seconds < TIMEOUT + slow(2)
            waited.append(watch.seconds >= TIMEOUT)
            return server_of(mount)["state"] == "away"

        until(is_away, 30)
        assert sum(waited) == PATIENCE
        before = thousand.pending()
        assert read_all(recipes) == texts
        assert thousand.pending() <= before + 1, "one probe at a time"
        assert errno_of(os.stat, mount.schema("recipes", "no-such.json")) == "ENOENT"
        assert errno_of(os.listdir, mount.schema("authors")) == "ETIMEDOUT"
        thousand.clear_faults()
        until(lambda: len(os.listdir(mount.schema("authors"))) == 3, 40, "it is back")


def test_unmounting_does_not_wait_for_a_probe(emulator, home):
    with Mount(emulator.url, home, [f"timeout={TIMEOUT}", "cache_ttl=0.1"]) as mount:
        os.listdir(mount.schema("recipes"))
        emulator.fault(path="/", status=503, count=-1)
        make_away(mount)
        emulator.clear_faults()
        hang(emulator)

        def is_probing():
            """a probe is out"""
            os.listdir(mount.schema("recipes"))
            return emulator.pending() > 0

        until(is_probing, 40)
        with Stopwatch() as watch:
            mount.signal(signal.SIGTERM)
            mount.wait()
        assert watch.seconds < slow(5)


def test_nothing_is_sent_while_nobody_asks(emulator, home):
    with Mount(emulator.url, home, [f"timeout={TIMEOUT}", "cache_ttl=0.1"]) as mount:
        emulator.fault(path="/", status=503, count=-1)
        make_away(mount)
        emulator.forget()
        time.sleep(2)
        assert emulator.total() == 0


def test_stale_error_shows_the_failure(home):
    with Emulator() as server:
        with Mount(server.url, home, ["cache_ttl=0.1", "stale=error"]) as mount:
            os.listdir(mount.schema("recipes"))
            server.stop()
            until(lambda: errno_of(os.listdir, mount.schema("recipes")) == "EHOSTUNREACH")
            path = mount.schema("recipes", "demo-draft.json")
            assert errno_of(read, path) == "EHOSTUNREACH"
            assert metric(mount, "squidexfs_cache_stale_total") == 0


@pytest.mark.parametrize("status", [401, 403])
def test_nothing_stale_is_shown_to_whom_the_server_refuses(home, status):
    with Emulator() as server:
        with Mount(server.url, home, ["cache_ttl=0.1"]) as mount:
            recipes = mount.schema("recipes")
            path = mount.schema("recipes", "demo-draft.json")
            read_all(recipes)
            server.fault(path=RECIPES, status=status, count=-1)

            def is_refused():
                """neither the directory nor the item is shown"""
                return errno_of(os.listdir, recipes) == errno_of(read, path) == "EACCES"

            until(is_refused)
            server.stop()
            assert errno_of(os.listdir, recipes) in ("EACCES", "EHOSTUNREACH")
            assert errno_of(read, path) in ("EACCES", "EHOSTUNREACH")
