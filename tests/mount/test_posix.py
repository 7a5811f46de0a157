"""Where an item behaves as a local file does; man/squidexfs.7 says where it differs."""

import errno
import json
import mmap
import os
import subprocess
import threading

import pytest

from deadline import until
from mount import Mount
from saving import changes, errors, item, kept, read, title_of, titled, write

NEW = '{"data": {"title": {"en": "Soup"}}}'


@pytest.fixture
def draft(mounted):
    return mounted.schema("recipes", "demo-draft.json")


def shell(command, **names):
    """Runs a line of sh; names are its variables."""
    return subprocess.run(["sh", "-ec", command], env=dict(os.environ, **names), check=True,
                          capture_output=True, timeout=30)


def test_owner_mode_and_times_are_taken_and_stay_as_they_are(emulator, draft):
    before = os.stat(draft)
    os.chmod(draft, 0o600)
    os.chown(draft, before.st_uid, before.st_gid)
    os.utime(draft, (1, 1))
    shell("touch $f; touch -d 2001-01-01 $f; chmod 600 $f", f=draft)
    after = os.stat(draft)
    assert (after.st_mode, after.st_mtime, after.st_uid) == (
        before.st_mode, before.st_mtime, before.st_uid)
    assert changes(emulator) == []


def test_a_new_name_is_here_alone_until_it_has_a_text(emulator, mounted):
    path = mounted.schema("recipes", "soup.json")
    shell(": > $f; touch $f; touch -c $f", f=path)
    assert os.stat(path).st_size == 0 and read(path) == ""
    assert "soup.json" in os.listdir(mounted.schema("recipes"))
    assert changes(emulator) == []
    inode = os.stat(path).st_ino
    write(path, NEW)
    assert changes(emulator) == [("POST", "recipes?id=soup")]
    assert os.stat(path).st_ino == inode
    assert os.listdir(mounted.schema("recipes")).count("soup.json") == 1


def test_exclusive_creation(emulator, mounted, draft):
    with pytest.raises(FileExistsError):
        os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    path = mounted.schema("recipes", "soup.json")
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
    with pytest.raises(FileExistsError):
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    assert changes(emulator) == []


def test_appending(emulator, draft):
    """In white space alone: nothing is sent. In more: what is not one text is refused."""
    text = read(draft)
    shell("printf '\\n\\n' >> $f", f=draft)
    assert changes(emulator) == [] and read(draft) == text
    with open(draft, "a", encoding="utf-8") as stream:
        stream.write("x")
        with pytest.raises(OSError) as caught:
            stream.close()
    assert caught.value.errno == errno.EINVAL
    assert read(draft) == text


def test_what_is_appended_stands_at_the_end_of_what_was_written(draft):
    """Also where another open file of the item has a text of another size, and the kernel takes its end."""
    text = json.dumps(json.loads(read(draft)))
    with open(draft, "a", encoding="utf-8") as writer:
        writer.truncate(0)
        writer.write(text)
        writer.flush()
        os.fsync(writer.fileno())
        with open(draft, "rb") as reader:
            assert os.fstat(reader.fileno()).st_size != len(text.encode())
            writer.write("x")
            writer.flush()
            assert read(draft) == text + "x"
            writer.truncate(len(text.encode()))


def test_truncating_and_writing_anew_is_one_change(emulator, draft):
    text = titled(draft, "Onion soup")
    with open(draft, "r+", encoding="utf-8") as stream:
        stream.truncate(0)
        assert os.stat(draft).st_size == 0
        stream.write(text)
    assert changes(emulator) == [("PATCH", "recipes/demo-draft")]
    assert title_of(emulator) == "Onion soup"
    os.truncate(draft, 0)
    assert changes(emulator) == [("PATCH", "recipes/demo-draft")]
    assert json.loads(read(draft))["data"]["title"]["en"] == "Onion soup"


