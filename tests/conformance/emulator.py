"""Starts the emulator and talks to it."""

import base64
import http.client
import json
import os
import subprocess
import tempfile
import time
import urllib.parse
from pathlib import Path

from transcript import SECRET, Answer

ROOT = Path(__file__).resolve().parent.parent.parent
START_TIMEOUT_S = 30
REQUEST_TIMEOUT_S = 30


def find_program():
    """The program named by SQUIDEX_EMULATOR, else the newest of a build."""
    named = os.environ.get("SQUIDEX_EMULATOR")
    if named:
        return Path(named)
    found = [p for p in ROOT.glob("build*/**/squidex-emulator") if os.access(p, os.X_OK)]
    if not found:
        raise RuntimeError("no squidex-emulator: build it, or name it in SQUIDEX_EMULATOR")
    return max(found, key=lambda p: p.stat().st_mtime)


class Emulator:
    """One running emulator; use it as a context manager."""

    def __init__(self, *options):
        self.options = options
        self.process = None
        self.port = None
        self.tokens = {}

    def __enter__(self):
        folder = tempfile.TemporaryDirectory()
        port_file = Path(folder.name) / "port"
        command = [str(find_program()), "--port", "0", "--port-file", str(port_file)]
        self.process = subprocess.Popen([*command, *self.options], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + START_TIMEOUT_S
        while not port_file.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.__exit__(None, None, None)
                raise RuntimeError("the emulator did not start: " + " ".join(command))
            time.sleep(0.01)
        self.port = int(port_file.read_text(encoding="ascii"))
        folder.cleanup()
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(timeout=START_TIMEOUT_S)

    @property
    def base(self):
        return f"http://127.0.0.1:{self.port}"

    def send(self, method, target, headers=(), body=None):
        """Sends exactly these headers (and Host, Content-Length)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=REQUEST_TIMEOUT_S)
        data = body.encode("utf-8") if body is not None else None
        try:
            connection.putrequest(method, target, skip_accept_encoding=True)
            for name, value in headers:
                connection.putheader(name, value)
            if data is not None:
                connection.putheader("Content-Length", str(len(data)))
            connection.endheaders(data)
            response = connection.getresponse()
            text = response.read().decode("utf-8")
            return Answer(response.status, response.getheaders(), text)
        finally:
            connection.close()

    def token(self, client):
        """A token of a client such as "owner"; fetched once."""
        if client not in self.tokens:
            name = "default" if client == "owner" else client
            form = urllib.parse.urlencode(
                {
                    "grant_type": "client_credentials",
                    "client_id": f"foodcrunch:{name}",
                    "client_secret": SECRET,
                    "scope": "squidex-api",
                }
            )
            headers = [("Content-Type", "application/x-www-form-urlencoded")]
            answer = self.send("POST", "/identity-server/connect/token", headers, form)
            assert answer.status == 200, f"no token for {client}: {answer.body}"
            self.tokens[client] = json.loads(answer.body)["access_token"]
        return self.tokens[client]

    def call(self, method, target, body=None, client="owner", headers=()):
        """A set-up call: it has to succeed. Returns the parsed answer."""
        all_headers = [("Authorization", f"Bearer {self.token(client)}"), *headers]
        text = None
        if body is not None:
            all_headers.append(("Content-Type", "application/json"))
            text = json.dumps(body)
        answer = self.send(method, target, all_headers, text)
        assert 200 <= answer.status < 300, f"{method} {target}: {answer.status} {answer.body}"
        return json.loads(answer.body) if answer.body else None


def basic(credentials):
    """The header that curl makes of "-u CREDENTIALS"."""
    return "Basic " + base64.b64encode(credentials.encode("utf-8")).decode("ascii")
