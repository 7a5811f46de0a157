"""A server at its worst: a clear error inside the deadline, and the mount goes on working."""

import errno
import json
import os
import signal
import time

import pytest

from deadline import SLOWNESS, Stopwatch, slow, until
from emulator import Emulator
from mount import Mount
from workers import run_all

RECIPES = "/api/content/foodcrunch/recipes"
TIMEOUT = 2

# What the server does -> the errnos that are a clear answer to it.
FAULTS = {
    "hang": ({"hang": True}, {errno.ETIMEDOUT}),
    "trickle": ({"trickleMs": 400}, {errno.ETIMEDOUT}),
    "half-closed": ({"closeAfterBytes": 200}, {errno.EIO, errno.EHOSTUNREACH}),
    "closed at once": ({"closeAfterBytes": 0}, {errno.EIO, errno.EHOSTUNREACH}),
    "garbage": ({"garbage": True}, {errno.EIO}),
    "oversized": ({"oversize": 100 * 1000 * 1000}, {errno.EFBIG}),
    "nested": ({"nested": 100000}, {errno.EIO}),
    "slow to begin": ({"delayMs": 30000}, {errno.ETIMEDOUT}),
}

# Less than the oversized answer: room for one that is cut off at its ceiling, and what is
# made of it. Sanitizers multiply it.
GROWTH_KB = 96 * 1024 * (1 if SLOWNESS == 1 else 6)


# Of those that are not about time, the answer must not depend on how fast the machine is.
PATIENT = {"oversized": 30, "nested": 30}


@pytest.fixture
def brief(emulator, home, request):
    name = request.node.callspec.params.get("name") if hasattr(request.node, "callspec") else None
    timeout = PATIENT.get(name, TIMEOUT)
    with Mount(emulator.url, home, [f"timeout={timeout}", "negative_ttl=0.2"]) as mount:
        emulator.forget()
        yield mount


def is_readable(mount):
    """a file reads well again"""
    with open(mount.schema("recipes", "demo-published.json"), encoding="utf-8") as stream:
        return json.load(stream)["id"] == "demo-published"


def is_listable(mount):
    """the directory lists well again"""
    return len(os.listdir(mount.schema("recipes"))) == 4


def controls_answer(mount):
    with Stopwatch() as watch:
        status = json.loads(mount.control("status"))
        mount.control("errors")
        os.listdir(mount.path(".squidexfs"))
        os.statvfs(mount.point)
    assert watch.seconds < slow(1)
    return status


@pytest.mark.parametrize("operation", ["read", "list"])
@pytest.mark.parametrize("name", list(FAULTS))
def test_fault(emulator, brief, name, operation):
    rule, errnos = FAULTS[name]
    before = brief.memory()
    emulator.fault(path=RECIPES, count=-1, **rule)
    with Stopwatch() as watch:
        with pytest.raises(OSError) as caught:
            if operation == "read":
                os.stat(brief.schema("recipes", "demo-draft.json"))
            else:
                os.listdir(brief.schema("recipes"))
    assert caught.value.errno in errnos, (name, caught.value)
    assert watch.seconds < PATIENT.get(name, TIMEOUT) + slow(2)
    controls_answer(brief)
    last = json.loads(brief.control("errors").splitlines()[-1])
    assert "recipes" in json.dumps(last)
    assert brief.memory("VmHWM") - before < GROWTH_KB
    emulator.clear_faults()
    until(lambda: is_readable(brief), 30, is_readable.__doc__)
    until(lambda: is_listable(brief), 30, is_listable.__doc__)
    assert brief.process.poll() is None


@pytest.mark.parametrize("name", ["half-closed", "closed at once"])
def test_a_connection_that_breaks_once_is_not_noticed(emulator, brief, name):
    emulator.fault(path=RECIPES, count=1, **FAULTS[name][0])
    assert is_readable(brief)
    assert brief.control("errors") == ""


