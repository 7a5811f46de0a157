"""The local server under test conditions: starting it, steering it, asking it directly."""

import contextlib
import http.client
import json
import os
import shutil
import subprocess
import tempfile
import urllib.parse

from deadline import slow, until

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(HERE, os.pardir, "emulator", "data")

# Characters that have to be percent-encoded in the token request, and a word that can be
# looked for in any output.
SECRET = "kohlrabi=+/&%42 secret"
SECRET_WORD = b"kohlrabi"

# What reading for an editable view has to ask for: without them the answer is not what is stored.
EDITABLE = {
    "X-Unpublished": "1",
    "X-NoResolveLanguages": "1",
    "X-NoDefaults": "1",
    "X-NoCleanup": "1",
}


def default_program():
    return os.environ.get("SQUIDEX_EMULATOR") or os.path.join(
        HERE, os.pardir, os.pardir, "build", "debug", "tests", "emulator", "squidex-emulator")


def data_with_secret():
    """A copy of the emulator's data in which every client has the secret SECRET."""
    directory = tempfile.mkdtemp(prefix="squidexfs-test-data-")
    for app in os.listdir(DATA):
        source = os.path.join(DATA, app)
        if not os.path.isdir(source):
            continue
        shutil.copytree(source, os.path.join(directory, app))
        path = os.path.join(directory, app, "clients.json")
        with open(path, encoding="utf-8") as stream:
            clients = json.load(stream)
        for client in clients["items"]:
            client["secret"] = SECRET
        with open(path, "w", encoding="utf-8") as stream:
            json.dump(clients, stream)
    return directory


def quote(text):
    return urllib.parse.quote(text, safe="")


