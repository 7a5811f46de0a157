"""Ids as file names: any string is an id, and every id has one name that finds it again."""

import json
import os
import urllib.parse

import pytest

from mount import Mount

LONG = "x" * 255
LONG_WIDE = "🍕" * 255

# id -> its file name; None: any name that decodes to it, or a shortened one
NAMES = {
    "a/b": "a%2Fb.json",
    "a b%": "a b%25.json",
    "üñ🍕": "üñ🍕.json",
    ".hidden": "%2Ehidden.json",
    "..": None,
    ".": None,
    "o'b": "o'b.json",
    "tab\tnew\nline": "tab%09new%0Aline.json",
    "100%zz": "100%25zz.json",
    "100%41": "100%2541.json",
    "x.json": "x.json.json",
    "~tilde": "~tilde.json",
    "back\\slash \"quoted\"": "back\\slash \"quoted\".json",
    "a&b=c?d#e+f;g,h": "a&b=c?d#e+f;g,h.json",
    "query": "query.json",
    "stream": "stream.json",
    "bulk": "bulk.json",
    " ": " .json",
    LONG: None,
    LONG[:250]: LONG[:250] + ".json",
    LONG_WIDE: None,
}


def data_for(id):
    return {"title": {"en": f"title of {id}"[:100]}, "servings": {"iv": 1 + len(id) % 100}}


def read(path):
    with open(path, encoding="utf-8") as stream:
        return json.load(stream)


@pytest.fixture(scope="module")
def odd_server(seed_server):
    """The seed and an item of each odd id; the tests of this file change nothing."""
    seed_server.reset()
    seed_server.create_many("foodcrunch", "recipes", {id: data_for(id) for id in NAMES})
    yield seed_server
    seed_server.reset()


def directory_of(mount):
    return mount.schema("recipes")


def names_by_id(mount):
    """Listed once: id of the document -> file name."""
    found = {}
    for name in os.listdir(directory_of(mount)):
        document = read(os.path.join(directory_of(mount), name))
        assert document["id"] not in found
        found[document["id"]] = name
    return found


def test_every_id_is_listed_and_read(odd_server, home):
    with Mount(odd_server.url, home) as mount:
        names = names_by_id(mount)
        for id, name in NAMES.items():
            assert id in names, id
            if name is not None:
                assert names[id] == name
            document = read(os.path.join(directory_of(mount), names[id]))
            assert document["data"]["title"] == data_for(id)["title"]
            assert document["data"]["servings"] == data_for(id)["servings"]


def test_every_name_is_one_that_shells_and_archives_can_take(odd_server, home):
    with Mount(odd_server.url, home) as mount:
        for name in os.listdir(os.fsencode(directory_of(mount))):
            assert len(name) <= 255 and name.endswith(b".json")
            assert not name.startswith(b".")
            assert not any(byte < 32 or byte == 127 for byte in name)
            name.decode("utf-8")


def test_names_decode_to_their_ids_unless_shortened(odd_server, home):
    with Mount(odd_server.url, home) as mount:
        for id, name in names_by_id(mount).items():
            if id in (LONG, LONG_WIDE):
                assert "~" in name
            else:
                assert urllib.parse.unquote(name[:-len(".json")]) == id


@pytest.mark.parametrize("options", [[], ["cache=memory"]], ids=["disk", "memory"])
def test_every_id_is_found_again_after_a_remount(odd_server, home, options):
    with Mount(odd_server.url, home, options) as mount:
        names = names_by_id(mount)
        numbers = {id: os.stat(os.path.join(directory_of(mount), name)).st_ino
                   for id, name in names.items()}
    assert len(set(numbers.values())) == len(numbers)
    with Mount(odd_server.url, home, options) as mount:
        for id in NAMES:
            path = os.path.join(directory_of(mount), names[id])
            assert os.stat(path).st_ino == numbers[id], id
            assert read(path)["id"] == id
        listed = {entry.name: entry.inode() for entry in os.scandir(directory_of(mount))}
        assert listed == {names[id]: numbers[id] for id in names}


