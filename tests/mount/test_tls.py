"""What travels: certificates, HTTP/2, compression, redirects, proxies."""

import errno
import gzip
import json
import os
import shutil
import socket
import ssl
import subprocess
import threading
import zlib

import pytest

from actor import TOKEN, Actor, free_port, item, page
from deadline import slow, until
from emulator import SECRET_WORD
from mount import Mount, credentials, program_for, run_program
from tls import Certificate, Front

RECIPES = "/api/content/foodcrunch/recipes"


@pytest.fixture
def certificate(tmp_path):
    return Certificate(str(tmp_path), "server")


def check(url, home, *options):
    """squidexfs --check: its exit status and all that it says."""
    words = ",".join(credentials(home, "foodcrunch") + list(options))
    done = run_program(["--check", "-o", words, url], home)
    return done.returncode, (done.stdout + done.stderr).decode()


def read_one(mount):
    with open(mount.schema("recipes", "a.json"), encoding="utf-8") as stream:
        return json.load(stream)


def latest_error(mount):
    return json.loads(mount.control("errors").splitlines()[-1])


# Certificates


def test_a_certificate_that_is_named_is_trusted(certificate, home):
    with Actor(certificate.context()) as actor:
        with Mount(actor.url, home, ["cacert=" + certificate.path]) as mount:
            assert os.listdir(mount.schema("recipes")) == ["a.json"]
            assert read_one(mount)["id"] == "a"


def test_a_certificate_of_another_name_is_refused(home, tmp_path):
    other = Certificate(str(tmp_path), "other", "DNS:cms.example.com")
    with Actor(other.context()) as actor:
        status, text = check(actor.url, home, "cacert=" + other.path)
        assert status == 4
        assert "FAIL cannot trust the certificate of 127.0.0.1" in text
        assert not actor.requests


def test_a_certificate_out_of_date_is_refused(home, tmp_path, certificate):
    old = os.path.join(str(tmp_path), "old.pem")
    subprocess.run(
        ["openssl", "x509", "-in", certificate.path, "-signkey", certificate.key,
         "-days", "-1", "-out", old], check=True, capture_output=True)
    certificate.path = old
    with Actor(certificate.context()) as actor:
        status, text = check(actor.url, home, "cacert=" + certificate.path)
        assert status == 4
        assert "expired" in text


@pytest.mark.parametrize("file", ["/dev/null", "/etc/passwd"])
def test_a_file_without_certificates_is_named(certificate, home, file):
    with Actor(certificate.context()) as actor:
        status, text = check(actor.url, home, "cacert=" + file)
        assert status == 4
        assert file in text


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_a_client_certificate_is_shown(certificate, home, tmp_path, version):
    own = Certificate(str(tmp_path), "own")
    context = certificate.context()
    context.maximum_version = ssl.TLSVersion[version]
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(own.path)
    with Actor(context) as actor:
        options = ["cacert=" + certificate.path, "timeout=5"]
        status, text = check(actor.url, home, *options)
        assert status == 4
        assert "no secure connection" in text
        assert version == "TLSv1_2" or "-o cert=" in text
        stranger = Certificate(str(tmp_path), "stranger")
        status, text = check(actor.url, home, *options, "cert=" + stranger.path,
                             "key=" + stranger.key)
        assert status == 4
        assert "no secure connection" in text, text
        status, text = check(actor.url, home, *options, "cert=" + own.path,
                             "key=" + stranger.key)
        assert status == 4
        assert "cannot use the certificate or key" in text
        with Mount(actor.url, home,
                   options + ["cert=" + own.path, "key=" + own.key]) as mount:
            assert read_one(mount)["id"] == "a"


def test_a_key_with_a_password_is_refused_and_not_asked_for(certificate, home, tmp_path):
    """A prompt would hold up everything, and a daemon has no terminal for it."""
    own = Certificate(str(tmp_path), "own")
    locked = str(tmp_path / "locked.key")
    subprocess.run(["openssl", "ec", "-in", own.key, "-aes256", "-passout", "pass:x",
                    "-out", locked], check=True, capture_output=True)
    with Actor(certificate.context()) as actor:
        words = ",".join(credentials(home, "foodcrunch") + [
            "cacert=" + certificate.path, "cert=" + own.path, "key=" + locked, "timeout=3"])
        command = f"{program_for(home.account)} --check -o {words} {actor.url}"
        done = subprocess.run(["script", "-qec", command, "/dev/null"], stdin=subprocess.DEVNULL,
                              capture_output=True, cwd=home.path, env=home.environment(),
                              timeout=slow(20))
        assert done.returncode == 4, done
        assert b"cannot use the certificate or key" in done.stdout
        assert b"pass phrase" not in done.stdout


