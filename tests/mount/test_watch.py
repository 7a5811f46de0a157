"""-o watch: what the server tells of is seen at once, and nothing is asked besides."""

import contextlib
import datetime
import json
import os
import signal
import subprocess
import threading

import pytest

from deadline import until
from mount import Mount
from tls import Front

RECIPES = "/api/content/foodcrunch/recipes"
RECIPE = RECIPES + "/demo-draft"
SOCKET = "/api/content/foodcrunch/graphql"

# Nothing is asked again by itself, neither by us nor by the kernel.
FOREVER = ["watch", "cache_ttl=1h", "negative_ttl=1h"]

# Silence of a second makes a ping.
BRIEF = ["watch", "cache_ttl=1", "negative_ttl=1", "silence_timeout=1"]


def state(mount):
    return json.loads(mount.control("status"))["apps"][0]["watch"]


def await_connected(mount, n_connections=1):
    until(lambda: state(mount)["state"] == "connected" and
          state(mount)["connections"] == n_connections, 10, "it is connected")


@contextlib.contextmanager
def watching(server, home, options, **more):
    with Mount(server.url, home, options, **more) as mount:
        await_connected(mount)
        yield mount


def events(mount):
    return [json.loads(line) for line in mount.control("events").splitlines()]


def await_event(mount, id, type):
    until(lambda: any(event["id"] == id and event["type"] == type for event in events(mount)),
          10, f"it is told that {id} is {type}")


def modified_s(item):
    return datetime.datetime.fromisoformat(item["lastModified"].replace("Z", "+00:00")).timestamp()


def describe(emulator, letter, path=RECIPE):
    emulator.api("PATCH", path, {"description": {"en": letter * 10}})


def read(path):
    with open(path, "rb") as stream:
        return stream.read()


def list_recipes(mount):
    return set(os.listdir(mount.schema("recipes")))


def asked_of_us(emulator):
    """What was asked but by the test itself."""
    return [entry["target"] for entry in emulator.log() if
            (entry["method"], entry["target"].split("?")[0]) != ("PATCH", RECIPE) and
            entry["method"] not in ("PUT", "DELETE", "WS") and
            not (entry["method"] == "POST" and not entry["target"].endswith("/query")) and
            "/_emulator" not in entry["target"]]


# What is told of


@pytest.mark.parametrize("options", [[], ["ro"]])
def test_a_change_costs_one_request(emulator, home, options):
    with watching(emulator, home, FOREVER + options) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        names = list_recipes(mount)
        texts = {name: read(mount.schema("recipes", name)) for name in names}
        size = os.stat(path).st_size
        emulator.forget()
        describe(emulator, "w")
        await_event(mount, "demo-draft", "UPDATED")
        text = read(path)
        assert b"wwwwwwwwww" in text and len(text) == os.stat(path).st_size != size
        assert read(path) == text and list_recipes(mount) == names
        for name in names - {"demo-draft.json"}:
            assert read(mount.schema("recipes", name)) == texts[name]
        assert asked_of_us(emulator) == [RECIPE]


def test_who_looks_sees_a_change_without_being_told(emulator, home):
    with watching(emulator, home, FOREVER) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        read(path)
        for letter in "abc":
            describe(emulator, letter)
            until(lambda: letter.encode() * 10 in read(path), 10, "the change shows")


def test_a_new_item_is_there(emulator, home):
    with watching(emulator, home, FOREVER) as mount:
        paths = [mount.schema("recipes", name) for name in ("told.json", "t%6Fld.json")]
        names = list_recipes(mount)
        assert list_recipes(mount) == names, "the kernel's own list"
        assert not any(os.path.exists(path) for path in paths)
        emulator.forget()
        emulator.create("foodcrunch", "recipes", "told", {"title": {"en": "Told"}})
        await_event(mount, "told", "CREATED")
        assert all(os.path.exists(path) for path in paths)
        assert list_recipes(mount) == names | {"told.json"}
        assert b'"Told"' in read(paths[0])
        assert asked_of_us(emulator) == [RECIPES + "/told"]


