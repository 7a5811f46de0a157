"""
One text and several who write, save, rename or remove it: each state that another can find it in.

A file that is open after an fsync is one that was flushed and not yet released, which is also what
the next one meets who opens an item as soon as close(2) has returned.
"""

import errno
import json
import os
import signal
import subprocess
import sys
import threading

import pytest

from deadline import until
from mount import Mount
from saving import (changes, errors, item, kept, read, retitle, soup, title_of, titled, unsaved, write)

API = "/api/content/foodcrunch/"
DRAFT = "demo-draft.json"
KEPT = "recipes/" + DRAFT

# Writes a text (argument 2; none: what is there stays), says so, and how its close(2) ends.
WRITER = """
import os, signal, sys
signal.signal(signal.SIGINT, lambda *_: None)
file = os.open(sys.argv[1], os.O_RDWR)
if len(sys.argv) > 2:
    os.ftruncate(file, 0)
    os.write(file, sys.argv[2].encode())
print("written", flush=True)
try:
    os.close(file)
    print(0)
except OSError as error:
    print(error.errno)
"""


class Writer:
    """A process that is about to close what it has written."""

    def __init__(self, path, *text):
        self.process = subprocess.Popen([sys.executable, "-c", WRITER, path, *text],
                                        stdout=subprocess.PIPE, text=True)
        self.errno = None
        assert self.process.stdout.readline() == "written\n"

    def has_ended(self):
        return self.process.poll() is not None

    def interrupt(self):
        """Until it has ended; a close(2) takes notice once it has waited a while."""
        self.process.send_signal(signal.SIGINT)
        return self.has_ended()

    def verdict(self):
        """The errno of its close, 0: none."""
        if self.errno is None:
            self.process.wait(timeout=30)
            self.errno = int(self.process.stdout.read())
        return self.errno


@pytest.fixture
def recipes(mounted):
    return lambda name: mounted.schema("recipes", name)


def refuses(number, call, *arguments):
    with pytest.raises(OSError) as caught:
        call(*arguments)
    assert errno.errorcode[caught.value.errno] == errno.errorcode[number]


def rewrite(file, text):
    os.ftruncate(file, 0)
    os.pwrite(file, text.encode(), 0)


# Two who save at once


@pytest.fixture
def saving(emulator, recipes):
    """One whose save is under way, until the rules are deleted."""
    path = recipes(DRAFT)
    text = titled(path, "First")
    emulator.fault("PATCH", API + "recipes/demo-draft", hang=True)
    writer = Writer(path, text)
    until(lambda: emulator.pending() == 1, 10, "its change is sent")
    yield writer
    emulator.clear_faults()
    assert writer.verdict() == 0


def test_who_waits_in_vain_is_told_when_the_text_is_kept(emulator, home, recipes, saving):
    """And what was refused is not saved behind his back, when the kernel tells of the end."""
    text = titled(recipes(DRAFT), "Second")
    waiting = Writer(recipes(DRAFT), text)
    until(waiting.interrupt, 20, "it gives up")
    assert kept(home)[KEPT] == text
    assert "waited in vain" in kept(home)[KEPT + ".reason"]
    assert waiting.verdict() == errno.EINTR
    emulator.clear_faults()
    assert saving.verdict() == 0
    until(lambda: title_of(emulator) == "First", 10, "the first is saved")
    assert json.loads(read(recipes(DRAFT)))["data"]["title"]["en"] == "First"
    assert {change for change in changes(emulator)} == {("PATCH", "recipes/demo-draft")}
    assert kept(home)[KEPT] == text


def test_who_waits_in_vain_for_his_own_text(emulator, home, recipes, saving):
    waiting = Writer(recipes(DRAFT))
    until(waiting.interrupt, 20, "it gives up")
    assert waiting.verdict() == errno.EINTR
    assert json.loads(kept(home)[KEPT])["data"]["title"]["en"] == "First"
    emulator.clear_faults()
    assert saving.verdict() == 0
    assert kept(home) == {}


def test_who_is_interrupted_while_his_text_is_on_its_way_gets_its_verdict(emulator, home, recipes):
    """Whether it arrives is not known before: it is not called off, however long ago the interrupt counted."""
    emulator.fault("PATCH", API + "recipes/demo-draft", delayMs=1500)
    writer = Writer(recipes(DRAFT), titled(recipes(DRAFT), "First"))
    until(writer.interrupt, 20, "it has its verdict")
    assert writer.verdict() == 0
    assert title_of(emulator) == "First"
    assert kept(home) == {}


def in_the_background(call, *arguments):
    """Returns how to wait for it, which raises what it raised."""
    raised = []

    def run():
        try:
            call(*arguments)
        except OSError as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()

    def join():
        thread.join(30)
        assert not thread.is_alive()
        for error in raised:
            raise error
    return join


