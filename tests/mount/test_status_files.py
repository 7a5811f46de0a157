"""What is set of an item, as a file: .status/<id>."""

import errno
import os
import stat

import pytest

from mount import Mount
from saving import changes, edit, errors, item, read, retitle, write

DUE = "2027-01-01T08:00:00Z"


def status(mount, id):
    return mount.schema("recipes", ".status", id)


def test_it_is_reached_by_name_and_not_listed(mounted):
    directory = mounted.schema("recipes", ".status")
    assert ".status" not in os.listdir(mounted.schema("recipes"))
    assert stat.S_ISDIR(os.stat(directory).st_mode)
    ids = sorted(name[:-len(".json")] for name in os.listdir(mounted.schema("recipes")))
    assert sorted(os.listdir(directory)) == ids
    for entry in os.scandir(directory):
        assert entry.inode() == entry.stat().st_ino
        assert entry.stat().st_ino != os.stat(mounted.schema("recipes", entry.name + ".json")).st_ino
    assert not os.path.exists(status(mounted, "nobody"))


def test_what_is_here_alone_has_no_status(mounted):
    before = sorted(os.listdir(mounted.schema("recipes", ".status")))
    for name in ("soup.json", "demo-draft.json~", ".demo-draft.json.swp"):
        write(mounted.schema("recipes", name), "")
    assert sorted(os.listdir(mounted.schema("recipes", ".status"))) == before
    assert not os.path.exists(status(mounted, "soup"))
    for refuse in (os.unlink, lambda path: os.rename(path, path + "~"),
                   lambda path: write(path + "2", "x")):
        with pytest.raises(OSError):
            refuse(status(mounted, "demo-draft"))
    assert read(status(mounted, "demo-draft")) == "Draft\n"


def test_looking_at_all_of_them_costs_nothing_beside_the_listing(emulator, mounted):
    os.listdir(mounted.schema("recipes"))
    emulator.forget()
    for entry in os.scandir(mounted.schema("recipes", ".status")):
        entry.stat()
    assert emulator.total() == 0


@pytest.mark.parametrize("id,text", [
    ("demo-draft", "Draft\n"), ("demo-published", "Published\n"),
    ("demo-archived", "Archived\n"), ("demo-newdraft", "Published\n+draft Draft\n")])
def test_what_is_set_is_read(mounted, id, text):
    path = status(mounted, id)
    assert read(path) == text
    assert os.stat(path).st_size == len(text)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o644


# Item; what is written one after the other; what is sent; what is read then.
ORDERS = {
    "a status": ("demo-draft", ["Published\n"],
                 [("PUT", "recipes/demo-draft/status")], "Published\n"),
    "the status that it has": ("demo-draft", ["Draft\n", "  Draft  "], [], "Draft\n"),
    "a status at a moment": ("demo-published", [f"Archived {DUE}\n"],
                             [("PUT", "recipes/demo-published/status")],
                             f"Published\nArchived {DUE}\n"),
    "a schedule and none": ("demo-published", [f"Archived {DUE}", "-schedule"],
                            [("PUT", "recipes/demo-published/status"),
                             ("DELETE", "recipes/demo-published/status")], "Published\n"),
    "a draft": ("demo-published", ["+draft\n"],
                [("POST", "recipes/demo-published/draft")], "Published\n+draft Draft\n"),
    "a draft as it is read": ("demo-published", ["+draft Draft\n"],
                              [("POST", "recipes/demo-published/draft")],
                              "Published\n+draft Draft\n"),
    "a draft and none": ("demo-published", ["+draft\n", "-draft\n"],
                         [("POST", "recipes/demo-published/draft"),
                          ("DELETE", "recipes/demo-published/draft")], "Published\n"),
    "a draft goes live": ("demo-newdraft", ["Published\n"],
                          [("PUT", "recipes/demo-newdraft/status")], "Published\n"),
    "there and back": ("demo-draft", ["Published", "Draft"],
                       [("PUT", "recipes/demo-draft/status")] * 2, "Draft\n"),
}


