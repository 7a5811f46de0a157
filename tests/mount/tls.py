"""A TLS front for a plain server, with a certificate that can be exchanged while it runs."""

import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading


class Certificate:
    """A self-signed certificate for 127.0.0.1 or what names says, made by openssl."""

    def __init__(self, directory, name, names="IP:127.0.0.1,DNS:localhost"):
        self.path = os.path.join(directory, name + ".pem")
        self.key = os.path.join(directory, name + ".key")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "30", "-subj", "/CN=" + name,
             "-addext", "subjectAltName=" + names,
             "-keyout", self.key, "-out", self.path],
            check=True, capture_output=True)

    def context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path, self.key)
        return context


class Front:
    """
    Takes TLS connections and passes their bytes on to a port.

    with Front(emulator.port) as front:
        Mount(front.url, home, ["cacert=" + front.certificate.path])
        front.exchange()        -- from now on nobody has reason to trust it
    """

    def __init__(self, port):
        self.directory = tempfile.mkdtemp(prefix="squidexfs-test-tls-")
        os.chmod(self.directory, 0o755)
        self.certificate = Certificate(self.directory, "trusted")
        self.context = self.certificate.context()
        self.target = port
        self.lock = threading.Lock()
        self.sockets = set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"https://127.0.0.1:{self.port}"

    def __enter__(self):
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()
        self.drop()
        shutil.rmtree(self.directory, ignore_errors=True)
        return False

    def exchange(self):
        """Another certificate for new connections, and an end to the old ones."""
        self.context = Certificate(self.directory, "stranger").context()
        self.drop()

    def drop(self):
        with self.lock:
            for one in self.sockets:
                try:
                    one.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def accept(self):
        while True:
            try:
                plain, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(plain,), daemon=True).start()

    def serve(self, plain):
        try:
            with self.context.wrap_socket(plain, server_side=True) as near, \
                    socket.create_connection(("127.0.0.1", self.target)) as far:
                with self.lock:
                    self.sockets |= {near, far}
                try:
                    back = threading.Thread(target=self.copy, args=(far, near), daemon=True)
                    back.start()
                    self.copy(near, far)
                    back.join()
                finally:
                    with self.lock:
                        self.sockets -= {near, far}
        except OSError:
            plain.close()

    @staticmethod
    def copy(source, target):
        try:
            while True:
                data = source.recv(65536)
                if not data:
                    break
                target.sendall(data)
        except OSError:
            pass
        for one in (source, target):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
