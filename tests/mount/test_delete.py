"""rm: gone at once here, deleted a little later there, in bulk; and the item that comes back."""

import difflib
import errno
import json
import os
import shutil
import signal
import subprocess
import threading

import pytest

from deadline import until
from emulator import EDITABLE
from mount import Mount
from saving import changes, errors, item, read, write

API = "/api/content/foodcrunch/"

# Long enough for every test to be over before it has passed; and hardly any.
LATE = "delete_delay=1h"
SOON = "delete_delay=50ms"


def is_deleted(emulator, schema, id):
    return item(emulator, schema, id)["isDeleted"]


def retitled(text, title):
    document = json.loads(text)
    document["data"]["title"]["en"] = title
    return json.dumps(document)


def pending(mount):
    return json.loads(mount.control("status"))["apps"][0]["pending_deletes"]


def refer(emulator, id):
    """From a published recipe to another one, so that the server knows of it."""
    emulator.api("PATCH", API + "recipes/demo-published", {"related": {"iv": [id]}})
    emulator.forget()


def errno_of(action, *arguments):
    with pytest.raises(OSError) as caught:
        action(*arguments)
    return caught.value.errno


def test_rm_hides_at_once_and_deletes_later(emulator, home):
    with Mount(emulator.url, home, [LATE]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        os.listdir(mount.schema("recipes"))
        version = json.loads(read(path))["version"]
        emulator.forget()
        os.unlink(path)
        assert not os.path.exists(path)
        assert "demo-draft.json" not in os.listdir(mount.schema("recipes"))
        assert errno_of(os.unlink, path) == errno.ENOENT
        assert subprocess.run(["grep", "-rl", "Bread soup", mount.schema("recipes")],
                              capture_output=True, check=False).stdout == b""
        assert pending(mount) == 1
        assert 'squidexfs_pending_deletes{app="foodcrunch"} 1\n' in mount.control("metrics")
        assert changes(emulator) == []
        assert not is_deleted(emulator, "recipes", "demo-draft")
    assert changes(emulator) == [("DELETE", "recipes/demo-draft?checkReferrers=true")]
    sent = emulator.asked(API + "recipes/demo-draft?check")[0]
    assert sent["headers"]["If-Match"] == f'"{version}"'
    assert is_deleted(emulator, "recipes", "demo-draft")


@pytest.mark.parametrize("by", [0, 1])
@pytest.mark.parametrize("end", ["removed", "moved away"])
def test_an_item_goes_by_every_spelling_of_its_name(emulator, home, end, by):
    with Mount(emulator.url, home, [LATE]) as mount:
        names = [mount.schema("recipes", name)
                 for name in ("demo-draft.json", "%64emo-draft.json", "demo%2ddraft.json")]
        assert len({os.stat(name).st_ino for name in names}) == 1
        if end == "removed":
            os.unlink(names[by])
        else:
            os.rename(names[by], mount.schema("recipes", "t"))
        until(lambda: not any(os.path.exists(name) for name in names), 10, "none is there")


def test_the_server_hears_of_it_after_the_delay(emulator, home):
    with Mount(emulator.url, home, [SOON]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        os.unlink(path)
        until(lambda: pending(mount) == 0, 10, "the item is deleted")
        assert is_deleted(emulator, "recipes", "demo-draft")
        assert not os.path.exists(path)
        assert errors(mount) == []


def test_who_has_it_open_goes_on(emulator, home):
    with Mount(emulator.url, home, [LATE]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        text = read(path)
        with open(path, encoding="utf-8") as reader, open(path, "r+", encoding="utf-8") as writer:
            os.unlink(path)
            assert reader.read() == text
            writer.write("what nobody will read")
            writer.flush()
            os.fsync(writer.fileno())
            assert os.fstat(writer.fileno()).st_size == len(text.encode())
        assert changes(emulator) == []
        assert errors(mount) == []
    assert [change[0] for change in changes(emulator)] == ["DELETE"]


def test_a_thousand_are_a_handful_of_requests(thousand, home):
    """Some refer to others, which the server deletes when those are gone."""
    with Mount(thousand.url, home) as mount:
        directory = mount.schema("recipes")
        assert len(os.listdir(directory)) == 1000
        thousand.forget()
        assert subprocess.run(["rm", "-r", directory], check=False,
                              capture_output=True).returncode == 1
        assert os.listdir(directory) == []
        until(lambda: pending(mount) == 0, 30, "all are deleted")
        assert errors(mount) == []
        asked = changes(thousand)
        assert asked.count(("POST", "recipes/bulk")) <= 10
        assert len(asked) <= 20
        assert os.listdir(directory) == []
        assert b"it is there again" not in mount.output()
    assert thousand.items("foodcrunch", "recipes") == []


def test_a_few_are_requests_of_their_own(emulator, home):
    with Mount(emulator.url, home, [LATE, "delete=plain"]) as mount:
        for name in os.listdir(mount.schema("recipes")):
            os.unlink(mount.schema("recipes", name))
    assert sorted(changes(emulator)) == [
        ("DELETE", f"recipes/demo-{name}") for name in ("archived", "draft", "newdraft",
                                                        "published")]


def test_created_again_it_is_changed(emulator, home):
    refer(emulator, "demo-newdraft")
    with Mount(emulator.url, home, [LATE]) as mount:
        path = mount.schema("recipes", "demo-newdraft.json")
        before = item(emulator, "recipes", "demo-newdraft")
        text = read(path)
        os.unlink(path)
        write(path, retitled(text, "Leek soup"))
        assert pending(mount) == 0
        assert json.loads(read(path))["data"]["title"]["en"] == "Leek soup"
        assert os.listdir(mount.schema("recipes")).count("demo-newdraft.json") == 1
    assert changes(emulator) == [("PATCH", "recipes/demo-newdraft")]
    after = item(emulator, "recipes", "demo-newdraft")
    assert after["data"]["title"]["en"] == "Leek soup"
    assert after["version"] == before["version"] + 1
    assert (after["created"], after["status"]) == (before["created"], before["status"])
    found = emulator.api("GET", API + "recipes/demo-newdraft/referencing", headers=EDITABLE)
    assert [one["id"] for one in found["items"]] == ["demo-published"]


def test_created_again_with_the_same_text_nothing_is_sent(emulator, home):
    with Mount(emulator.url, home, [LATE]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        text = read(path)
        os.unlink(path)
        write(path, text)
        assert read(path) == text
        assert os.listdir(mount.schema("recipes")).count("demo-draft.json") == 1
    assert changes(emulator) == []
    assert not is_deleted(emulator, "recipes", "demo-draft")


def test_mv_from_another_file_system_is_a_change(emulator, home):
    with Mount(emulator.url, home, [LATE]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        other = home.file("x.json", retitled(read(path), "Leek soup"))
        subprocess.run(["mv", other, path], check=True)
        assert json.loads(read(path))["data"]["title"]["en"] == "Leek soup"
    assert changes(emulator) == [("PATCH", "recipes/demo-draft")]


def test_a_scratch_file_that_takes_the_removed_name_is_a_change(emulator, home):
    with Mount(emulator.url, home, [LATE]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        scratch = mount.schema("recipes", "x.tmp")
        write(scratch, retitled(read(path), "Leek soup"))
        os.unlink(path)
        os.rename(scratch, path)
        assert json.loads(read(path))["data"]["title"]["en"] == "Leek soup"
        assert pending(mount) == 0
    assert changes(emulator) == [("PATCH", "recipes/demo-draft")]


def test_git_apply_is_a_change(emulator, home):
    with Mount(emulator.url, home, [LATE]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        text = read(path)
        lines = [each.splitlines(keepends=True)
                 for each in (text, text.replace('"Bread soup"', '"Leek soup"'))]
        patch = "".join(difflib.unified_diff(*lines, "a/demo-draft.json", "b/demo-draft.json"))
        subprocess.run(["git", "apply", "-"], input=patch.encode(), check=True,
                       cwd=mount.schema("recipes"), env=home.environment())
        assert json.loads(read(path))["data"]["title"]["en"] == "Leek soup"
    assert changes(emulator) == [("PATCH", "recipes/demo-draft")]


def test_what_was_made_and_changed_here_is_deleted(emulator, home):
    with Mount(emulator.url, home, [SOON, "cache_ttl=1h"]) as mount:
        edited = mount.schema("recipes", "demo-draft.json")
        write(edited, retitled(read(edited), "Leek soup"))
        made = mount.schema("recipes", "made.json")
        write(made, '{"data": {"title": {"en": "Made"}}}')
        for path in (edited, made):
            os.unlink(path)
        until(lambda: pending(mount) == 0, 10, "both are deleted")
        write(made, '{"data": {"title": {"en": "Made again"}}}')
        write(made, retitled(read(made), "Made once more"))
        os.unlink(made)
        until(lambda: pending(mount) == 0, 10, "it is deleted again")
        assert not os.path.exists(made)
        assert errors(mount) == []
    assert is_deleted(emulator, "recipes", "demo-draft")
    assert is_deleted(emulator, "recipes", "made")


def test_ids_that_no_path_can_hold_or_no_name(emulator, home):
    ids = ["a/b", "x" * 252]
    emulator.create_many("foodcrunch", "recipes", {id: {"title": {"en": "T"}} for id in ids})
    emulator.forget()
    with Mount(emulator.url, home, [LATE]) as mount:
        directory = mount.schema("recipes")
        for name in os.listdir(directory):
            if not name.startswith("demo"):
                os.unlink(os.path.join(directory, name))
        assert len(os.listdir(directory)) == 4
        assert pending(mount) == 2
    assert len(changes(emulator)) == 2
    assert len(emulator.items("foodcrunch", "recipes")) == 4


def test_created_without_a_text_and_removed_it_is_deleted(emulator, home):
    with Mount(emulator.url, home, [LATE]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        os.unlink(path)
        write(path, "")
        assert os.path.getsize(path) == 0
        assert os.listdir(mount.schema("recipes")).count("demo-draft.json") == 1
        assert pending(mount) == 0
        os.unlink(path)
        assert not os.path.exists(path)
        assert pending(mount) == 1
    assert changes(emulator) == [("DELETE", "recipes/demo-draft?checkReferrers=true")]


def test_created_without_a_text_and_left_it_is_there(emulator, home):
    with Mount(emulator.url, home, [LATE]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        os.unlink(path)
        write(path, "")
    assert changes(emulator) == []
    assert not is_deleted(emulator, "recipes", "demo-draft")


def test_created_again_with_a_refused_text_it_is_as_before(emulator, home):
    with Mount(emulator.url, home, [LATE]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        text = read(path)
        os.unlink(path)
        assert errno_of(write, path, "{ oops") == errno.EINVAL
        assert read(path) == text
        assert os.listdir(mount.schema("recipes")).count("demo-draft.json") == 1
        assert pending(mount) == 0
    assert changes(emulator) == []


def test_what_is_referred_to_comes_back(emulator, home):
    refer(emulator, "demo-draft")
    with Mount(emulator.url, home, [SOON]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        os.unlink(path)
        until(lambda: os.path.exists(path), 10, "it is there again")
        assert "demo-draft.json" in os.listdir(mount.schema("recipes"))
        assert json.loads(read(path))["id"] == "demo-draft"
        told = until(lambda: errors(mount), 5, "the reason is told")
        assert [(one["path"], one["operation"], one["errno"]) for one in told] == [
            ("/apps/foodcrunch/recipes/demo-draft.json", "remove", "EBUSY")]
        assert pending(mount) == 0
        assert b"it is there again" in mount.output()
    assert len(changes(emulator)) == 1


def test_what_somebody_has_changed_meanwhile_comes_back(emulator, home):
    with Mount(emulator.url, home, [SOON, "cache_ttl=1h"]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        read(path)
        emulator.api("PATCH", API + "recipes/demo-draft", {"title": {"de": "Anders"}})
        os.unlink(path)
        until(lambda: os.path.exists(path), 10, "it is there again")
        assert json.loads(read(path))["data"]["title"]["de"] == "Anders"
        assert [one["errno"] for one in errors(mount)] == ["ESTALE"]
    assert not is_deleted(emulator, "recipes", "demo-draft")


def test_of_many_only_the_refused_come_back(emulator, home):
    emulator.create_many("foodcrunch", "recipes",
                         {f"r{i}": {"title": {"en": f"R{i}"}} for i in range(8)})
    refer(emulator, "r3")
    with Mount(emulator.url, home, [SOON]) as mount:
        for i in range(8):
            os.unlink(mount.schema("recipes", f"r{i}.json"))
        until(lambda: pending(mount) == 0, 10, "the server has answered")
        names = [name for name in os.listdir(mount.schema("recipes")) if name.startswith("r")]
        assert names == ["r3.json"]
        assert [one["path"] for one in errors(mount)] == ["/apps/foodcrunch/recipes/r3.json"]


@pytest.mark.parametrize("mode,query", [("plain", ""), ("permanent", "?permanent=true")])
def test_what_the_option_says_is_asked_for(emulator, home, mode, query):
    refer(emulator, "demo-draft")
    with Mount(emulator.url, home, [LATE, "delete=" + mode]) as mount:
        os.unlink(mount.schema("recipes", "demo-draft.json"))
    assert changes(emulator) == [("DELETE", "recipes/demo-draft" + query)]


def test_nothing_is_deleted_where_it_must_not_be(emulator, home):
    with Mount(emulator.url, home, ["delete=off"]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        assert errno_of(os.unlink, path) == errno.EPERM
        assert os.path.exists(path)
    with Mount(emulator.url, home, ["published"]) as mount:
        path = mount.schema("recipes", "demo-published.json")
        assert errno_of(os.unlink, path) == errno.EROFS
    with Mount(emulator.url, home, ["ro"]) as mount:
        path = mount.schema("recipes", "demo-published.json")
        assert errno_of(os.unlink, path) == errno.EROFS
    with Mount(emulator.url, home, client="reader") as mount:
        path = mount.schema("recipes", "demo-published.json")
        assert errno_of(os.unlink, path) == errno.EACCES
        assert os.path.exists(path)
    with Mount(emulator.url, home) as mount:
        [name] = os.listdir(mount.schema("settings"))
        assert errno_of(os.unlink, mount.schema("settings", name)) == errno.EPERM
        assert os.listdir(mount.schema("settings")) == [name]
        assert errno_of(os.unlink, mount.schema("recipes", "no-such.json")) == errno.ENOENT
    assert changes(emulator) == []


def test_without_a_delay_rm_waits_for_the_verdict(emulator, home):
    refer(emulator, "demo-draft")
    with Mount(emulator.url, home, ["delete_delay=0"]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        assert errno_of(os.unlink, path) == errno.EBUSY
        assert os.path.exists(path)
        other = mount.schema("recipes", "demo-newdraft.json")
        os.unlink(other)
        assert not os.path.exists(other)
        assert is_deleted(emulator, "recipes", "demo-newdraft")
        assert pending(mount) == 0


def test_without_a_delay_a_new_one_goes_on_counting(emulator, home):
    with Mount(emulator.url, home, ["delete_delay=0", "cache_ttl=1h"]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        os.unlink(path)
        write(path, '{"data": {"title": {"en": "Leek soup"}}}')
        first = item(emulator, "recipes", "demo-draft")["version"]
        assert first > 1
        text = read(path)
        assert json.loads(text)["version"] == first
        write(path, retitled(text, "Kale soup"))
        assert item(emulator, "recipes", "demo-draft")["data"]["title"]["en"] == "Kale soup"
        assert errors(mount) == []
    assert [change[0] for change in changes(emulator)] == ["DELETE", "POST", "PATCH"]


def test_a_killed_mount_s_deletion_is_the_next_one_s(emulator, home):
    mount = Mount(emulator.url, home, [LATE]).start()
    os.unlink(mount.schema("recipes", "demo-draft.json"))
    os.unlink(mount.schema("recipes", "demo-newdraft.json"))
    write(mount.schema("recipes", "demo-newdraft.json"), "")
    mount.kill()
    mount.abandon()
    assert changes(emulator) == []
    with Mount(emulator.url, home, [LATE]) as mount:
        assert not os.path.exists(mount.schema("recipes", "demo-draft.json"))
        assert os.path.exists(mount.schema("recipes", "demo-newdraft.json"))
        until(lambda: pending(mount) == 0, 10, "the deletion is carried out")
    assert changes(emulator) == [("DELETE", "recipes/demo-draft?checkReferrers=true")]
    with Mount(emulator.url, home, [LATE]) as mount:
        assert pending(mount) == 0
    assert len(changes(emulator)) == 1


def test_a_signal_is_an_unmount(emulator, home):
    with Mount(emulator.url, home, [LATE]) as mount:
        os.unlink(mount.schema("recipes", "demo-draft.json"))
        mount.signal(signal.SIGTERM)
        mount.wait()
    assert is_deleted(emulator, "recipes", "demo-draft")


def test_a_second_signal_does_not_cut_off_what_the_first_one_began(emulator, home):
    with Mount(emulator.url, home, [LATE]) as mount:
        os.unlink(mount.schema("recipes", "demo-draft.json"))
        emulator.fault("DELETE", API + "recipes", delayMs=1000)
        mount.signal(signal.SIGTERM)
        until(lambda: emulator.pending() == 1, 10, "the deletion is under way")
        mount.signal(signal.SIGTERM)
        mount.signal(signal.SIGINT)
        assert mount.wait() == 0
    assert is_deleted(emulator, "recipes", "demo-draft")


def test_while_the_server_is_away_it_waits(emulator, home):
    with Mount(emulator.url, home, [SOON]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        read(path)
        emulator.stop()
        try:
            os.unlink(path)
            until(lambda: b"still to be deleted" in mount.output(), 20, "it was tried in vain")
            assert pending(mount) == 1
            assert not os.path.exists(path)
        finally:
            emulator.start()
        until(lambda: pending(mount) == 0, 30, "it is deleted when the server is back")
    assert is_deleted(emulator, "recipes", "demo-draft")


def test_unmounted_while_the_server_is_away_it_is_the_next_mount_s(emulator, home):
    with Mount(emulator.url, home, [LATE]) as mount:
        os.unlink(mount.schema("recipes", "demo-draft.json"))
        emulator.stop()
        try:
            mount.unmount()
            mount.wait(40)
        finally:
            emulator.start()
        assert b"the next mount does it" in mount.output()
    with Mount(emulator.url, home, [LATE]) as mount:
        assert not os.path.exists(mount.schema("recipes", "demo-draft.json"))
        until(lambda: pending(mount) == 0, 10, "the deletion is carried out")
    assert is_deleted(emulator, "recipes", "demo-draft")


def test_a_lost_answer_is_not_sent_again_blindly(emulator, home):
    with Mount(emulator.url, home, [SOON]) as mount:
        emulator.fault("DELETE", API, closeAfterBytes=0)
        os.unlink(mount.schema("recipes", "demo-draft.json"))
        until(lambda: pending(mount) == 0, 20, "it is known what became of it")
        assert not os.path.exists(mount.schema("recipes", "demo-draft.json"))
        assert errors(mount) == []
    assert [change[0] for change in changes(emulator)] == ["DELETE"]


def test_what_the_server_did_not_do_is_sent_once_more(emulator, home):
    with Mount(emulator.url, home, [SOON]) as mount:
        emulator.fault("DELETE", API, status=500)
        os.unlink(mount.schema("recipes", "demo-draft.json"))
        until(lambda: pending(mount) == 0, 20, "it is deleted")
        assert errors(mount) == []
    assert [change[0] for change in changes(emulator)] == ["DELETE", "DELETE"]
    assert is_deleted(emulator, "recipes", "demo-draft")


def test_what_the_server_does_not_do_twice_comes_back(emulator, home):
    with Mount(emulator.url, home, [SOON]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        emulator.fault("DELETE", API, status=500, count=-1)
        os.unlink(path)
        until(lambda: os.path.exists(path), 20, "it is there again")
        assert [one["errno"] for one in errors(mount)] == ["EIO"]
        emulator.clear_faults()
    assert [change[0] for change in changes(emulator)] == ["DELETE", "DELETE"]


def test_what_is_gone_already_is_gone(emulator, home):
    with Mount(emulator.url, home, [SOON, "cache_ttl=1h"]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        read(path)
        emulator.api("DELETE", API + "recipes/demo-draft")
        os.unlink(path)
        until(lambda: pending(mount) == 0, 10, "the server has answered")
        assert not os.path.exists(path)
        assert errors(mount) == []


def test_the_directory_itself_stays(emulator, home):
    with Mount(emulator.url, home, [LATE, "delete=plain"]) as mount:
        with pytest.raises(OSError):
            shutil.rmtree(mount.schema("authors"))
        assert os.listdir(mount.schema("authors")) == []
    assert emulator.items("foodcrunch", "authors") == []


def test_a_new_item_that_is_removed_while_it_is_saved_is_deleted(emulator, home):
    with Mount(emulator.url, home, [SOON]) as mount:
        path = mount.schema("recipes", "soup.json")
        emulator.fault(method="POST", path="/api/content/foodcrunch/recipes", delayMs=500)
        writer = threading.Thread(
            target=write, args=(path, '{"data": {"title": {"en": "Soup"}}}'))
        writer.start()
        until(lambda: emulator.pending() == 1, 5, "the new item is on its way")
        os.unlink(path)
        writer.join()
        assert not os.path.exists(path)
        until(lambda: is_deleted(emulator, "recipes", "soup"), 5, "it is deleted")
