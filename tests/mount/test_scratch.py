"""Names that are no item's: files of this machine, never sent, and what renaming them means."""

import errno
import json
import os
import stat
import subprocess

import pytest

from deadline import until
from mount import Mount
from saving import changes, item, read, retitle, write

NAMES = ["x.json~", ".x.json.swp", "sedAbCdEf", "4913", "a b", "ümlaut", ".x.json.AbCdEf"]


@pytest.fixture
def recipes(emulator, mounted):
    os.stat(mounted.schema("recipes", "demo-draft.json"))
    emulator.forget()
    return lambda *names: mounted.schema("recipes", *names)


def asked(emulator):
    return [(entry["method"], entry["target"]) for entry in emulator.log()]


def refuses(number, call, *arguments):
    with pytest.raises(OSError) as caught:
        call(*arguments)
    assert errno.errorcode[caught.value.errno] == errno.errorcode[number]


# Files of this machine


def test_scratch_files_are_files(emulator, recipes):
    for name in NAMES:
        write(recipes(name), "one\n")
        with open(recipes(name), "a", encoding="utf-8") as stream:
            stream.write("two\n")
        assert read(recipes(name)) == "one\ntwo\n"
        os.truncate(recipes(name), 3)
        assert read(recipes(name)) == "one"
        with open(recipes(name), "r+b") as stream:
            stream.seek(10)
            stream.write(b"end")
        with open(recipes(name), "rb") as stream:
            assert stream.read() == b"one" + bytes(7) + b"end"
        assert os.stat(recipes(name)).st_size == 13
        write(recipes(name), "")
        assert os.stat(recipes(name)).st_size == 0
    assert asked(emulator) == []


def test_scratch_files_are_listed(emulator, recipes):
    before = set(os.listdir(recipes()))
    for name in NAMES:
        write(recipes(name), name)
    assert set(os.listdir(recipes())) == before | set(NAMES)
    with os.scandir(recipes()) as entries:
        inodes = {entry.name: entry.inode() for entry in entries}
    for name in NAMES:
        assert os.stat(recipes(name)).st_ino == inodes[name]
        os.unlink(recipes(name))
    assert set(os.listdir(recipes())) == before
    assert changes(emulator) == []


def test_scratch_files_survive_the_mount(emulator, home):
    with Mount(emulator.url, home) as mount:
        for name in NAMES:
            write(mount.schema("recipes", name), name)
        os.chmod(mount.schema("recipes", NAMES[0]), 0o755)
        os.utime(mount.schema("recipes", NAMES[0]), (1, 1000000000))
        before = os.stat(mount.schema("recipes", NAMES[0]))
        os.symlink("me@here.1:2", mount.schema("recipes", ".#x.json"))
    with Mount(emulator.url, home) as mount:
        for name in NAMES:
            assert read(mount.schema("recipes", name)) == name
            assert name in os.listdir(mount.schema("recipes"))
        after = os.stat(mount.schema("recipes", NAMES[0]))
        assert stat.S_IMODE(after.st_mode) == 0o755
        assert (after.st_mtime, after.st_ino) == (1000000000, before.st_ino)
        assert os.readlink(mount.schema("recipes", ".#x.json")) == "me@here.1:2"
        assert NAMES[0] not in os.listdir(mount.schema("authors"))


def test_exclusive_creation(recipes):
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    os.close(os.open(recipes("t"), flags, 0o640))
    assert stat.S_IMODE(os.stat(recipes("t")).st_mode) == 0o640
    refuses(errno.EEXIST, os.open, recipes("t"), flags)


def test_what_is_open_outlives_its_name(recipes):
    write(recipes("t"), "text")
    write(recipes("u"), "other")
    with open(recipes("t"), "r+", encoding="utf-8") as t:
        with open(recipes("u"), encoding="utf-8") as u:
            os.rename(recipes("t"), recipes("u"))
            assert not os.path.exists(recipes("t"))
            assert u.read() == "other"
            assert read(recipes("u")) == "text"
            os.unlink(recipes("u"))
            assert t.read() == "text"
            t.write(" and more")
            t.flush()
            assert os.fstat(t.fileno()).st_size == len("text and more")
    assert not os.path.exists(recipes("u"))


