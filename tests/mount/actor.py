"""A server that says whatever a test makes it say, over TLS too."""

import http.server
import json
import socket
import threading

TOKEN_PATH = "/identity-server/connect/token"
TOKEN = "eyJhbGciOi.actor.token"


def item(id, **more):
    """A content item as the API gives it."""
    value = {
        "id": id, "version": 0, "status": "Published", "schemaName": "recipes",
        "created": "2026-11-24T19:38:58Z", "createdBy": "client:foodcrunch:default",
        "lastModified": "2026-11-24T19:38:58Z", "lastModifiedBy": "client:foodcrunch:default",
        "data": {"title": {"en": id}},
    }
    value.update(more)
    return value


def page(*items, **more):
    value = {"total": len(items), "items": list(items)}
    value.update(more)
    return value


def handshake(request):
    """One that fails ends as servers end it: what the client still sends does not reset it."""
    try:
        request.do_handshake()
    except OSError:
        request.settimeout(5)
        socket.socket.shutdown(request, socket.SHUT_WR)
        while socket.socket.recv(request, 65536):
            pass
        raise


class Actor:
    """
    An app "foodcrunch" with a schema "recipes" and the item "a"; a test puts other answers
    in their place before or while a mount looks.

    with Actor() as actor:
        actor.says("/api/content/foodcrunch/recipes/a", 200, b"<html>")
        Mount(actor.url, home)
        actor.requests      -- [(method, path, headers)] so far

    An answer is (status, headers, body), or a function of the request's handler that writes
    bytes of its own; paths are compared without their query.
    """

    def __init__(self, context=None, host="127.0.0.1"):
        self.requests = []
        self.answers = {}
        self.says(TOKEN_PATH, 200, {"access_token": TOKEN, "expires_in": 3600,
                                    "token_type": "Bearer"})
        self.says("/api/apps/foodcrunch", 200, {
            "name": "foodcrunch", "_links": {"schemas": {"method": "GET", "href": "/"}}})
        self.says("/api/apps/foodcrunch/schemas", 200, {"items": [
            {"name": "recipes", "type": "Default", "isPublished": True,
             "fields": [{"name": "title"}]}]})
        self.says("/api/content/foodcrunch/recipes", 200, page(item("a")))
        self.says("/api/content/foodcrunch/recipes/a", 200, item("a"))
        actor = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                length = int(self.headers.get("Content-Length") or 0)
                self.body = self.rfile.read(length)
                actor.play(self)

            do_GET = do_POST = do_PUT = do_CONNECT = answer

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                """A client that leaves early is nothing to tell."""

            def finish_request(self, request, client_address):
                if context:
                    request = context.wrap_socket(request, server_side=True,
                                                  do_handshake_on_connect=False)
                    handshake(request)
                super().finish_request(request, client_address)

        self.server = Server((host, 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"{'https' if context else 'http'}://{host}:{self.port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        return False

    def says(self, path, status, body, **headers):
        """body: bytes, or what is to be JSON."""
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers.setdefault("Content_Type", "application/json")
        self.answers[path] = (
            status, {name.replace("_", "-"): value for name, value in headers.items()}, text)

    def does(self, path, function):
        self.answers[path] = function

    def forwards(self, path, server, change=lambda body: body):
        """Says what the emulator says, changed by a function of bytes."""
        def ask(handler):
            names = ("Authorization", "Content-Type")
            headers = {name: value for name, value in handler.headers.items()
                       if name in names or name.startswith("X-")}
            status, _, text = server.send(handler.command, handler.path, handler.body, headers)
            return status, {"Content-Type": "application/json"}, change(text)

        self.does(path, ask)

    def play(self, handler):
        path = handler.path.split("?")[0]
        self.requests.append((handler.command, handler.path, dict(handler.headers)))
        answer = self.answers.get(path, (404, {}, b"{}"))
        if callable(answer):
            answer = answer(handler)
        if answer is None:
            handler.close_connection = True
            return
        status, headers, body = answer
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        if status >= 200 and status not in (204, 304):
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if status not in (204, 304):
            handler.wfile.write(body)

    def asked(self, path):
        """The requests of that path, without regard to the query."""
        return [entry for entry in self.requests if entry[1].split("?")[0] == path]


def free_port():
    """A port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
