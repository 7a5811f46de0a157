"""
Does any item come through a copy there and back as it was, without a request; and does one
changed field travel alone.
"""

import json
import os
import random
import shutil

import pytest

from emulator import Emulator
from mount import Mount
from saving import changes, edit, item, read, write

SEED = 7
GENERATED = 500

WORDS = ["", "a", "Apfelküchlein", "日本語のレシピ", "emoji 🍞👩‍🍳", "line\nbreak", "tab\tand \\ and \"quotes\"",
         "\u2028separators\u2029", "combining e\u0301", "right-to-left עברית", "</script>&amp;%41",
         "{\"looks\": \"like JSON\"}", " leading and trailing ", "\x7f\u0080", "null", "1e5"]

NUMBERS = [0, 1, -1, 0.1, -0.5, 1e-7, 1.5e300, 123456789012345678, 9007199254740993, 2**63, 10**25,
           1e21, 3.0, 0.30000000000000004]


class Generator:
    """Values of each kind of field, the same at every run."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def word(self):
        return self.random.choice(WORDS) + str(self.random.randrange(1000))

    def value(self, depth=0):
        """Anything that JSON can say."""
        kind = self.random.randrange(8 if depth < 4 else 5)
        if kind == 0:
            return None
        if kind == 1:
            return self.random.choice([True, False])
        if kind == 2:
            return self.random.choice(NUMBERS)
        if kind in (3, 4):
            return self.word()
        if kind == 5:
            return [self.value(depth + 1) for _ in range(self.random.randrange(4))]
        return {self.word(): self.value(depth + 1) for _ in range(self.random.randrange(4))}

    def some(self, fields):
        """Some of the fields, in any order."""
        names = [name for name in fields if self.random.random() < 0.7]
        self.random.shuffle(names)
        return {name: fields[name] for name in names}

    def languages(self):
        """English is required."""
        codes = ["fr", "en"] if self.random.random() < 0.5 else ["en"]
        return {code: self.word() + "." for code in codes}

    def book(self):
        chance = self.random
        chapters = [self.some({"title": self.word(), "pages": chance.choice(NUMBERS)})
                    for _ in range(chance.randrange(5))]
        data = self.some({
            "year": {"iv": chance.randrange(2100)},
            "inPrint": {"iv": chance.choice([True, False, None])},
            "bought": {"iv": chance.choice(["2026-11-24T19:38:58Z", None])},
            "printedAt": {"iv": {"latitude": chance.uniform(-90, 90), "longitude": 13.5}},
            "sequel": {"iv": chance.choice([[], None])},
            "extra": {"iv": self.value()},
            "chapters": {"iv": chapters},
            "keywords": {"iv": [self.word() for _ in range(chance.randrange(4))]},
        })
        data["title"] = self.languages()
        data["author"] = {"iv": self.word()}
        return data


@pytest.fixture(scope="module")
def library():
    with Emulator() as emulator:
        generator = Generator(SEED)
        emulator.create_many("bookshelf", "books", {
            f"generated-{i:03}": generator.book() for i in range(GENERATED)})
        yield emulator


def names_of(mount, schema):
    return sorted(os.listdir(mount.schema(schema)))


@pytest.mark.parametrize("app", ["foodcrunch", "bookshelf"])
@pytest.mark.parametrize("view", ["document", "data"])
def test_a_copy_there_and_back_sends_nothing(library, home, app, view):
    with Mount(library.url, home, ["view=" + view], app=app) as mount:
        schemas = [name for name in os.listdir(mount.schema()) if not name.startswith("_")]
        paths = [mount.schema(schema, name) for schema in schemas
                 for name in names_of(mount, schema)]
        assert len(paths) > (GENERATED if app == "bookshelf" else 5)
        library.forget()
        elsewhere = os.path.join(home.path, "t")
        for path in paths:
            shutil.copyfile(path, elsewhere)
            text = read(elsewhere)
            shutil.copyfile(elsewhere, path)
            assert read(path) == text
            write(path, json.dumps(shuffled(json.loads(text)), indent=1))
            assert read(path) == text
        assert changes(library, app) == []


def shuffled(value):
    """The same with keys in another order."""
    if isinstance(value, list):
        return [shuffled(member) for member in value]
    if isinstance(value, dict):
        return {key: shuffled(value[key]) for key in sorted(value, reverse=True)}
    return value


def test_one_field_travels_alone(library, home):
    """Each item in turn, another field each time; what was sent is the field, and no more."""
    generator = Generator(SEED + 1)
    with Mount(library.url, home, app="bookshelf") as mount:
        names = [name for name in names_of(mount, "books") if name.startswith("generated-")]
        for name in names[::2]:
            id = name[:-len(".json")]
            before = item(library, "books", id, "bookshelf")["data"]
            wanted = dict(before)
            field = generator.random.choice(["title", "author", "extra", "chapters", "keywords"])
            wanted[field] = change_field(generator, field, before.get(field))
            library.forget()
            edit(mount.schema("books", name), lambda document: document["data"].update(
                {field: wanted[field]}))
            expected = [] if wanted == before else [("PATCH", "books/" + id)]
            assert changes(library, "bookshelf") == expected
            stored = item(library, "books", id, "bookshelf")["data"]
            assert as_doubles(stored) == as_doubles(wanted), (id, field)


def as_doubles(value):
    """The server keeps numbers as these."""
    return json.loads(json.dumps(value), parse_int=float)


def change_field(generator, field, before):
    if field == "title":
        return dict(before, en="Another title")
    if field == "author":
        return {"iv": "Another author"}
    if field == "extra":
        return {"iv": {"was": (before or {}).get("iv"), "now": generator.value()}}
    if field == "chapters":
        return {"iv": ((before or {}).get("iv") or [])[::-1] + [{"title": "The end"}]}
    return {"iv": ["a", "b", generator.word()]}