def test_renaming_keeps_what_a_file_is(recipes):
    write(recipes("t"), "text")
    before = os.stat(recipes("t"))
    os.rename(recipes("t"), recipes("u"))
    after = os.stat(recipes("u"))
    assert (after.st_ino, after.st_size) == (before.st_ino, 4)
    refuses(errno.ENOENT, os.rename, recipes("t"), recipes("v"))


def test_symbolic_links_are_scratch_files(recipes):
    os.symlink("user@host.1:2", recipes(".#x.json"))
    assert os.readlink(recipes(".#x.json")) == "user@host.1:2"
    assert stat.S_ISLNK(os.lstat(recipes(".#x.json")).st_mode)
    refuses(errno.EEXIST, os.symlink, "other", recipes(".#x.json"))
    refuses(errno.EPERM, os.symlink, "other", recipes("x.json"))
    refuses(errno.EPERM, os.rename, recipes(".#x.json"), recipes("x.json"))
    os.unlink(recipes(".#x.json"))
    assert not os.path.lexists(recipes(".#x.json"))


def test_what_there_is_none_of(emulator, recipes):
    write(recipes("t"), "text")
    refuses(errno.EPERM, os.mkdir, recipes("d"))
    refuses(errno.EPERM, os.link, recipes("t"), recipes("u"))
    refuses(errno.EPERM, os.mkfifo, recipes("f"))
    refuses(errno.EXDEV, os.rename, recipes("t"), recipes("..", "authors", "t"))
    refuses(errno.EXDEV, os.rename, recipes("demo-draft.json"), recipes("other.json"))
    os.mknod(recipes("n"), stat.S_IFREG | 0o600)
    assert os.stat(recipes("n")).st_size == 0
    assert changes(emulator) == []


def test_no_room(emulator, home):
    """A state directory on a disk that is full."""
    state = home.directory("small")
    if home.account.is_self and os.geteuid() != 0:
        pytest.skip("needs root, to mount a small disk")
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size=256k,uid={home.account.uid}", "none", state],
                   check=True)
    try:
        with Mount(emulator.url, home, env={"XDG_STATE_HOME": state,
                                            "STATE_DIRECTORY": state}) as mount:
            path = mount.schema("recipes", "t")
            with open(path, "wb", buffering=0) as stream:
                refuses(errno.ENOSPC, lambda: [stream.write(bytes(65536)) for _ in range(8)])
            os.unlink(path)
            write(path, "room again")
            assert read(path) == "room again"
    finally:
        subprocess.run(["umount", "-l", state], check=True)


# Saving by renaming


def test_renaming_to_an_item_s_name_saves(emulator, recipes):
    document = json.loads(read(recipes("demo-draft.json")))
    before = item(emulator, "recipes", "demo-draft")
    retitle("Renamed")(document)
    write(recipes("t"), json.dumps(document))
    emulator.forget()
    with open(recipes("demo-draft.json"), encoding="utf-8") as old:
        os.rename(recipes("t"), recipes("demo-draft.json"))
        assert json.load(old)["version"] == before["version"]
    assert [method for method, _ in asked(emulator)] == ["PATCH"]
    after = item(emulator, "recipes", "demo-draft")
    assert after["data"]["title"]["en"] == "Renamed"
    assert after["version"] == before["version"] + 1
    assert not os.path.exists(recipes("t"))
    assert json.loads(read(recipes("demo-draft.json")))["version"] == after["version"]


