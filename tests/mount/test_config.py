"""Configuration files as editors and people leave them, streams that are closed, slow servers."""

import json
import os
import subprocess
import threading

import pytest

from actor import TOKEN_PATH, Actor
from deadline import Stopwatch, slow, until
from emulator import SECRET, SECRET_WORD
from mount import Mount, clear_mount, credentials, is_mounted, program_for, run_program

RECIPES = "/api/content/foodcrunch/recipes"


def good(url):
    return (f"[foodcrunch]\nurl = {url}\nclient_id = foodcrunch:default\n"
            f"client_secret = {SECRET}\n")


def check(home, text, *options):
    """squidexfs --check with that configuration: its exit status and what it says."""
    path = home.file("config.ini", "")
    with open(path, "wb") as stream:
        stream.write(text if isinstance(text, bytes) else text.encode())
    done = run_program(["--check", "-o", ",".join(["config=" + path] + list(options))], home)
    return done.returncode, (done.stdout + done.stderr).decode()


CHANGES = {
    "DOS line ends": lambda text: text.replace("\n", "\r\n").encode(),
    "a byte order mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "both and a comment": lambda text: b"\xef\xbb\xbf# x\r\n" + text.replace("\n", "\r\n").encode(),
    "no newline at the end": str.rstrip,
    "indents": lambda text: text.replace("\n", "  \n\t"),
    "colons": lambda text: text.replace(" = ", ": ", 2),
    "long comments": lambda text: "# " + "x" * 5000 + "\n" + text + "  ;" + "y" * 5000,
    "a comment behind a value": lambda text: text.replace("default\n", "default ; the client\n"),
    "a comment behind a section": lambda text: text.replace("]", "] ; the app"),
}


@pytest.mark.parametrize("name", list(CHANGES))
def test_a_good_configuration_in_odd_dress(emulator, home, name):
    status, text = check(home, CHANGES[name](good(emulator.url)))
    assert status == 0, text


MISTAKES = {
    "nothing in it": (lambda text: "", "no client"),
    "comments alone": (lambda text: "# a\n; b\n", "no client"),
    "a byte order mark alone": (lambda text: b"\xef\xbb\xbf", "no client"),
    "a section alone": (lambda text: "[foodcrunch]", ":1: section [foodcrunch] has no client_id"),
    "a section twice": (lambda text: text * 2, ":5: section [foodcrunch] stands in line 1 already"),
    "a long line": (lambda text: text + "view = " + "x" * 300, ":5: the line is longer than"),
    "a key without its value": (lambda text: text + "view\n", ":5: neither"),
    "two bytes a character": (lambda text: text.encode("utf-16"), "is not a text file"),
    "a secret of nothing": (lambda text: text.replace(SECRET, ""), ":4: client_secret"),
    "the key of a mount": (lambda text: text + "timeout = 3\n", ":5: 'timeout' is not set per app"),
}


@pytest.mark.parametrize("name", list(MISTAKES))
def test_a_mistake_is_named_with_its_line(emulator, home, name):
    change, words = MISTAKES[name]
    status, text = check(home, change(good(emulator.url)))
    assert status == 2, text
    assert words in text
    assert SECRET_WORD.decode() not in text


def test_quotes_belong_to_the_value(emulator, home):
    status, _ = check(home, good(emulator.url).replace(SECRET, f'"{SECRET}"'))
    assert status == 3


def test_a_file_that_is_none(emulator, home):
    for path, words in ((home.directory("folder"), "is a directory"),
                        (os.path.join(home.path, "none"), "No such file")):
        done = run_program(["--check", "-o", "config=" + path, emulator.url], home)
        assert done.returncode == 2, done
        assert words in (done.stdout + done.stderr).decode()


def test_a_link_is_followed_to_what_it_names(emulator, home):
    path = home.file("target", good(emulator.url))
    link = os.path.join(home.path, "link")
    os.symlink(path, link)
    assert run_program(["--check", "-o", "config=" + link], home).returncode == 0
    os.chmod(path, 0o644)
    assert run_program(["--check", "-o", "config=" + link], home).returncode == 2


def test_a_pipe_that_nobody_writes_to_is_not_waited_for(emulator, home):
    pipe = os.path.join(home.path, "pipe")
    os.mkfifo(pipe, 0o600)
    done = run_program(["--check", "-o", "client_id=foodcrunch:default,client_secret_file=" + pipe,
                        emulator.url], home, timeout=10)
    assert done.returncode == 2
    assert b"empty" in done.stdout


def test_a_secret_through_a_pipe(emulator, home):
    """<(pass squidex) in a shell."""
    reader, writer = os.pipe()
    os.write(writer, SECRET.encode() + b"\n")
    os.close(writer)
    try:
        done = subprocess.run(
            [program_for(home.account), "--check", "-o",
             f"client_id=foodcrunch:default,client_secret_file=/dev/fd/{reader}", emulator.url],
            stdin=subprocess.DEVNULL, capture_output=True, pass_fds=[reader], cwd=home.path,
            env=home.environment(), timeout=slow(20))
    finally:
        os.close(reader)
    assert done.returncode == 0, done