@pytest.mark.parametrize("options", [[], ["cache=memory"]], ids=["disk", "memory"])
@pytest.mark.parametrize("id", [id for id in NAMES if id not in (LONG, LONG_WIDE)],
                         ids=urllib.parse.quote)
def test_an_id_is_read_by_its_name_without_a_listing(odd_server, home, options, id):
    """A shortened name is learnt by listing: see the tests of remounts."""
    name = NAMES[id] or urllib.parse.quote(id, safe="").replace(".", "%2E") + ".json"
    with Mount(odd_server.url, home, options) as mount:
        assert read(os.path.join(directory_of(mount), name))["id"] == id


def test_any_percent_encoding_is_the_same_item(odd_server, home):
    odd_server.create("foodcrunch", "recipes", "aA", data_for("aA"))
    with Mount(odd_server.url, home) as mount:
        number = os.stat(os.path.join(directory_of(mount), "aA.json")).st_ino
        for name in ("a%41.json", "%61A.json", "%61%41.json"):
            path = os.path.join(directory_of(mount), name)
            assert os.stat(path).st_ino == number
            assert read(path)["id"] == "aA"
        listed = os.listdir(directory_of(mount))
        assert "aA.json" in listed and "a%41.json" not in listed
        for name in ("100%zz.json", "100%25zz.json"):
            assert read(os.path.join(directory_of(mount), name))["id"] == "100%zz"
        for name in ("a%2fb.json", "a%2Fb.json"):
            assert read(os.path.join(directory_of(mount), name))["id"] == "a/b"


@pytest.mark.parametrize("name", [
    "%00.json", "a%00b.json", ".json", "%.json", "a%2", "x" * 251 + "%2F.json"[:4],
    "a~0000000000000000.json", "%FF%FE.json"])
def test_names_of_nothing_are_enoent(odd_server, home, name):
    with Mount(odd_server.url, home) as mount:
        assert not os.path.exists(os.path.join(directory_of(mount), name))
        assert len(os.listdir(directory_of(mount))) >= len(NAMES)


def test_a_name_over_255_bytes_is_refused_by_the_kernel(odd_server, home):
    with Mount(odd_server.url, home) as mount:
        with pytest.raises(OSError) as caught:
            os.stat(os.path.join(directory_of(mount), "x" * 256))
        assert caught.value.strerror == "File name too long"


@pytest.mark.parametrize("id", [LONG, LONG_WIDE], ids=["one byte", "four bytes"])
def test_a_shortened_name_has_its_id_as_an_attribute(odd_server, home, id):
    with Mount(odd_server.url, home, ["xattr"]) as mount:
        name = names_by_id(mount)[id]
        path = os.path.join(directory_of(mount), name)
        assert os.getxattr(path, "user.squidex.id").decode() == id


def test_every_id_survives_tar_and_rsync(odd_server, home):
    with Mount(odd_server.url, home) as mount:
        out = home.directory("out")
        mount.account.run(["rsync", "-a", directory_of(mount) + "/", out + "/r/"])
        mount.account.run(f"tar cf - -C {directory_of(mount)} . | tar xf - -C {out}")
        mount.account.run(["diff", "-r", directory_of(mount), out + "/r"])
        assert {name for name in os.listdir(out) if name != "r"} == set(
            os.listdir(directory_of(mount)))


def test_pages_meet_at_ids_of_any_kind(emulator, home):
    """The id at the edge of a page goes into the next page's filter."""
    ids = [f"o'{number:03d}&+%#=ü" for number in range(405)]
    for begin in range(0, len(ids), 100):
        emulator.create_many("foodcrunch", "authors", {
            id: {"name": {"iv": id}} for id in ids[begin:begin + 100]})
    with Mount(emulator.url, home) as mount:
        seen = {urllib.parse.unquote(name[:-len(".json")])
                for name in os.listdir(mount.schema("authors"))}
        assert seen == set(ids) | {"author-1", "author-2", "author-3"}