@pytest.mark.parametrize("options", [[], ["ro"]])
def test_a_change_that_comes_while_others_read_the_directory_is_not_undone(thousand, home, options):
    """A reader who goes on afterwards had items at hand that the kernel was not told of yet."""
    with watching(thousand, home, FOREVER + options) as mount:
        directory = mount.schema("recipes")
        with os.scandir(directory) as entries:
            told = [os.stat(entry).st_size for _, entry in zip(range(10), entries)]
            describe(thousand, "w", RECIPES + "/recipe-000193")
            await_event(mount, "recipe-000193", "UPDATED")
            told += [os.stat(entry).st_size for entry in entries]
        assert len(told) == 1000
        path = os.path.join(directory, "recipe-000193.json")
        text = read(path)
        assert b"wwwwwwwwww" in text and text.endswith(b"}\n")
        assert os.stat(path).st_size == len(text)


@pytest.mark.parametrize("options", [[], ["ro"]])
def test_a_change_of_what_is_on_its_way_to_the_kernel_is_not_undone(thousand, home, options):
    """A reply that has items in it waits for the next page, and the kernel does not know them yet."""
    options = FOREVER + options + ["listing=rest", "prefill=0"]
    first_page = sorted(thousand.items("foodcrunch", "recipes"), key=lambda item: item["id"])[:200]
    newest = max(modified_s(item) for item in first_page)
    changed = [item["id"] for item in first_page[150:] if item["status"] != "Archived"]
    with watching(thousand, home, options) as mount:
        directory = mount.schema("recipes")
        thousand.fault(path=RECIPES, delayMs=1)
        thousand.fault(path=RECIPES, hang=True, count=-1)
        reader = threading.Thread(target=list, args=(os.scandir(directory),))
        reader.start()
        until(lambda: thousand.pending() > 0, 10, "the next page is asked for")
        for id in changed:
            describe(thousand, "w", f"{RECIPES}/{id}")
        await_event(mount, changed[-1], "UPDATED")
        thousand.clear_faults()
        reader.join()
        paths = [os.path.join(directory, id + ".json") for id in changed]
        # Who opens one has its attributes put right: so only look.
        until(lambda: all(os.stat(path).st_mtime > newest for path in paths), 10,
              "they have the time of the change")


def test_an_item_that_is_gone_costs_nothing(emulator, home):
    with watching(emulator, home, FOREVER) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        names = list_recipes(mount)
        read(path)
        emulator.forget()
        emulator.api("DELETE", RECIPE)
        await_event(mount, "demo-draft", "DELETED")
        assert not os.path.exists(path)
        assert list_recipes(mount) == names - {"demo-draft.json"}
        assert asked_of_us(emulator) == []


def test_several_changes_are_one_request(emulator, home):
    with watching(emulator, home, FOREVER) as mount:
        names = list_recipes(mount)
        emulator.forget()
        emulator.create_many("foodcrunch", "recipes", {
            f"many-{i}": {"title": {"en": str(i)}} for i in range(50)})
        describe(emulator, "w")
        await_event(mount, "demo-draft", "UPDATED")
        assert list_recipes(mount) == names | {f"many-{i}.json" for i in range(50)}
        assert b"wwwwwwwwww" in read(mount.schema("recipes", "demo-draft.json"))
        assert b'"49"' in read(mount.schema("recipes", "many-49.json"))
        assert asked_of_us(emulator) == [RECIPES + "/query"]


def test_a_change_of_our_own_is_not_asked_for(emulator, home):
    with watching(emulator, home, FOREVER) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        list_recipes(mount)
        text = read(path)
        emulator.forget()
        with open(path, "wb") as stream:
            stream.write(text.replace(b"Bread soup", b"Stale bread soup"))
        await_event(mount, "demo-draft", "UPDATED")
        assert b"Stale bread soup" in read(path)
        assert asked_of_us(emulator) == []


def test_a_file_that_is_open_stays_what_it_was(emulator, home):
    describe(emulator, "o")
    with watching(emulator, home, FOREVER) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        with open(path, "rb", buffering=0) as stream:
            begin = stream.read(10)
            describe(emulator, "w")
            await_event(mount, "demo-draft", "UPDATED")
            assert b"wwwwwwwwww" in read(path)
            assert b"oooooooooo" in begin + stream.read()


# What is not asked


def test_nothing_is_asked_while_it_stands(emulator, home):
    """Not after the TTL either; the pings of an idle socket show that time has passed."""
    with watching(emulator, home, BRIEF) as mount:
        names = list_recipes(mount)
        text = read(mount.schema("recipes", "demo-draft.json"))
        emulator.forget()
        until(lambda: emulator.stats()["pings"] >= 3, 20, "three pings went over it")
        assert list_recipes(mount) == names
        assert read(mount.schema("recipes", "demo-draft.json")) == text
        assert not os.path.exists(mount.schema("recipes", "no-such.json"))
        assert emulator.total() == 0
        assert state(mount)["connections"] == 1