def test_what_is_removed_while_it_is_saved_is_gone(emulator, mounted, recipes, saving):
    """What is deleted is the version that the save makes."""
    join = in_the_background(os.unlink, recipes(DRAFT))
    emulator.clear_faults()
    assert saving.verdict() == 0
    join()
    assert not os.path.exists(recipes(DRAFT))
    until(lambda: item(emulator, "recipes", "demo-draft")["isDeleted"], 10, "it is deleted")
    assert not os.path.exists(recipes(DRAFT))
    assert errors(mounted) == []


def test_what_is_moved_away_while_it_is_saved_is_away(emulator, recipes, saving):
    join = in_the_background(os.rename, recipes(DRAFT), recipes("b"))
    emulator.clear_faults()
    assert saving.verdict() == 0
    join()
    assert not os.path.exists(recipes(DRAFT))
    assert json.loads(read(recipes("b")))["data"]["title"]["en"] == "First"
    assert title_of(emulator) == "First"


def replace_while_open(recipes):
    """An item is open to be written, and another text gets its name. Returns the open file."""
    file = os.open(recipes(DRAFT), os.O_RDWR)
    old = titled(recipes(DRAFT), "Old")
    write(recipes("t"), titled(recipes(DRAFT), "New"))
    os.rename(recipes("t"), recipes(DRAFT))
    rewrite(file, old)
    return file


def test_the_file_of_before_and_that_of_now_are_saved_in_turn(emulator, home, recipes):
    file = replace_while_open(recipes)
    emulator.fault("PATCH", API + "recipes/demo-draft", hang=True)
    join = in_the_background(os.close, file)
    until(lambda: emulator.pending() == 1, 10, "the old one is sent")
    text = titled(recipes(DRAFT), "Newest")
    waiting = Writer(recipes(DRAFT), text)
    until(waiting.interrupt, 20, "it gives up")
    assert waiting.verdict() == errno.EINTR
    assert kept(home)[KEPT] == text
    join_next = in_the_background(write, recipes(DRAFT), text)
    emulator.clear_faults()
    join()
    join_next()
    assert title_of(emulator) == "Newest"
    assert kept(home) == {}


def test_a_status_waits_for_the_save_that_is_under_way(emulator, mounted, recipes, saving):
    status = mounted.schema("recipes", ".status", "demo-draft")
    join = in_the_background(write, status, "Published\n")
    emulator.clear_faults()
    assert saving.verdict() == 0
    join()
    assert item(emulator, "recipes", "demo-draft")["status"] == "Published"
    assert title_of(emulator) == "First"


# What the next one begins with


def open_and_read(path):
    """As an editor that opens a file once: to read it, and to write it back."""
    file = os.open(path, os.O_RDWR)
    return file, os.pread(file, 1 << 20, 0).decode()


@pytest.fixture
def first(recipes):
    """Somebody has the item open to write it, and goes on having it so."""
    file = os.open(recipes(DRAFT), os.O_RDWR)
    yield file
    os.close(file)


def test_who_opens_what_is_saved_writes_what_the_server_has(emulator, recipes, first):
    rewrite(first, '{"data": {"title": {"en": "First"}}}')
    os.fsync(first)
    second, text = open_and_read(recipes(DRAFT))
    assert text == read(recipes(DRAFT))
    document = json.loads(text)
    retitle("Second")(document)
    rewrite(second, json.dumps(document))
    os.close(second)
    assert title_of(emulator) == "Second"
    assert os.pread(first, 1 << 20, 0) == b'{"data": {"title": {"en": "First"}}}'


def test_who_opens_what_was_refused_writes_what_the_server_has(emulator, home, recipes):
    path = recipes(DRAFT)
    truth = read(path)
    first = os.open(path, os.O_RDWR)
    rewrite(first, "{ oops")
    refuses(errno.EINVAL, os.fsync, first)
    second, text = open_and_read(path)
    assert text == truth
    rewrite(second, titled(path, "Second"))
    os.close(second)
    refuses(errno.EINVAL, os.close, first)
    assert title_of(emulator) == "Second"
    assert kept(home)[KEPT] == "{ oops"


def test_who_opens_what_nobody_has_changed_writes_what_is_new(emulator, mounted, recipes, first):
    emulator.api("PATCH", API + "recipes/demo-draft", {"title": {"de": "Anders"}})
    write(mounted.path(".squidexfs", "refresh"), "recipes\n")
    second, text = open_and_read(recipes(DRAFT))
    document = json.loads(text)
    assert document["data"]["title"]["de"] == "Anders"
    retitle("Second")(document)
    rewrite(second, json.dumps(document))
    os.close(second)
    assert item(emulator, "recipes", "demo-draft")["data"]["title"]["de"] == "Anders"
    assert title_of(emulator) == "Second"


