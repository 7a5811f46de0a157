"""Status, drafts and the options that say how a save is made."""

import errno
import json

import pytest

from mount import Mount
from saving import changes, edit, errors, item, kept, read, retitle, write

PUBLIC = {"X-NoResolveLanguages": "1", "X-NoDefaults": "1"}


def status_of(emulator, id):
    """(status, newStatus or None) as an editor sees them."""
    found = item(emulator, "recipes", id)
    return found["status"], found.get("newStatus")


def published(emulator, id):
    """The title that the public sees."""
    found = emulator.api("GET", f"/api/content/foodcrunch/recipes/{id}", headers=PUBLIC)
    return found["data"]["title"]["en"]


def with_status(status, change=None):
    def apply(document):
        document["status"] = status
        if change:
            change(document)
    return apply


def with_new_status(status, change=None):
    def apply(document):
        document["newStatus"] = status
        if change:
            change(document)
    return apply


# Item; change of the document; what is sent; (status, newStatus) then.
CHANGES = {
    "a status alone": (
        "demo-draft", with_status("Published"),
        [("PUT", "recipes/demo-draft/status")], ("Published", None)),
    "data and a status": (
        "demo-draft", with_status("Published", retitle("New")),
        [("POST", "recipes/demo-draft?patch=true&status=Published")], ("Published", None)),
    "data and the status as it was": (
        "demo-draft", with_status("Draft", retitle("New")),
        [("PATCH", "recipes/demo-draft")], ("Draft", None)),
    "what is published, live": (
        "demo-published", retitle("New"),
        [("PATCH", "recipes/demo-published")], ("Published", None)),
    "taken from the public": (
        "demo-published", with_status("Draft"),
        [("PUT", "recipes/demo-published/status")], ("Draft", None)),
    "the data of a draft": (
        "demo-newdraft", retitle("New"),
        [("PATCH", "recipes/demo-newdraft")], ("Published", "Draft")),
    "a draft goes live": (
        "demo-newdraft", with_new_status("Published"),
        [("PUT", "recipes/demo-newdraft/status")], ("Published", None)),
    "a changed draft goes live": (
        "demo-newdraft", with_new_status("Published", retitle("New")),
        [("POST", "recipes/demo-newdraft?patch=true&status=Published")], ("Published", None)),
    "a new status where there is no draft is the server's": (
        "demo-draft", with_new_status("Published"), [], ("Draft", None)),
    "keys of the server": (
        "demo-draft", lambda document: document.update(createdBy="me", schemaName="x"),
        [], ("Draft", None)),
    "a status taken out": (
        "demo-draft", lambda document: document.pop("status"), [], ("Draft", None)),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_status_in_the_document(emulator, mounted, what):
    id, change, sent, status = CHANGES[what]
    path = mounted.schema("recipes", id + ".json")
    version = item(emulator, "recipes", id)["version"]
    emulator.forget()
    document = edit(path, change)
    assert changes(emulator) == sent
    for entry in emulator.asked("/api/content/foodcrunch/recipes/"):
        if entry["method"] != "GET":
            assert entry["headers"]["If-Match"] == f'"{version}"'
    assert status_of(emulator, id) == status
    stored = item(emulator, "recipes", id)
    assert stored["data"] == document["data"]
    seen = json.loads(read(path))
    assert (seen["status"], seen.get("newStatus"), seen["version"]) == (*status, stored["version"])


def test_two_statuses_at_once_are_refused(emulator, home, mounted):
    path = mounted.schema("recipes", "demo-newdraft.json")
    with pytest.raises(OSError) as caught:
        edit(path, lambda document: document.update(status="Archived", newStatus="Published"))
    assert caught.value.errno == errno.EINVAL
    assert "both changed" in errors(mounted)[0]["message"]
    assert changes(emulator) == []
    assert "Archived" in kept(home)["recipes/demo-newdraft.json"]


@pytest.mark.parametrize("options,document,status", [
    ([], {}, "Draft"),
    ([], {"status": "Published"}, "Published"),
    (["create_status=Published"], {}, "Published"),
    (["create_status=Published"], {"status": "Draft"}, "Draft"),
], ids=str)
def test_the_status_of_a_new_item(emulator, home, options, document, status):
    with Mount(emulator.url, home, options) as mount:
        write(mount.schema("recipes", "soup.json"),
              dict(document, data={"title": {"en": "Soup"}}))
        assert len(changes(emulator)) == 1
        assert status_of(emulator, "soup") == (status, None)


def test_editing_drafts_changes_nothing_that_is_live(emulator, home):
    with Mount(emulator.url, home, ["edit=draft"]) as mount:
        path = mount.schema("recipes", "demo-published.json")
        live = published(emulator, "demo-published")
        edit(path, retitle("First"))
        assert changes(emulator) == [("POST", "recipes/demo-published/draft"),
                                     ("PATCH", "recipes/demo-published")]
        assert published(emulator, "demo-published") == live
        seen = json.loads(read(path))
        assert (seen["status"], seen["newStatus"]) == ("Published", "Draft")

        emulator.forget()
        edit(path, retitle("Second"))
        assert changes(emulator) == [("PATCH", "recipes/demo-published")]
        assert published(emulator, "demo-published") == live

        edit(path, with_new_status("Published"))
        assert published(emulator, "demo-published") == "Second"
        assert status_of(emulator, "demo-published") == ("Published", None)

        emulator.forget()
        edit(mount.schema("recipes", "demo-draft.json"), retitle("Not live anyway"))
        assert changes(emulator) == [("PATCH", "recipes/demo-draft")]


def test_a_draft_that_cannot_be_opened_is_a_refused_save(emulator, home):
    with Mount(emulator.url, home, ["edit=draft"]) as mount:
        path = mount.schema("recipes", "demo-published.json")
        before = item(emulator, "recipes", "demo-published")
        emulator.fault("POST", "/api/content/foodcrunch/recipes/demo-published/draft", status=403)
        with pytest.raises(OSError) as caught:
            edit(path, retitle("First"))
        assert caught.value.errno == errno.EACCES
        assert "no draft could be opened" in errors(mount)[0]["message"]
        assert item(emulator, "recipes", "demo-published") == before
        assert "First" in kept(home)["recipes/demo-published.json"]


def test_a_refused_change_leaves_what_is_live_as_it_was(emulator, home):
    """The draft that was opened for it stays, as the server has no way to do both as one."""
    with Mount(emulator.url, home, ["edit=draft"]) as mount:
        path = mount.schema("recipes", "demo-published.json")
        live = published(emulator, "demo-published")
        with pytest.raises(OSError) as caught:
            edit(path, lambda document: document["data"].update(servings={"iv": 500}))
        assert caught.value.errno == errno.EINVAL
        assert published(emulator, "demo-published") == live
        assert json.loads(read(path))["newStatus"] == "Draft"
        edit(path, retitle("Mended"))
        assert published(emulator, "demo-published") == live
        assert item(emulator, "recipes", "demo-published")["data"]["title"]["en"] == "Mended"


@pytest.mark.parametrize("change,sent", [
    (retitle("New"), ("PUT", "recipes/demo-draft")),
    (with_status("Published", retitle("New")), ("POST", "recipes/demo-draft?status=Published")),
    (with_status("Published"), ("PUT", "recipes/demo-draft/status")),
])
def test_everything_is_put_on_request(emulator, home, change, sent):
    with Mount(emulator.url, home, ["update=put"]) as mount:
        document = edit(mount.schema("recipes", "demo-draft.json"), change)
        assert changes(emulator) == [sent]
        assert item(emulator, "recipes", "demo-draft")["data"] == document["data"]


def test_the_later_one_wins_where_that_is_asked_for(emulator, home):
    with Mount(emulator.url, home, ["conflict=overwrite", "cache_ttl=1h"]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        document = json.loads(read(path))
        for title in ("Theirs", "Theirs again"):
            emulator.api("PATCH", "/api/content/foodcrunch/recipes/demo-draft",
                         {"title": {"en": title}})
        retitle("Mine")(document)
        write(path, document)
        assert item(emulator, "recipes", "demo-draft")["data"]["title"]["en"] == "Mine"
        assert kept(home) == {}


@pytest.mark.parametrize("order,result", [
    ({"servings": {"iv": {"$unset": True}}}, None),
    ({"servings": {"iv": {"$update": "$self + 3"}}}, "sent"),
])
def test_orders_are_sent_where_that_is_permitted(emulator, home, order, result):
    with Mount(emulator.url, home, ["allow_expressions"]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        try:
            edit(path, lambda document: document["data"].update(order))
        except OSError as error:
            assert result and error.errno == errno.EINVAL
        assert changes(emulator) == [("PATCH", "recipes/demo-draft")]
        if result is None:
            stored = item(emulator, "recipes", "demo-draft")["data"]
            assert not stored.get("servings")
