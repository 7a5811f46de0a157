"""Reads the transcripts of a real server.

A transcript is a request behind "> ", a blank line, and the answer as it came.
A line "> (...)" is a note on how the request was sent.
"""

import re
from pathlib import Path

# The secrets of all clients were replaced in the recording.
SECRET = "secret"
RECORDED_SECRET = re.compile(r"SQUIDEX_(?:[A-Z]+_)?CLIENT_SECRET")

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures" / "wire"


class Request:
    """What was sent: method, target, headers (a list of pairs), body."""

    def __init__(self, method, target, headers, body, notes):
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        self.notes = notes

    def header(self, name):
        for key, value in self.headers:
            if key.lower() == name.lower():
                return value
        return None


class Answer:
    """What came back: status, headers (a list of pairs), body (text)."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def values(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name):
        values = self.values(name)
        return values[0] if values else None


class Transcript:
    def __init__(self, name, request, answer):
        self.name = name
        self.request = request
        self.answer = answer


def index():
    """The names of all transcripts in the order in which they were recorded."""
    lines = (FIXTURES / "INDEX.txt").read_text(encoding="utf-8").splitlines()
    return [line.split()[0] for line in lines if line.strip()]


def load(name):
    text = (FIXTURES / name).read_text(encoding="utf-8")
    text = RECORDED_SECRET.sub(SECRET, text)
    asked, answered = re.split(r"\n(?=HTTP/1\.1 )", text, maxsplit=1)
    return Transcript(name, _parse_request(asked), _parse_answer(answered))


def _parse_request(text):
    lines = text.split("\n")
    method, target = lines[0][2:].split(" ", 1)
    headers, notes, body = [], [], None
    for line in lines[1:]:
        if line.startswith("> ("):
            notes.append(line[3:].rstrip(")"))
        elif line == ">":
            body = []
        elif body is not None:
            body.append(line)
        elif line.startswith("> "):
            name, value = line[2:].split(": ", 1)
            headers.append((name, value))
    return Request(method, target, headers, _join(body), notes)


def _join(lines):
    if lines is None:
        return None
    return "\n".join(lines).rstrip("\n")


def _parse_answer(text):
    head, _, body = text.partition("\n\n")
    lines = head.split("\n")
    headers = [tuple(line.split(": ", 1)) for line in lines[1:] if ": " in line]
    return Answer(int(lines[0].split(" ")[1]), headers, body.strip("\n"))
