"""What is written reaches the server, as little as has changed, and the verdict is close's."""

import errno
import json
import os

import pytest

from deadline import until
from emulator import EDITABLE
from mount import Mount
from saving import API, changes, edit, errors, item, read, retitle, soup, write


def test_a_changed_field_travels_alone(emulator, mounted):
    path = mounted.schema("recipes", "demo-draft.json")
    before = item(emulator, "recipes", "demo-draft")
    edit(path, retitle("Onion soup"))
    after = item(emulator, "recipes", "demo-draft")
    assert after["data"]["title"]["en"] == "Onion soup"
    before["data"]["title"]["en"] = "Onion soup"
    assert after["data"] == before["data"]
    assert after["version"] == before["version"] + 1
    assert changes(emulator) == [("PATCH", "recipes/demo-draft")]
    assert json.loads(read(path))["version"] == after["version"]


def test_a_text_that_says_the_same_sends_nothing(emulator, mounted):
    path = mounted.schema("recipes", "demo-draft.json")
    text = read(path)
    write(path, text)
    write(path, json.dumps(json.loads(text), indent=8))
    assert read(path) == text
    assert changes(emulator) == []


def test_a_new_name_is_a_new_item(emulator, mounted):
    path = mounted.schema("recipes", "soup.json")
    write(path, '{"data": {"title": {"en": "Soup"}}}')
    assert changes(emulator) == [("POST", "recipes?id=soup")]
    assert item(emulator, "recipes", "soup")["data"]["title"]["en"] == "Soup"
    assert '"version": 0' in read(path)
    assert "soup.json" in os.listdir(mounted.schema("recipes"))


def test_a_refused_text_is_kept(emulator, mounted):
    path = mounted.schema("recipes", "demo-draft.json")
    before = read(path)
    with pytest.raises(OSError) as caught:
        write(path, "{ oops")
    assert caught.value.errno == errno.EINVAL
    assert read(path) == before
    assert changes(emulator) == []


