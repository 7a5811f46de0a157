"""What queries mean beyond the recorded ones, on the items of the seed."""

import json
import urllib.parse

import pytest

from emulator import Emulator

RECIPES = "/api/content/foodcrunch/recipes"
ALL = ["demo-archived", "demo-draft", "demo-newdraft", "demo-published"]
ARCHIVED, DRAFT, NEWDRAFT, PUBLISHED = ALL

# OData filter, and the items that it finds, by id.
FILTERS = [
    ("id eq 'demo-draft' or id eq 'demo-archived' and version ge 2", [ARCHIVED, DRAFT]),
    ("(id eq 'demo-draft' or id eq 'demo-archived') and version ge 2", [ARCHIVED]),
    ("not (id eq 'demo-draft' or id eq 'demo-archived')", [NEWDRAFT, PUBLISHED]),
    ("data/servings/iv in (3, 6)", [ARCHIVED, PUBLISHED]),
    ("data/servings/iv ne 3", [ARCHIVED, DRAFT, NEWDRAFT]),
    ("data/servings/iv le 4.0", [DRAFT, PUBLISHED]),
    ("data/related/iv eq null", [ARCHIVED, DRAFT, PUBLISHED]),
    ("newStatus ne null", [NEWDRAFT]),
    ("newStatus ne 'Draft'", []),
    ("contains(data/tags/iv, 'n4')", [ARCHIVED]),
    ("contains(data/title/en, '%p%')", [ARCHIVED, DRAFT, PUBLISHED]),
    ("startswith(data/title/en, 'appl')", []),
    ("startswith(data/title/en, '_pple')", [PUBLISHED]),
    ("endswith(data/title/en, 'pie') eq false", [ARCHIVED, DRAFT, NEWDRAFT]),
    ("matchs(data/title/en, '^[AB]')", [DRAFT, PUBLISHED]),
    ("isDeleted or id eq 'demo-draft'", ["demo-deleted", DRAFT]),
]

# OData order, and the items in it.
ORDERS = [
    ("id desc", [PUBLISHED, NEWDRAFT, DRAFT, ARCHIVED]),
    ("data/servings/iv", [PUBLISHED, DRAFT, NEWDRAFT, ARCHIVED]),
    ("status desc, data/title/en desc", [NEWDRAFT, PUBLISHED, DRAFT, ARCHIVED]),
    ("newStatus", [NEWDRAFT, ARCHIVED, DRAFT, PUBLISHED]),
]

# A filter or an order that is wrong, and what the server says.
MISTAKES = [
    (
        {"$filter": "id eq"},
        "OData $filter clause not valid: Expression expected at position 5 in 'id eq'.",
    ),
    (
        {"$filter": "status eq 5"},
        "OData $filter clause not valid: A binary operator with incompatible types was "
        "detected. Found operand types 'Edm.String' and 'Edm.Int32' for operator kind 'Equal'.",
    ),
    (
        {"$orderby": "data/title/xx"},
        "OData $orderby clause not valid: Could not find a property named 'xx' on type "
        "'Contents.Data_Title'.",
    ),
    (
        {"$top": "x"},
        "Failed to parse query: Invalid value 'x' for $top query option found. The $top query "
        "option requires a non-negative integer value., for query: ?$top=x",
    ),
    (
        {"q": '{"filter":{"path":"version","op":"startsWith","value":"1"}}'},
        "Json query not valid: 'StartsWith' is not a valid operator for type Number at "
        "'version'..",
    ),
]


@pytest.fixture(scope="module")
def emulator():
    with Emulator() as running:
        yield running


def ask(emulator, options):
    query = urllib.parse.urlencode(options, safe="$", quote_via=urllib.parse.quote)
    headers = [("Authorization", f"Bearer {emulator.token('owner')}"), ("X-Unpublished", "1")]
    answer = emulator.send("GET", f"{RECIPES}?{query}", headers)
    return answer.status, json.loads(answer.body)


@pytest.mark.parametrize("text, ids", FILTERS)
def test_filter_finds(emulator, text, ids):
    status, answer = ask(emulator, {"$filter": text, "$orderby": "id"})
    assert status == 200, answer
    assert [item["id"] for item in answer["items"]] == ids


@pytest.mark.parametrize("text, ids", ORDERS)
def test_order_gives(emulator, text, ids):
    status, answer = ask(emulator, {"$orderby": text})
    assert status == 200, answer
    assert [item["id"] for item in answer["items"]] == ids


@pytest.mark.parametrize("options, sentence", MISTAKES)
def test_mistake_is_named(emulator, options, sentence):
    status, answer = ask(emulator, options)
    assert status == 400
    assert sentence in answer["details"]
