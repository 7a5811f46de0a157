"""
What a save must not touch: a field that no client sees, and the languages that an item lacks, for
which readers are shown others. The tools' ways to save are in test_tools.py.
"""

import errno
import json
import os

import pytest

from deadline import until
from mount import Mount
from saving import API, changes, edit, hidden_field, read, write
from workers import run_together

ID = "secretive"
DATA = {"title": {"en": "Secretive", "de": "Heimlich"}, "description": {"en": "hidden"},
        "servings": {"iv": 2}}


@pytest.fixture
def stored(emulator):
    """Finds out what the item has, with what is hidden."""
    emulator.create("foodcrunch", "recipes", ID, DATA, publish=False)
    with hidden_field(emulator, "description") as look:
        emulator.forget()
        yield lambda: look(ID)


def change_data(document):
    document["data"]["servings"] = {"iv": 3}


def change_status(document):
    document["status"] = "Published"


def change_both(document):
    document["data"]["servings"] = {"iv": 4}
    document["status"] = "Draft"


def remove_field(document):
    del document["data"]["servings"]


def remove_language(document):
    del document["data"]["title"]["de"]


def change_published(document):
    document["data"]["servings"] = {"iv": 5}


def change_and_publish_draft(document):
    document["data"]["servings"] = {"iv": 6}
    if "newStatus" in document:
        document["newStatus"] = "Published"


CHANGES = [change_data, remove_language, change_status, change_both, remove_field, change_status,
           change_published, change_and_publish_draft]


def check_untouched(data):
    assert data["description"] == DATA["description"]
    assert data["title"]["en"] == "Secretive" and "it" not in data["title"]


@pytest.mark.parametrize("options", [[], ["conflict=overwrite"], ["edit=draft"]], ids=str)
def test_a_hidden_field_survives_every_change(emulator, stored, home, options):
    with Mount(emulator.url, home, options) as mount:
        path = mount.schema("recipes", ID + ".json")
        assert "description" not in json.loads(read(path))["data"]
        for change in CHANGES:
            document = edit(path, change)
            data = stored()["data"]
            check_untouched(data)
            assert data == dict(document["data"], description=DATA["description"]), change


def test_a_hidden_field_is_lost_where_everything_is_put(emulator, stored, home):
    with Mount(emulator.url, home, ["update=put"]) as mount:
        edit(mount.schema("recipes", ID + ".json"), change_data)
        assert changes(emulator) == [("PUT", "recipes/" + ID)]
        assert "description" not in stored()["data"]


class Shop:
    """The folder, the item's file, and texts with ever more servings."""

    def __init__(self, emulator, mount, view):
        self.emulator = emulator
        self.folder = mount.schema("recipes")
        self.path = self.name(ID + ".json")
        self.view = view
        self.servings = 10

    def name(self, name):
        return os.path.join(self.folder, name)

    def of_data(self, data):
        return json.dumps({"data": data} if self.view == "document" else data)

    def text(self):
        """As it is read, with another number."""
        self.servings += 1
        document = json.loads(read(self.path))
        data = document["data"] if self.view == "document" else document
        data["servings"] = {"iv": self.servings}
        return json.dumps(document)


def write_over(shop):
    write(shop.path, shop.text())


def rename_over(shop):
    write(shop.name("t"), shop.text())
    os.rename(shop.name("t"), shop.path)


def remove_and_create(shop):
    text = shop.text()
    os.unlink(shop.path)
    write(shop.path, text)


def remove_and_rename(shop):
    write(shop.name("t"), shop.text())
    os.unlink(shop.path)
    os.rename(shop.name("t"), shop.path)


def set_aside_and_create(shop):
    text = shop.text()
    os.rename(shop.path, shop.name("backup"))
    write(shop.path, text)


def save_after_a_conflict(shop):
    text = shop.text()
    shop.emulator.api("PATCH", API + "recipes/" + ID, {"title": {"de": f"Anders {shop.servings}"}})
    with pytest.raises(OSError) as caught:
        write(shop.path, text)
    assert caught.value.errno == errno.ESTALE
    write(shop.path, shop.text())


def save_in_a_bulk(shop):
    """With so many others that they travel together."""
    def travels_with_others():
        shop.emulator.forget()
        texts = {shop.path: shop.text()}
        for number in range(12):
            texts[shop.name(f"soup-{number}.json")] = shop.of_data(
                {"title": {"en": f"Soup {shop.servings}"}})
        run_together([lambda text=text: write(*text) for text in texts.items()])
        return ("POST", "recipes/bulk") in changes(shop.emulator) and (
            "PATCH", "recipes/" + ID) not in changes(shop.emulator)

    until(travels_with_others, 30)


def save_and_set_the_status(shop):
    write(shop.path, shop.text())
    for order in ("Published", "+draft", "Published"):
        write(shop.name(".status/" + ID), order)


WAYS = [write_over, rename_over, remove_and_create, remove_and_rename, set_aside_and_create,
        save_after_a_conflict, save_in_a_bulk, save_and_set_the_status]


@pytest.mark.parametrize("view", ["document", "data"])
def test_a_hidden_field_survives_every_way_to_save(emulator, stored, home, view):
    with Mount(emulator.url, home, ["delete_delay=1h", "cache_ttl=1h", "view=" + view]) as mount:
        shop = Shop(emulator, mount, view)
        for way in WAYS:
            way(shop)
            data = stored()["data"]
            assert data["servings"] == {"iv": shop.servings}, way
            check_untouched(data)
