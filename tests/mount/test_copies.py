"""
A copy of an item's document: over another item, to a new name, into its own folder. The id, the
version and the times in it are those of the item that it was copied from, and mean nothing there.
"""

import errno
import json
import os
import shutil
import subprocess

import pytest

from deadline import until
from mount import Mount
from saving import API, changes, errors, hidden_field, item, kept, read, write

UPSERT = "?patch=true&status="

# From; to; what is sent; (status, newStatus) then. The status is the copied one, the draft's where there is one.
COPIES = {
    "a draft": ("demo-draft", "demo-published",
                ("POST", "recipes/demo-published" + UPSERT + "Draft"), ("Draft", None)),
    "what is published": ("demo-published", "demo-draft",
                          ("POST", "recipes/demo-draft" + UPSERT + "Published"),
                          ("Published", None)),
    "onto a new draft": ("demo-published", "demo-newdraft",
                         ("PATCH", "recipes/demo-newdraft"), ("Published", "Draft")),
    "of a new draft": ("demo-newdraft", "demo-published",
                       ("PATCH", "recipes/demo-published"), ("Published", None)),
    "a draft onto a new draft": ("demo-draft", "demo-newdraft",
                                 ("POST", "recipes/demo-newdraft" + UPSERT + "Draft"),
                                 ("Published", "Draft")),
    "what is archived": ("demo-archived", "demo-draft",
                         ("POST", "recipes/demo-draft" + UPSERT + "Archived"),
                         ("Archived", None)),
}


def path_of(mount, id):
    return mount.schema("recipes", id + ".json")


@pytest.mark.parametrize("what", COPIES)
def test_a_copy_over_another_item_is_a_change_of_that_one(emulator, home, mounted, what):
    source, target, sent, status = COPIES[what]
    copied, before = item(emulator, "recipes", source), item(emulator, "recipes", target)
    os.listdir(mounted.schema("recipes"))
    emulator.forget()
    subprocess.run(["cp", path_of(mounted, source), path_of(mounted, target)], check=True)
    assert changes(emulator) == [sent]
    [entry] = [entry for entry in emulator.asked(API) if entry["method"] != "GET"]
    assert entry["headers"]["If-Match"] == f'"{before["version"]}"'
    after = item(emulator, "recipes", target)
    assert after["data"] == copied["data"]
    assert (after["status"], after.get("newStatus")) == status
    assert after["version"] > before["version"]
    assert (after["id"], after["created"]) == (target, before["created"])
    assert item(emulator, "recipes", source) == copied
    seen = json.loads(read(path_of(mounted, target)))
    assert (seen["id"], seen["version"], seen["data"]) == (target, after["version"], after["data"])
    assert kept(home) == {}


def test_a_copy_that_may_not_be_is_kept(emulator, home, mounted):
    before = item(emulator, "recipes", "demo-archived")
    text = read(path_of(mounted, "demo-draft"))
    with pytest.raises(OSError) as caught:
        shutil.copyfile(path_of(mounted, "demo-draft"), path_of(mounted, "demo-archived"))
    assert caught.value.errno == errno.EINVAL
    assert "Archived" in errors(mounted)[-1]["message"]
    assert item(emulator, "recipes", "demo-archived") == before
    assert kept(home)["recipes/demo-archived.json"] == text


@pytest.mark.parametrize("is_read", [False, True])
def test_a_copy_is_a_change_of_what_was_read_of_its_target(emulator, home, is_read):
    """The version of the other item says nothing, however high it is."""
    for title in ("One", "Two", "Three"):
        emulator.api("PATCH", API + "recipes/demo-draft", {"title": {"en": title}})
    with Mount(emulator.url, home, ["cache_ttl=1h"]) as mount:
        os.listdir(mount.schema("recipes"))
        if is_read:
            read(path_of(mount, "demo-published"))
        emulator.api("PATCH", API + "recipes/demo-published", {"title": {"de": "Anders"}})
        with pytest.raises(OSError) as caught:
            shutil.copyfile(path_of(mount, "demo-draft"), path_of(mount, "demo-published"))
        assert caught.value.errno == errno.ESTALE
        assert item(emulator, "recipes", "demo-published")["data"]["title"]["de"] == "Anders"
        assert "Three" in kept(home)["recipes/demo-published.json"]
        assert "Anders" in kept(home)["recipes/demo-published.json.theirs"]
        if is_read:
            read(path_of(mount, "demo-published"))
        shutil.copyfile(path_of(mount, "demo-draft"), path_of(mount, "demo-published"))
        assert item(emulator, "recipes", "demo-published")["data"]["title"]["en"] == "Three"


