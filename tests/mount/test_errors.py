"""Every row of the errno table that reading can reach, and the reason in /.squidexfs/errors."""

import errno
import json
import os
import re
import signal
import socket

import pytest

from deadline import Stopwatch, slow, until
from mount import Mount, run_program, credentials
from tls import Front

RECIPES = "/api/content/foodcrunch/recipes"
MESSAGE = "The oven is on fire – 火."
TRACE_ID = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]")

STATUSES = {
    400: errno.EINVAL,
    415: errno.EINVAL,
    422: errno.EINVAL,
    401: errno.EACCES,
    403: errno.EACCES,
    404: errno.ENOENT,
    410: errno.ENOENT,
    409: errno.EBUSY,
    412: errno.ESTALE,
    405: errno.EOPNOTSUPP,
    408: errno.ETIMEDOUT,
    413: errno.EFBIG,
    414: errno.ENAMETOOLONG,
    429: errno.EBUSY,
    500: errno.EIO,
    501: errno.EIO,
    502: errno.EIO,
    503: errno.EIO,
    504: errno.EIO,
}


def open_one(mount):
    os.close(os.open(mount.schema("recipes", "demo-draft.json"), os.O_RDONLY))


def stat_one(mount):
    os.stat(mount.schema("recipes", "demo-draft.json"))


def list_all(mount):
    os.listdir(mount.schema("recipes"))


OPERATIONS = {"open": open_one, "stat": stat_one, "list": list_all}


def errno_of(call, *arguments):
    with pytest.raises(OSError) as caught:
        call(*arguments)
    return caught.value.errno


def latest_error(mount):
    lines = mount.control("errors").splitlines()
    assert lines, "nothing in /.squidexfs/errors"
    for line in lines:
        json.loads(line)
    return lines[-1]


@pytest.fixture
def brief(emulator, home):
    """A mount whose operations have three seconds."""
    with Mount(emulator.url, home, ["timeout=3"]) as mount:
        emulator.forget()
        yield mount


@pytest.mark.parametrize("operation", list(OPERATIONS))
@pytest.mark.parametrize("status", list(STATUSES))
def test_status_to_errno(emulator, brief, status, operation):
    emulator.fault(path=RECIPES, status=status, count=-1, message=MESSAGE)
    expected = STATUSES[status]
    if operation == "list" and expected == errno.ENOENT:
        # The C library takes ENOENT from a directory for its end: ls would show none.
        expected = errno.EIO
    assert errno.errorcode[errno_of(OPERATIONS[operation], brief)] == errno.errorcode[expected]
    if expected == errno.ENOENT:
        # A name that is not there is an answer, not a failure.
        return
    entry = json.loads(latest_error(brief))
    assert MESSAGE in entry["message"], entry
    assert entry["status"] == status
    assert getattr(errno, entry["errno"]) == expected
    assert entry["path"].startswith("/apps/foodcrunch/recipes")
    assert TRACE_ID.fullmatch(entry["traceId"]), entry


def test_a_schema_that_has_gone_says_what_to_do(emulator, brief):
    emulator.fault(path=RECIPES, status=404, count=-1)
    assert errno_of(list_all, brief) == errno.EIO
    message = json.loads(latest_error(brief))["message"]
    assert "it has gone since this was mounted; a new mount" in message and "404" in message


@pytest.mark.parametrize("status", [400, 403, 404, 409, 412, 429, 500])
def test_what_is_final_is_not_asked_again(emulator, brief, status):
    emulator.fault(path=RECIPES, status=status, count=-1)
    with Stopwatch() as watch:
        errno_of(list_all, brief)
    assert emulator.count(RECIPES) == 1
    assert watch.seconds < slow(1)


@pytest.mark.parametrize("status", [408, 502, 503, 504])
@pytest.mark.parametrize("operation", list(OPERATIONS))
def test_what_may_work_the_second_time_is_tried_again(emulator, home, status, operation):
    with Mount(emulator.url, home) as mount:
        emulator.forget()
        emulator.fault(path=RECIPES, status=status, count=2)
        OPERATIONS[operation](mount)
        assert emulator.count(RECIPES) == 3
        assert mount.control("errors") == ""


def test_429_is_repeated_where_a_retry_after_says_when(emulator, home):
    with Mount(emulator.url, home) as mount:
        emulator.forget()
        emulator.fault(path=RECIPES, status=429, retryAfter=1, count=1)
        with Stopwatch() as watch:
            open_one(mount)
        assert watch.seconds >= 0.9
        assert emulator.count(RECIPES) == 2


def test_503_waits_as_long_as_retry_after_says(emulator, home):
    with Mount(emulator.url, home) as mount:
        emulator.forget()
        emulator.fault(path=RECIPES, status=503, retryAfter=2, count=1)
        with Stopwatch() as watch:
            open_one(mount)
        assert watch.seconds >= 1.9
        assert emulator.count(RECIPES) == 2


def test_429_with_a_retry_after_beyond_the_deadline_ends_at_once(emulator, brief):
    emulator.fault(path=RECIPES, status=429, retryAfter=3600, count=-1, message=MESSAGE)
    with Stopwatch() as watch:
        assert errno_of(open_one, brief) == errno.EBUSY
    assert watch.seconds < slow(4)
    assert MESSAGE in latest_error(brief)


def test_a_401_costs_one_new_token_and_one_repeat(emulator, home):
    with Mount(emulator.url, home) as mount:
        emulator.forget()
        emulator.fault(path=RECIPES, status=401, count=1)
        open_one(mount)
        assert emulator.count(RECIPES) == 2 and emulator.token_requests() == 1