@pytest.mark.parametrize("name", list(FAULTS))
def test_a_fault_at_mounting_ends_it_with_a_sentence(emulator, home, name):
    if name == "nested":
        path = "/api/apps/foodcrunch/schemas"
    else:
        path = "/api/apps/foodcrunch"
    emulator.fault(path=path, count=-1, **FAULTS[name][0])
    mount = Mount(emulator.url, home, [f"timeout={TIMEOUT}"])
    mount.launch()
    try:
        assert mount.wait() == 4, mount.output()
        assert mount.output().strip()
    finally:
        mount.abandon()


def test_many_processes_waiting_on_a_hung_server_do_not_block_the_rest(emulator, home):
    with Mount(emulator.url, home, [f"timeout={TIMEOUT}"]) as mount:
        assert len(os.listdir(mount.schema("authors"))) == 3
        emulator.fault(path=RECIPES, hang=True, count=-1)
        waiting = [mount.account.start(["cat", mount.schema("recipes", f"name-{i}.json")])
                   for i in range(20)]
        until(lambda: emulator.pending() >= 2, 10, "requests hang")
        with Stopwatch() as watch:
            with open(mount.schema("authors", "author-1.json"), encoding="utf-8") as stream:
                assert json.load(stream)["id"] == "author-1"
            controls_answer(mount)
        assert watch.seconds < slow(1.5)
        with Stopwatch() as watch:
            for process in waiting:
                _, err = process.communicate(timeout=slow(20))
                assert process.returncode != 0 and b"timed out" in err.lower(), err
        assert watch.seconds < TIMEOUT + slow(3)


def start_waiting_cat(emulator, mount):
    emulator.fault(path=RECIPES, hang=True, count=-1)
    process = mount.account.start(["cat", mount.schema("recipes", "demo-draft.json")])
    until(lambda: emulator.pending() == 1, 10, "the request is under way")
    return process


def test_ctrl_c_ends_a_waiting_cat(emulator, home):
    with Mount(emulator.url, home, ["timeout=60"]) as mount:
        process = start_waiting_cat(emulator, mount)
        with Stopwatch() as watch:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=slow(10))
        assert process.returncode == -signal.SIGINT
        assert watch.seconds < slow(2)
        emulator.clear_faults()
        until(lambda: is_readable(mount), 10, is_readable.__doc__)


def test_sigkill_ends_a_waiting_cat(emulator, home):
    """Where the kernel waits for the answer all the same, an interrupt's patience is the bound."""
    with Mount(emulator.url, home, ["timeout=60"]) as mount:
        process = start_waiting_cat(emulator, mount)
        with Stopwatch() as watch:
            process.kill()
            process.communicate(timeout=slow(10))
        assert watch.seconds < slow(2)
        emulator.clear_faults()
        until(lambda: is_readable(mount), 10, is_readable.__doc__)


