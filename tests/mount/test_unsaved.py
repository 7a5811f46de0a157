"""Texts that the server did not take: kept, shown, merged, saved after all, removed."""

import errno
import json
import os
import shutil
import subprocess

import pytest

from mount import Mount
from saving import API, changes, item, read, soup, unsaved, unsaved_texts, write


def refuse(path, text, expected):
    with pytest.raises(OSError) as caught:
        write(path, text)
    assert caught.value.errno == expected


def test_a_refused_text_is_shown_with_its_reason(emulator, mounted):
    assert os.listdir(unsaved(mounted)) == []
    refuse(mounted.schema("recipes", "demo-draft.json"), "{ oops", errno.EINVAL)
    assert os.listdir(unsaved(mounted)) == ["recipes"]
    assert sorted(os.listdir(unsaved(mounted, "recipes"))) == [
        "demo-draft.json", "demo-draft.json.reason"]
    text, reason = unsaved_texts(mounted)["demo-draft.json"]
    assert text == "{ oops"
    assert "recipes/demo-draft" in reason and "line 1" in reason
    assert os.stat(unsaved(mounted, "recipes", "demo-draft.json")).st_size == len(text)
    assert ".squidexfs/unsaved/foodcrunch/recipes/demo-draft.json" in mounted.control("errors")
    assert changes(emulator) == []


def test_several_texts_of_an_item_are_numbered(mounted):
    path = mounted.schema("recipes", "demo-draft.json")
    for text in ("{ one", "{ two", "{ one"):
        refuse(path, text, errno.EINVAL)
    assert {name: text for name, (text, _) in unsaved_texts(mounted).items()} == {
        "demo-draft.json": "{ one", "demo-draft.2.json": "{ two"}


def test_it_is_read_and_removed_and_nothing_else(mounted):
    refuse(mounted.schema("recipes", "demo-draft.json"), "{ oops", errno.EINVAL)
    path = unsaved(mounted, "recipes", "demo-draft.json")
    for change in (lambda: write(path, "x"), lambda: write(path + ".mine", "x"),
                   lambda: os.rename(path, path + "x"), lambda: os.rmdir(os.path.dirname(path)),
                   lambda: os.mkdir(unsaved(mounted, "authors"))):
        with pytest.raises(OSError):
            change()
    assert read(path) == "{ oops"
    with open(path, encoding="utf-8") as stream:
        os.unlink(path)
        assert stream.read() == "{ oops"
    assert os.listdir(unsaved(mounted)) == []
    assert not os.path.exists(path + ".reason")
    with pytest.raises(FileNotFoundError):
        os.unlink(path)


def test_all_of_it_is_removed_recursively(mounted):
    for id in ("demo-draft", "a", "b"):
        refuse(mounted.schema("recipes", id + ".json"), "{ oops", errno.EINVAL)
    subprocess.run(["rm", "-rf", unsaved(mounted, "recipes")], check=False)
    assert os.listdir(unsaved(mounted)) == []


def test_the_very_text_saved_after_all_goes(emulator, mounted):
    """The server refuses for a while, what is put away is copied back by hand."""
    path = mounted.schema("recipes", "soup.json")
    emulator.fault(method="POST", path=API + "recipes", status=400, count=1)
    refuse(path, soup("Soup"), errno.EINVAL)
    assert not os.path.exists(path)
    shutil.copyfile(unsaved(mounted, "recipes", "soup.json"), path)
    assert item(emulator, "recipes", "soup")["data"]["title"]["en"] == "Soup"
    assert unsaved_texts(mounted) == {}


def conflict(emulator, mount, theirs):
    """Both sides change the same item; ours is refused."""
    path = mount.schema("recipes", "demo-draft.json")
    document = json.loads(read(path))
    emulator.api("PATCH", API + "recipes/demo-draft", theirs)
    document["data"]["title"]["en"] = "Mine"
    refuse(path, json.dumps(document, indent=2, ensure_ascii=False) + "\n", errno.ESTALE)
    return path, document


def test_a_conflict_is_accepted_with_their_version(emulator, home):
    with Mount(emulator.url, home, ["cache_ttl=1h"]) as mount:
        path, mine = conflict(emulator, mount, {"title": {"de": "Anders"}})
        theirs = json.loads(read(unsaved(mount, "recipes", "demo-draft.json.theirs")))
        assert theirs["data"]["title"]["de"] == "Anders"
        mine["version"] = theirs["version"]
        write(path, json.dumps(mine))
        title = item(emulator, "recipes", "demo-draft")["data"]["title"]
        assert title["en"] == "Mine" and title["de"] == mine["data"]["title"]["de"]


def test_a_conflict_is_merged(emulator, home):
    with Mount(emulator.url, home, ["cache_ttl=1h"]) as mount:
        base = os.path.join(home.path, "base")
        mine = os.path.join(home.path, "mine")
        shutil.copyfile(mount.schema("recipes", "demo-draft.json"), base)
        path, _ = conflict(emulator, mount, {"servings": {"iv": 9}})
        shutil.copyfile(unsaved(mount, "recipes", "demo-draft.json"), mine)
        subprocess.run(["git", "merge-file", mine, base,
                        unsaved(mount, "recipes", "demo-draft.json.theirs")], check=True)
        shutil.copyfile(mine, path)
        data = item(emulator, "recipes", "demo-draft")["data"]
        assert (data["title"]["en"], data["servings"]["iv"]) == ("Mine", 9)


def test_status_and_metrics_count_them(mounted):
    path = mounted.schema("recipes", "demo-draft.json")
    for text in ("{ one", "{ three"):
        refuse(path, text, errno.EINVAL)
    assert json.loads(mounted.control("status"))["apps"][0]["unsaved"] == {
        "texts": 2, "bytes": 12}
    metrics = mounted.control("metrics")
    assert 'squidexfs_unsaved_texts{app="foodcrunch"} 2' in metrics
    assert 'squidexfs_unsaved_bytes{app="foodcrunch"} 12' in metrics


def test_it_outlives_the_mount(emulator, home):
    with Mount(emulator.url, home) as mount:
        refuse(mount.schema("recipes", "demo-draft.json"), "{ oops", errno.EINVAL)
    with Mount(emulator.url, home) as mount:
        assert unsaved_texts(mount)["demo-draft.json"][0] == "{ oops"
        assert b"1 text(s) are not saved" in mount.output()


def test_whoever_mounts_reads_and_removes_it(emulator, account, their_home):
    with Mount(emulator.url, their_home) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        account.run(["sh", "-c", f"echo '{{ oops' >{path}"])
        found = unsaved(mount, "recipes", "demo-draft.json")
        text = account.run(["sh", "-c", f"cat {found}"])
        assert text.stdout == b"{ oops\n", text
        listed = account.run(["find", unsaved(mount), "-type", "f"])
        assert len(listed.stdout.splitlines()) == 2
        assert account.run(["rm", "-f", found]).returncode == 0
        assert account.run(["find", unsaved(mount), "-type", "f"]).stdout == b""


def test_it_is_not_shown_where_nothing_is_written(emulator, home):
    with Mount(emulator.url, home, ["ro"]) as mount:
        assert os.listdir(unsaved(mount)) == []
        with pytest.raises(FileNotFoundError):
            os.stat(unsaved(mount, "recipes"))
