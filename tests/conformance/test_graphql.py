"""What GraphQL answers beyond the recorded requests, on the items of the seed."""

import json
import urllib.parse

import pytest

from emulator import Emulator

PATH = "/api/content/foodcrunch/graphql"
CONTENT = "/api/content/foodcrunch"
PAGE = 200
GENERATED = 1000

# Query, variables, and the data that is answered.
ANSWERS = [
    (
        'query($n: Int!, $f: String = "id gt \'demo-a\'") '
        '{a: queryRecipesContents(top: $n, filter: $f, orderby: "id") {i: id, t: __typename}}',
        {"n": 1},
        {"a": [{"i": "demo-archived", "t": "Recipes"}]},
    ),
    (
        "query($f: String) {queryRecipesContentsWithTotal(top: 1, filter: $f) {total}}",
        {"f": "status eq 'Draft'"},
        {"queryRecipesContentsWithTotal": {"total": 1}},
    ),
    (
        '{findRecipesContent(id: "demo-newdraft") {version status newStatus newStatusColor}}',
        None,
        {
            "findRecipesContent": {
                "version": 3,
                "status": "PUBLISHED",
                "newStatus": "DRAFT",
                "newStatusColor": "#8091a5",
            }
        },
    ),
    (
        '{findRecipesContent(id: "demo-newdraft", version: 0) {version status newStatus}}',
        None,
        {"findRecipesContent": {"version": 0, "status": "DRAFT", "newStatus": None}},
    ),
    ('{findRecipesContent(id: "demo-deleted") {id}}', None, {"findRecipesContent": None}),
    ('{findAuthorsContent(id: "demo-draft") {id}}', None, {"findAuthorsContent": None}),
    (
        '{findRecipesContent(id: "d\\u0065mo-draft") {id}}',
        None,
        {"findRecipesContent": {"id": "demo-draft"}},
    ),
    (
        '# a comment\n{queryRecipesContents(search: "pie") {id}}',
        None,
        {"queryRecipesContents": [{"id": "demo-published"}]},
    ),
]

# A query that is wrong, the code of its first error, and where that is.
MISTAKES = [
    ("{queryRecipesContents(top: 1) {id nope}}", "FIELDS_ON_CORRECT_TYPE", (1, 35)),
    ("{findRecipesSingleton {id}}", "FIELDS_ON_CORRECT_TYPE", (1, 2)),
    ("{queryRecipesContents(top: 1)}", "SCALAR_LEAFS", (1, 2)),
    ("{queryRecipesContents {\n  id {x}}}", "SCALAR_LEAFS", (2, 3)),
    ("{queryRecipesContentsWithTotal {items}}", "SCALAR_LEAFS", (1, 33)),
    ("{queryRecipesContents(nope: 1) {id}}", "KNOWN_ARGUMENT_NAMES", (1, 23)),
    ('{queryRecipesContents(top: "1") {id}}', "ARGUMENTS_OF_CORRECT_TYPE", (1, 23)),
    ("{queryRecipesContents(top: 3000000000) {id}}", "ARGUMENTS_OF_CORRECT_TYPE", (1, 23)),
    ("{findRecipesContent {id}}", "PROVIDED_NON_NULL_ARGUMENTS", (1, 2)),
    ("{queryRecipesContents(top: $t) {id}}", "NO_UNDEFINED_VARIABLES", (1, 23)),
    ("query($t: Int) {queryRecipesContents {id}}", "NO_UNUSED_VARIABLES", (1, 7)),
    (
        "query($t: String) {queryRecipesContents(top: $t) {id}}",
        "VARIABLES_IN_ALLOWED_POSITION",
        (1, 41),
    ),
    ("query($t: Int!) {queryRecipesContents(top: $t) {id}}", "INVALID_VALUE", (1, 39)),
    ("query($i: String! = null) {findRecipesContent(id: $i) {id}}", "INVALID_VALUE", (1, 47)),
    (
        "{a: queryRecipesContents {id} a: queryAuthorsContents {id}}",
        "OVERLAPPING_FIELDS_CAN_BE_MERGED",
        (1, 31),
    ),
    ("{}", "SYNTAX_ERROR", (1, 2)),
    ("{ä}", "SYNTAX_ERROR", (1, 2)),
    ('{a(b: "c) {d}}', "SYNTAX_ERROR", (1, 7)),
    ('{a(b: "\\x") {d}}', "SYNTAX_ERROR", (1, 7)),
    ('{a(b: "\\uD800") {d}}', "SYNTAX_ERROR", (1, 7)),
    ("{a(b: 01) {d}}", "SYNTAX_ERROR", (1, 7)),
    ("{a(b: {c: [1, {d: $e}]) {f}}", "SYNTAX_ERROR", (1, 23)),
    ("{a" * 100, "SYNTAX_ERROR", (1, 129)),
    ("{a(b: " + "[" * 100, "SYNTAX_ERROR", (1, 70)),
    ("{...f} fragment f on Recipes {id}", "SYNTAX_ERROR", (1, 2)),
    ('mutation {deleteRecipesContent(id: "demo-draft") {version}}', "INVALID_OPERATION", (1, 1)),
]