def test_one_reader_s_ctrl_c_does_not_end_the_others(emulator, home):
    with Mount(emulator.url, home, ["timeout=60"]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        first = start_waiting_cat(emulator, mount)
        others = [mount.account.start(["cat", path]) for _ in range(3)]
        first.send_signal(signal.SIGINT)
        first.communicate(timeout=slow(10))
        assert first.returncode == -signal.SIGINT
        emulator.clear_faults()
        for process in others:
            out, err = process.communicate(timeout=slow(20))
            assert process.returncode == 0, err
            assert json.loads(out)["id"] == "demo-draft"


def test_unmounting_does_not_wait_for_a_hung_server(emulator, home):
    with Mount(emulator.url, home, ["timeout=60"]) as mount:
        process = start_waiting_cat(emulator, mount)
        process.kill()
        process.communicate()
        with Stopwatch() as watch:
            mount.signal(signal.SIGTERM)
            mount.wait()
        assert watch.seconds < slow(5)


def fail_from_page(emulator, page, **rule):
    """Lets the first pages through, then fails for ever."""
    emulator.fault(path=RECIPES, delayMs=1, count=page - 1)
    emulator.fault(path=RECIPES, count=-1, **rule)


@pytest.mark.parametrize("page,rule", [
    (2, {"status": 500}), (3, {"status": 500}), (5, {"status": 500}), (2, {"status": 404}),
    (3, {"status": 403}), (5, {"garbage": True}), (2, {"closeAfterBytes": 5000}),
    (5, {"closeAfterBytes": 0}), (3, {"hang": True})])
def test_a_listing_that_fails_midway_never_ends_short(thousand, home, page, rule):
    with Mount(thousand.url, home, [f"timeout={TIMEOUT}", "listing=rest"]) as mount:
        fail_from_page(thousand, page, **rule)
        with pytest.raises(OSError):
            os.listdir(mount.schema("recipes"))
        done = mount.account.run(["ls", mount.schema("recipes")], check=False)
        assert done.returncode != 0 and done.stderr
        thousand.clear_faults()
        until(lambda: len(os.listdir(mount.schema("recipes"))) == 1000, 30, "it lists whole")


def test_rsync_delete_deletes_nothing_after_a_listing_that_fails(thousand, home):
    options = [f"timeout={TIMEOUT}", "cache_ttl=0.5", "stale=error", "listing=rest"]
    with Mount(thousand.url, home, options) as mount:
        out = home.directory("out")
        copy = ["rsync", "-a", "--delete", mount.schema("recipes") + "/", out + "/"]
        mount.account.run(copy)
        assert len(os.listdir(out)) == 1000
        fail_from_page(thousand, 3, status=500)

        def fails():
            """rsync meets the failure"""
            return mount.account.run(copy, check=False).returncode != 0

        until(fails, 20)
        assert len(os.listdir(out)) == 1000


def test_a_listing_begun_well_is_not_mixed_with_a_failed_one(thousand, home):
    with Mount(thousand.url, home, [f"timeout={TIMEOUT}", "listing=rest"]) as mount:
        fail_from_page(thousand, 4, status=500)
        results = run_all(mount.account, [["ls", mount.schema("recipes")]] * 6)
        for status, out, _ in results:
            assert status != 0 or out.count(b".json") == 1000


def test_a_server_that_goes_and_comes_back(home):
    with Emulator() as server:
        with Mount(server.url, home, [f"timeout={TIMEOUT}", "cache=memory"]) as mount:
            assert is_readable(mount)
            server.stop()
            for number in range(8):
                with pytest.raises(OSError) as caught:
                    os.stat(mount.schema("recipes", f"name-{number}.json"))
                assert caught.value.errno == errno.EHOSTUNREACH
            assert "away" in json.dumps(controls_answer(mount))
            with Stopwatch() as watch:
                with pytest.raises(OSError):
                    os.listdir(mount.schema("authors"))
            assert watch.seconds < slow(1), "an absent server is not waited for each time"
            server.start()
            until(lambda: len(os.listdir(mount.schema("authors"))) == 3, 40, "it is back")
            until(lambda: is_listable(mount), 40, is_listable.__doc__)
            assert "away" not in json.dumps(json.loads(mount.control("status"))["apps"])


def test_a_slow_server_is_only_slow(thousand, home):
    with Mount(thousand.url, home) as mount:
        thousand.fault(path=RECIPES, delayMs=300, count=-1)
        assert len(os.listdir(mount.schema("recipes"))) == 1000


def test_memory_stays_bounded_while_answers_are_oversized(emulator, brief):
    before = brief.memory()
    emulator.fault(path=RECIPES, oversize=100 * 1000 * 1000, count=-1)
    results = run_all(brief.account, [
        ["cat", brief.schema("recipes", f"name-{number}.json")] for number in range(4)])
    assert all(status != 0 for status, _, _ in results)
    assert brief.memory("VmHWM") - before < 4 * GROWTH_KB
    emulator.clear_faults()
    until(lambda: is_readable(brief), 30, is_readable.__doc__)


def test_controls_are_readable_while_everything_fails(emulator, brief):
    emulator.fault(path="/", hang=True, count=-1)
    emulator.fault(method="POST", path="/", hang=True, count=-1)
    process = brief.account.start(["ls", brief.schema("recipes")])
    end = time.monotonic() + 2
    while time.monotonic() < end:
        controls_answer(brief)
    process.communicate(timeout=slow(10))
    assert process.returncode != 0
    emulator.clear_faults()
    until(lambda: is_listable(brief), 30, is_listable.__doc__)