def test_renaming_to_a_new_name_creates(emulator, recipes):
    write(recipes("t"), '{"data": {"title": {"en": "Soup"}}}')
    os.rename(recipes("t"), recipes("soup.json"))
    assert changes(emulator) == [("POST", "recipes?id=soup")]
    assert item(emulator, "recipes", "soup")["data"]["title"]["en"] == "Soup"
    assert json.loads(read(recipes("soup.json")))["id"] == "soup"


def test_a_refused_rename_changes_nothing(emulator, home, recipes):
    before = read(recipes("demo-draft.json"))
    write(recipes("t"), "{ oops")
    refuses(errno.EINVAL, os.rename, recipes("t"), recipes("demo-draft.json"))
    assert read(recipes("t")) == "{ oops"
    assert read(recipes("demo-draft.json")) == before
    kept = [os.path.join(folder, name) for folder, _, names in os.walk(home.path)
            for name in names if name == "demo-draft.json" and "unsaved" in folder]
    assert [read(path) for path in kept] == ["{ oops"]
    write(recipes("t"), "")
    refuses(errno.EINVAL, os.rename, recipes("t"), recipes("demo-draft.json"))
    assert changes(emulator) == []


def test_a_rename_is_a_change_of_what_was_read(emulator, home):
    with Mount(emulator.url, home, ["cache_ttl=1h", "view=data"]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        data = json.loads(read(path))
        emulator.api("PATCH", "/api/content/foodcrunch/recipes/demo-draft",
                     {"title": {"de": "Anders"}})
        data["title"]["en"] = "Mine"
        write(mount.schema("recipes", "t"), json.dumps(data))
        refuses(errno.ESTALE, os.rename, mount.schema("recipes", "t"), path)
        assert item(emulator, "recipes", "demo-draft")["data"]["title"]["de"] == "Anders"
        assert json.loads(read(mount.schema("recipes", "t"))) == data


def test_rename_without_replacing(emulator, recipes):
    write(recipes("t"), '{"data": {"title": {"en": "Soup"}}}')
    write(recipes("u"), "u")
    move = ["mv", "-n", "-T"]
    subprocess.run(move + [recipes("t"), recipes("demo-draft.json")], check=False)
    subprocess.run(move + [recipes("t"), recipes("u")], check=False)
    assert read(recipes("u")) == "u"
    assert changes(emulator) == []
    subprocess.run(move + [recipes("t"), recipes("soup.json")], check=True)
    assert changes(emulator) == [("POST", "recipes?id=soup")]


def test_names_are_not_exchanged(recipes):
    write(recipes("t"), "t")
    write(recipes("u"), "u")
    script = ("import ctypes, sys; libc = ctypes.CDLL(None, use_errno=True); "
              "libc.renameat2(-100, sys.argv[1].encode(), -100, sys.argv[2].encode(), 2); "
              "sys.exit(ctypes.get_errno())")
    done = subprocess.run(["python3", "-c", script, recipes("t"), recipes("u")], check=False)
    assert done.returncode == errno.EINVAL


def test_what_was_saved_is_written_no_more(recipes):
    with open(recipes("t"), "w", encoding="utf-8") as stream:
        stream.write('{"data": {"title": {"en": "Soup"}}}')
        stream.flush()
        os.rename(recipes("t"), recipes("soup.json"))
        refuses(errno.ESTALE, os.write, stream.fileno(), b"more")


# Set aside


def test_an_item_that_is_moved_away_is_saved_again(emulator, recipes):
    text = read(recipes("demo-draft.json"))
    before = item(emulator, "recipes", "demo-draft")
    emulator.forget()
    os.rename(recipes("demo-draft.json"), recipes("demo-draft.json~"))
    assert not os.path.exists(recipes("demo-draft.json"))
    assert "demo-draft.json" not in os.listdir(recipes())
    assert read(recipes("demo-draft.json~")) == text
    assert changes(emulator) == []
    document = json.loads(text)
    retitle("Again")(document)
    write(recipes("demo-draft.json"), json.dumps(document))
    assert changes(emulator) == [("PATCH", "recipes/demo-draft")]
    assert "demo-draft.json" in os.listdir(recipes())
    until(lambda: read(recipes("demo-draft.json~")) == text, 5, "the backup is the old text")
    os.unlink(recipes("demo-draft.json~"))
    after = item(emulator, "recipes", "demo-draft")
    assert after["version"] == before["version"] + 1
    assert json.loads(read(recipes("demo-draft.json")))["version"] == after["version"]


@pytest.mark.parametrize("end", ["unlink", "rename", "back"])
def test_an_item_comes_back_when_its_other_name_goes(emulator, recipes, end):
    text = read(recipes("demo-draft.json"))
    os.rename(recipes("demo-draft.json"), recipes("b"))
    if end == "unlink":
        os.unlink(recipes("b"))
    elif end == "rename":
        os.rename(recipes("b"), recipes("c"))
    else:
        os.rename(recipes("b"), recipes("demo-draft.json"))
    assert read(recipes("demo-draft.json")) == text
    assert "demo-draft.json" in os.listdir(recipes())
    assert changes(emulator) == []


def test_an_item_takes_the_place_of_a_file(emulator, recipes):
    """Who has that open goes on with it."""
    text = read(recipes("demo-draft.json"))
    write(recipes("b"), "before")
    os.chmod(recipes("b"), 0o600)
    with open(recipes("b"), "r+", encoding="utf-8") as stream:
        os.rename(recipes("demo-draft.json"), recipes("b"))
        assert stream.read() == "before"
        stream.write(" and after")
        stream.flush()
        assert os.fstat(stream.fileno()).st_size == len("before and after")
        assert read(recipes("b")) == text
        assert stat.S_IMODE(os.stat(recipes("b")).st_mode) == 0o644
    assert read(recipes("b")) == text
    assert not os.path.exists(recipes("demo-draft.json"))


def test_an_item_that_finds_no_room_leaves_all_as_it_was(emulator, home):
    with Mount(emulator.url, home, ["state_size=1M"]) as mount:
        draft, taken = (mount.schema("recipes", name) for name in ("demo-draft.json", "b"))
        text = read(draft)
        write(taken, "what is there")
        write(mount.schema("recipes", "filler"), "x" * ((1 << 20) - 100))
        refuses(errno.ENOSPC, os.rename, draft, taken)
        assert read(taken) == "what is there"
        assert read(draft) == text and "demo-draft.json" in os.listdir(mount.schema("recipes"))
        os.unlink(mount.schema("recipes", "filler"))
        os.rename(draft, taken)
        assert read(taken) == text


def test_an_item_comes_back_with_the_next_mount(emulator, home):
    with Mount(emulator.url, home) as mount:
        text = read(mount.schema("recipes", "demo-draft.json"))
        os.rename(mount.schema("recipes", "demo-draft.json"), mount.schema("recipes", "b"))
    with Mount(emulator.url, home) as mount:
        assert read(mount.schema("recipes", "demo-draft.json")) == text
        assert read(mount.schema("recipes", "b")) == text
    assert changes(emulator) == []


def test_the_same_text_again_sends_nothing(emulator, recipes):
    text = read(recipes("demo-draft.json"))
    os.rename(recipes("demo-draft.json"), recipes("b"))
    write(recipes("demo-draft.json"), text)
    os.unlink(recipes("b"))
    assert read(recipes("demo-draft.json")) == text
    assert changes(emulator) == []


def test_rsync_saves_an_item_whose_name_begins_as_ours_do(emulator, home, mounted):
    home.directory("source")
    home.file("source/new-soup.json", '{"data": {"title": {"en": "Soup"}}}')
    mounted.account.run(["rsync", "-a", home.path + "/source/", mounted.schema("recipes") + "/"])
    assert item(emulator, "recipes", "new-soup")["data"]["title"] == {"en": "Soup"}
