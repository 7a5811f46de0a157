"""Answers that no Squidex gives: each is an error or a right reading, never a crash or a hang."""

import errno
import json
import os

import pytest

from actor import TOKEN_PATH, Actor, item, page
from deadline import Stopwatch, slow
from mount import Mount, credentials, run_program

RECIPES = "/api/content/foodcrunch/recipes"
OK = 0


def text_of(value):
    return json.dumps(value).encode()


def with_text(old, new, value=None):
    """An item's JSON with something in it that Python does not write."""
    return text_of(value or item("a")).replace(old, new)


# What is answered for recipes/a: status, body, and what a stat of a.json says.
ITEMS = {
    "an array": (200, b"[]", errno.EIO),
    "a string": (200, b'"a"', errno.EIO),
    "null": (200, b"null", errno.EIO),
    "nothing": (200, b"", errno.EIO),
    "no content": (204, b"", errno.EIO),
    "half": (206, text_of(item("a"))[:50], errno.EIO),
    "not modified, unasked": (304, b"", errno.EIO),
    "a page of HTML": (200, b"<!DOCTYPE html><html>hello</html>", errno.EIO),
    "two values": (200, text_of(item("a")) * 2, errno.EIO),
    "NUL behind it": (200, text_of(item("a")) + b"\0", errno.EIO),
    "NUL within": (200, with_text(b'"Published"', b'"Pub\0lished"'), errno.EIO),
    "an escaped NUL in the id": (200, with_text(b'"id": "a"', b'"id": "a\\u0000b"'), errno.EIO),
    "a NUL in the data": (200, text_of(item("a", data={"title": {"en": "x\0y"}})), OK),
    "no UTF-8": (200, with_text(b'"Published"', b'"\xff\xfe"'), errno.EIO),
    "half a surrogate": (200, with_text(b'"en": "a"', b'"en": "\\ud800"'), OK),
    "another id": (200, text_of(item("b")), errno.ENOENT),
    "no id": (200, with_text(b'"id"', b'"di"'), errno.EIO),
    "a number as id": (200, text_of(item(7)), errno.EIO),
    "an empty id": (200, text_of(item("")), errno.EIO),
    "another schema": (200, text_of(item("a", schemaName="authors")), errno.ENOENT),
    "deleted": (200, text_of(item("a", isDeleted=True)), errno.ENOENT),
    "no version": (200, with_text(b'"version"', b'"vision"'), errno.EIO),
    "a text as version": (200, text_of(item("a", version="3")), errno.EIO),
    "a negative version": (200, text_of(item("a", version=-5)), errno.EIO),
    "a huge version": (200, with_text(b'"version": 0', b'"version": 99999999999999999999'),
                       errno.EIO),
    "a broken version": (200, text_of(item("a", version=1.5)), errno.EIO),
    "an object as status": (200, text_of(item("a", status={"x": 1})), OK),
    "no time": (200, text_of(item("a", lastModified="yesterday")), OK),
    "a time long ago": (200, text_of(item("a", lastModified="0001-01-01T00:00:00Z")), OK),
    "a time far off": (200, text_of(item("a", lastModified="9999-12-31T23:59:59Z")), OK),
    "a number as time": (200, text_of(item("a", lastModified=5)), OK),
    "no data": (200, with_text(b'"data"', b'"atad"'), OK),
    "an array as data": (200, text_of(item("a", data=[1])), OK),
    "null as data": (200, text_of(item("a", data=None)), OK),
    "a text as field": (200, text_of(item("a", data={"title": "x"})), OK),
    "a key twice": (200, with_text(b'"version"', b'"version": 7, "version"'), OK),
    "a huge number": (200, with_text(b'"en": "a"', b'"en": 1e99999'), OK),
    "a long number": (200, with_text(b'"en": "a"', b'"en": ' + b"9" * 4000), OK),
    "NaN": (200, with_text(b'"en": "a"', b'"en": NaN'), errno.EIO),
    "a comment": (200, with_text(b'"en": "a"', b'"en": /* */ "a"'), errno.EIO),
    "links that are none": (200, text_of(item("a", _links=[1])), OK),
    "a link that is none": (200, text_of(item("a", _links={"update": 5})), OK),
    "a byte order mark": (200, b"\xef\xbb\xbf" + text_of(item("a")), errno.EIO),
    "an error without words": (400, b"", errno.EINVAL),
    "an error of wrong types": (400, b'{"message": [1], "details": {"a": 1}, "traceId": 5}',
                                errno.EINVAL),
    "an error with odd details": (400, b'{"message": "m", "details": [1, null, "x"]}',
                                  errno.EINVAL),
    "an error of great length": (400, text_of({"message": "ü" * 100000}), errno.EINVAL),
    "an error of many lines": (400, text_of({"message": "a\nb\u2028c\x1b[31m\x7f"}), errno.EINVAL),
    "a status of no meaning": (299, text_of(item("a")), OK),
    "a status beyond": (600, b"", errno.EIO),
}


