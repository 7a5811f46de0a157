"""Looked at again after the TTL, all directories of an app cost one request."""

import os
import time

import pytest

from emulator import Emulator
from mount import Mount
from workers import run_all

CONTENT = "/api/content/foodcrunch/"
GRAPHQL = CONTENT + "graphql"

SCHEMAS = [f"kind-{number:02d}" for number in range(20)]
ITEMS = ["one", "two", "three"]

BRIEF = ["cache_ttl=1", "negative_ttl=1"]


@pytest.fixture(scope="module")
def server():
    fields = [{"name": "title", "properties": {"fieldType": "String"}}]
    with Emulator() as running:
        for schema in SCHEMAS:
            running.api("POST", "/api/apps/foodcrunch/schemas",
                        {"name": schema, "isPublished": True, "fields": fields})
            running.create_many("foodcrunch", schema, {
                f"{schema}-{item}": {"title": {"iv": item}} for item in ITEMS})
        yield running


@pytest.fixture
def twenty(server):
    yield server
    server.clear_faults()


def list_one(mount, schema):
    names = sorted(os.listdir(mount.schema(schema)))
    assert names == sorted(f"{schema}-{item}.json" for item in ITEMS)


def list_all(mount):
    for schema in SCHEMAS:
        list_one(mount, schema)


def expire(server):
    time.sleep(1.2)
    server.forget()


def test_twenty_unchanged_schemas_cost_two_credits(twenty, home):
    with Mount(twenty.url, home, BRIEF) as mount:
        list_all(mount)
        for _ in range(2):
            expire(twenty)
            list_all(mount)
            assert twenty.count(GRAPHQL) == twenty.count("/") == 1, twenty.log()
            assert twenty.stats()["credits"] == 2


def test_a_change_in_one_costs_one_more(twenty, home):
    with Mount(twenty.url, home, BRIEF) as mount:
        list_all(mount)
        twenty.api("PATCH", CONTENT + f"{SCHEMAS[7]}/{SCHEMAS[7]}-two", {"title": {"iv": "new"}})
        expire(twenty)
        list_all(mount)
        with open(mount.schema(SCHEMAS[7], SCHEMAS[7] + "-two.json"), encoding="utf-8") as stream:
            assert '"iv": "new"' in stream.read()
        assert twenty.stats()["credits"] == 3, twenty.log()


def test_processes_cause_one_check(twenty, home):
    with Mount(twenty.url, home, BRIEF) as mount:
        list_all(mount)
        twenty.fault(method="POST", path=GRAPHQL, delayMs=300, count=-1)
        expire(twenty)
        ended = run_all(home.account, [["ls", mount.schema(schema)] for schema in SCHEMAS[:8]])
        assert [(status, out.count(b".json")) for status, out, _ in ended] == [(0, 3)] * 8
        assert twenty.count("/") == 1, twenty.log()


@pytest.mark.parametrize("rule", [{"status": 403}, {"status": 404}, {"garbage": True}])
def test_refused_it_is_asked_by_rest(twenty, home, rule):
    with Mount(twenty.url, home, BRIEF) as mount:
        list_all(mount)
        twenty.fault(method="POST", path=GRAPHQL, count=-1, **rule)
        for n_graphql in [1, 0]:
            expire(twenty)
            list_all(mount)
            assert twenty.count(GRAPHQL) == n_graphql, twenty.log()
            assert twenty.count("/") == n_graphql + len(SCHEMAS)
        assert mount.output().count(b"GraphQL will not do") == 1, mount.output()
        assert mount.control("errors") == ""