def test_without_the_option_nothing_is_listened_to(emulator, home):
    emulator.forget()
    with Mount(emulator.url, home) as mount:
        list_recipes(mount)
        assert "events" not in os.listdir(mount.path(".squidexfs"))
        assert "watch" not in mount.control("status") and "watch" not in mount.control("metrics")
        assert emulator.stats()["socketsOpened"] == 0


# A socket that breaks


def refuse(emulator, **rule):
    emulator.fault(path=SOCKET, count=-1, **rule)


def test_a_lost_socket_leaves_it_to_the_ttl_and_comes_back(emulator, home):
    with watching(emulator, home, BRIEF) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        list_recipes(mount)
        refuse(emulator, status=503)
        emulator.sockets(drop=True)
        until(lambda: state(mount)["state"] == "connecting", 10, "the loss is noticed")
        assert "127.0.0.1" in state(mount)["reason"] or "subscriptions" in state(mount)["reason"]
        describe(emulator, "t")
        until(lambda: b"tttttttttt" in read(path), 10, "the change is found by the TTL")

        emulator.create("foodcrunch", "recipes", "missed", {"title": {"en": "Missed"}})
        emulator.clear_faults()
        await_connected(mount, 2)
        # Nobody tells of what happened before: it takes a check, and no more than one.
        until(lambda: "missed.json" in list_recipes(mount), 10, "what was missed is found")
        emulator.forget()
        until(lambda: emulator.stats()["pings"] >= 2, 20, "two pings went over it")
        list_recipes(mount)
        assert emulator.count(RECIPES) <= 1
        n_checks = emulator.count(RECIPES)
        until(lambda: emulator.stats()["pings"] >= 4, 20, "two more went over it")
        list_recipes(mount)
        assert emulator.count(RECIPES) == n_checks
        output = mount.output().decode()
    assert output.count("does not tell of changes, which") == 1
    assert output.count("tells of changes again") == 1


@pytest.mark.parametrize("command", [{"drop": True}, {"close": 4401}, {"garbage": True},
                                     {"badFrame": True}, {"mute": True}],
                         ids=lambda command: list(command)[0])
def test_a_bad_socket_is_made_anew(emulator, home, command):
    with watching(emulator, home, BRIEF) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        read(path)
        emulator.sockets(**command)
        await_connected(mount, 2)
        assert "server" in mount.control("status")
        assert json.loads(mount.control("status"))["apps"][0]["server"]["state"] == "up"
        describe(emulator, "n")
        await_event(mount, "demo-draft", "UPDATED")
        assert b"nnnnnnnnnn" in read(path)


@pytest.mark.parametrize("status", [403, 404])
def test_a_refusal_is_told_once_and_believed(emulator, home, status):
    refuse(emulator, status=status)
    with Mount(emulator.url, home, BRIEF) as mount:
        until(lambda: state(mount)["state"] == "refused", 10, "it is refused")
        assert str(status) in state(mount)["reason"]
        assert list_recipes(mount)
        describe(emulator, "r")
        until(lambda: b"rrrrrrrrrr" in read(mount.schema("recipes", "demo-draft.json")), 10,
              "the change is found by the TTL")
        assert len([entry for entry in emulator.log() if entry["target"].startswith(SOCKET)
                    and entry["method"] in ("GET", "WS")]) == 1
        output = mount.output().decode()
    assert output.count("does not tell of changes") == 1


def test_a_refused_token_is_renewed(emulator, home):
    with watching(emulator, home, BRIEF) as mount:
        emulator.revoke_tokens()
        emulator.sockets(drop=True)
        await_connected(mount, 2)


@pytest.mark.parametrize("phase", ["connecting", "connected"])
def test_unmounting_waits_for_no_socket(emulator, home, phase):
    """A handshake that hangs would otherwise hold the end up until its deadline."""
    if phase == "connecting":
        refuse(emulator, hang=True)
    with Mount(emulator.url, home, FOREVER + ["timeout=300"]) as mount:
        if phase == "connecting":
            until(lambda: emulator.pending() == 1, 10, "the handshake hangs")
        else:
            await_connected(mount)
        mount.signal(signal.SIGTERM)
        mount.wait(10)


