"""A WebSocket client of few lines (RFC 6455), so that the emulator is not judged by its own code."""

import base64
import hashlib
import json
import os
import socket
import struct

from emulator import REQUEST_TIMEOUT_S

ACCEPT_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
PROTOCOL = "graphql-transport-ws"
CONTINUATION, TEXT, CLOSE, PING, PONG = 0, 1, 8, 9, 10


class Closed(Exception):
    """The server has closed: its code, or None where it only broke off."""

    def __init__(self, code=None):
        super().__init__(f"closed: {code}")
        self.code = code


class WebSocket:
    """
    with WebSocket(emulator, target) as ws:
        ws.say({"type": "connection_init"})
        ws.hear()

    A refused handshake leaves its status in ws.status. changed: headers that are sent otherwise,
    or not at all (None).
    """

    def __init__(self, emulator, target, changed=None):
        self.stream = socket.create_connection(("127.0.0.1", emulator.port), REQUEST_TIMEOUT_S)
        self.rest = b""
        self.key = base64.b64encode(os.urandom(16)).decode("ascii")
        headers = {
            "Host": f"127.0.0.1:{emulator.port}",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": self.key,
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Protocol": PROTOCOL,
            **(changed or {}),
        }
        lines = [f"{name}: {value}" for name, value in headers.items() if value is not None]
        head = "\r\n".join([f"GET {target} HTTP/1.1", *lines, "", ""])
        self.stream.sendall(head.encode("ascii"))
        self.status, self.headers = self._read_head()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stream.close()

    def _read_head(self):
        while b"\r\n\r\n" not in self.rest:
            self._receive()
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        lines = head.decode("ascii").split("\r\n")
        pairs = (line.split(": ", 1) for line in lines[1:])
        return int(lines[0].split(" ")[1]), {name.lower(): value for name, value in pairs}

    def expected_accept(self):
        digest = hashlib.sha1((self.key + ACCEPT_SUFFIX).encode("ascii")).digest()
        return base64.b64encode(digest).decode("ascii")

    def _receive(self):
        received = self.stream.recv(65536)
        if not received:
            raise Closed
        self.rest += received

    def _take(self, count):
        while len(self.rest) < count:
            self._receive()
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken

    def send_frame(self, opcode, payload=b"", final=True, masked=True):
        head = bytes([opcode | (0x80 if final else 0)])
        mask_bit = 0x80 if masked else 0
        if len(payload) < 126:
            head += bytes([mask_bit | len(payload)])
        elif len(payload) < 65536:
            head += bytes([mask_bit | 126]) + struct.pack(">H", len(payload))
        else:
            head += bytes([mask_bit | 127]) + struct.pack(">Q", len(payload))
        mask = os.urandom(4) if masked else b""
        body = bytes(b ^ mask[i % 4] for i, b in enumerate(payload)) if masked else payload
        self.stream.sendall(head + mask + body)

    def frame(self):
        """The next frame: (opcode, payload)."""
        first, second = self._take(2)
        assert first & 0x70 == 0 and second & 0x80 == 0, "reserved bits, or a masked answer"
        length = second
        if length == 126:
            (length,) = struct.unpack(">H", self._take(2))
        elif length == 127:
            (length,) = struct.unpack(">Q", self._take(8))
        payload = self._take(length)
        if first & 15 == CLOSE:
            raise Closed(struct.unpack(">H", payload[:2])[0] if payload else 1005)
        return first & 15, payload

    def say(self, message):
        self.send_frame(TEXT, json.dumps(message).encode("utf-8"))

    def hear(self):
        opcode, payload = self.frame()
        assert opcode == TEXT, (opcode, payload)
        return json.loads(payload)

    def subscribe(self, query, id="1", **more):
        """Sure to be in force when it returns: the answer to a later ping was heard."""
        self.say({"type": "connection_init", "payload": {}})
        assert self.hear() == {"type": "connection_ack"}
        self.say({"id": id, "type": "subscribe", "payload": {"query": query, **more}})
        self.say({"type": "ping"})
        assert self.hear() == {"type": "pong"}

    def close_code(self):
        """Reads on until the server closes."""
        try:
            while True:
                self.frame()
        except Closed as closed:
            return closed.code
