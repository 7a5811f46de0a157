"""Saves through a server that fails: nothing lost, nothing made twice, no success that is none."""

import errno
import functools
import json
import os
import signal
import subprocess
import sys

import pytest

from deadline import slow, until
from emulator import EDITABLE, Emulator
from mount import Mount
from saving import read, titled, write
from workers import run_together

RECIPES = "/api/content/foodcrunch/recipes"
DRAFT = RECIPES + "/demo-draft"

# A program that an interrupt ends.
WRITE = """
import signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
open(sys.argv[1], "w", encoding="utf-8").write(sys.argv[2])
"""

# What hangs is given up before that.
TIMEOUT = f"timeout={slow(4):.0f}"


def asked(emulator):
    """The methods of what was asked of items, in order."""
    return [entry["method"] for entry in emulator.asked(RECIPES)]


def item(emulator, id):
    return emulator.api("GET", f"{RECIPES}/{id}", headers=EDITABLE)


def unsaved(home):
    """The texts that were kept, by name."""
    found = {}
    for folder, _, names in os.walk(home.directory("state")):
        if os.sep + "unsaved" in folder:
            found.update({name: read(os.path.join(folder, name)) for name in names})
    return found


@pytest.fixture
def path(emulator, home):
    """A document that was read, of which the mount knows all."""
    with Mount(emulator.url, home, [TIMEOUT, "cache_ttl=1h"]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        read(path)
        emulator.forget()
        yield path


# What goes wrong with a change, once -> what is asked then. A change whose answer was lost is
# followed by a look.
ONCE = {
    "token refused": ({"status": 401}, ["PATCH", "PATCH"]),
    "quota, with a time": ({"status": 429, "retryAfter": 1}, ["PATCH", "PATCH"]),
    "unavailable": ({"status": 503}, ["PATCH", "GET", "PATCH"]),
    "failed": ({"status": 500}, ["PATCH", "GET", "PATCH"]),
    "cut off before it was made": ({"status": 502, "closeAfterBytes": 0},
                                   ["PATCH", "GET", "PATCH"]),
    "cut off after it was made": ({"closeAfterBytes": 0}, ["PATCH", "GET"]),
    "half an answer": ({"closeAfterBytes": 100}, ["PATCH", "GET"]),
    "no answer": ({"hang": True}, ["PATCH", "GET", "PATCH"]),
}


@pytest.mark.parametrize("name", list(ONCE))
def test_a_change_that_goes_wrong_once_is_made_once(emulator, path, name):
    rule, expected = ONCE[name]
    version = item(emulator, "demo-draft")["version"]
    emulator.forget()
    emulator.fault("PATCH", DRAFT, **rule)
    write(path, titled(path, name))
    # The log has them when they have ended: one that nobody answers, once its client's end is noticed.
    until(lambda: sorted(asked(emulator)) == sorted(expected), 5, "all is asked, and no more")
    after = item(emulator, "demo-draft")
    assert after["data"]["title"]["en"] == name
    assert after["version"] == version + 1
    assert json.loads(read(path))["version"] == version + 1
    # The next save is no conflict: the version that the mount learnt is the server's.
    write(path, titled(path, "again"))
    assert item(emulator, "demo-draft")["version"] == version + 2


@pytest.mark.parametrize("name", list(ONCE))
def test_an_item_that_goes_wrong_once_is_created_once(emulator, home, path, name):
    rule, _ = ONCE[name]
    new = os.path.join(os.path.dirname(path), "soup.json")
    emulator.fault("POST", RECIPES, **rule)
    write(new, '{"data": {"title": {"en": "Soup"}}}')
    after = item(emulator, "soup")
    assert after["data"]["title"]["en"] == "Soup"
    assert after["version"] == 0
    assert json.loads(read(new))["version"] == 0
    assert unsaved(home) == {}


@pytest.mark.parametrize("rule,number", [
    ({"status": 429}, errno.EBUSY), ({"status": 403}, errno.EACCES),
    ({"status": 413}, errno.EFBIG), ({"status": 400}, errno.EINVAL)])
def test_what_is_refused_is_sent_once_and_kept(emulator, home, path, rule, number):
    text = titled(path, "Refused")
    before = item(emulator, "demo-draft")
    emulator.forget()
    emulator.fault("PATCH", DRAFT, **rule)
    with pytest.raises(OSError) as caught:
        write(path, text)
    assert caught.value.errno == number
    assert asked(emulator) == ["PATCH"]
    assert item(emulator, "demo-draft")["version"] == before["version"]
    assert unsaved(home)["demo-draft.json"] == text


def test_a_quota_that_comes_back_too_late_is_not_waited_for(emulator, path):
    text = titled(path, "Late")
    emulator.fault("PATCH", DRAFT, status=429, retryAfter=3600)
    with pytest.raises(OSError) as caught:
        write(path, text)
    assert caught.value.errno == errno.EBUSY
    assert asked(emulator) == ["PATCH"]


@pytest.mark.parametrize("rule,number", [({"status": 503}, errno.EIO),
                                         ({"hang": True}, errno.ETIMEDOUT)])
def test_what_never_arrives_is_no_success(emulator, home, path, rule, number):
    text = titled(path, "Never")
    version = item(emulator, "demo-draft")["version"]
    emulator.fault("PATCH", DRAFT, count=-1, **rule)
    with pytest.raises(OSError) as caught:
        write(path, text)
    assert caught.value.errno == number
    emulator.clear_faults()
    assert item(emulator, "demo-draft")["version"] == version
    assert unsaved(home)["demo-draft.json"] == text
    assert "it is not known whether" in unsaved(home)["demo-draft.json.reason"]


def test_what_became_of_it_may_stay_unknown(emulator, home, path):
    text = titled(path, "Unknown")
    version = item(emulator, "demo-draft")["version"]
    emulator.fault("PATCH", DRAFT, closeAfterBytes=0)
    emulator.fault("GET", DRAFT, count=-1, status=500)
    with pytest.raises(OSError) as caught:
        write(path, text)
    assert caught.value.errno == errno.EIO
    emulator.clear_faults()
    assert item(emulator, "demo-draft")["version"] == version + 1
    assert unsaved(home)["demo-draft.json"] == text
    assert "it is not known whether" in unsaved(home)["demo-draft.json.reason"]
    # Saved again, it is found to be there, and is no longer among the unsaved.
    write(path, text)
    assert item(emulator, "demo-draft")["version"] == version + 1
    assert unsaved(home) == {}


def test_somebody_else_s_change_is_none_of_ours(emulator, home, path):
    """The answer is lost, and what is found then has another's text."""
    text = titled(path, "Mine")
    emulator.fault("PATCH", DRAFT, status=503)
    emulator.api("POST", f"{DRAFT}?patch=true&status=Draft", {"title": {"en": "Theirs"}})
    with pytest.raises(OSError) as caught:
        write(path, text)
    assert caught.value.errno == errno.ESTALE
    assert item(emulator, "demo-draft")["data"]["title"]["en"] == "Theirs"
    assert unsaved(home)["demo-draft.json"] == text
    assert json.loads(unsaved(home)["demo-draft.json.theirs"])["data"]["title"]["en"] == "Theirs"


def test_a_draft_that_was_opened_unseen_is_used(emulator, home):
    with Mount(emulator.url, home, ["edit=draft", "cache_ttl=1h", TIMEOUT]) as mount:
        path = mount.schema("recipes", "demo-published.json")
        text = titled(path, "In the draft")
        before = item(emulator, "demo-published")
        emulator.fault("POST", RECIPES + "/demo-published/draft", closeAfterBytes=0)
        write(path, text)
        after = item(emulator, "demo-published")
        assert after["newStatus"] == "Draft"
        assert after["data"]["title"]["en"] == "In the draft"
        assert after["version"] == before["version"] + 2


def test_who_is_interrupted_in_close_has_saved_all_the_same(emulator, home, path):
    """What was sent may have been applied: the answer is waited for, and nothing is sent twice."""
    text = titled(path, "Interrupted")
    version = item(emulator, "demo-draft")["version"]
    emulator.forget()
    # Longer than it takes for an interrupt to count.
    emulator.fault("PATCH", DRAFT, delayMs=int(slow(1.5) * 1000))
    with subprocess.Popen([sys.executable, "-c", WRITE, path, text]) as process:
        until(lambda: emulator.pending() == 1, 10, "the change is sent")
        process.send_signal(signal.SIGINT)
    assert process.returncode == -signal.SIGINT
    assert asked(emulator) == ["PATCH"]
    after = item(emulator, "demo-draft")
    assert (after["version"], after["data"]["title"]["en"]) == (version + 1, "Interrupted")
    assert unsaved(home) == {}


def test_a_server_that_is_away_gets_nothing(home):
    with Emulator() as server:
        with Mount(server.url, home, [TIMEOUT, "cache_ttl=1h"]) as mount:
            path = mount.schema("recipes", "demo-draft.json")
            text = titled(path, "Away")
            server.stop()
            for _ in range(6):
                with pytest.raises(OSError) as caught:
                    write(path, text)
                assert caught.value.errno == errno.EHOSTUNREACH
            assert sorted(unsaved(home)) == ["demo-draft.json", "demo-draft.json.reason"]
            server.start()
            assert item(server, "demo-draft")["version"] == 0


WRITERS = 12


def bulks(emulator):
    return emulator.stats()["requests"].get("POST /api/content/{app}/{schema}/bulk", 0)


def save_in_rounds(emulator, path):
    """
    Twelve writers at once, round after round, until a bulk was among what they sent. Returns
    what was saved: {id: title}.
    """
    folder = os.path.dirname(path)
    saved = {}

    def writer(name, title):
        return lambda: write(os.path.join(folder, name + ".json"),
                             json.dumps({"data": {"title": {"en": title}}}))

    os.listdir(folder)
    emulator.forget()
    emulator.fault("POST", RECIPES, delayMs=30, count=-1)

    def has_sent_a_bulk():
        """saves at the same time travel together"""
        turn = len(saved) // WRITERS
        texts = {f"soup-{turn}-{number}": f"Soup {turn}" for number in range(WRITERS)}
        assert run_together([writer(*text) for text in texts.items()]) == [None] * WRITERS
        saved.update(texts)
        return bulks(emulator) > 0

    until(has_sent_a_bulk, 30)
    return saved


def check_saved(emulator, saved):
    """Each once, and as it was written."""
    for name, title in saved.items():
        found = item(emulator, name)
        assert (found["version"], found["data"]["title"]["en"]) == (0, title)


def test_saves_at_the_same_time_travel_together(emulator, path):
    """Each has its own item and version, and nobody has to look for them."""
    saved = save_in_rounds(emulator, path)
    counts = emulator.stats()["requests"]
    assert counts["POST /api/content/{app}/{schema}/query"] == bulks(emulator)
    assert not any(key.startswith("GET") for key in counts)
    assert emulator.stats()["credits"] <= len(saved)
    for name in saved:
        document = json.loads(read(os.path.join(os.path.dirname(path), name + ".json")))
        assert (document["id"], document["version"]) == (name, 0)
    assert not any(key.startswith("GET") for key in emulator.stats()["requests"])
    check_saved(emulator, saved)


def test_five_at_the_same_time_are_requests_of_their_own(emulator, path):
    """A bulk costs as much as they do."""
    folder = os.path.dirname(path)
    os.listdir(folder)
    emulator.forget()
    emulator.fault("POST", RECIPES, delayMs=30, count=-1)
    for turn in range(4):
        writers = [functools.partial(write, os.path.join(folder, f"soup-{turn}-{number}.json"),
                                     '{"data": {"title": {"en": "Soup"}}}') for number in range(5)]
        assert run_together(writers) == [None] * 5
    assert sorted(entry["target"] for entry in emulator.asked(RECIPES + "?id=")) == [
        f"{RECIPES}?id=soup-{turn}-{number}" for turn in range(4) for number in range(5)]
    assert emulator.stats()["credits"] == emulator.total() == 20


@pytest.mark.parametrize("rule", [
    {"status": 403}, {"status": 413}, {"status": 500}, {"closeAfterBytes": 0}, {"garbage": True}])
def test_a_bulk_that_fails_costs_nobody_a_save(emulator, home, path, rule):
    """
    Refused as a whole, or of unknown fate: each finds its own way, and none is made twice. What
    became of them is asked for all at once.
    """
    emulator.fault("POST", RECIPES + "/bulk", count=-1, **rule)
    saved = save_in_rounds(emulator, path)
    assert not any(key.startswith("GET") for key in emulator.stats()["requests"])
    check_saved(emulator, saved)
    assert unsaved(home) == {}