@pytest.mark.parametrize("what", ORDERS)
def test_an_order_is_one_request(emulator, mounted, what):
    id, orders, sent, text = ORDERS[what]
    path = mounted.schema("recipes", id + ".json")
    read(path)
    emulator.forget()
    for order in orders:
        write(status(mounted, id), order)
    assert changes(emulator) == sent
    assert emulator.count("/api/content/") == len(sent)
    for entry in emulator.asked("/api/content/"):
        assert entry["headers"]["If-Match"].strip('"').isdigit()
    assert read(status(mounted, id)) == text
    stored = item(emulator, "recipes", id)
    emulator.forget()
    assert f'"version": {stored["version"]},' in read(path)
    assert f'"status": "{stored["status"]}",' in read(path)
    assert emulator.total() == 0


@pytest.mark.parametrize("id,order,words", [
    ("demo-draft", "Nope", "Cannot change status from Draft to Nope"),
    ("demo-draft", "Published tomorrow", "Published tomorrow"),
    ("demo-draft", "+draft", "You can only create a new version when the content is published"),
    ("demo-published", "-draft", "HTTP 400"),
    ("demo-draft", "+everything", "is none of"),
    ("demo-draft", "Draft\nPublished\n", "one line is wanted"),
    ("demo-draft", "\n", "one line is wanted"),
    ("demo-draft", "x" * 2000, "one line is wanted"),
])
def test_what_cannot_be_set(emulator, mounted, id, order, words):
    before = item(emulator, "recipes", id)
    with pytest.raises(OSError) as caught:
        write(status(mounted, id), order)
    assert caught.value.errno == errno.EINVAL
    told = errors(mounted)[-1]
    assert words in told["message"]
    assert told["path"] == f"/apps/foodcrunch/recipes/.status/{id}"
    assert item(emulator, "recipes", id) == before


def test_somebody_elses_change_is_seen_first(emulator, home):
    with Mount(emulator.url, home, ["cache_ttl=1h"]) as mount:
        read(mount.schema("recipes", "demo-draft.json"))
        emulator.api("PATCH", "/api/content/foodcrunch/recipes/demo-draft",
                     {"title": {"en": "Theirs"}})
        with pytest.raises(OSError) as caught:
            write(status(mount, "demo-draft"), "Published\n")
        assert caught.value.errno == errno.ESTALE
        assert item(emulator, "recipes", "demo-draft")["status"] == "Draft"
        assert read(status(mount, "demo-draft")) == "Draft\n"
        assert "Theirs" in read(mount.schema("recipes", "demo-draft.json"))
        write(status(mount, "demo-draft"), "Published\n")
        assert item(emulator, "recipes", "demo-draft")["status"] == "Published"


def test_an_open_document_is_no_conflict_with_it(emulator, mounted):
    """Who edits, publishes by the status and saves again has made all versions here."""
    path = mounted.schema("recipes", "demo-draft.json")

    def change(document):
        write(status(mounted, "demo-draft"), "Published\n")
        document["status"] = "Published"
        retitle("After it")(document)

    edit(path, change)
    stored = item(emulator, "recipes", "demo-draft")
    assert (stored["status"], stored["data"]["title"]["en"]) == ("Published", "After it")


def test_who_may_not_write_it(emulator, their_home, account):
    with Mount(emulator.url, their_home, client="reader") as mount:
        path = status(mount, "demo-draft")
        assert account.run(["cat", path]).stdout == b"Draft\n"
        text = their_home.file("text", "Published\n")
        done = account.run(["cp", text, path], check=False)
        assert done.returncode != 0 and b"ermission denied" in done.stderr
        assert item(emulator, "recipes", "demo-draft")["status"] == "Draft"


@pytest.mark.parametrize("options", [["published"], ["ro"]], ids=" ".join)
def test_where_nothing_can_be_written(emulator, home, options):
    with Mount(emulator.url, home, options) as mount:
        path = status(mount, "demo-published")
        assert read(path) == "Published\n"
        with pytest.raises(OSError) as caught:
            write(path, "Draft\n")
        assert caught.value.errno in (errno.EROFS, errno.EACCES)
        assert changes(emulator) == []