@pytest.mark.parametrize("flags", ["", "-f"], ids=["daemon", "foreground"])
def test_closed_streams_are_no_files_of_the_program(emulator, home, flags):
    """What would be standard error must not be the connection to the kernel."""
    point = home.directory("point")
    words = ",".join(credentials(home, "foodcrunch"))
    command = f"{program_for(home.account)} {flags} -o {words} {emulator.url} {point}"
    shell = subprocess.Popen(["sh", "-c", f"exec {command} <&- >&- 2>&-"], cwd=home.path,
                             env=home.environment())
    try:
        until(lambda: is_mounted(point), 20, "it mounts")
        emulator.fault(path=RECIPES + "/demo-draft", status=500, count=-1)
        with pytest.raises(OSError):
            os.stat(point + "/apps/foodcrunch/recipes/demo-draft.json")
        emulator.clear_faults()
        assert "demo-draft.json" in os.listdir(point + "/apps/foodcrunch/recipes")
    finally:
        home.account.run(["fusermount3", "-u", point], check=False)
        shell.wait(timeout=slow(20))
        clear_mount(point)
    assert shell.returncode == 0


def test_check_does_not_take_a_proxy_for_this_machine(emulator, home):
    words = ",".join(credentials(home, "foodcrunch"))
    done = run_program(["--check", "-o", words, emulator.url], home,
                       env={"https_proxy": "http://127.0.0.1:1", "all_proxy": "http://127.0.0.1:1"})
    assert done.returncode == 0, done
    assert b"proxy" not in done.stdout


def test_a_path_before_the_api(home):
    """A server behind a reverse proxy, at https://example.com/cms/."""
    with Actor() as actor:
        actor.answers = {"/cms" + path: answer for path, answer in actor.answers.items()}
        with Mount(actor.url + "/cms/", home) as mount:
            assert os.listdir(mount.schema("recipes")) == ["a.json"]
        assert all(entry[1].startswith("/cms/") for entry in actor.requests)


def test_a_tilde_in_a_client_s_name(home):
    with Actor() as actor:
        words = ",".join(["client_id=foodcrunch~my~client",
                          "client_secret_file=" + home.secret_file])
        done = run_program(["--check", "-o", words, actor.url], home)
        assert done.returncode == 0, done
        assert b"'foodcrunch~my~client'" in done.stdout


def test_tracing_tells_of_requests_and_what_they_are_for(emulator, home):
    with Mount(emulator.url, home, ["trace=cache:net"]) as mount:
        os.listdir(mount.schema("recipes"))
        words = mount.output().decode()
        assert "cache: 1 pages of 'recipes' after '' and 0 more: ok, total 4" in words
        assert "net: http: GET " + emulator.url + RECIPES + "?" in words


# Time


def test_a_token_that_cannot_be_had_is_tried_for_five_times_and_told_once(home):
    """Not five times five."""
    with Actor() as actor:
        actor.says(TOKEN_PATH, 503, b"")
        words = ",".join(credentials(home, "foodcrunch"))
        done = run_program(["-f", "-o", words, actor.url, home.directory("point")], home)
        assert done.returncode == 4, done
        assert len(actor.asked(TOKEN_PATH)) == 5

        actor.does(TOKEN_PATH, lambda _: None)
        actor.requests.clear()
        done = run_program(["-f", "-o", words, actor.url, home.directory("point")], home)
        assert done.returncode == 4, done
        assert len(actor.asked(TOKEN_PATH)) == 5
        assert done.stderr.count(b"tried 5 times") == 1, done.stderr


def test_the_deadline_holds_while_a_token_is_wanted(home):
    """The token has run out, its endpoint fails and then hangs, and there are two seconds."""
    with Actor() as actor:
        go_on = threading.Event()
        actor.says(TOKEN_PATH, 200, {"access_token": "short", "expires_in": 1})
        with Mount(actor.url, home, ["timeout=2"]) as mount:
            answers = [503, 503, None]

            def token(_):
                status = answers.pop(0) if answers else None
                if status:
                    return status, {}, b""
                go_on.wait(30)
                return None
            actor.does(TOKEN_PATH, token)
            until(lambda: json.loads(mount.control("status"))["apps"][0]["token"]["age_s"] > 1,
                  5, "the token has run out")
            with Stopwatch() as watch:
                with pytest.raises(OSError):
                    os.stat(mount.schema("recipes", "a.json"))
            assert watch.seconds < slow(3)
            go_on.set()


@pytest.mark.parametrize("value", ["-1", "soon", "99999999999999999999", "1e3",
                                   "Fri, 31 Dec 9999 23:59:59 GMT", "0x10", " ", "3" * 200])
def test_an_odd_retry_after_ends_in_time(home, value):
    with Actor() as actor:
        actor.says(RECIPES + "/a", 503, b"", Retry_After=value)
        with Mount(actor.url, home, ["timeout=2"]) as mount:
            with Stopwatch() as watch:
                with pytest.raises(OSError):
                    os.stat(mount.schema("recipes", "a.json"))
            assert watch.seconds < slow(3)
        assert len(actor.asked(RECIPES + "/a")) <= 5


def test_a_401_for_ever_is_no_storm(home):
    with Actor() as actor:
        with Mount(actor.url, home) as mount:
            actor.says(RECIPES + "/a", 401, b"")
            actor.requests.clear()
            path = mount.schema("recipes", "a.json")
            command = ["sh", "-c", f"for i in 1 2 3 4 5; do cat {path}; done"]
            readers = [mount.account.start(command) for _ in range(8)]
            for reader in readers:
                _, words = reader.communicate(timeout=slow(30))
                assert b"Permission denied" in words
            # One token and two requests, then a second of quiet, then two.
            assert len(actor.asked(TOKEN_PATH)) <= 4
            assert len(actor.asked(RECIPES + "/a")) <= 8
