"""Ranges of ids are answered from an index: the same as by looking at every item."""

import itertools

import pytest

from emulator import Emulator
from test_queries import RECIPES, ask

GENERATED = 300
# True of every item, and nothing that an index knows.
ALWAYS = "version ge 0"
RANGES = [
    "",
    "id gt 'recipe-000100'",
    "id gt 'recipe-000100' and id le 'recipe-000140'",
    "id gt 'recipe-000100' and id lt 'recipe-000140'",
    "id gt 'recipe-000090' and id le 'recipe-000099'",
    "id gt 'recipe-000140' and id le 'recipe-000100'",
    "id gt 'z'",
    "id eq 'recipe-000102'",
    "id eq 'recipe-000101'",
    "id eq 'recipe-000101x'",
    "id ge 'recipe-000102' and id lt 'recipe-000104'",
    "id le 'demo-published'",
    "id lt 'recipe-000003' and id gt 'recipe-000001'",
    "id gt 'recipe-000001' and id gt 'recipe-000290'",
    "id eq 'recipe-000102' and id le 'recipe-000103'",
]
PAGES = [{}, {"$top": 7}, {"$top": 3, "$skip": 5}, {"$skip": 39}, {"$skip": 1000}]
ORDERS = [{"$orderby": "id"}, {}]


@pytest.fixture(scope="module")
def emulator():
    with Emulator("--items", str(GENERATED)) as running:
        for number in (95, 101, 140):
            running.call("DELETE", f"{RECIPES}/recipe-{number:06d}")
        running.call("DELETE", f"{RECIPES}/recipe-000110?permanent=true")
        yield running


@pytest.mark.parametrize("text", RANGES)
def test_range(emulator, text):
    for page, order in itertools.product(PAGES, ORDERS):
        found = []
        for condition in (text, f"{text} and {ALWAYS}" if text else ALWAYS):
            options = {**page, **order, **({"$filter": condition} if condition else {})}
            status, answer = ask(emulator, options)
            assert status == 200, answer
            found.append((answer["total"], [item["id"] for item in answer["items"]]))
        assert found[0] == found[1], (page, order)


def test_trash_stays_out(emulator):
    def total(text):
        return ask(emulator, {"$filter": text})[1]["total"]

    assert total("id gt 'recipe-000100' and id le 'recipe-000140'") == 40 - 3
    emulator.call("POST", f"{RECIPES}?id=recipe-000101&publish=true", {"title": {"en": "Again"}})
    assert total("id gt 'recipe-000100' and id le 'recipe-000140'") == 40 - 2