def test_who_opens_what_is_as_it_was_shares_it(emulator, recipes, first):
    text = titled(recipes(DRAFT), "Both").encode()
    second = os.open(recipes(DRAFT), os.O_RDWR)
    os.ftruncate(first, 0)
    os.pwrite(first, text[:100], 0)
    os.pwrite(second, text[100:], 100)
    assert os.pread(first, 1 << 20, 0) == text
    os.close(second)
    assert title_of(emulator) == "Both"


def test_of_two_who_make_a_name_the_later_one_wins(emulator, home, recipes):
    """As on a local disk; and as with an item that was there before."""
    file = os.open(recipes("soup.json"), os.O_RDWR | os.O_CREAT)
    write(recipes("t"), soup("By renaming"))
    os.rename(recipes("t"), recipes("soup.json"))
    assert title_of(emulator, "soup") == "By renaming"
    os.write(file, soup("In its place").encode())
    os.close(file)
    assert title_of(emulator, "soup") == "In its place"
    assert kept(home) == {}


def test_a_name_that_two_make_is_listed_once(emulator, mounted, recipes):
    with open(recipes("soup.json"), "x", encoding="utf-8"):
        emulator.api("POST", API + "recipes?id=soup", {"title": {"en": "Theirs"}})
        write(mounted.path(".squidexfs", "refresh"), "recipes\n")
        assert os.listdir(mounted.schema("recipes")).count("soup.json") == 1
        assert os.path.getsize(recipes("soup.json")) == 0


def test_of_two_who_make_a_name_somebody_elses_stays(emulator, home, recipes):
    file = os.open(recipes("soup.json"), os.O_RDWR | os.O_CREAT)
    os.write(file, soup("Mine").encode())
    emulator.api("POST", API + "recipes?id=soup", {"title": {"en": "Theirs"}})
    refuses(errno.EEXIST, os.close, file)
    assert title_of(emulator, "soup") == "Theirs"
    assert kept(home)["recipes/soup.json"] == soup("Mine")


# What is kept


def test_what_two_have_put_there_stays_for_the_second(emulator, home, recipes):
    """Whose text it was first goes on to another, which is saved well."""
    good = titled(recipes(DRAFT), "Mended")
    file = os.open(recipes(DRAFT), os.O_RDWR)
    rewrite(file, "{ oops")
    refuses(errno.EINVAL, os.fsync, file)
    write(recipes("t"), "{ oops")
    refuses(errno.EINVAL, os.rename, recipes("t"), recipes(DRAFT))
    assert sorted(kept(home)) == [KEPT, KEPT + ".reason"]
    rewrite(file, good)
    os.close(file)
    assert title_of(emulator) == "Mended"
    assert kept(home)[KEPT] == "{ oops"


def test_what_took_a_kept_texts_name_stays(emulator, home, mounted, recipes):
    good = titled(recipes(DRAFT), "Mended")
    file = os.open(recipes(DRAFT), os.O_RDWR)
    rewrite(file, "{ oops")
    refuses(errno.EINVAL, os.fsync, file)
    os.unlink(unsaved(mounted, "recipes", DRAFT))
    write(recipes("t"), "{ another")
    refuses(errno.EINVAL, os.rename, recipes("t"), recipes(DRAFT))
    rewrite(file, good)
    os.close(file)
    assert title_of(emulator) == "Mended"
    assert kept(home)[KEPT] == "{ another"


def test_what_finds_no_place_waits_for_the_next_mount(emulator, home):
    with Mount(emulator.url, home) as mount:
        path = mount.schema("recipes", DRAFT)
        refuses(errno.EINVAL, write, path, "{ 1")
        folder = next(folder for folder, _, names in os.walk(home.directory("state"))
                      if DRAFT in names)
        for number in range(2, 101):
            home.file(os.path.join(folder, f"demo-draft.{number}.json"), f"{{ {number}")
        refuses(errno.EINVAL, write, path, "{ one too many")
        assert "waits for the next mount" in errors(mount)[-1]["message"]
        assert "{ one too many" not in kept(home).values()
        with open(path, "r+", encoding="utf-8") as stream:
            stream.truncate(0)
            stream.write("{ mended soon")
            stream.flush()
            refuses(errno.EINVAL, os.fsync, stream.fileno())
            stream.seek(0)
            stream.truncate(0)
            stream.write('{"data": {"title": {"en": "Mended"}}}')
        assert title_of(emulator) == "Mended"
        os.unlink(unsaved(mount, "recipes", "demo-draft.7.json"))
    assert b"lost" not in mount.output()
    with Mount(emulator.url, home) as mount:
        assert read(unsaved(mount, "recipes", "demo-draft.7.json")) == "{ one too many"
        assert "{ mended soon" not in kept(home).values()