@pytest.mark.parametrize("name", list(ITEMS))
def test_an_odd_item(home, name):
    status, body, expected = ITEMS[name]
    with Actor() as actor:
        actor.says(RECIPES + "/a", status, body)
        with Mount(actor.url, home, ["timeout=3"]) as mount:
            path = mount.schema("recipes", "a.json")
            with Stopwatch() as watch:
                try:
                    size = os.stat(path).st_size
                    found = OK
                except OSError as caught:
                    found = caught.errno
            assert watch.seconds < slow(4)
            assert found == expected, (found, mount.control("errors"))
            if found == OK:
                with open(path, "rb") as stream:
                    text = stream.read()
                assert len(text) == size
                json.loads(text)
            for line in mount.control("errors").split("\n"):
                assert not line or json.loads(line)["errno"]


# What is answered for a list of recipes, and what a listing says.
PAGES = {
    "an array": (b"[]", errno.EIO),
    "no items": (b'{"total": 0}', errno.EIO),
    "an object as items": (b'{"total": 1, "items": {}}', errno.EIO),
    "null among the items": (b'{"total": 1, "items": [null]}', errno.EIO),
    "a text among the items": (b'{"total": 1, "items": ["x"]}', errno.EIO),
    "a negative total": (text_of(page(item("a"), total=-7)), ["a.json"]),
    "a huge total": (
        text_of(page(item("a"))).replace(b'"total": 1', b'"total": 1' + b"0" * 30), ["a.json"]),
    "a text as total": (text_of(page(item("a"), total="1")), ["a.json"]),
    "no total": (text_of(page(item("a"))).replace(b"total", b"tatol"), ["a.json"]),
    "the same item twice": (text_of(page(item("a"), item("a"))), ["a.json"]),
    "an item of another schema": (text_of(page(item("a"), item("b", schemaName="x"))), ["a.json"]),
    "a deleted item": (text_of(page(item("a"), item("b", isDeleted=True))), ["a.json"]),
    "names that lead elsewhere": (
        text_of(page(item("../../x"), item(".."))), ["%2E..json", "%2E.%2F..%2Fx.json"]),
    "an item without an id": (text_of(page(item("a"), {"version": 1})), errno.EIO),
    "an empty page that promises more": (b'{"total": 5, "items": []}', errno.EIO),
    "a page that has too much": (text_of(page(*[item(f"{n:04}") for n in range(1000)])), 1000),
    "items out of order": (text_of(page(*[item(f"{999 - n:04}") for n in range(1000)])), 1000),
}


@pytest.mark.parametrize("name", list(PAGES))
def test_an_odd_page(home, name):
    body, expected = PAGES[name]
    with Actor() as actor:
        def answer(handler):
            """What comes behind the first page is empty."""
            text = body if "filter" not in handler.path or b'"total": 5' in body else \
                b'{"total": 0, "items": []}'
            return 200, {"Content-Type": "application/json"}, text
        actor.does(RECIPES, answer)
        with Mount(actor.url, home, ["timeout=3"]) as mount:
            try:
                found = sorted(os.listdir(mount.schema("recipes")))
            except OSError as caught:
                found = caught.errno
            if isinstance(expected, list):
                assert found == sorted(expected), mount.control("errors")
            elif expected >= 1000:
                assert len(set(found)) == len(found) == expected
            else:
                assert found == expected, mount.control("errors")


