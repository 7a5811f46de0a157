"""The emulator starts in the state in which the recording began."""

import json

import pytest

from compare import Masks, compare_json
from emulator import Emulator
from order import check_default_order
from transcript import FIXTURES

APP = "/api/apps/foodcrunch"
CONTENT = "/api/content/foodcrunch"

# As an editor must read items: drafts too, and nothing filled in.
RAW = [("X-Unpublished", "1"), ("X-NoResolveLanguages", "1"), ("X-NoDefaults", "1")]

ADDRESSES = {
    "app": APP,
    "languages": f"{APP}/languages",
    "workflows": f"{APP}/workflows",
    "schemas": f"{APP}/schemas",
    "schema-authors": f"{APP}/schemas/authors",
    "schema-recipes": f"{APP}/schemas/recipes",
    "schema-settings": f"{APP}/schemas/settings",
    "contents-authors": f"{CONTENT}/authors",
    "contents-recipes": f"{CONTENT}/recipes",
    "contents-settings": f"{CONTENT}/settings",
}

# Sentences for people: the emulator has its own words.
WORDS = {"title", "description", "summary", "x-deprecatedMessage"}


@pytest.fixture(scope="module")
def emulator():
    with Emulator() as running:
        yield running


def seed(name):
    return json.loads((FIXTURES / "seed" / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ADDRESSES)
def test_seed(emulator, name):
    actual = emulator.call("GET", ADDRESSES[name], headers=RAW)
    if name.startswith("contents-"):
        check_default_order(actual["items"])
    compare_json(Masks(emulator.base), seed(name), actual)


def structure(masks, node, key=None):
    """An OpenAPI document without its words; the order of paths and fields is kept."""
    if isinstance(node, dict):
        members = {
            name: structure(masks, value, name)
            for name, value in node.items()
            if not (name in WORDS and isinstance(value, str))
        }
        return list(members.items()) if key in ("paths", "properties") else members
    if isinstance(node, list):
        return [structure(masks, value) for value in node]
    return masks.recorded_text(node) if isinstance(node, str) else node


def test_openapi_document(emulator):
    masks = Masks(emulator.base)
    answer = emulator.send("GET", f"{CONTENT}/swagger/v1/swagger.json")
    assert answer.status == 200
    assert structure(masks, json.loads(answer.body)) == structure(masks, seed("openapi"))
