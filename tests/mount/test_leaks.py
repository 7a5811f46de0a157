"""
Each test walks through a part of the program and ends the mount: what it has not given back
by then is valgrind's or LeakSanitizer's to report, by output and exit status.
"""

import os
import signal

import pytest

from deadline import slow, until
from mount import Mount

RECIPES = "/api/content/foodcrunch/recipes"


def try_to(call, *arguments):
    """Success or failure, either will do."""
    try:
        return call(*arguments)
    except OSError:
        return None


def read_all(mount):
    for schema in os.listdir(mount.schema()):
        for name in os.listdir(mount.schema(schema)):
            path = mount.schema(schema, name)
            with open(path, "rb") as stream:
                assert stream.read()
            try_to(os.listxattr, path)
            try_to(os.getxattr, path, "user.squidex.id")
            try_to(os.getxattr, path, "user.squidex.nothing")


@pytest.mark.parametrize("options", [
    [], ["cache=memory"], ["xattr"], ["view=raw"], ["view=data", "published"], ["flatten"],
    ["languages=en,de"], ["schemas=recipes:authors"]], ids=" ".join)
def test_reading(emulator, home, options):
    with Mount(emulator.url, home, options) as mount:
        read_all(mount)
        for name in ("missing-1.json", "missing-2.json", "missing-3.json", "x.txt", "%00.json"):
            try_to(os.stat, mount.schema("recipes", name))
        os.statvfs(mount.point)
        for name in ("status", "errors"):
            mount.control(name)
        try_to(os.unlink, mount.schema("recipes", "demo-draft.json"))
        try_to(os.mkdir, mount.schema("new"))


@pytest.mark.parametrize("client", ["editor", "reader"])
def test_roles(emulator, home, client):
    with Mount(emulator.url, home, app="bookshelf", client=client) as mount:
        read_all(mount)


def test_pages_and_a_second_mount_on_the_same_cache(thousand, home):
    for _ in range(2):
        with Mount(thousand.url, home, ["cache_ttl=0"]) as mount:
            for _ in range(2):
                assert len(os.listdir(mount.schema("recipes"))) == 1000
            os.stat(mount.schema("recipes", "recipe-000001.json"))


@pytest.mark.parametrize("rule", [
    {"status": 400, "message": "no"}, {"status": 401}, {"status": 503}, {"garbage": True},
    {"closeAfterBytes": 100}, {"nested": 1000}, {"oversize": 70000000}, {"hang": True},
    {"redirect": "http://127.0.0.1:1/"}], ids=lambda rule: next(iter(rule)) + str(
        rule.get("status", "")))
def test_failures(emulator, home, rule):
    with Mount(emulator.url, home, ["timeout=2"]) as mount:
        emulator.fault(path=RECIPES, count=-1, **rule)
        try_to(os.stat, mount.schema("recipes", "demo-draft.json"))
        try_to(os.listdir, mount.schema("recipes"))
        mount.control("errors")
        emulator.clear_faults()


def test_a_token_that_is_renewed_and_revoked(emulator, home):
    with Mount(emulator.url, home) as mount:
        os.stat(mount.schema("recipes", "demo-draft.json"))
        emulator.revoke_tokens()
        os.stat(mount.schema("recipes", "demo-published.json"))


def test_a_reader_that_is_interrupted(emulator, home):
    with Mount(emulator.url, home, ["timeout=60"]) as mount:
        emulator.fault(path=RECIPES, hang=True, count=-1)
        process = mount.account.start(["cat", mount.schema("recipes", "demo-draft.json")])
        until(lambda: emulator.pending() == 1, 10, "the request is under way")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=slow(10))
        emulator.clear_faults()


def test_an_end_with_everything_open(emulator, home):
    with Mount(emulator.url, home) as mount:
        handles = [os.open(path, os.O_RDONLY) for path in (
            mount.path(), mount.schema("recipes"), mount.schema("recipes", "demo-draft.json"),
            mount.schema("authors", "author-1.json"), mount.path(".squidexfs", "status"))]
        entries = os.scandir(mount.schema("recipes"))
        next(entries)
        try:
            mount.signal(signal.SIGTERM)
            mount.wait()
        finally:
            entries.close()
            for handle in handles:
                os.close(handle)


def test_an_end_right_after_a_walk(emulator, home):
    """The kernel's releases are under way, or never come."""
    for _ in range(5):
        with Mount(emulator.url, home, ["cache=memory"]) as mount:
            read_all(mount)
            mount.signal(signal.SIGTERM)
            mount.wait()


def test_an_end_while_requests_hang(emulator, home):
    with Mount(emulator.url, home, ["timeout=60"]) as mount:
        emulator.fault(path=RECIPES, hang=True, count=-1)
        processes = [mount.account.start(["cat", mount.schema("recipes", f"{number}.json")])
                     for number in range(4)]
        until(lambda: emulator.pending() == 4, 10, "the requests are under way")
        mount.signal(signal.SIGTERM)
        mount.wait()
        for process in processes:
            process.communicate(timeout=slow(10))
            assert process.returncode != 0