# HTTP/2


def test_http_2_where_the_server_speaks_it(emulator, certificate, home, tmp_path):
    if not shutil.which("nghttpx"):
        pytest.skip("nghttpx is not installed")
    port = free_port()
    log = tmp_path / "access"
    with subprocess.Popen(
            ["nghttpx", f"-f127.0.0.1,{port}", f"-b127.0.0.1,{emulator.port}", "--workers=1",
             f"--accesslog-file={log}", "--accesslog-format=$alpn $request", "--conf=/dev/null",
             certificate.key, certificate.path],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as proxy:
        try:
            until(lambda: socket.create_connection(("127.0.0.1", port)).close() or True, 10,
                  "nghttpx listens")
            with Mount(f"https://127.0.0.1:{port}", home,
                       ["cacert=" + certificate.path]) as mount:
                names = os.listdir(mount.schema("recipes"))
                assert "demo-draft.json" in names
                for name in names:
                    with open(mount.schema("recipes", name), encoding="utf-8") as stream:
                        json.load(stream)
                with pytest.raises(FileNotFoundError):
                    os.stat(mount.schema("authors", "none.json"))
        finally:
            proxy.terminate()
    words = [line.split() for line in log.read_text().splitlines()]
    assert words and all(line[0] == "h2" for line in words), words


# Compression


def test_a_compressed_answer_is_read(home):
    with Actor() as actor:
        body = gzip.compress(json.dumps(item("a", data={"title": {"en": "ü" * 10000}})).encode())
        actor.says(RECIPES + "/a", 200, body, Content_Encoding="gzip")
        with Mount(actor.url, home) as mount:
            assert read_one(mount)["data"]["title"]["en"] == "ü" * 10000
        headers = actor.asked(RECIPES + "/a")[0][2]
        assert "gzip" in headers["Accept-Encoding"]


def deflated_zeros(megabytes):
    """Gzip: some kilobytes that become a JSON string of so many megabytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [packer.compress(b'{"id": "')]
    zeros = b"0" * (1 << 20)
    parts += [packer.compress(zeros) for _ in range(megabytes)]
    return b"".join(parts + [packer.compress(b'"}'), packer.flush()])


def test_the_ceiling_counts_what_a_body_unpacks_to(home):
    bomb = deflated_zeros(600)
    assert len(bomb) < 1 << 20
    with Actor() as actor:
        for path in ("", "/a"):
            actor.says(RECIPES + path, 200, bomb, Content_Encoding="gzip")
        with Mount(actor.url, home) as mount:
            before = mount.memory()
            for look in (lambda: os.stat(mount.schema("recipes", "a.json")),
                         lambda: os.listdir(mount.schema("recipes"))):
                with pytest.raises(OSError) as caught:
                    look()
                assert caught.value.errno == errno.EFBIG
            assert "larger than" in latest_error(mount)["message"]
            # A sanitizer keeps some 256 MB of what was freed.
            assert mount.memory("VmHWM") - before < 450 * 1024


def test_what_cannot_be_unpacked_is_eio(home):
    with Actor() as actor:
        actor.says(RECIPES + "/a", 200, b"this is no gzip", Content_Encoding="gzip")
        with Mount(actor.url, home, ["timeout=3"]) as mount:
            with pytest.raises(OSError) as caught:
                os.stat(mount.schema("recipes", "a.json"))
            assert caught.value.errno == errno.EIO


# Redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_server_is_not_gone_along(home, status):
    with Actor() as other, Actor() as actor:
        actor.says(RECIPES + "/a", status, b"", Location=other.url + "/x")
        with Mount(actor.url, home) as mount:
            with pytest.raises(OSError) as caught:
                os.stat(mount.schema("recipes", "a.json"))
            assert caught.value.errno == errno.EOPNOTSUPP
            assert other.url in latest_error(mount)["message"]
        assert not other.requests


def test_a_redirect_of_the_token_endpoint_is_told(home):
    with Actor() as other, Actor() as actor:
        actor.says("/identity-server/connect/token", 307, b"", Location=other.url + "/t")
        status, text = check(actor.url, home)
        assert status == 4
        assert "redirects to '" + other.url in text
        assert not other.requests


# Proxies


def tunnel(far_port):
    """A proxy's answer to CONNECT: bytes to and fro."""
    def run(handler):
        handler.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with socket.create_connection(("127.0.0.1", far_port)) as far:
            back = threading.Thread(target=Front.copy, args=(far, handler.connection),
                                    daemon=True)
            back.start()
            Front.copy(handler.connection, far)
            back.join()
    return run


def test_a_proxy_that_is_named(home, tmp_path):
    named = Certificate(str(tmp_path), "named", "DNS:cms.example.com")
    with Actor(named.context()) as actor, Actor() as proxy:
        proxy.does("cms.example.com:443", tunnel(actor.port))
        options = ["cacert=" + named.path, "proxy=" + proxy.url]
        with Mount("https://cms.example.com", home, options) as mount:
            assert read_one(mount)["id"] == "a"
        assert {entry[0] for entry in proxy.requests} == {"CONNECT"}
        assert not any(TOKEN in str(entry) for entry in proxy.requests)


def test_changes_are_told_of_through_a_proxy(emulator, home, tmp_path):
    named = Certificate(str(tmp_path), "named", "DNS:cms.example.com")
    with Front(emulator.port) as front, Actor() as proxy:
        front.context = named.context()
        proxy.does("cms.example.com:443", tunnel(front.port))
        options = ["cacert=" + named.path, "proxy=" + proxy.url, "watch"]
        with Mount("https://cms.example.com", home, options) as mount:
            until(lambda: '"connected"' in mount.control("status"), 10, "it is connected")
            emulator.api("DELETE", "/api/content/foodcrunch/recipes/demo-draft")
            until(lambda: '"demo-draft"' in mount.control("events"), 10, "it is told")
        assert {entry[0] for entry in proxy.requests} == {"CONNECT"}


def test_a_proxy_that_refuses_is_named(home):
    with Actor() as proxy:
        proxy.says("cms.example.com:443", 407, b"")
        status, text = check("https://cms.example.com", home, "proxy=" + proxy.url)
        assert status == 4
        assert "FAIL cannot reach the proxy for cms.example.com" in text
        assert "407" in text


def test_a_proxy_of_the_environment(home, tmp_path):
    named = Certificate(str(tmp_path), "named", "DNS:cms.example.com")
    with Actor(named.context()) as actor, Actor() as proxy:
        proxy.does("cms.example.com:443", tunnel(actor.port))
        with Mount("https://cms.example.com", home, ["cacert=" + named.path],
                   env={"https_proxy": proxy.url}) as mount:
            assert read_one(mount)["id"] == "a"


def test_a_proxy_of_the_environment_is_not_for_this_machine(home):
    with Actor() as actor, Actor() as proxy:
        with Mount(actor.url, home, env={"http_proxy": proxy.url, "all_proxy": proxy.url}) as mount:
            assert read_one(mount)["id"] == "a"
        assert not proxy.requests


@pytest.mark.parametrize("proxy", [
    "ftp://user:{}@proxy.example.com", "http://user:{}@proxy.invalid",
    "http://user:{}@127.0.0.1:1", "http://user:{}@a b"])
def test_a_proxy_s_password_is_not_told(home, proxy):
    words = ",".join(credentials(home, "foodcrunch") + ["timeout=2"])
    done = run_program(["--check", "-o", words, "https://cms.example.com"], home,
                       env={"https_proxy": proxy.format(SECRET_WORD.decode())})
    assert done.returncode == 4, done
    assert b"FAIL" in done.stdout


def test_a_page_is_asked_for_once_by_all_who_want_it(home):
    """Many processes that list one directory at once cost one request."""
    with Actor() as actor:
        ready = threading.Event()

        def wait(_):
            ready.wait(10)
            return 200, {"Content-Type": "application/json"}, json.dumps(page(item("a"))).encode()
        actor.does(RECIPES, wait)
        with Mount(actor.url, home) as mount:
            readers = [mount.account.start(["ls", mount.schema("recipes")]) for _ in range(8)]
            until(lambda: actor.asked(RECIPES), 10, "somebody asks")
            ready.set()
            for reader in readers:
                out, _ = reader.communicate(timeout=20)
                assert out == b"a.json\n"
        assert len(actor.asked(RECIPES)) == 1
