"""Is everything there after a prefetch, does it say how far it is, and does it end as it should."""

import errno
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios

import pytest

import mount as mounts
from deadline import Stopwatch, slow, until
from emulator import Emulator, SECRET
from mount import Mount, credentials, run_program

RECIPES = "/api/content/foodcrunch/recipes"


def command(home, url, *options):
    return ["--prefetch", "-o", ",".join(credentials(home, "foodcrunch") + list(options)), url]


def prefetch(home, server, *options, env=None):
    return run_program(command(home, server.url, *options), home, env=env)


def test_a_prefetched_app_lists_with_one_request_a_directory(thousand, home):
    done = prefetch(home, thousand)
    assert done.returncode == 0 and done.stderr == b"", done
    lines = done.stdout.decode().splitlines()
    assert [line.split(", ")[0] for line in lines] == [
        "authors: 3 items", "recipes: 1,000 items", "settings: 1 item",
        "3 schemas ready: 1,004 items"]
    with Mount(thousand.url, home) as mount:
        for schema, n_items in (("recipes", 1000), ("authors", 3)):
            thousand.forget()
            names = os.listdir(mount.schema(schema))
            assert len(names) == n_items
            assert thousand.count() <= 1
            for name in names:
                with open(mount.schema(schema, name), encoding="utf-8") as stream:
                    assert stream.read()
            assert thousand.count() <= 1


def test_what_is_known_is_checked_and_not_fetched_again(thousand, home):
    prefetch(home, thousand)
    thousand.create("foodcrunch", "authors", "newcomer", {"name": {"iv": "N"}})
    thousand.forget()
    done = prefetch(home, thousand)
    assert done.returncode == 0
    assert done.stdout.startswith(b"authors: 4 items")
    assert thousand.count("/api/content/foodcrunch/") <= 3


def test_all_apps_of_a_file(emulator, home):
    config = home.file("config.ini", "".join(
        f"[{app}]\nurl = {emulator.url}\nclient_id = {app}:default\nclient_secret = {SECRET}\n"
        for app in ("foodcrunch", "bookshelf")))
    done = run_program(["--prefetch", "-o", "config=" + config], home)
    assert done.returncode == 0, done
    for start in (b"foodcrunch/authors: 3 items", b"foodcrunch/recipes: 4 items",
                  b"bookshelf/books: "):
        assert any(line.startswith(start) for line in done.stdout.splitlines()), done.stdout


@pytest.mark.parametrize("option,code,words", [
    ("cache=memory", 2, "nothing to prefetch into"),
    ("cache_tll=3", 2, "cache_ttl"),
    ("app=nowhere", 2, "nowhere"),
    ("client_id=foodcrunch:nobody", 3, "foodcrunch:nobody"),
])
def test_it_exits_as_a_mount_would(emulator, home, option, code, words):
    done = prefetch(home, emulator, option)
    assert done.returncode == code, done
    assert words in done.stderr.decode()
    assert done.stdout == b""


def test_a_server_that_cannot_be_reached(home):
    done = run_program(command(home, "http://127.0.0.1:1", "timeout=2"), home)
    assert done.returncode == 4 and b"127.0.0.1:1" in done.stderr


def test_a_server_that_fails_midway_ends_it(thousand, home):
    thousand.fault(path=RECIPES, delayMs=1, count=2)
    thousand.fault(path=RECIPES, status=500, count=-1)
    done = prefetch(home, thousand, "listing=rest")
    assert done.returncode == 4
    assert b"cannot prefetch 'recipes'" in done.stderr
    assert b"authors: 3 items" in done.stdout and b"settings" not in done.stdout


def test_a_schema_that_is_refused_does_not_keep_the_others(emulator, home):
    emulator.fault(path="/api/content/foodcrunch/authors", status=403, count=-1)
    done = prefetch(home, emulator)
    assert done.returncode == 3
    assert b"cannot prefetch 'authors'" in done.stderr
    assert b"recipes: 4 items" in done.stdout and b"settings: 1 item" in done.stdout
    assert b"ready" not in done.stdout


def test_old_content_is_no_success(emulator, home):
    prefetch(home, emulator)
    emulator.fault(path="/api/content/foodcrunch/", status=500, count=-1)
    assert prefetch(home, emulator).returncode == 4


def test_a_cache_in_use_is_left_alone(emulator, home):
    with Mount(emulator.url, home) as mount:
        emulator.forget()
        done = prefetch(home, emulator)
        assert done.returncode == 5, done
        assert b"in use by another mount" in done.stderr and b"would be lost" in done.stderr
        assert done.stdout == b""
        assert emulator.count("/api/content/foodcrunch/recipes") == 0
        assert len(os.listdir(mount.schema("recipes"))) == 4


def start(home, server, *options, stdout=subprocess.PIPE, env=None):
    return subprocess.Popen(
        [mounts.program()] + command(home, server.url, *options), stdin=subprocess.DEVNULL, stdout=stdout,
        stderr=subprocess.PIPE, cwd=home.path, env=home.environment(env))