# The file that can be followed


@contextlib.contextmanager
def following(mount, *words):
    """What a shell's `tail -f events | jq` prints."""
    tail = subprocess.Popen(["tail", *words, "-f", mount.path(".squidexfs", "events")],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    jq = subprocess.Popen(["jq", "--unbuffered", "-r", '"\\(.type) \\(.app)/\\(.schema)/\\(.id)"'],
                          stdin=tail.stdout, stdout=subprocess.PIPE, text=True)
    try:
        yield tail, jq.stdout
    finally:
        tail.kill()
        tail.wait()
        jq.wait()
        jq.stdout.close()


@pytest.mark.parametrize("options", [[], ["ro"]])
def test_tail_follows_the_events(emulator, home, options):
    with watching(emulator, home, FOREVER + options) as mount:
        with following(mount, "-s", "0.1") as (_, lines):
            describe(emulator, "1")
            assert lines.readline() == "UPDATED foodcrunch/recipes/demo-draft\n"
            # What a line tells of has happened to whoever reads it.
            assert b"1111111111" in read(mount.schema("recipes", "demo-draft.json"))
            describe(emulator, "2")
            assert lines.readline() == "UPDATED foodcrunch/recipes/demo-draft\n"
            assert b"2222222222" in read(mount.schema("recipes", "demo-draft.json"))
            emulator.create("foodcrunch", "authors", "mary", {"name": {"iv": "Mary"}}, False)
            assert lines.readline() == "CREATED foodcrunch/authors/mary\n"
            emulator.api("DELETE", RECIPE)
            assert lines.readline() == "DELETED foodcrunch/recipes/demo-draft\n"
        assert [event["version"] for event in events(mount)] == [1, 2, 0, 3]
        assert all(event["lastModified"] and event["time"] for event in events(mount))
        path = mount.path(".squidexfs", "events")
        assert os.stat(path).st_size == len(read(path))


def test_tail_goes_on_when_old_events_go(emulator, home):
    """6,000 events do not fit into the file, which is cut in a pause of its reader."""
    names = [f"e-{i:05}-{'x' * 40}" for i in range(6000)]
    with watching(emulator, home, FOREVER) as mount:
        path = mount.path(".squidexfs", "events")
        with following(mount, "-s", "0.9") as (tail, lines):
            for first in range(0, len(names), 2000):
                part = names[first:first + 2000]
                emulator.create_many("foodcrunch", "recipes",
                                     {name: {"title": {"en": "E"}} for name in part})
                assert [lines.readline().strip().split("/")[-1] for _ in part] == part

            def is_cut():
                emulator.api("PATCH", RECIPE, {"servings": {"iv": emulator.total()}})
                return os.stat(path).st_size < 1 << 20
            until(is_cut, 30, "the events that were read go")
            emulator.api("DELETE", RECIPE)
            rest = iter(lines.readline, "DELETED foodcrunch/recipes/demo-draft\n")
            n_updates = sum(line == "UPDATED foodcrunch/recipes/demo-draft\n" for line in rest)
            tail.kill()
            assert b"truncated" in tail.stderr.read()
        assert n_updates == sum(entry["method"] == "PATCH" for entry in emulator.log())


# Over other lines


def test_it_listens_over_tls(emulator, home):
    with Front(emulator.port) as front:
        with watching(front, home, FOREVER + ["cacert=" + front.certificate.path]) as mount:
            path = mount.schema("recipes", "demo-draft.json")
            read(path)
            for letter in "st":
                describe(emulator, letter)
                until(lambda: letter.encode() * 10 in read(path), 10, "the change shows")


def test_a_certificate_that_nobody_trusts_is_no_line(emulator, home):
    with Front(emulator.port) as front:
        options = FOREVER + ["cacert=" + front.certificate.path]
        with watching(front, home, options) as mount:
            front.exchange()
            until(lambda: "certificate" in state(mount).get("reason", ""), 10, "it is not trusted")
            assert state(mount)["state"] == "connecting"


def test_no_token_stands_in_a_log(emulator, home):
    with watching(emulator, home, BRIEF + ["trace=all"]) as mount:
        emulator.sockets(drop=True)
        await_connected(mount, 2)
        output = mount.output()
    assert b"websocket" in output and b"access_token" not in output