def test_a_page_that_comes_again_and_again_ends_the_listing(home):
    with Actor() as actor:
        full = page(*[item(f"{n:04}") for n in range(200)], total=1000)
        actor.says(RECIPES, 200, full)
        with Mount(actor.url, home, ["timeout=3"]) as mount:
            with pytest.raises(OSError) as caught:
                os.listdir(mount.schema("recipes"))
            assert caught.value.errno == errno.EIO
        assert len(actor.asked(RECIPES)) < 10


# What is answered for a token, and how --check ends.
TOKENS = {
    "no JSON": (200, b"hello", 4),
    "HTML": (200, b"<html>", 4),
    "no token": (200, b'{"expires_in": 5}', 4),
    "a number as token": (200, b'{"access_token": 5, "expires_in": 5}', 4),
    "a token of two lines": (200, b'{"access_token": "a\\r\\nX: y", "expires_in": 5}', 4),
    "a token of 100 KB": (200, text_of({"access_token": "x" * 100000, "expires_in": 5}), 4),
    "no lifetime": (200, b'{"access_token": "x"}', 0),
    "a lifetime of 0": (200, b'{"access_token": "x", "expires_in": 0}', 4),
    "a negative lifetime": (200, b'{"access_token": "x", "expires_in": -1}', 4),
    "a huge lifetime": (200, b'{"access_token": "x", "expires_in": 1e30}', 0),
    "a long lifetime": (200, b'{"access_token": "x", "expires_in": 9223372036854775807}', 0),
    "a lifetime as text": (200, b'{"access_token": "x", "expires_in": "3600"}', 4),
    "a broken lifetime": (200, b'{"access_token": "x", "expires_in": 3600.5}', 0),
    "null as lifetime": (200, b'{"access_token": "x", "expires_in": null}', 0),
    "refused with 400": (400, b'{"error": "invalid_client"}', 3),
    "a bad scope": (400, b'{"error": "invalid_scope", "error_description": "d"}', 2),
    "refused without words": (401, b"", 3),
    "not found": (404, b"", 2),
    "a crash": (500, b"<html>", 4),
}


@pytest.mark.parametrize("name", list(TOKENS))
def test_an_odd_token(home, name):
    status, body, expected = TOKENS[name]
    with Actor() as actor:
        actor.says(TOKEN_PATH, status, body)
        done = run_program(
            ["--check", "-o", ",".join(credentials(home, "foodcrunch") + ["timeout=2"]),
             actor.url], home)
        print(done.stdout.decode())
        assert done.returncode == expected, done


# What is answered for the schemas, and how --check ends.
SCHEMAS = {
    "no JSON": (b"x", 4),
    "no items": (b"{}", 4),
    "null": (b'{"items": [null]}', 4),
    "no name": (b'{"items": [{"fields": []}]}', 4),
    "a name that is a path": (b'{"items": [{"name": "../x"}]}', 4),
    "a name beginning with a digit": (b'{"items": [{"name": "1st"}]}', 0),
    "names that differ in a dash": (b'{"items": [{"name": "my-blog"}, {"name": "myblog"}]}', 0),
    "the same name twice": (b'{"items": [{"name": "a"}, {"name": "a"}]}', 0),
    "no fields": (b'{"items": [{"name": "a", "fields": []}]}', 0),
    "fields that are none": (b'{"items": [{"name": "a", "fields": [1, null, {}]}]}', 0),
    "none at all": (b'{"items": []}', 0),
}


@pytest.mark.parametrize("name", list(SCHEMAS))
def test_odd_schemas(home, name):
    body, expected = SCHEMAS[name]
    with Actor() as actor:
        actor.says("/api/apps/foodcrunch/schemas", 200, body)
        done = run_program(
            ["--check", "-o", ",".join(credentials(home, "foodcrunch") + ["timeout=2"]),
             actor.url], home)
        print(done.stdout.decode())
        assert done.returncode == expected, done
