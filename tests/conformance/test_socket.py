"""The emulator's WebSocket beyond the recorded conversation, and what tests can do to it."""

import json
import time

import pytest

from emulator import Emulator
from websocket import CONTINUATION, PING, PONG, TEXT, Closed, WebSocket

PATH = "/api/content/foodcrunch/graphql"
RECIPES = "/api/content/foodcrunch/recipes"
EVENTS = 'subscription{contentChanges(schemaName:"recipes"){type id version status newStatus}}'


@pytest.fixture(scope="module")
def emulator():
    with Emulator() as running:
        yield running


@pytest.fixture(autouse=True)
def fresh(emulator):
    assert emulator.send("POST", "/_emulator/reset").status == 200
    assert emulator.send("DELETE", "/_emulator/faults").status == 200
    assert emulator.send("DELETE", "/_emulator/stats").status == 200


def connect(emulator, client="owner", **headers):
    changed = {"Authorization": f"Bearer {emulator.token(client)}"}
    changed.update({name.replace("_", "-"): value for name, value in headers.items()})
    return WebSocket(emulator, PATH, changed)


def stats(emulator):
    return json.loads(emulator.send("GET", "/_emulator/stats").body)


def command(emulator, **words):
    answer = emulator.send("POST", "/_emulator/sockets", (), json.dumps(words))
    assert answer.status == 200, answer.body


def create(emulator, id="new-1", path=RECIPES, status="Draft"):
    emulator.call("POST", f"{path}?id={id}&status={status}", {"title": {"en": "New"}})


def event(message):
    assert message["type"] == "next"
    return message["payload"]["data"]["contentChanges"]


