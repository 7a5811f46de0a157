"""Data alone as a file's text: saving it, and carrying it from one server to another."""

import errno
import json
import os
import subprocess

import pytest

from emulator import Emulator
from mount import Home, Mount
from saving import changes, item, kept, read, write
import account as accounts


@pytest.fixture(scope="module")
def other_server():
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def other(other_server):
    other_server.reset()
    yield other_server
    other_server.clear_faults()


@pytest.fixture
def other_home():
    home = Home(accounts.self_account())
    yield home
    home.remove()


def run(*command):
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, (command, done.stderr.decode(errors="replace"))
    return done.stdout.decode()


def texts(directory):
    return {name: read(os.path.join(directory, name)) for name in os.listdir(directory)}


def test_data_alone_are_saved_as_what_differs(emulator, home):
    with Mount(emulator.url, home, ["view=data"]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        data = json.loads(read(path))
        write(path, json.dumps(data, indent=4))
        assert changes(emulator) == []
        data["title"]["en"] = "Onion soup"
        data.pop("tags", None)
        write(path, data)
        assert changes(emulator) == [("PATCH", "recipes/demo-draft")]
        assert item(emulator, "recipes", "demo-draft")["data"] == data
        assert json.loads(read(path)) == data
        write(mount.schema("recipes", "soup.json"), '{"title": {"en": "Soup"}}')
        assert item(emulator, "recipes", "soup")["data"]["title"] == {"en": "Soup"}


def test_data_alone_of_a_version_that_is_no_more_are_a_conflict(emulator, home):
    with Mount(emulator.url, home, ["view=data", "cache_ttl=1h"]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        data = json.loads(read(path))
        emulator.api("PATCH", "/api/content/foodcrunch/recipes/demo-draft",
                     {"title": {"de": "Anders"}})
        data["title"]["en"] = "Mine"
        with pytest.raises(OSError) as caught:
            write(path, data)
        assert caught.value.errno == errno.ESTALE
        assert item(emulator, "recipes", "demo-draft")["data"]["title"]["de"] == "Anders"
        assert "Anders" in kept(home)["recipes/demo-draft.json.theirs"]


def hear_of_theirs(emulator, mount):
    """Somebody else saves, and the mount knows of it."""
    emulator.api("PATCH", "/api/content/foodcrunch/recipes/demo-draft",
                 {"title": {"de": "Anders"}})
    write(mount.path(".squidexfs", "refresh"), "recipes\n")
    os.listdir(mount.schema("recipes"))


@pytest.mark.parametrize("how", ["written over", "moved away"])
def test_data_alone_are_a_change_of_what_was_read(emulator, home, how):
    """Not of what the mount has heard of since."""
    with Mount(emulator.url, home, ["view=data"]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        data = json.loads(read(path))
        hear_of_theirs(emulator, mount)
        if how == "moved away":
            os.rename(path, mount.schema("recipes", "backup"))
        data["title"]["en"] = "Mine"
        with pytest.raises(OSError) as caught:
            write(path, data)
        assert caught.value.errno == errno.ESTALE
        assert item(emulator, "recipes", "demo-draft")["data"]["title"]["de"] == "Anders"


def empty_and_write(path, text, reads):
    """As vim saves: without O_TRUNC."""
    with open(path, "r+", encoding="utf-8") as stream:
        if reads:
            stream.read()
            stream.seek(0)
        stream.truncate(0)
        stream.write(json.dumps(text))


@pytest.mark.parametrize("reads", [False, True])
def test_what_is_emptied_is_a_change_of_what_was_read(emulator, home, reads):
    """Through that opening, or before it."""
    with Mount(emulator.url, home, ["view=data"]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        data = json.loads(read(path))
        hear_of_theirs(emulator, mount)
        data["title"]["en"] = "Mine"
        if reads:
            empty_and_write(path, data, reads)
            assert item(emulator, "recipes", "demo-draft")["data"] == data
        else:
            with pytest.raises(OSError) as caught:
                empty_and_write(path, data, reads)
            assert caught.value.errno == errno.ESTALE
            assert item(emulator, "recipes", "demo-draft")["data"]["title"]["de"] == "Anders"


def test_what_is_heard_of_while_it_is_open_is_no_reading(emulator, home):
    with Mount(emulator.url, home, ["view=data"]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        with open(path, "r+", encoding="utf-8") as stream:
            data = json.load(stream)
            hear_of_theirs(emulator, mount)
            data["title"]["en"] = "Mine"
            stream.seek(0)
            stream.truncate(0)
            stream.write(json.dumps(data))
            with pytest.raises(OSError) as caught:
                stream.close()
        assert caught.value.errno == errno.ESTALE
        assert item(emulator, "recipes", "demo-draft")["data"]["title"]["de"] == "Anders"


def test_what_was_made_anew_is_no_change_of_what_was_read_before(emulator, home):
    with Mount(emulator.url, home, ["view=data", "delete_delay=0"]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        data = json.loads(read(path))
        os.unlink(path)
        for title in ("One", "Two", "Three"):
            data["title"]["en"] = title
            write(path, data)
        assert item(emulator, "recipes", "demo-draft")["data"]["title"]["en"] == "Three"
        write(mount.schema("recipes", "t"), json.dumps(dict(data, title={"en": "Four"})))
        os.rename(mount.schema("recipes", "t"), path)
        assert item(emulator, "recipes", "demo-draft")["data"]["title"]["en"] == "Four"


@pytest.mark.parametrize("copy", [["cp", "-r"], ["cp", "-rp"],
                                  ["rsync", "-a", "--checksum"],
                                  ["rsync", "-r", "--inplace", "--checksum"]], ids=" ".join)
def test_a_schema_is_carried_to_another_server(emulator, other, home, other_home, copy):
    """What is there is updated, what is not is created, and the next run writes nothing."""
    emulator.create_many("foodcrunch", "recipes", {
        f"soup-{i}": {"title": {"en": f"Recipe {i}"}, "servings": {"iv": i}} for i in range(1, 9)})
    emulator.api("PATCH", "/api/content/foodcrunch/recipes/demo-draft",
                 {"title": {"en": "Onion soup"}, "servings": {"$unset": True}})
    with Mount(emulator.url, home, ["view=data"]) as source, \
            Mount(other.url, other_home, ["view=data"]) as target:
        before = texts(target.schema("recipes"))
        other.forget()
        command = copy + [source.schema("recipes") + "/.", target.schema("recipes") + "/"]
        run(*command)
        wanted = texts(source.schema("recipes"))
        assert texts(target.schema("recipes")) == wanted
        sent = changes(other)
        assert sorted(sent) == sorted(
            [("POST", f"recipes?id=soup-{i}") for i in range(1, 9)] +
            [("PATCH", "recipes/demo-draft")])
        for id in ("soup-3", "demo-draft"):
            assert item(other, "recipes", id)["data"] == item(emulator, "recipes", id)["data"]
        other.forget()
        run(*command)
        assert changes(other) == []
        assert before.keys() < wanted.keys()


def test_languages_that_were_only_filled_in_are_never_written(emulator, home, mounted):
    """An item lacks a language: readers are shown another one in its place, a save is not."""
    data = {"title": {"en": "English alone"}, "description": {"de": "Nur deutsch"}}
    emulator.create("foodcrunch", "recipes", "gaps", data)
    path = mounted.schema("recipes", "gaps.json")
    document = json.loads(read(path))
    assert document["data"]["title"] == data["title"]
    document["data"]["servings"] = {"iv": 7}
    write(path, document)
    stored = item(emulator, "recipes", "gaps")["data"]
    assert stored["title"] == data["title"] and stored["description"] == data["description"]