# Slugs of schemas, and the names of their types; of two that are the same, one is counted.
TYPE_NAMES = [
    ("my-blog", "MyBlog"),
    ("a-b-1", "AB1"),
    ("a-b1", "AB12"),
    ("1st", "gql_1st"),
    ("asset", "Asset2"),
]


@pytest.fixture(scope="module")
def emulator():
    with Emulator("--items", str(GENERATED)) as running:
        yield running


@pytest.fixture(scope="module")
def seed():
    with Emulator() as running:
        yield running


def headers(emulator):
    return [
        ("Authorization", f"Bearer {emulator.token('owner')}"),
        ("X-Unpublished", "1"),
        ("Content-Type", "application/json"),
    ]


def post(emulator, question):
    answer = emulator.send("POST", PATH, headers(emulator), json.dumps(question))
    assert answer.status == 200, answer.body
    assert answer.header("X-Costs") == "2"
    return json.loads(answer.body)


@pytest.mark.parametrize("query, variables, data", ANSWERS)
def test_query_finds(seed, query, variables, data):
    answer = post(seed, {"query": query, "variables": variables})
    assert "errors" not in answer, answer
    assert answer["data"] == data


@pytest.mark.parametrize("query, code, place", MISTAKES)
def test_mistake_is_named(seed, query, code, place):
    answer = post(seed, {"query": query})
    assert "data" not in answer
    error = answer["errors"][0]
    assert error["extensions"]["code"] == code, error
    assert error["locations"] == [{"line": place[0], "column": place[1]}]


def test_variable_of_the_wrong_type(seed):
    query = "query($t: Int) {queryRecipesContents(top: $t) {id}}"
    answer = post(seed, {"query": query, "variables": {"t": "one"}})
    assert answer["errors"][0]["message"] == (
        "Variable '$t' is invalid. Unable to convert 'one' to 'Int'"
    )


def test_operation_is_chosen_by_name(seed):
    query = "query A {findSettingsSingleton {id}} query B {__typename}"
    assert post(seed, {"query": query, "operationName": "B"})["data"] == {
        "__typename": "ApplicationQueries"
    }
    assert "errors" in post(seed, {"query": query, "operationName": "C"})
    assert "errors" in post(seed, {"query": query})


def test_failure_of_the_store_leaves_the_others(seed):
    query = (
        '{a: queryRecipesContents(filter: "lastModified ge 2020-01-01T00:00:00Z") {id} '
        'b: findRecipesContent(id: "demo-draft") {id}}'
    )
    answer = post(seed, {"query": query})
    assert answer["data"] == {"a": None, "b": {"id": "demo-draft"}}
    assert answer["errors"][0]["path"] == ["a"]