def test_what_is_hidden_is_not_copied_along(emulator, home):
    with hidden_field(emulator, "description") as stored, Mount(emulator.url, home) as mount:
        before = stored("demo-draft")["data"]["description"]
        shutil.copyfile(path_of(mount, "demo-published"), path_of(mount, "demo-draft"))
        after = stored("demo-draft")["data"]
        assert after["title"] == stored("demo-published")["data"]["title"]
        assert after["description"] == before
        shutil.copyfile(path_of(mount, "demo-published"), mount.schema("recipes", "new.json"))
        assert "description" not in stored("new")["data"]


@pytest.mark.parametrize("source", ["demo-draft", "demo-published", "demo-newdraft", "demo-archived"])
def test_a_copy_to_a_new_name_is_a_new_item(emulator, mounted, source):
    """With the status, which for a new item is one, and not the draft's."""
    copied = item(emulator, "recipes", source)
    emulator.forget()
    subprocess.run(["cp", path_of(mounted, source), path_of(mounted, "new")], check=True)
    assert changes(emulator) == [("POST", f"recipes?id=new&status={copied['status']}")]
    made = item(emulator, "recipes", "new")
    assert made["data"] == copied["data"]
    assert (made["status"], made.get("newStatus")) == (copied["status"], None)
    assert json.loads(read(path_of(mounted, "new")))["version"] == made["version"]
    assert item(emulator, "recipes", source) == copied


@pytest.mark.parametrize("command", ["cp -r recipes/. recipes/", "cp -r recipes recipes/",
                                     "cp -rT recipes recipes", "rsync -a recipes/ recipes/",
                                     "cp -r recipes/. $T && cp -r $T/. recipes",
                                     "cp -a recipes/. $T && rsync -a -c $T/ recipes/",
                                     "tar c recipes | tar x", "tar c recipes | tar x --overwrite"])
def test_a_folder_copied_onto_itself_changes_nothing(emulator, home, mounted, command):
    before = emulator.items("foodcrunch", "recipes")
    emulator.forget()
    done = subprocess.run(["sh", "-c", command], cwd=mounted.schema(), capture_output=True,
                          env=dict(os.environ, T=home.directory("elsewhere")), check=False)
    assert b"close" not in done.stderr and b"changed" not in done.stderr
    assert changes(emulator) == []
    assert emulator.items("foodcrunch", "recipes") == before
    assert kept(home) == {} and errors(mounted) == []


def test_a_copy_into_another_schema_is_refused_by_its_rules(emulator, home, mounted):
    """
    Under its own id too, which is in use: ids are one app's. The name goes with the writer, of
    whose end the kernel tells after the close has returned.
    """
    for name, number in (("demo-draft.json", errno.EEXIST), ("new.json", errno.EINVAL)):
        with pytest.raises(OSError) as caught:
            shutil.copyfile(path_of(mounted, "demo-draft"), mounted.schema("authors", name))
        assert caught.value.errno == number
        until(lambda: not os.path.exists(mounted.schema("authors", name)), 10, "the name goes")
        assert "authors/" + name in kept(home)
    assert "The id is in use in another schema." in errors(mounted)[0]["message"]
    assert "title: Not a known field." in errors(mounted)[1]["message"]
    assert item(emulator, "recipes", "demo-draft")["version"] == 0
