"""Compares an answer with the recorded one.

What no two servers have in common is masked, and masked consistently: an id
that the server made, or the hash of an ETag, stands for the same one of the
other side wherever it turns up again.
"""

import base64
import json
import re

RECORDED_BASE = "http://127.0.0.1:5000"

GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
PRECISE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,7}Z")
TRACE = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-00")
HASH_TAG = re.compile(r'W/"[0-9A-F]{64}"')
VERSION_TAG = re.compile(r'W/"-?\d+"')

# Headers of the transport, and those that are compared by a rule of their own.
IGNORED = {"date", "server", "transfer-encoding", "content-length", "connection", "keep-alive"}
OWN_RULE = {"vary", "etag", "x-appid", "allow"}

TIME_KEYS = {"created", "lastModified"}


class Masks:
    """What stands for what: recorded value to actual value."""

    def __init__(self, base):
        self.base = base
        self.guids = {}
        self.tags = {}

    def recorded_text(self, text):
        """A recorded text with this server's address in it."""
        return text.replace(RECORDED_BASE, self.base)

    def is_made_id(self, recorded):
        """Whether a server made this recorded id, so that it sorts anyhow."""
        return self.guids.get(recorded, recorded) != recorded

    def same_guid(self, recorded, actual):
        if self.guids.setdefault(recorded, actual) != actual:
            return False
        owners = [key for key, value in self.guids.items() if value == actual]
        return owners == [recorded]

    def same_text(self, recorded, actual):
        """Equal, ids of servers aside."""
        recorded = self.recorded_text(recorded)
        if recorded == actual:
            return True
        left, right = GUID.findall(recorded), GUID.findall(actual)
        if len(left) != len(right) or GUID.sub("", recorded) != GUID.sub("", actual):
            return False
        return all(self.same_guid(a, b) for a, b in zip(left, right))


class Difference(Exception):
    """What differs and where; the message is for a person."""


def check_equal(what, recorded, actual):
    if recorded != actual:
        raise Difference(f"{what}: recorded {recorded!r}, got {actual!r}")


def compare_headers(masks, recorded, actual, loose_tag):
    check_equal("Vary", _name_set(recorded, "vary"), _name_set(actual, "vary"))
    check_equal("Allow", _name_set(recorded, "allow"), _name_set(actual, "allow"))
    has_app = [bool(answer.values("x-appid")) for answer in (recorded, actual)]
    check_equal("X-AppId is there", *has_app)
    _compare_tag(masks, recorded.header("etag"), actual.header("etag"), loose_tag)
    names = {key.lower() for key, _ in recorded.headers + actual.headers}
    for name in sorted(names - IGNORED - OWN_RULE):
        left, right = recorded.header(name), actual.header(name)
        if left is None or right is None:
            check_equal(name, left, right)
        elif not masks.same_text(left, right):
            raise Difference(f"{name}: recorded {left!r}, got {right!r}")


def _name_set(answer, header):
    values = ",".join(answer.values(header)).split(",")
    return sorted(value.strip().lower() for value in values if value.strip())


def _compare_tag(masks, recorded, actual, loose_tag):
    if recorded is None or actual is None:
        check_equal("ETag", recorded, actual)
    elif HASH_TAG.fullmatch(recorded):
        if not HASH_TAG.fullmatch(actual):
            raise Difference(f"ETag: recorded a hash, got {actual!r}")
        check_equal("ETag of the same things", masks.tags.setdefault(recorded, actual), actual)
    elif loose_tag:
        check_equal("ETag is a version", True, bool(VERSION_TAG.fullmatch(actual)))
    else:
        check_equal("ETag", recorded, actual)


def compare_json(masks, recorded, actual, where="$"):
    """Key order does not matter, the order of arrays does."""
    check_equal(f"type of {where}", type(recorded).__name__, type(actual).__name__)
    if isinstance(recorded, dict):
        check_equal(f"keys of {where}", sorted(recorded), sorted(actual))
        for key in recorded:
            _compare_member(masks, key, recorded[key], actual[key], f"{where}.{key}")
    elif isinstance(recorded, list):
        check_equal(f"length of {where}", len(recorded), len(actual))
        for i, (left, right) in enumerate(zip(recorded, actual)):
            compare_json(masks, left, right, f"{where}[{i}]")
    elif isinstance(recorded, str):
        if not masks.same_text(recorded, actual):
            raise Difference(f"{where}: recorded {recorded!r}, got {actual!r}")
    else:
        check_equal(where, recorded, actual)


def _compare_member(masks, key, recorded, actual, where):
    if key == "editToken":
        compare_json(masks, _read_token(recorded), _read_token(actual), where)
    elif key == "traceId":
        _check_form(where, TRACE, actual)
    elif key == "tracing":
        _compare_tracing(recorded, actual, where)
    elif key in TIME_KEYS and isinstance(recorded, str):
        _check_form(where, TIME, actual)
    elif key == "access_token":
        check_equal(f"{where} is there", True, len(actual) > 0)
    elif key == "expires_in":
        check_equal(f"{where} is about 30 days", True, 0 <= 2592000 - actual <= 10)
    else:
        compare_json(masks, recorded, actual, where)


def _compare_tracing(recorded, actual, where):
    """What a GraphQL answer says of its own making: how long each part took."""
    check_equal(f"type of {where}", type(recorded).__name__, type(actual).__name__)
    if isinstance(recorded, dict):
        check_equal(f"keys of {where}", sorted(recorded), sorted(actual))
        for key in recorded:
            _compare_tracing(recorded[key], actual[key], f"{where}.{key}")
    elif isinstance(recorded, str):
        _check_form(where, PRECISE_TIME, actual)
    elif not where.endswith(("ffset", "uration")):
        check_equal(where, recorded, actual)


def _check_form(where, form, actual):
    if not isinstance(actual, str) or not form.fullmatch(actual):
        raise Difference(f"{where}: {actual!r} has not the form {form.pattern}")


def _read_token(text):
    return json.loads(base64.b64decode(text))
