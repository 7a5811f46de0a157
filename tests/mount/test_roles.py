"""The same app through clients of different roles."""

import errno
import json
import os
import stat

import pytest

import rendering
from deadline import until
from mount import Mount

RECIPES = ["demo-archived.json", "demo-draft.json", "demo-newdraft.json", "demo-published.json"]


def read(path):
    with open(path, "rb") as stream:
        return stream.read()


def whole_tree(mount, app):
    found = {}
    for schema in os.listdir(mount.apps(app)):
        if schema.startswith("_"):
            continue
        for name in os.listdir(mount.apps(app, schema)):
            found[f"{schema}/{name}"] = read(mount.apps(app, schema, name))
    return found


@pytest.mark.parametrize("app", ["foodcrunch", "bookshelf"])
@pytest.mark.parametrize("client", ["editor", "reader"])
def test_tree_schemas_order_and_bytes_are_the_owner_s(emulator, home, app, client):
    with Mount(emulator.url, home, app=app) as owner:
        expected = whole_tree(owner, app)
        schemas = sorted(os.listdir(owner.apps(app)))
    assert expected
    with Mount(emulator.url, home, app=app, client=client) as mount:
        assert sorted(os.listdir(mount.apps(app))) == schemas
        assert whole_tree(mount, app) == expected


def test_the_order_is_the_schema_s_for_a_client_that_may_not_read_it(emulator, home):
    emulator.forget()
    with Mount(emulator.url, home, app="bookshelf", client="reader") as mount:
        seen = json.loads(read(mount.schema("books", "the-kitchen-door.json")))
        assert list(seen["data"]) == [
            "title", "author", "year", "inPrint", "bought", "printedAt", "sequel", "extra",
            "chapters", "keywords", "binding", "former", "blurb", "pictures", "borrower"]
    refused = [entry for entry in emulator.log() if entry["status"] == 403]
    assert refused == []


@pytest.mark.parametrize("client,mode", [("default", 0o644), ("editor", 0o644),
                                         ("reader", 0o444)])
def test_modes_say_what_the_client_may_do(emulator, home, client, mode):
    with Mount(emulator.url, home, client=client) as mount:
        alone = mount.schema("recipes", "demo-draft.json")
        assert stat.S_IMODE(os.stat(alone).st_mode) == mode
        for entry in os.scandir(mount.schema("recipes")):
            assert stat.S_IMODE(entry.stat().st_mode) == mode, entry.name


def test_schemas_can_be_stated_outright(emulator, home):
    emulator.forget()
    with Mount(emulator.url, home, ["schemas=recipes:authors"], client="reader") as mount:
        shown = [name for name in os.listdir(mount.schema()) if not name.startswith("_")]
        assert sorted(shown) == ["authors", "recipes"]
        assert not os.path.exists(mount.schema("settings"))
        assert sorted(os.listdir(mount.schema("recipes"))) == RECIPES
        expected = rendering.documents(emulator, "foodcrunch", "recipes")
        for name in RECIPES:
            assert json.loads(read(mount.schema("recipes", name))) == json.loads(expected[name])
    assert emulator.count("/api/content/foodcrunch/swagger") == 0


def test_a_schema_stated_that_does_not_exist_is_an_error_when_read(emulator, home):
    with Mount(emulator.url, home, ["schemas=recipes:nothing"]) as mount:
        assert sorted(os.listdir(mount.schema("recipes"))) == RECIPES
        with pytest.raises(OSError) as caught:
            os.listdir(mount.schema("nothing"))
        assert caught.value.errno == errno.EIO
        assert '"status":404' in mount.control("errors").replace(" ", "")


@pytest.mark.parametrize("client", ["default", "editor", "reader"])
def test_a_soft_deleted_item_is_not_there(emulator, home, client):
    with Mount(emulator.url, home, client=client) as mount:
        assert not os.path.exists(mount.schema("recipes", "demo-deleted.json"))
        assert sorted(os.listdir(mount.schema("recipes"))) == RECIPES
        assert not os.path.exists(mount.schema("recipes", "demo-deleted.json"))


def test_an_item_that_is_deleted_while_mounted_goes(emulator, home):
    with Mount(emulator.url, home, ["cache_ttl=1"]) as mount:
        path = mount.schema("recipes", "demo-published.json")
        assert os.path.exists(path)
        emulator.api("DELETE", "/api/content/foodcrunch/recipes/demo-published")
        until(lambda: not os.path.exists(path), 10, "the deleted item goes")


@pytest.mark.parametrize("client", ["default", "reader"])
def test_a_draft_is_shown_and_not_to_the_public(emulator, home, client):
    with Mount(emulator.url, home, client=client) as mount:
        assert json.loads(read(mount.schema("recipes", "demo-draft.json")))["status"] == "Draft"
        newdraft = json.loads(read(mount.schema("recipes", "demo-newdraft.json")))
        assert newdraft["newStatus"] == "Draft" and newdraft["status"] == "Published"
        assert newdraft["data"]["title"]["en"] == "Carrot cake v2"
    with Mount(emulator.url, home, ["published"], client=client) as mount:
        assert not os.path.exists(mount.schema("recipes", "demo-draft.json"))
        newdraft = json.loads(read(mount.schema("recipes", "demo-newdraft.json")))
        assert newdraft["data"]["title"]["en"] == "Carrot cake"


@pytest.mark.parametrize("listed", [False, True], ids=["alone", "listed"])
def test_missing_languages_are_not_filled_in(emulator, home, listed):
    with Mount(emulator.url, home) as mount:
        if listed:
            os.listdir(mount.schema("recipes"))
        seen = json.loads(read(mount.schema("recipes", "demo-published.json")))
        assert seen["data"]["title"] == {"de": "Apple pie (de)", "en": "Apple pie"}


def test_defaults_are_not_filled_in_and_hidden_fields_are_not_there(emulator, home):
    emulator.api("PUT", "/api/content/bookshelf/books/unfinished",
                 {"title": {"en": "Unfinished"}, "author": {"iv": "Ida Morel"}})
    with Mount(emulator.url, home, app="bookshelf") as mount:
        unfinished = json.loads(read(mount.schema("books", "unfinished.json")))
        assert "inPrint" not in unfinished["data"]
        door = json.loads(read(mount.schema("books", "the-kitchen-door.json")))
        assert "shelfMark" not in door["data"]
        assert door["data"]["extra"] == {
            "iv": {"lent": None, "shelf": 3, "weights": [0.5, 1.25]}}
