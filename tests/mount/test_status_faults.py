"""A status that is set through a server that fails: what was done is told, and done once."""

import errno
import os

import pytest

from deadline import slow, until
from mount import Mount
from saving import errors, item, read, write

DRAFT = "/api/content/foodcrunch/recipes/demo-draft"
STATUS = DRAFT + "/status"
PUBLISHED = "/api/content/foodcrunch/recipes/demo-published"
DUE = "2099-01-01T08:00:00Z"

# What hangs is given up before that.
TIMEOUT = f"timeout={slow(4):.0f}"


@pytest.fixture
def mounted(emulator, home):
    """A mount that knows the items."""
    with Mount(emulator.url, home, [TIMEOUT, "cache_ttl=1h"]) as mount:
        for name in ("demo-draft", "demo-published"):
            read(mount.schema("recipes", name + ".json"))
        emulator.forget()
        yield mount


def status(mount, id="demo-draft"):
    return mount.schema("recipes", ".status", id)


def set_once(path, order):
    """Python's own files write again what they could not."""
    fd = os.open(path, os.O_WRONLY)
    try:
        os.write(fd, order)
    finally:
        os.close(fd)


def asked(emulator):
    """The methods of what was asked of items, in order."""
    return [entry["method"] for entry in emulator.asked("/api/content/foodcrunch/recipes/")]


# What goes wrong with the change, once -> what is asked then.
ONCE = {
    "token refused": ({"status": 401}, ["PUT", "PUT"]),
    "unavailable": ({"status": 503}, ["PUT", "GET", "PUT"]),
    "cut off before it was made": ({"status": 502, "closeAfterBytes": 0}, ["PUT", "GET", "PUT"]),
    "cut off after it was made": ({"closeAfterBytes": 0}, ["PUT", "GET"]),
    "half an answer": ({"closeAfterBytes": 100}, ["PUT", "GET"]),
    "a page that says nothing": ({"garbage": True}, ["PUT", "GET", "PUT"]),
    "no answer": ({"hang": True}, ["PUT", "GET", "PUT"]),
}


@pytest.mark.parametrize("name", list(ONCE))
def test_what_goes_wrong_once_is_done_once(emulator, mounted, name):
    rule, expected = ONCE[name]
    version = item(emulator, "recipes", "demo-draft")["version"]
    emulator.forget()
    emulator.fault("PUT", STATUS, **rule)
    write(status(mounted), "Published\n")
    # The log has what nobody answers once its client's end is noticed.
    until(lambda: sorted(asked(emulator)) == sorted(expected), 5, "all is asked, and no more")
    after = item(emulator, "recipes", "demo-draft")
    assert (after["status"], after["version"]) == ("Published", version + 1)
    emulator.forget()
    assert '"status": "Published",' in read(mounted.schema("recipes", "demo-draft.json"))
    assert emulator.total() == 0


@pytest.mark.parametrize("order,method,suffix,text", [
    ("+draft\n", "POST", "/draft", "Published\n+draft Draft\n"),
    (f"Archived {DUE}\n", "PUT", "/status", f"Published\nArchived {DUE}\n"),
])
def test_each_order_is_found_to_be_done(emulator, mounted, order, method, suffix, text):
    emulator.fault(method, PUBLISHED + suffix, closeAfterBytes=0)
    write(status(mounted, "demo-published"), order)
    assert asked(emulator) == [method, "GET"]
    assert read(status(mounted, "demo-published")) == text


def test_each_order_is_found_to_be_taken_back(emulator, mounted):
    for order, undo, suffix in ((f"Archived {DUE}\n", "-schedule\n", "/status"),
                                ("+draft\n", "-draft\n", "/draft")):
        write(status(mounted, "demo-published"), order)
        emulator.forget()
        emulator.fault("DELETE", PUBLISHED + suffix, closeAfterBytes=0)
        write(status(mounted, "demo-published"), undo)
        assert asked(emulator) == ["DELETE", "GET"]
        assert read(status(mounted, "demo-published")) == "Published\n"


@pytest.mark.parametrize("rule,number", [({"status": 503}, errno.EIO),
                                         ({"hang": True}, errno.ETIMEDOUT)])
def test_what_never_arrives_is_no_success(emulator, mounted, rule, number):
    emulator.fault("PUT", STATUS, count=-1, **rule)
    with pytest.raises(OSError) as caught:
        set_once(status(mounted), b"Published\n")
    assert caught.value.errno == number
    assert "it is not known whether this was done" in errors(mounted)[-1]["message"]
    emulator.clear_faults()
    assert item(emulator, "recipes", "demo-draft")["status"] == "Draft"
    assert read(status(mounted)) == "Draft\n"


def test_what_became_of_it_may_stay_unknown(emulator, mounted):
    version = item(emulator, "recipes", "demo-draft")["version"]
    emulator.fault("PUT", STATUS, closeAfterBytes=0)
    emulator.fault("GET", DRAFT, count=-1, status=500)
    with pytest.raises(OSError) as caught:
        set_once(status(mounted), b"Published\n")
    assert caught.value.errno == errno.EIO
    assert "it is not known whether this was done" in errors(mounted)[-1]["message"]
    emulator.clear_faults()
    # Set again, it is found to be set.
    write(status(mounted), "Published\n")
    assert item(emulator, "recipes", "demo-draft")["version"] == version + 1


def test_somebody_elses_change_is_none_of_ours(emulator, mounted):
    """The answer is lost, and what is found then has another's version, without the status."""
    emulator.fault("PUT", STATUS, status=503)
    emulator.api("PATCH", DRAFT, {"title": {"en": "Theirs"}})
    for _ in range(2):
        with pytest.raises(OSError) as caught:
            write(status(mounted), "Published\n")
        assert caught.value.errno == errno.ESTALE
    assert item(emulator, "recipes", "demo-draft")["status"] == "Draft"


def test_a_deleted_item_has_no_status(emulator, mounted):
    emulator.fault("PUT", STATUS, status=503)
    emulator.api("DELETE", DRAFT)
    with pytest.raises(OSError) as caught:
        set_once(status(mounted), b"Published\n")
    assert caught.value.errno == errno.ENOENT