def test_get_takes_variables(seed):
    parameters = {
        "query": "query($i: String!) {findRecipesContent(id: $i) {id}}",
        "variables": '{"i": "demo-draft"}',
    }
    target = f"{PATH}?{urllib.parse.urlencode(parameters, quote_via=urllib.parse.quote)}"
    answer = seed.send("GET", target, headers(seed)[:2])
    assert json.loads(answer.body)["data"] == {"findRecipesContent": {"id": "demo-draft"}}


def test_published_view_hides_drafts(seed):
    query = '{findRecipesContent(id: "demo-draft") {id} queryRecipesContentsWithTotal {total}}'
    given = [pair for pair in headers(seed) if pair[0] != "X-Unpublished"]
    answer = json.loads(seed.send("POST", PATH, given, json.dumps({"query": query})).body)
    assert answer["data"] == {
        "findRecipesContent": None,
        "queryRecipesContentsWithTotal": {"total": 2},
    }


def test_data_is_what_rest_shows(emulator):
    raw = [("X-NoResolveLanguages", "1"), ("X-NoDefaults", "1"), ("X-Unpublished", "1")]
    items = emulator.call("GET", f"{CONTENT}/recipes?$orderby=id", headers=raw)["items"]
    query = '{a: queryRecipesContents(orderby: "id asc") {id data__dynamic}}'
    answer = json.loads(
        emulator.send(
            "POST", PATH, headers(emulator) + raw[:2], json.dumps({"query": query})
        ).body
    )
    shown = [{"id": item["id"], "data__dynamic": item["data"]} for item in items]
    assert answer["data"]["a"] == shown


def test_pages_in_one_request(emulator):
    pages = [
        f'p{skip}: queryRecipesContentsWithTotal(top: 500, skip: {skip}, orderby: "id asc") '
        "{total items {id}}"
        for skip in range(0, GENERATED + PAGE, PAGE)
    ]
    data = post(emulator, {"query": "{" + " ".join(pages) + "}"})["data"]
    ids = [item["id"] for page in data.values() for item in page["items"]]
    assert max(len(page["items"]) for page in data.values()) == PAGE
    assert {page["total"] for page in data.values()} == {len(ids)}
    assert len(set(ids)) == len(ids) > GENERATED
    assert ids == sorted(ids)


def test_names_of_types(emulator):
    fields = [{"name": "title", "properties": {"fieldType": "String"}}]
    for slug, _ in TYPE_NAMES:
        schema = {"name": slug, "isPublished": True, "fields": fields}
        emulator.call("POST", "/api/apps/foodcrunch/schemas", schema)
        emulator.call("POST", f"{CONTENT}/{slug}?id=in-{slug}", {"title": {"iv": "T"}})
    names = " ".join(f"query{name}Contents {{id}}" for _, name in TYPE_NAMES)
    assert post(emulator, {"query": "{" + names + "}"})["data"] == {
        f"query{name}Contents": [{"id": f"in-{slug}"}] for slug, name in TYPE_NAMES
    }


def test_schema_without_type(emulator):
    hidden = {"name": "hidden", "isPublished": False, "fields": []}
    emulator.call("POST", "/api/apps/foodcrunch/schemas", hidden)
    answer = post(emulator, {"query": "{queryHiddenContents {id}}"})
    assert answer["errors"][0]["extensions"]["code"] == "FIELDS_ON_CORRECT_TYPE"


@pytest.mark.parametrize("status", [403, 404])
def test_rule_refuses_graphql(seed, status):
    rule = {"path": PATH, "count": -1, "status": status}
    assert seed.send("POST", "/_emulator/faults", (), json.dumps(rule)).status < 300
    answer = seed.send("POST", PATH, headers(seed), '{"query": "{__typename}"}')
    assert answer.status == status
    seed.call("GET", f"{CONTENT}/recipes")
    seed.send("DELETE", "/_emulator/faults")
    assert post(seed, {"query": "{__typename}"})["data"] == {"__typename": "ApplicationQueries"}
