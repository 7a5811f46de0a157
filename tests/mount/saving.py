"""For tests of saving: texts in and out of a mount, and what of it the server saw."""

import contextlib
import json
import os

from emulator import EDITABLE

API = "/api/content/foodcrunch/"


def read(path):
    with open(path, encoding="utf-8") as stream:
        return stream.read()


def write(path, text):
    """As a program that notices whether its close failed."""
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(text if isinstance(text, str) else json.dumps(text, ensure_ascii=False))


def edit(path, change):
    """Reads a document, changes it, writes it back as an editor does."""
    document = json.loads(read(path))
    change(document)
    write(path, document)
    return document


def retitle(title, language="en"):
    def change(document):
        document["data"]["title"][language] = title
    return change


def titled(path, title):
    """The text of a document with another title."""
    document = json.loads(read(path))
    retitle(title)(document)
    return json.dumps(document)


def changes(emulator, app="foodcrunch"):
    """What was sent to change something: [(method, target behind the app)]."""
    prefix = f"/api/content/{app}/"
    return [(entry["method"], entry["target"][len(prefix):]) for entry in emulator.asked(prefix)
            if entry["method"] != "GET" and not entry["target"].endswith(("/graphql", "/query"))]


def item(emulator, schema, id, app="foodcrunch"):
    """As the server has it, asked by a client of its own."""
    return emulator.api("GET", f"/api/content/{app}/{schema}/{id}", headers=EDITABLE)


def hide(emulator, field, schema="recipes", how="hide"):
    """Takes a field from the eyes of every client; how "show": gives it back."""
    fields = emulator.schemas("foodcrunch")[schema]["fields"]
    number = next(one["fieldId"] for one in fields if one["name"] == field)
    emulator.api("PUT", f"/api/apps/foodcrunch/schemas/{schema}/fields/{number}/{how}", {})


@contextlib.contextmanager
def hidden_field(emulator, field, schema="recipes"):
    """
    No client sees the field meanwhile. Gives what finds out what an item has all the same:
    stored("demo-draft").
    """
    def stored(id):
        hide(emulator, field, schema, "show")
        found = item(emulator, schema, id)
        hide(emulator, field, schema)
        return found

    hide(emulator, field, schema)
    try:
        yield stored
    finally:
        hide(emulator, field, schema, "show")


def title_of(emulator, id="demo-draft"):
    """As the server has it."""
    return item(emulator, "recipes", id)["data"]["title"]["en"]


def kept(home):
    """What is among the unsaved: {"recipes/demo-draft.json": text}, with what stands beside."""
    found = {}
    for directory, _, names in os.walk(os.path.join(home.path, "state")):
        place = directory.split("/unsaved/", 1)
        for name in names if len(place) == 2 else []:
            found[place[1] + "/" + name] = read(os.path.join(directory, name))
    return found


def errors(mount):
    """The latest failures, oldest first."""
    return [json.loads(line) for line in mount.control("errors").splitlines()]


def soup(title):
    """A text of a new recipe."""
    return json.dumps({"data": {"title": {"en": title}}})


def unsaved(mount, *names):
    """Where the mount shows what it keeps."""
    return mount.path(".squidexfs", "unsaved", "foodcrunch", *names)


def unsaved_texts(mount, schema="recipes"):
    """Texts of a schema that are among the unsaved, with their reasons: {name: (text, reason)}."""
    if schema not in os.listdir(unsaved(mount)):
        return {}
    names = os.listdir(unsaved(mount, schema))
    return {name: (read(unsaved(mount, schema, name)),
                   read(unsaved(mount, schema, name + ".reason")))
            for name in names if name.endswith(".json")}