class Emulator:
    """
    A running server.

    with Emulator(items=996) as emulator:
        emulator.fault(path="/api/content/foodcrunch/recipes", status=503, count=-1)
        ...
        emulator.count("/api/content/")
    """

    def __init__(self, *arguments, program=None):
        self.program = program or default_program()
        self.arguments = list(arguments)
        self.directory = tempfile.mkdtemp(prefix="squidexfs-test-emulator-")
        self.data = data_with_secret()
        self.process = None
        self.port = 0
        self.tokens = {}

    # Life

    def start(self):
        port_file = os.path.join(self.directory, "port")
        if os.path.exists(port_file):
            os.unlink(port_file)
        self.output = open(os.path.join(self.directory, "output"), "ab")
        self.process = subprocess.Popen(
            [self.program, "--port", str(self.port), "--port-file", port_file,
             "--data", self.data] + self.arguments,
            stdin=subprocess.DEVNULL, stdout=self.output, stderr=subprocess.STDOUT)

        until(lambda: os.path.exists(port_file) or self.process.poll() is not None, 20,
              "the emulator listens")
        assert self.process.poll() is None, self.text()
        with open(port_file, encoding="ascii") as stream:
            self.port = int(stream.read())
        self.tokens = {}
        return self

    def stop(self):
        """Ends it; a later start() listens on the same port."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout=slow(10))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.output.close()
        self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)
        shutil.rmtree(self.data, ignore_errors=True)
        return False

    def text(self):
        with open(os.path.join(self.directory, "output"), encoding="utf-8",
                  errors="replace") as stream:
            return stream.read()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    # Talking to it

    def send(self, method, path, body=None, headers=None):
        """Returns (status, headers, body as bytes)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=slow(30))
        try:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def control(self, method, path, value=None):
        body = None if value is None else json.dumps(value)
        status, _, text = self.send(method, "/_emulator" + path, body,
                                    {"Content-Type": "application/json"} if body else None)
        assert 200 <= status < 300, (method, path, status, text)
        return json.loads(text) if text else None

    def reset(self):
        """The seed state, no faults, nothing counted."""
        self.control("DELETE", "/faults")
        self.control("POST", "/reset")
        self.forget()

    def fault(self, method="GET", path="/api/content/", **rule):
        """Adds one rule."""
        self.control("POST", "/faults", [dict(rule, method=method, path=path)])

    def clear_faults(self):
        self.control("DELETE", "/faults")

    def sockets(self, **command):
        """Does something to every open WebSocket: drop=True, mute=True, delayMs=500."""
        self.control("POST", "/sockets", command)

    @contextlib.contextmanager
    def clock_at(self, second):
        """Its clock stands still there, since 1970; set(second) moves it."""
        def set_clock(second):
            self.control("POST", "/clock", {"at": int(second)})

        set_clock(second)
        try:
            yield set_clock
        finally:
            self.control("POST", "/clock", {})

    def revoke_tokens(self):
        self.tokens = {}
        self.control("POST", "/tokens/revoke")

    # What was asked

    def forget(self):
        """Begins counting anew."""
        self.control("DELETE", "/stats")

    def stats(self):
        return self.control("GET", "/stats")

    def log(self):
        """The latest 1,000 requests, oldest first: {"method", "target", "status", "headers"}."""
        return self.control("GET", "/log")

    def asked(self, prefix="/"):
        """The answered requests whose target begins so."""
        log = self.log()
        assert len(log) == self.total(), "more requests than the log can hold"
        return [entry for entry in log if entry["target"].startswith(prefix)]

    def count(self, prefix="/"):
        return len(self.asked(prefix))

    def total(self):
        """All requests, however many."""
        return sum(self.stats()["requests"].values())

    def token_requests(self):
        return self.stats()["requests"].get("POST /identity-server/connect/token", 0)

    def pending(self):
        """How many requests wait for their answer."""
        return self.stats()["pending"]

    # The API, as a client of its own

    def token(self, client):
        """A token for requests of the test's own."""
        if client not in self.tokens:
            self.tokens[client] = self.fetch_token(client)["access_token"]
        return self.tokens[client]

    def fetch_token(self, client):
        """The identity server's whole answer."""
        form = urllib.parse.urlencode({
            "grant_type": "client_credentials", "client_id": client,
            "client_secret": SECRET, "scope": "squidex-api"})
        status, _, text = self.send(
            "POST", "/identity-server/connect/token", form,
            {"Content-Type": "application/x-www-form-urlencoded"})
        assert status == 200, text
        return json.loads(text)

    def api(self, method, path, value=None, headers=None, client=None):
        """Returns the JSON of a good answer; client: "foodcrunch:reader"."""
        app = path.split("/")[3] if path.startswith("/api/content/") else "foodcrunch"
        full = {"Authorization": "Bearer " + self.token(client or app + ":default")}
        full.update(headers or {})
        body = None
        if value is not None:
            body = json.dumps(value)
            full["Content-Type"] = "application/json"
        status, _, text = self.send(method, path, body, full)
        assert 200 <= status < 300, (method, path, status, text)
        return json.loads(text) if text else None

    def items(self, app, schema, headers=None):
        """Every item of a schema, in the API's own form."""
        headers = dict(EDITABLE if headers is None else headers)
        found = []
        while True:
            page = self.api(
                "GET", f"/api/content/{app}/{schema}?$orderby=id&$top=200&$skip={len(found)}",
                headers=headers)
            found += page["items"]
            if len(found) >= page["total"] or not page["items"]:
                return found

    def schemas(self, app):
        answer = self.api("GET", f"/api/apps/{app}/schemas", client=app + ":default")
        return {schema["name"]: schema for schema in answer["items"]}

    def create(self, app, schema, id, data, publish=True):
        query = f"?id={quote(id)}" + ("&publish=true" if publish else "")
        return self.api("POST", f"/api/content/{app}/{schema}{query}", data)

    def create_many(self, app, schema, datas):
        """datas: id -> data; one bulk request."""
        jobs = [{"type": "Create", "id": id, "data": data} for id, data in datas.items()]
        answer = self.api("POST", f"/api/content/{app}/{schema}/bulk", {"jobs": jobs})
        failed = [job for job in answer if job.get("error")]
        assert not failed, failed[:3]