def until(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_handshake(emulator):
    emulator.token("owner")
    emulator.send("DELETE", "/_emulator/stats")
    with connect(emulator) as ws:
        assert ws.status == 101
        assert ws.headers["sec-websocket-accept"] == ws.expected_accept()
        assert ws.headers["upgrade"] == "websocket"
        until(lambda: stats(emulator)["sockets"] == 1)
    until(lambda: stats(emulator)["sockets"] == 0)
    counted = stats(emulator)
    assert counted["credits"] == 2 and counted["socketsOpened"] == 1
    assert counted["requests"] == {"WS /api/content/{app}/graphql": 1}


@pytest.mark.parametrize("header, value, status", [
    ("Sec_WebSocket_Version", "8", 400),
    ("Sec_WebSocket_Key", "short", 400),
    ("Sec_WebSocket_Key", None, 400),
    ("Sec_WebSocket_Protocol", "chat", 400),
    ("Authorization", "Bearer invalid", 401),
    ("Connection", "keep-alive, upgrade", 101),
    ("Sec_WebSocket_Protocol", "graphql-ws, graphql-transport-ws", 101),
])
def test_handshake_with_another_header(emulator, header, value, status):
    with connect(emulator, **{header: value}) as ws:
        assert ws.status == status


def test_every_kind_of_event(emulator):
    def api(method, path, body=None):
        emulator.call(method, f"{RECIPES}/new-1{path}", body)

    with connect(emulator) as ws:
        ws.subscribe(EVENTS)
        create(emulator)
        api("PUT", "", {"title": {"en": "Newer"}})
        api("PUT", "/status", {"status": "Published"})
        api("PUT", "/status", {"status": "Draft"})
        api("PUT", "/status", {"status": "Archived"})
        api("DELETE", "")
        emulator.call("DELETE", f"{RECIPES}/demo-draft?permanent=true")
        heard = [event(ws.hear()) for _ in range(7)]
    assert [(e["type"], e["id"], e["status"]) for e in heard] == [
        ("CREATED", "new-1", "Draft"), ("UPDATED", "new-1", "Draft"),
        ("PUBLISHED", "new-1", "Published"), ("UNPUBLISHED", "new-1", "Draft"),
        ("STATUS_CHANGED", "new-1", "Archived"), ("DELETED", "new-1", "Archived"),
        ("DELETED", "demo-draft", "Draft")]
    assert [e["version"] for e in heard[:6]] == list(range(6))
    assert stats(emulator)["events"] == 7


def test_draft_of_a_published_item(emulator):
    with connect(emulator) as ws:
        ws.subscribe(EVENTS)
        emulator.call("POST", f"{RECIPES}/demo-published/draft")
        heard = event(ws.hear())
    assert (heard["type"], heard["status"], heard["newStatus"]) == ("CREATED", "Published", "Draft")


def test_bulk_tells_of_each_item(emulator):
    jobs = [{"type": "Upsert", "id": f"bulk-{i}", "data": {"title": {"en": str(i)}}}
            for i in range(50)]
    with connect(emulator) as ws:
        ws.subscribe(EVENTS)
        emulator.call("POST", f"{RECIPES}/bulk", {"jobs": jobs})
        heard = [event(ws.hear())["id"] for _ in jobs]
    assert heard == [job["id"] for job in jobs]


def test_subscription_hears_of_its_schema(emulator):
    everything = "subscription All {changes: contentChanges {t: type id __typename}}"
    chosen = "subscription($s: String) {contentChanges(schemaName: $s) {id}}"
    with connect(emulator) as ws:
        ws.subscribe(everything, id="all")
        for id, schema in (("a", "authors"), ("r", "recipes")):
            ws.say({"id": id, "type": "subscribe",
                    "payload": {"query": chosen, "variables": {"s": schema}}})
        ws.say({"type": "ping"})
        assert ws.hear() == {"type": "pong"}
        create(emulator)
        heard = {message["id"]: message["payload"]["data"] for message in (ws.hear(), ws.hear())}
        assert heard == {
            "all": {"changes": {"t": "CREATED", "id": "new-1", "__typename": "EnrichedContentEvent"}},
            "r": {"contentChanges": {"id": "new-1"}}}
        ws.say({"id": "all", "type": "complete"})
        ws.say({"type": "ping"})
        assert ws.hear() == {"type": "pong"}
        create(emulator, "new-2")
        assert ws.hear()["id"] == "r"
        assert stats(emulator)["events"] == 3


def test_other_apps_are_not_heard(emulator):
    with connect(emulator) as ws:
        ws.subscribe("subscription{contentChanges{type id}}")
        headers = [("Authorization", f"Bearer {bookshelf_token(emulator)}"),
                   ("Content-Type", "application/json")]
        body = json.dumps({"text": {"en": "A note"}})
        answer = emulator.send("POST", "/api/content/bookshelf/notes?id=b", headers, body)
        assert answer.status == 201, answer.body
        create(emulator)
        assert event(ws.hear())["id"] == "new-1"


def bookshelf_token(emulator):
    form = ("grant_type=client_credentials&scope=squidex-api"
            "&client_id=bookshelf:default&client_secret=secret")
    headers = [("Content-Type", "application/x-www-form-urlencoded")]
    answer = emulator.send("POST", "/identity-server/connect/token", headers, form)
    return json.loads(answer.body)["access_token"]


@pytest.mark.parametrize("query, code", [
    ("subscription{contentChanges{nope}}", "FIELDS_ON_CORRECT_TYPE"),
    ("subscription{nothing{id}}", "FIELDS_ON_CORRECT_TYPE"),
    ("subscription{contentChanges}", "SCALAR_LEAFS"),
    ("subscription{contentChanges(schema:1){id}}", "KNOWN_ARGUMENT_NAMES"),
    ("subscription{a:contentChanges{id} b:contentChanges{id}}", "SINGLE_ROOT_FIELD_SUBSCRIPTIONS"),
    ("subscription{", "SYNTAX_ERROR"),
    ("{queryRecipesContents{id}}", "INVALID_OPERATION"),
])
def test_mistake_is_named(emulator, query, code):
    with connect(emulator) as ws:
        ws.say({"type": "connection_init"})
        ws.hear()
        ws.say({"id": "1", "type": "subscribe", "payload": {"query": query}})
        answer = ws.hear()
    assert (answer["type"], answer["id"]) == ("error", "1")
    assert answer["payload"][0]["extensions"]["code"] == code


def test_subscription_over_http(emulator):
    headers = [("Authorization", f"Bearer {emulator.token('owner')}"),
               ("Content-Type", "application/json")]
    answer = emulator.send("POST", PATH, headers, json.dumps({"query": EVENTS}))
    assert "INVALID_OPERATION" in answer.body


INIT = {"type": "connection_init"}
SUBSCRIBE = {"id": "1", "type": "subscribe", "payload": {"query": EVENTS}}


@pytest.mark.parametrize("messages, code", [
    ([SUBSCRIBE], 4401),
    ([INIT, INIT], 4429),
    ([INIT, SUBSCRIBE, SUBSCRIBE], 4409),
    ([INIT, {"type": "nonsense"}], 4400),
    ([INIT, ["no object"]], 4400),
])
def test_broken_rules_close(emulator, messages, code):
    with connect(emulator) as ws:
        for message in messages:
            ws.say(message)
        assert ws.close_code() == code


def test_frames(emulator):
    text = json.dumps(INIT).encode()
    with connect(emulator) as ws:
        ws.send_frame(TEXT, text[:5], final=False)
        ws.send_frame(PING, b"between")
        ws.send_frame(CONTINUATION, text[5:])
        assert ws.frame() == (PONG, b"between")
        assert ws.hear() == {"type": "connection_ack"}
        ws.say({"type": "ping", "payload": "x" * 70000})
        assert ws.hear() == {"type": "pong"}
        assert stats(emulator)["pings"] == 1
        ws.send_frame(8, b"\x03\xe8")
        assert ws.close_code() == 1000


@pytest.mark.parametrize("frame, code", [
    ({"opcode": TEXT, "payload": b"{}", "masked": False}, 1002),
    ({"opcode": 3, "payload": b"{}"}, 1002),
    ({"opcode": CONTINUATION, "payload": b"{}"}, 1002),
    ({"opcode": PING, "payload": b"x" * 126}, 1002),
    ({"opcode": 2, "payload": b"{}"}, 1003),
    ({"opcode": TEXT, "payload": b"x" * 1100000}, 1009),
])
def test_bad_frame_closes(emulator, frame, code):
    with connect(emulator) as ws:
        ws.send_frame(**frame)
        assert ws.close_code() == code


def test_upgrade_is_refused(emulator):
    rule = {"method": "GET", "path": PATH, "status": 403}
    emulator.send("POST", "/_emulator/faults", (), json.dumps(rule))
    with connect(emulator) as ws:
        assert ws.status == 403
    with connect(emulator) as ws:
        assert ws.status == 101


def test_dropped(emulator):
    with connect(emulator) as one, connect(emulator) as other:
        until(lambda: stats(emulator)["sockets"] == 2)
        command(emulator, drop=True)
        assert one.close_code() is None and other.close_code() is None
    with connect(emulator) as ws:
        ws.subscribe(EVENTS)


def test_closed_with_a_code(emulator):
    with connect(emulator) as ws:
        ws.subscribe(EVENTS)
        command(emulator, close=1012)
        assert ws.close_code() == 1012


def test_mute_is_half_dead(emulator):
    with connect(emulator) as ws:
        ws.subscribe(EVENTS)
        command(emulator, mute=True)
        ws.send_frame(PING)
        with connect(emulator) as later:
            later.subscribe(EVENTS)
            create(emulator)
            assert event(later.hear())["id"] == "new-1"
        ws.stream.settimeout(0.2)
        with pytest.raises(TimeoutError):
            ws.frame()
    until(lambda: stats(emulator)["sockets"] == 0)


def test_events_are_late(emulator):
    with connect(emulator) as ws:
        ws.subscribe(EVENTS)
        command(emulator, delayMs=300)
        began = time.monotonic()
        create(emulator)
        ws.say({"type": "ping"})
        assert ws.hear() == {"type": "pong"}
        assert event(ws.hear())["id"] == "new-1"
        assert time.monotonic() - began > 0.25


@pytest.mark.parametrize("word, problem", [("garbage", ValueError), ("badFrame", AssertionError)])
def test_garbage(emulator, word, problem):
    with connect(emulator) as ws:
        ws.subscribe(EVENTS)
        command(emulator, **{word: True})
        with pytest.raises(problem):
            ws.hear()


@pytest.mark.parametrize("wrong", [{"drop": 1}, {"delayMs": -1}, {"nope": True}, []])
def test_command_is_refused(emulator, wrong):
    answer = emulator.send("POST", "/_emulator/sockets", (), json.dumps(wrong))
    assert answer.status == 400 and json.loads(answer.body)["message"]


def test_server_says_goodbye():
    with Emulator() as running:
        ws = connect(running)
        ws.subscribe(EVENTS)
    with ws:
        with pytest.raises(Closed) as closed:
            ws.frame()
        assert closed.value.code == 1001