@pytest.mark.parametrize("number,code", [
    (signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_it_and_what_is_complete_stays(thousand, home, number, code):
    thousand.fault(path=RECIPES, hang=True, count=-1)
    process = start(home, thousand)
    until(lambda: thousand.pending() == 1, 10, "the request is under way")
    with Stopwatch() as watch:
        process.send_signal(number)
        out, err = process.communicate(timeout=slow(10))
    assert watch.seconds < slow(3)
    assert process.returncode == code, (out, err)
    assert out.startswith(b"authors: 3 items") and b"recipes" not in out
    assert b"schemas that are complete stay" in err
    mounts.judge_output(out + err)
    thousand.clear_faults()
    thousand.forget()
    done = prefetch(home, thousand)
    assert done.returncode == 0 and b"recipes: 1,000 items" in done.stdout
    assert thousand.count("/api/content/foodcrunch/authors") <= 1


def test_a_signal_ends_it_while_it_begins(emulator, home):
    emulator.fault(path="/api/apps/foodcrunch", hang=True, count=-1)
    process = start(home, emulator)
    until(lambda: emulator.pending() == 1, 10, "the request is under way")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=slow(5))
    assert process.returncode == 130


def terminal(home, server, columns, term="xterm"):
    """What a terminal of that width is sent, and the exit status; page after page."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = start(home, server, "listing=rest", "max_requests=1", stdout=theirs,
                    env={"TERM": term})
    os.close(theirs)
    text = b""
    try:
        while part := os.read(ours, 65536):
            text += part
    except OSError as failure:
        # So a terminal says that its last user has closed it.
        assert failure.errno == errno.EIO
    os.close(ours)
    err = process.communicate(timeout=slow(10))[1]
    assert err == b"", err
    return text.decode("ascii"), process.returncode


@pytest.fixture
def slow_pages(thousand):
    thousand.fault(path=RECIPES, delayMs=250, count=-1)
    return thousand


@pytest.mark.parametrize("columns", [100, 80, 30])
def test_a_terminal_shows_a_bar(slow_pages, home, columns):
    text, code = terminal(home, slow_pages, columns)
    assert code == 0
    assert "\x1b" not in text
    drawn = [part for line in text.split("\r\n") for part in line.split("\r")]
    assert all(len(part) < columns for part in drawn if "ready" not in part and
               "credits" not in part)
    steps = [part for part in drawn if re.match(r"recipes .*%", part)]
    assert len({part.rstrip() for part in steps}) >= 3
    if columns >= 80:
        assert all(re.fullmatch(r"recipes \[#*-*\] \d+%, \d/5 pages, [\d,]+/1,000 items"
                                r"(, [\d,]+/s)?(, \d+ s left)? *", part) for part in steps)
    # What is left on the screen: a line for each schema, and nothing of the bar.
    screen = [line.split("\r")[-1].rstrip() for line in text.split("\r\n")]
    assert [line.split(", ")[0] for line in screen if line] == [
        "authors: 3 items", "recipes: 1,000 items", "settings: 1 item",
        "3 schemas ready: 1,004 items"]


def test_a_dumb_terminal_gets_plain_lines(slow_pages, home):
    text, code = terminal(home, slow_pages, 80, "dumb")
    assert code == 0
    assert "\r" not in text.replace("\r\n", "\n") and "\x1b" not in text
    assert "[" not in text


def test_what_has_no_room_is_told_and_fetched_when_it_is_read(home):
    def try_all(mount):
        """The names of the errors of reading each item: "" where it went well."""
        found = []
        for name in os.listdir(mount.schema("recipes")):
            try:
                with open(mount.schema("recipes", name), encoding="utf-8") as stream:
                    stream.read()
                found.append("")
            except OSError as failure:
                found.append(errno.errorcode[failure.errno])
        return found

    options = ["cache_size=1M", "timeout=2"]
    with Emulator("--items", "1996") as server:
        done = prefetch(home, server, *options)
        assert done.returncode == 0 and b"recipes: 2,000 items" in done.stdout
        assert b"no room" in done.stderr
        with Mount(server.url, home, options) as mount:
            server.stop()
            found = try_all(mount)
            assert len(found) == 2000 and set(found) == {"", "EHOSTUNREACH"}
            assert found.count("") > 500


def test_it_mounts_nothing(emulator, home):
    before = os.listdir(home.path)
    assert prefetch(home, emulator).returncode == 0
    with open("/proc/self/mountinfo", encoding="utf-8") as stream:
        assert home.path not in stream.read()
    assert set(os.listdir(home.path)) - set(before) <= {"cache", "config", "state"}


def test_a_prefetched_app_is_read_without_its_server(home):
    with Emulator("--items", "296") as server:
        assert prefetch(home, server).returncode == 0
        with Mount(server.url, home) as mount:
            server.stop()
            done = mount.account.run(["grep", "-r", "schemaName", mount.apps()])
            assert done.stdout.count(b"\n") == 300 + 3 + 1 and done.stderr == b""