def test_somebody_elses_change_is_not_overwritten(emulator, home):
    with Mount(emulator.url, home, ["cache_ttl=1h"]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        document = json.loads(read(path))
        emulator.api("PATCH", "/api/content/foodcrunch/recipes/demo-draft", {"title": {"de": "Anders"}})
        emulator.forget()
        retitle("Mine")(document)
        with pytest.raises(OSError) as caught:
            write(path, json.dumps(document))
        assert caught.value.errno == errno.ESTALE
        assert item(emulator, "recipes", "demo-draft")["data"]["title"]["de"] == "Anders"
        assert json.loads(read(path))["data"]["title"]["de"] == "Anders"


def test_who_has_a_new_file_open_may_look_at_it_after_it_was_saved(mounted):
    path = mounted.schema("recipes", "soup.json")
    with open(path, "w", encoding="utf-8") as stream:
        stream.write('{"data": {"title": {"en": "Soup"}}}')
        stream.flush()
        os.fsync(stream.fileno())
        assert os.fstat(stream.fileno()).st_ino == os.stat(path).st_ino
        os.fchmod(stream.fileno(), 0o600)


def test_copying_new_items_is_one_request_each(emulator, home, mounted):
    """One after the other, into a directory that is listed: nobody asks whether they are there."""
    source = home.directory("source")
    names = [f"soup-{number}.json" for number in range(50)]
    for name in names:
        home.file(os.path.join("source", name), '{"data": {"title": {"en": "Soup"}}}')
    os.listdir(mounted.schema("recipes"))
    emulator.forget()
    mounted.account.run(["cp", "-r", source + "/.", mounted.schema("recipes")])
    expected = [("POST", f"recipes?id={name[:-5]}") for name in names]
    assert sorted(changes(emulator)) == sorted(expected)
    assert emulator.total() == len(names)


def test_of_two_mounts_the_second_save_is_told_of_the_first(emulator, home):
    with Mount(emulator.url, home, ["cache_ttl=1h"]) as mine, \
            Mount(emulator.url, home, ["cache_ttl=1h"]) as yours, \
            Mount(emulator.url, home, ["cache_ttl=1h", "conflict=overwrite"]) as winner:
        paths = [mount.schema("recipes", "demo-draft.json") for mount in (mine, yours, winner)]
        documents = [json.loads(read(path)) for path in paths]
        for document, title in zip(documents, ["Mine", "Yours", "Last"]):
            retitle(title)(document)
        write(paths[0], documents[0])
        with pytest.raises(OSError) as caught:
            write(paths[1], documents[1])
        assert caught.value.errno == errno.ESTALE
        assert item(emulator, "recipes", "demo-draft")["data"]["title"]["en"] == "Mine"
        assert json.loads(read(paths[1]))["data"]["title"]["en"] == "Mine"
        write(paths[2], documents[2])
        assert item(emulator, "recipes", "demo-draft")["data"]["title"]["en"] == "Last"


def test_an_id_that_no_path_can_hold_is_saved_in_bulk(emulator, mounted):
    """The server has such ids by list and by bulk alone."""
    path = mounted.schema("recipes", "a%2Fb.json")

    def title():
        found = emulator.api("GET", "/api/content/foodcrunch/recipes?ids=a%2Fb", headers=EDITABLE)
        return [one["data"]["title"]["en"] for one in found["items"]]

    write(path, '{"data": {"title": {"en": "Soup"}}}')
    assert title() == ["Soup"]
    edit(path, retitle("Onion soup"))
    assert title() == ["Onion soup"]
    assert changes(emulator) == [("POST", "recipes?id=a%2Fb"), ("POST", "recipes/bulk")]


def revive(emulator, mount):
    """
    An item that the mount creates, of whose life before it knows nothing: the server says that its version
    is 0 (wire/315). Returns its path.
    """
    emulator.api("POST", API + "recipes?id=soup", {"title": {"en": "Before"}})
    emulator.api("DELETE", API + "recipes/soup")
    path = mount.schema("recipes", "soup.json")
    write(path, soup("Soup"))
    assert item(emulator, "recipes", "soup")["version"] > 0
    emulator.forget()
    return path


def test_who_changes_what_he_made_has_no_conflict(emulator, mounted):
    path = revive(emulator, mounted)
    old = json.loads(read(path))
    assert old["version"] == 0
    edit(path, retitle("Onion soup"))
    assert emulator.total() == 3  # the change, a look, the change
    retitle("Pea soup")(old)
    write(path, old)
    assert item(emulator, "recipes", "soup")["data"]["title"]["en"] == "Pea soup"
    assert emulator.total() == 5  # and the one that asks here


def test_who_changes_what_he_made_and_somebody_changed_has_one(emulator, mounted):
    path = revive(emulator, mounted)
    emulator.api("PATCH", API + "recipes/soup", {"title": {"de": "Anders"}})
    with pytest.raises(OSError) as caught:
        edit(path, retitle("Onion soup"))
    assert caught.value.errno == errno.ESTALE
    assert item(emulator, "recipes", "soup")["data"]["title"] == {"de": "Anders", "en": "Soup"}


def test_the_version_of_what_was_made_is_learnt_by_who_looks_again(emulator, mounted):
    path = revive(emulator, mounted)
    old = json.loads(read(path))
    write(mounted.path(".squidexfs", "refresh"), "recipes\n")
    assert json.loads(read(path))["version"] > 0
    retitle("Onion soup")(old)
    write(path, old)
    assert item(emulator, "recipes", "soup")["data"]["title"]["en"] == "Onion soup"


@pytest.mark.parametrize("delay", ["0", "50ms"])
def test_what_was_made_is_removed(emulator, home, delay):
    with Mount(emulator.url, home, [f"delete_delay={delay}"]) as mount:
        path = revive(emulator, mount)
        os.unlink(path)
        until(lambda: item(emulator, "recipes", "soup")["isDeleted"], 10, "it is deleted")
        assert not os.path.exists(path)
        assert errors(mount) == []


def test_what_was_made_gets_a_status(emulator, mounted):
    revive(emulator, mounted)
    write(mounted.schema("recipes", ".status", "soup"), "Published\n")
    assert item(emulator, "recipes", "soup")["status"] == "Published"


def test_what_somebody_else_has_deleted_is_made_anew_by_the_next_save(emulator, mounted):
    path = mounted.schema("recipes", "demo-draft.json")
    document = json.loads(read(path))
    emulator.api("DELETE", API + "recipes/demo-draft")
    retitle("Mine")(document)
    with pytest.raises(OSError) as caught:
        write(path, document)
    assert caught.value.errno == errno.ENOENT
    assert not os.path.exists(path)
    write(path, document)
    assert item(emulator, "recipes", "demo-draft")["data"]["title"]["en"] == "Mine"
    edit(path, retitle("Mine again"))
    assert item(emulator, "recipes", "demo-draft")["data"]["title"]["en"] == "Mine again"


def test_fsync_has_the_verdict_too(emulator, mounted):
    path = mounted.schema("recipes", "demo-draft.json")
    document = json.loads(read(path))
    document["data"]["servings"] = {"iv": 500}
    with pytest.raises(OSError) as caught:
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(json.dumps(document))
            stream.flush()
            with pytest.raises(OSError) as told:
                os.fsync(stream.fileno())
            assert told.value.errno == errno.EINVAL
            assert changes(emulator) == [("PATCH", "recipes/demo-draft")]
    assert caught.value.errno == errno.EINVAL
    assert item(emulator, "recipes", "demo-draft")["data"]["servings"] == {"iv": 4}


def test_a_version_that_the_mount_has_not_heard_of_is_asked_for(emulator, home):
    """Who got a text from elsewhere, and says of which version it is a change."""
    with Mount(emulator.url, home, ["cache_ttl=1h"]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        document = json.loads(read(path))
        emulator.api("PATCH", "/api/content/foodcrunch/recipes/demo-draft",
                     {"title": {"de": "Anders"}, "servings": {"iv": 9}})
        document["data"]["title"]["de"] = "Anders"
        document["version"] = item(emulator, "recipes", "demo-draft")["version"]
        retitle("Mine")(document)
        emulator.forget()
        write(path, document)
        assert changes(emulator) == [("PATCH", "recipes/demo-draft")]
        after = item(emulator, "recipes", "demo-draft")
        assert after["data"] == document["data"] and after["data"]["servings"] == {"iv": 4}
        assert after["version"] == document["version"] + 1


@pytest.mark.parametrize("key,value", [("created", "2020-01-01T00:00:00Z"), ("id", "another")])
def test_the_version_of_another_server_s_item_means_nothing(emulator, mounted, key, value):
    """A text with the same id, but not of this item: it was created at another time."""
    path = mounted.schema("recipes", "demo-draft.json")
    document = json.loads(read(path))
    retitle("Mine")(document)
    document.update({key: value, "version": 77})
    write(path, document)
    assert changes(emulator) == [("PATCH", "recipes/demo-draft")]
    after = item(emulator, "recipes", "demo-draft")
    assert (after["id"], after["version"]) == ("demo-draft", 1)
    assert after["data"]["title"]["en"] == "Mine"


@pytest.mark.parametrize("permanent", ["", "?permanent=true"])
@pytest.mark.parametrize("status", ["Draft", "Published"])
@pytest.mark.parametrize("conflict", ["refuse", "overwrite"])
def test_no_change_revives_what_is_deleted(emulator, home, permanent, status, conflict):
    """The request that sets data and status together would create the item, were it not there."""
    with Mount(emulator.url, home, ["conflict=" + conflict, "cache_ttl=1h"]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        document = json.loads(read(path))
        emulator.api("DELETE", "/api/content/foodcrunch/recipes/demo-draft" + permanent)
        document["status"] = status
        retitle("Too late")(document)
        emulator.forget()
        with pytest.raises(OSError) as caught:
            write(path, document)
        assert caught.value.errno == errno.ENOENT
        assert "demo-draft" not in [one["id"] for one in emulator.items("foodcrunch", "recipes")]
        assert all(entry["headers"].get("If-Match") for entry in emulator.asked("/api/content/")
                   if entry["method"] in ("PATCH", "POST"))
