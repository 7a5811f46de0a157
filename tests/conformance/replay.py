"""Sends every recorded request to an emulator and compares the answers.

The transcripts change the state as they go, so they are all sent once, in their
order, and the outcome of each is kept for its test.
"""

import json
import re

import order
import setup_calls
import socket_replay
from compare import Difference, Masks, compare_headers, compare_json
from emulator import Emulator, basic
from history import compare_history
from transcript import load

# The last part was recorded with 10,000 generated recipes.
FIRST_OF_LAST_PART = "306-graphql-two-pages-200.txt"
GENERATED_ITEMS = "10000"

MAX_DRAWS = 100


class Replay:
    """One pass over a list of transcripts on one emulator."""

    def __init__(self, emulator):
        self.emulator = emulator
        self.masks = Masks(emulator.base)
        self.outcomes = {}  # name -> None, or a sentence on what differs

    def run(self, names):
        for name in names:
            try:
                self._run_one(name)
                self.outcomes[name] = None
            except Exception as problem:  # one that fails must not hide the others
                self.outcomes[name] = f"{type(problem).__name__}: {problem}"

    def _run_one(self, name):
        prepare = setup_calls.BEFORE.get(name)
        if prepare:
            prepare(self.emulator)
        try:
            if name in socket_replay.NAMES:
                socket_replay.replay(self.emulator, self.masks, name)
            else:
                transcript = load(name)
                compare_answers(self.masks, transcript, self._ask(transcript))
        finally:
            restore = setup_calls.AFTER.get(name)
            if restore:
                restore(self.emulator)

    def _ask(self, transcript):
        """A draw is repeated until it gives what was drawn for the recording."""
        answer = self._send(transcript.request)
        if '"random"' in (transcript.request.body or ""):
            wanted = item_ids(transcript.answer)
            for _ in range(MAX_DRAWS):
                if item_ids(answer) == wanted:
                    break
                answer = self._send(transcript.request)
        return answer

    def _send(self, request):
        headers = []
        for key, value in request.headers:
            value = self._header_value(key, value)
            if value is not None:
                headers.append((key, value))
        for note in request.notes:
            if note.startswith("curl -u "):
                headers.append(("Authorization", basic(note[len("curl -u "):])))
        target = request.target
        if "access_token=TOKEN" in target:
            target = target.replace("TOKEN", self.emulator.token("owner"))
        return self.emulator.send(request.method, target, headers, request.body)

    def _header_value(self, key, value):
        client = re.fullmatch(r"Bearer TOKEN \((\w+) client\)", value)
        if client:
            return self._authorization(client.group(1))
        if key == "If-None-Match":
            for recorded, actual in self.masks.tags.items():
                value = value.replace(recorded.removeprefix("W/"), actual.removeprefix("W/"))
        return value

    def _authorization(self, client):
        if client == "none":
            return None
        if client == "invalid":
            return "Bearer invalid"
        # The emulator has no administrator; an owner sees the same 404.
        return "Bearer " + self.emulator.token("owner" if client == "admin" else client)


def item_ids(answer):
    return [item["id"] for item in json.loads(answer.body)["items"]]


def compare_answers(masks, transcript, actual):
    recorded = transcript.answer
    if recorded.status != actual.status:
        got = f"{actual.status}: {actual.body[:300]}"
        raise Difference(f"status: recorded {recorded.status}, got {got}")
    bulk = isinstance(_parse(recorded.body), list) and "jobIndex" in recorded.body
    compare_headers(masks, recorded, actual, loose_tag=bulk)
    if transcript.request.method == "HEAD":
        return
    if recorded.body.startswith("data: "):
        _compare_stream(masks, recorded.body, actual.body)
        return
    left, right = _parse(recorded.body), _parse(actual.body)
    if left is None or right is None:
        if recorded.body != actual.body.strip("\n"):
            raise Difference(f"body: recorded {recorded.body!r}, got {actual.body!r}")
        return
    if "/history" in transcript.request.target and isinstance(left, list):
        compare_history(left, right)
        return
    _settle_order(masks, transcript.request, left, right)
    compare_json(masks, left, right)


def _parse(text):
    try:
        return json.loads(text)
    except ValueError:
        return None


def _compare_stream(masks, recorded, actual):
    left = [json.loads(line[6:]) for line in recorded.split("\n") if line.startswith("data: ")]
    right = [json.loads(line[6:]) for line in actual.split("\n") if line.startswith("data: ")]
    compare_json(masks, order.by_id(left, str), order.by_id(right, str))


def _settle_order(masks, request, recorded, actual):
    """Brings both sides to one order where the recorded one was a matter of chance."""
    if isinstance(recorded, list) and recorded and "jobIndex" in recorded[0]:
        # The jobs of a bulk request run side by side.
        recorded.sort(key=lambda result: result["jobIndex"])
        actual.sort(key=lambda result: result["jobIndex"])
        return
    if not (isinstance(recorded, dict) and isinstance(recorded.get("items"), list)):
        return
    left, right = recorded["items"], actual.get("items", [])
    if not left or "schemaName" not in left[0]:
        return
    recorded_name = {actual_id: recorded_id for recorded_id, actual_id in masks.guids.items()}

    def name(item_id):
        return recorded_name.get(item_id, item_id)

    if order.is_default_order(request):
        order.check_default_order(right)
        recorded["items"] = order.by_id(left, str)
        actual["items"] = order.by_id(right, name)
    else:
        recorded["items"] = order.made_last(left, masks.is_made_id, str)
        actual["items"] = order.made_last(right, lambda i: masks.is_made_id(name(i)), name)


def writes(request):
    is_question = "/query" in request.target or "/graphql" in request.target
    return request.method not in ("GET", "HEAD", "OPTIONS") and not is_question


def replay_all(names):
    """Returns what differs, by name of the transcript."""
    cut = next(i for i, name in enumerate(names) if _number(name) >= _number(FIRST_OF_LAST_PART))
    with Emulator() as emulator:
        first = Replay(emulator)
        first.run(names[:cut])
    with Emulator("--items", GENERATED_ITEMS) as emulator:
        # The last part goes on where the first one ended.
        Replay(emulator).run([name for name in names[:cut] if writes(load(name).request)])
        last = Replay(emulator)
        last.run(names[cut:])
    return {**first.outcomes, **last.outcomes}


def _number(name):
    return int(name.split("-")[0])
