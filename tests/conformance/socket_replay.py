"""Replays the transcript of a WebSocket: what the client said, what it heard."""

import json

from compare import check_equal, compare_json
from transcript import FIXTURES
from websocket import WebSocket

NAMES = {"320-websocket-subscription.txt"}
RECIPES = "/api/content/foodcrunch/recipes"


def replay(emulator, masks, name):
    """Raises Difference where the emulator's side is another."""
    lines = (FIXTURES / name).read_text(encoding="utf-8").splitlines()
    target = lines[0].split()[2].removeprefix("ws://HOST")
    with WebSocket(emulator, target.replace("TOKEN", emulator.token("owner"))) as ws:
        check_equal("status", 101, ws.status)
        check_equal("costs", "2", ws.headers.get("x-costs"))
        check_equal("protocol", "graphql-transport-ws", ws.headers.get("sec-websocket-protocol"))
        for number, line in enumerate(lines[1:], 2):
            speaker, _, text = line.partition(": ")
            if speaker == "client":
                ws.say(json.loads(text))
            elif speaker == "server":
                compare_json(masks, json.loads(text), ws.hear(), f"line {number}")
            else:
                settle(ws)
                write_elsewhere(emulator)


def settle(ws):
    """The recorder's next write came well after its subscription was in force."""
    ws.say({"type": "ping"})
    check_equal("answer to a ping", {"type": "pong"}, ws.hear())


def write_elsewhere(emulator):
    """POST ?id=push-1&status=Published, then DELETE push-1"""
    data = {"title": {"en": "Pushed"}}
    emulator.call("POST", f"{RECIPES}?id=push-1&status=Published", data)
    emulator.call("DELETE", f"{RECIPES}/push-1")