def test_writing_in_any_order_and_place(emulator, draft):
    text = titled(draft, "Onion soup").encode()
    file = os.open(draft, os.O_RDWR | os.O_TRUNC)
    for start in range((len(text) - 1) // 7 * 7, -1, -7):
        os.pwrite(file, text[start:start + 7], start)
    assert os.pread(file, 1 << 20, 0) == text
    assert os.fstat(file).st_size == len(text)
    os.close(file)
    assert changes(emulator) == [("PATCH", "recipes/demo-draft")]
    assert title_of(emulator) == "Onion soup"


def test_a_hole_reads_as_zeros(draft):
    file = os.open(draft, os.O_RDWR | os.O_TRUNC)
    os.pwrite(file, b"}", 9)
    assert os.pread(file, 100, 0) == bytes(9) + b"}"
    os.ftruncate(file, 0)
    os.close(file)


def test_fsync_saves_and_close_does_not_again(emulator, draft):
    text = titled(draft, "Onion soup")
    with open(draft, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
        assert title_of(emulator) == "Onion soup"
    assert len(changes(emulator)) == 1


def can_be_mapped(path):
    """
    Not beside a reader of the text as it was, whose last close the kernel tells of a little later.
    """
    with open(path, "r+b") as stream:
        try:
            mmap.mmap(stream.fileno(), 0).close()
        except OSError as error:
            assert error.errno == errno.ENODEV
            return False
    return True


def test_what_mmap_wrote_is_saved(emulator, draft):
    text = titled(draft, "Onion soup").encode()
    until(lambda: can_be_mapped(draft), 10, "nobody else has it open")
    with open(draft, "r+b") as stream:
        stream.truncate(len(text))
        with mmap.mmap(stream.fileno(), len(text)) as memory:
            memory[:] = text
            memory.flush()
        os.fsync(stream.fileno())
        assert title_of(emulator) == "Onion soup"
    assert len(changes(emulator)) == 1


def test_what_mmap_writes_after_the_close_is_saved(emulator, draft):
    text = titled(draft, "Onion soup").encode()
    until(lambda: can_be_mapped(draft), 10, "nobody else has it open")
    with open(draft, "r+b") as stream:
        old = stream.read()
        memory = mmap.mmap(stream.fileno(), len(old))
    memory[:] = text[:len(old)].ljust(len(old))
    memory.close()
    until(lambda: title_of(emulator) == "Onion soup", 10, "the text arrives")


def test_what_mmap_wrote_amiss_is_kept(home, mounted, draft):
    until(lambda: can_be_mapped(draft), 10, "nobody else has it open")
    with open(draft, "r+b") as stream:
        memory = mmap.mmap(stream.fileno(), 0)
    memory[0:1] = b"?"
    memory.close()
    until(lambda: kept(home), 10, "the text is kept")
    assert kept(home)["recipes/demo-draft.json"].startswith("?")
    until(lambda: "demo-draft" in mounted.control("errors"), 10, "it is told")


def test_two_writers_write_one_text(emulator, draft):
    text = titled(draft, "Onion soup").encode()
    middle = len(text) // 2
    one, two = os.open(draft, os.O_RDWR | os.O_TRUNC), os.open(draft, os.O_RDWR)
    os.pwrite(one, text[:middle], 0)
    os.pwrite(two, text[middle:], middle)
    assert os.pread(one, 1 << 20, 0) == text
    os.close(one)
    os.close(two)
    assert changes(emulator) == [("PATCH", "recipes/demo-draft")]
    assert title_of(emulator) == "Onion soup"


def test_the_last_of_two_that_wrote_it_all_wins(emulator, draft):
    """As on a local disk: processes on one mount do not conflict with each other."""
    texts = [titled(draft, title) for title in ("One", "Two", "Three")]
    for text in texts:
        write(draft, text)
    assert title_of(emulator) == "Three"
    assert len(changes(emulator)) == 3


def test_who_reads_meanwhile_sees_what_is_written(emulator, home, mounted, draft):
    """And saves nothing of it: only who writes knows when it is a text."""
    text = titled(draft, "Onion soup")
    with open(draft, "w", encoding="utf-8") as stream:
        for end in (10, len(text) // 2, len(text)):
            stream.write(text[stream.tell():end])
            stream.flush()
            assert os.stat(draft).st_size == len(text[:end].encode())
            with open(draft, encoding="utf-8") as reader:
                assert reader.read() == text[:end]
    assert changes(emulator) == [("PATCH", "recipes/demo-draft")]
    assert errors(mounted) == [] and kept(home) == {}


def test_who_opens_what_is_saved_reads_what_the_server_has(draft):
    """Even while the writer has it open still, and the bytes are others than were written."""
    text = titled(draft, "Onion soup")
    with open(draft, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
        seen = read(draft)
        assert json.loads(seen)["data"]["title"]["en"] == "Onion soup"
        assert seen != text and seen.endswith("}\n")
        with pytest.raises(OSError):
            stream.write("x")
            stream.flush()
            os.fsync(stream.fileno())
        assert read(draft) == seen
        stream.seek(0)
        stream.truncate(0)
    assert read(draft) == seen


def test_who_opens_what_is_saved_sees_the_size_of_what_he_reads(draft):
    """A close returns before the writer's text is gone here, and the next open may come between."""
    seen = read(draft)
    with open(draft, "w", encoding="utf-8") as writer:
        writer.write(json.dumps(json.loads(seen)))
        writer.flush()
        os.fsync(writer.fileno())
        with open(draft, "rb") as reader:
            assert os.lseek(reader.fileno(), 0, os.SEEK_END) == len(seen.encode())
            assert os.stat(draft).st_size == len(seen.encode())


def test_who_has_it_open_keeps_what_is_there(emulator, mounted):
    """A reader's text stays whole whatever becomes of the item."""
    path = mounted.schema("recipes", "demo-published.json")
    old = read(path)
    with open(path, encoding="utf-8") as reader:
        write(path, titled(path, "Another pie"))
        assert reader.read() == old
    assert json.loads(read(path))["data"]["title"]["en"] == "Another pie"
    assert title_of(emulator, "demo-published") == "Another pie"


def test_what_is_removed_while_it_is_open(emulator, mounted):
    """Who reads keeps the text; what is written to it is of nobody, and does not come back."""
    path = mounted.schema("recipes", "demo-draft.json")
    text = read(path)
    with open(path, encoding="utf-8") as reader, open(path, "r+", encoding="utf-8") as writer:
        os.unlink(path)
        assert not os.path.exists(path)
        assert reader.read() == text
        writer.write(titled(mounted.schema("recipes", "demo-published.json"), "Not again"))
        writer.truncate()
    assert not os.path.exists(path)
    assert all(method == "DELETE" for method, _ in changes(emulator))


def test_many_who_save_the_same_item_leave_a_whole_text(emulator, draft):
    texts = [titled(draft, f"Title {i}") for i in range(8)]
    failures = []

    def save(text):
        try:
            for _ in range(5):
                write(draft, text)
        except OSError as error:
            failures.append(error.errno)

    threads = [threading.Thread(target=save, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # One's truncation and the others' writing share a text, so some flushes see half of it.
    assert set(failures) <= {errno.EINVAL}
    write(draft, texts[0])
    assert title_of(emulator) == "Title 0"
    assert all(entry["status"] == 200 or entry["status"] == 400
               for entry in emulator.asked("/api/content/foodcrunch/recipes/demo-draft"))


def test_extended_attributes_are_refused_as_where_there_are_none(draft):
    with pytest.raises(OSError) as caught:
        os.setxattr(draft, "user.x", b"1")
    assert caught.value.errno == errno.EOPNOTSUPP


def test_who_opens_what_was_replaced_begins_with_what_it_is_now(emulator, mounted, draft):
    """Somebody else may have the old text open for writing still: a change of it is not built on that."""
    new = titled(draft, "Onion soup")
    with open(draft, "r+", encoding="utf-8"):
        write(mounted.schema("recipes", "t"), new)
        os.rename(mounted.schema("recipes", "t"), draft)
        with open(draft, "r+", encoding="utf-8") as stream:
            document = json.load(stream)
            assert document["data"]["title"]["en"] == "Onion soup"
            document["data"]["servings"] = {"iv": 9}
            stream.seek(0)
            stream.truncate()
            json.dump(document, stream)
    assert title_of(emulator) == "Onion soup"
    assert item(emulator, "recipes", "demo-draft")["data"]["servings"] == {"iv": 9}


def test_who_ends_leaves_alone_what_was_made_under_the_name_since(emulator, mounted):
    path = mounted.schema("recipes", "soup.json")
    old = os.open(path, os.O_WRONLY | os.O_CREAT)
    os.write(old, b"{ oops")
    with pytest.raises(OSError):
        os.fsync(old)
    os.rename(path, mounted.schema("recipes", "backup"))
    with open(path, "x", encoding="utf-8") as stream:
        with pytest.raises(OSError):
            os.close(old)
        # The kernel tells of the end a little later.
        assert all(os.path.exists(path) for _ in range(200))
        stream.write(NEW)
    assert title_of(emulator, "soup") == "Soup"


def test_a_name_that_somebody_else_freed_is_empty_when_it_is_made_again(emulator, home):
    """The old text is open still; it is not what is made."""
    with Mount(emulator.url, home, ["cache_ttl=0", "negative_ttl=0"]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        with open(path, "r+", encoding="utf-8") as old:
            text = old.read()
            emulator.api("DELETE", "/api/content/foodcrunch/recipes/demo-draft")
            with open(path, "x", encoding="utf-8") as stream:
                assert os.fstat(stream.fileno()).st_size == 0
                assert read(path) == ""
                stream.write(NEW)
            assert json.loads(read(path))["data"]["title"]["en"] == "Soup"
            old.seek(0)
            assert old.read() == text
        assert title_of(emulator) == "Soup"


def test_a_name_that_was_moved_away_is_empty_when_it_is_made_again(emulator, mounted, draft):
    with open(draft, "r+", encoding="utf-8"):
        text = titled(draft, "Pie")
        os.rename(draft, mounted.schema("recipes", "backup"))
        with open(draft, "x", encoding="utf-8") as stream:
            assert os.fstat(stream.fileno()).st_size == 0
            stream.write(text)
    assert title_of(emulator) == "Pie"
    assert changes(emulator) == [("PATCH", "recipes/demo-draft")]
