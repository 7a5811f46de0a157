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


# What the seed has for others to refer to.
BINDING = "8d8a1a52-3c1c-4f2c-8a0e-0e6f2f3b5c03"
BOOKS = ["the-kitchen-door", "the-cellar-stairs", "on-knives", "unfinished"]
PICTURES = ["frontispiece", "map"]


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

    def component(self):
        """As it is read: the server adds the schema's name."""
        own = self.some({"cloth": self.word(), "pages": self.random.choice(NUMBERS)})
        return dict(own, schemaId=BINDING, schemaName="bindings")

    def components(self):
        return [self.component() for _ in range(self.random.randrange(4))]

    def rich_text(self):
        texts = [{"type": "text", "marks": [{"type": "bold"}], "text": self.word()},
                 {"type": "text", "text": self.word()}]
        heading = {"type": "heading", "attrs": {"level": self.random.randrange(1, 4)}}
        return {"type": "doc", "content": [
            dict(chosen, content=texts[:self.random.randrange(3)])
            for chosen in self.random.choices([{"type": "paragraph"}, heading], k=3)]}

    def pictures(self):
        return self.random.sample(PICTURES, self.random.randrange(3))

    def user(self):
        return {"apiKey": self.word(), "role": self.random.choice(["Reader", "Editor"])}

    def book(self):
        chance = self.random
        chapters = [self.some({"title": self.word(), "pages": chance.choice(NUMBERS)})
                    for _ in range(chance.randrange(5))]
        data = self.some({
            "year": {"iv": chance.randrange(2100)},
            "inPrint": {"iv": chance.choice([True, False, None])},
            "bought": {"iv": chance.choice(["2026-11-24T19:38:58Z", None])},
            "printedAt": {"iv": {"latitude": chance.uniform(-90, 90), "longitude": 13.5}},
            "sequel": {"iv": chance.choice([[], None, [chance.choice(BOOKS)]])},
            "extra": {"iv": self.value()},
            "chapters": {"iv": chapters},
            "keywords": {"iv": [self.word() for _ in range(chance.randrange(4))]},
            "binding": {"iv": chance.choice([self.component(), None])},
            "former": {"iv": self.components()},
            "blurb": {"iv": chance.choice([self.rich_text(), None])},
            "pictures": {"iv": chance.choice([self.pictures(), None])},
            "borrower": {"iv": chance.choice([self.user(), None])},
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


def test_every_kind_of_field_is_there(library):
    """And filled, in what is generated."""
    fields = [field for field in library.schemas("bookshelf")["books"]["fields"]
              if not field["isHidden"]]
    assert {field["properties"]["fieldType"] for field in fields} == {
        "Array", "Assets", "Boolean", "Component", "Components", "DateTime", "Geolocation", "Json",
        "Number", "References", "RichText", "String", "Tags", "UserInfo"}
    generated = [book["data"] for book in library.items("bookshelf", "books")
                 if book["id"].startswith("generated-")]
    assert len(generated) == GENERATED
    for field in fields:
        name = field["name"]
        assert any(value for data in generated for value in data.get(name, {}).values()), name


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
            field = generator.random.choice(["title", *CHANGES])
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
    return {"iv": CHANGES[field](generator, (before or {}).get("iv"))}


CHANGES = {
    "author": lambda generator, old: "Another author",
    "extra": lambda generator, old: {"was": old, "now": generator.value()},
    "chapters": lambda generator, old: (old or [])[::-1] + [{"title": "The end"}],
    "keywords": lambda generator, old: ["a", "b", generator.word()],
    "sequel": lambda generator, old: [generator.random.choice(BOOKS)],
    "binding": lambda generator, old: dict(old or generator.component(), cloth="Another cloth"),
    "former": lambda generator, old: (old or [])[1:] + [generator.component()],
    "blurb": lambda generator, old: generator.rich_text(),
    "pictures": lambda generator, old: (old or PICTURES)[::-1],
    "borrower": lambda generator, old: generator.user(),
}
