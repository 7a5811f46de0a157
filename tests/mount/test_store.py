"""A store that an earlier mount left: what is gone on with, what is begun anew, who may use it."""

import json
import os
import sqlite3

import pytest

import rendering
from emulator import EDITABLE
from mount import Mount

LASTING = ["cache_ttl=1h"]
ANEW = b"begun anew"


def database(home):
    found = [os.path.join(top, name) for top, _, names in os.walk(home.directory("cache"))
             for name in names if name.endswith(".db")]
    assert len(found) == 1, found
    return found[0]


def list_all(mount, count):
    names = os.listdir(mount.schema("recipes"))
    assert len(names) == len(set(names)) == count
    for name in sorted(names)[::max(1, count // 50)]:
        with open(mount.schema("recipes", name), encoding="utf-8") as stream:
            assert json.load(stream)["id"] == name.removesuffix(".json")


def read_bytes(path):
    with open(path, "rb") as stream:
        return stream.read()


def overwrite_all(path):
    with open(path, "r+b") as stream:
        stream.write(b"\xa5" * os.path.getsize(path))


def overwrite_most(path):
    with open(path, "r+b") as stream:
        stream.seek(8 * 16384)
        stream.write(b"\xff" * (os.path.getsize(path) - 8 * 16384))


def cut_in_half(path):
    os.truncate(path, os.path.getsize(path) // 2)


def cut_off(path):
    os.truncate(path, 1000)


def change(statement):
    def run(path):
        connection = sqlite3.connect(path)
        connection.execute(statement)
        connection.commit()
        connection.close()
    return run


USELESS = {
    "damaged": overwrite_all,
    "damaged inside": overwrite_most,
    "half of it": cut_in_half,
    "the beginning of it": cut_off,
    "another format": change("PRAGMA user_version = 1"),
    "another application": change("PRAGMA application_id = 1"),
    "another owner": change("UPDATE meta SET identity = 'http://elsewhere\nfoodcrunch'"),
    "in use as the machine went down": change("UPDATE meta SET boot = 'another'"),
}


@pytest.mark.parametrize("what", USELESS)
def test_a_store_of_no_use_is_begun_anew(thousand, home, what):
    with Mount(thousand.url, home, LASTING) as mount:
        list_all(mount, 1000)
    USELESS[what](database(home))
    with Mount(thousand.url, home, LASTING) as mount:
        list_all(mount, 1000)
        assert mount.output().count(ANEW) == 1
        assert '"on_disk": true' in mount.control("status")
    with Mount(thousand.url, home, LASTING) as mount:
        thousand.forget()
        list_all(mount, 1000)
        assert thousand.total() == 1
        assert ANEW not in mount.output()


def test_each_server_has_a_store_of_its_own(emulator, thousand, home):
    for server, count in ((emulator, 4), (thousand, 1000), (emulator, 4)):
        with Mount(server.url, home, LASTING) as mount:
            list_all(mount, count)
            assert '"on_disk": true' in mount.control("status")


def test_each_view_has_a_store_of_its_own(emulator, home):
    """A view that was mounted before is gone on with; another finds nothing to go on with."""
    for view, is_new in (("document", True), ("data", True), ("document", False), ("data", False)):
        expected = rendering.documents(emulator, "foodcrunch", "recipes", EDITABLE,
                                       getattr(rendering, view))
        with Mount(emulator.url, home, LASTING + ["view=" + view]) as mount:
            emulator.forget()
            names = os.listdir(mount.schema("recipes"))
            pages = [entry for entry in emulator.asked("/api/content/foodcrunch/recipes")
                     if "$orderby=id" in entry["target"]]
            assert len(pages) == (1 if is_new else 0), (view, pages)
            assert {name: read_bytes(mount.schema("recipes", name)) for name in names} == expected
            assert '"on_disk": true' in mount.control("status")
            assert ANEW not in mount.output()


def test_a_second_mount_leaves_the_store_to_the_first(thousand, home):
    with Mount(thousand.url, home, LASTING) as first:
        with Mount(thousand.url, home, LASTING) as second:
            assert b"in use by another mount" in second.output()
            list_all(second, 1000)
            list_all(first, 1000)
            assert '"on_disk": true' in first.control("status")
            assert '"on_disk": false' in second.control("status")
    with Mount(thousand.url, home, LASTING) as mount:
        thousand.forget()
        list_all(mount, 1000)
        assert thousand.total() == 1


@pytest.mark.parametrize("after", [1, 2, 4])
def test_a_mount_that_is_killed_while_it_writes_leaves_a_whole_store(thousand, home, after):
    first = Mount(thousand.url, home, LASTING)
    first.start()
    try:
        thousand.forget()
        with os.scandir(first.schema("recipes")) as entries:
            for number, _ in enumerate(entries):
                if number == 200 * after - 1:
                    break
            first.kill()
    except OSError:
        pass
    finally:
        first.abandon()
    with Mount(thousand.url, home, LASTING) as mount:
        assert ANEW not in mount.output()
        list_all(mount, 1000)
        assert '"on_disk": true' in mount.control("status")