def test_a_redirect_is_not_followed(emulator, brief):
    emulator.fault(path=RECIPES, redirect=emulator.url + "/api/info", count=-1)
    assert errno_of(open_one, brief) == errno.EOPNOTSUPP
    assert "30" in latest_error(brief)
    assert emulator.count("/api/info") == 0


def test_the_token_never_goes_along_a_redirect(emulator, brief):
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.settimeout(0.5)
        port = elsewhere.getsockname()[1]
        emulator.fault(path=RECIPES, redirect=f"http://127.0.0.1:{port}/", count=-1)
        assert errno_of(list_all, brief) == errno.EOPNOTSUPP
        with pytest.raises(TimeoutError):
            elsewhere.accept()


@pytest.mark.parametrize("operation", list(OPERATIONS))
def test_an_answer_that_is_not_json(emulator, brief, operation):
    emulator.fault(path=RECIPES, garbage=True, count=-1)
    assert errno_of(OPERATIONS[operation], brief) == errno.EIO
    assert "JSON" in latest_error(brief)


def test_a_time_out(emulator, brief):
    emulator.fault(path=RECIPES, hang=True, count=-1)
    with Stopwatch() as watch:
        assert errno_of(open_one, brief) == errno.ETIMEDOUT
    assert watch.seconds < 3 + slow(2)
    assert "demo-draft" in latest_error(brief)


def test_a_refused_port(emulator, brief):
    emulator.stop()
    try:
        assert errno_of(open_one, brief) == errno.EHOSTUNREACH
        assert errno_of(list_all, brief) == errno.EHOSTUNREACH
        line = latest_error(brief)
        assert "127.0.0.1" in line
    finally:
        emulator.start()


def test_an_interrupted_read(emulator, home):
    with Mount(emulator.url, home, ["timeout=60"]) as mount:
        emulator.fault(path=RECIPES, hang=True, count=-1)
        line = ("import os, signal, sys\n"
                "def on_alarm(number, frame): raise InterruptedError(4, 'alarm')\n"
                "signal.signal(signal.SIGINT, on_alarm)\n"
                "try: os.open(sys.argv[1], os.O_RDONLY)\n"
                "except OSError as error: sys.exit(error.errno)\n")
        process = mount.account.start(
            ["/usr/bin/python3", "-c", line, mount.schema("recipes", "demo-draft.json")])
        until(lambda: emulator.pending() == 1, 10, "the request is under way")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=slow(5))
        assert process.returncode == errno.EINTR
        emulator.clear_faults()


def test_tls_that_is_refused(emulator, home):
    with Front(emulator.port) as front:
        options = ["timeout=3", "cacert=" + front.certificate.path]
        with Mount(front.url, home, options) as mount:
            open_one(mount)
            front.exchange()
            assert errno_of(list_all, mount) == errno.EPROTO
            assert errno_of(os.stat, mount.schema("recipes", "other.json")) == errno.EPROTO
            line = latest_error(mount).lower()
            assert "certificate" in line or "tls" in line or "ssl" in line, line


def test_tls_to_a_certificate_nobody_vouches_for_does_not_mount(emulator, home):
    with Front(emulator.port) as front:
        point = home.directory("point")
        done = run_program(["-f", "-o", ",".join(credentials(home, "foodcrunch")), front.url,
                            point], home)
        assert done.returncode == 4, done
        assert b"certificate" in done.stderr.lower()


def test_tls_to_a_port_that_speaks_none_does_not_mount(emulator, home):
    point = home.directory("point")
    done = run_program(["-f", "-o", ",".join(credentials(home, "foodcrunch")),
                        emulator.url.replace("http:", "https:"), point], home)
    assert done.returncode == 4, done
    assert done.stderr


def test_errors_begins_empty_and_keeps_the_latest_hundred(emulator, brief):
    assert brief.control("errors") == ""
    emulator.fault(path=RECIPES, status=400, count=-1, message=MESSAGE)
    for number in range(120):
        errno_of(os.stat, brief.schema("recipes", f"name-{number}.json"))
    lines = brief.control("errors").splitlines()
    assert len(lines) == 100
    assert "name-119.json" in lines[-1] and "name-20.json" in lines[0]


def test_an_error_names_time_path_operation_and_status(emulator, brief):
    emulator.fault(path=RECIPES, status=403, count=-1, message=MESSAGE)
    errno_of(open_one, brief)
    entry = json.loads(latest_error(brief))
    assert entry["path"] == "/apps/foodcrunch/recipes/demo-draft.json"
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", entry["time"])
    assert entry["operation"] in ("lookup", "open")
    assert entry["status"] == 403 and entry["errno"] == "EACCES"


def test_an_empty_message_falls_back_to_the_status(emulator, brief):
    emulator.fault(path=RECIPES, status=500, count=-1, message="")
    errno_of(list_all, brief)
    entry = json.loads(latest_error(brief))
    assert entry["status"] == 500 and "500" in entry["message"], entry


def test_an_error_is_one_line_in_the_log(emulator, home):
    with Mount(emulator.url, home, ["timeout=3"]) as mount:
        emulator.fault(path=RECIPES, status=403, count=-1, message=MESSAGE)
        errno_of(open_one, mount)
        lines = [line for line in mount.output().decode().splitlines() if MESSAGE in line]
        assert len(lines) == 1, lines
        assert "demo-draft.json" in lines[0]
