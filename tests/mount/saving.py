"""What tests of saving share: reading, writing, and what it came to on the server."""

import json
import os

from emulator import EDITABLE

API = "/api/content/foodcrunch/"


def changes(emulator):
    """What was sent to change something: [(method, path behind the app)]."""
    return [(entry["method"], entry["target"][len(API):]) for entry in emulator.asked(API)
            if entry["method"] != "GET" and not entry["target"].endswith(("/graphql", "/query"))]


def item(emulator, schema, id):
    """As the server has it, asked by a client of its own; what was counted stays counted."""
    return emulator.api("GET", f"{API}{schema}/{id}", headers=EDITABLE)


def read(path):
    with open(path, encoding="utf-8") as stream:
        return stream.read()


def write(path, text):
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(text)


def soup(title):
    """A text of a new recipe."""
    return json.dumps({"data": {"title": {"en": title}}})


def unsaved(mount, *names):
    return mount.path(".squidexfs", "unsaved", "foodcrunch", *names)


def kept(mount, schema="recipes"):
    """Texts of a schema that are among the unsaved, with their reasons: {name: (text, reason)}."""
    if schema not in os.listdir(unsaved(mount)):
        return {}
    names = os.listdir(unsaved(mount, schema))
    return {name: (read(unsaved(mount, schema, name)),
                   read(unsaved(mount, schema, name + ".reason")))
            for name in names if name.endswith(".json")}
