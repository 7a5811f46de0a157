"""The control files that others read and write: metrics and refresh."""

import errno
import json
import os
import re
import signal
import subprocess

import pytest

import exposition
from deadline import slow, Stopwatch
from mount import Mount, find_mount

ITEMS = "/api/content/foodcrunch/recipes"

# Nothing is asked again by itself.
FOREVER = ["cache_ttl=1h", "negative_ttl=1h"]


def metrics(mount):
    return exposition.parse(mount.control("metrics"))


def of_app(samples, name, app="foodcrunch"):
    return samples["squidexfs_" + name, (("app", app),)]


# Metrics


def test_the_metrics_are_in_the_format(mounted):
    samples = metrics(mounted)
    assert all(name.startswith("squidexfs_") for name, _ in samples)
    assert {name for name, _ in samples} == {
        "squidexfs_" + name for name in (
            "build_info", "uptime_seconds", "resident_memory_bytes", "errors_total",
            "kernel_requests_total", "prefilled_texts_total", "prefilled_bytes_total",
            "requests_total", "credits_total", "received_bytes_total", "server_up",
            "token_age_seconds", "token_expires_in_seconds", "token_fetches_total",
            "cache_hits_total", "cache_misses_total", "cache_stale_total", "cache_items",
            "cache_bytes", "cache_text_bytes", "cache_text_limit_bytes", "cache_evictions_total",
            "memory_text_bytes", "memory_text_limit_bytes", "unsaved_texts", "unsaved_bytes",
            "pending_deletes")}


def test_the_metrics_are_the_numbers_of_the_status(mounted):
    for name in os.listdir(mounted.schema("recipes")):
        os.stat(mounted.schema("recipes", name))
    samples, status = metrics(mounted), json.loads(mounted.control("status"))
    app = status["apps"][0]
    for kind, number in status["requests"]["by_kind"].items():
        assert samples["squidexfs_requests_total", (("kind", kind),)] == number
    assert samples["squidexfs_credits_total", ()] == status["requests"]["credits"] > 0
    assert samples["squidexfs_received_bytes_total", ()] == status["requests"]["bytes_received"]
    assert samples["squidexfs_build_info", (("version", status["version"]),)] == 1
    assert samples["squidexfs_resident_memory_bytes", ()] > 1 << 20
    assert of_app(samples, "cache_items") == app["cache"]["items"] == 4
    assert of_app(samples, "cache_bytes") == app["cache"]["bytes"]
    assert of_app(samples, "cache_hits_total") == app["cache"]["hits"]
    assert of_app(samples, "cache_misses_total") == app["cache"]["misses"]
    assert of_app(samples, "cache_stale_total") == app["cache"]["stale"] == 0
    assert of_app(samples, "token_fetches_total") == app["token"]["fetched"] == 1
    assert of_app(samples, "server_up") == 1


def test_the_metrics_tell_of_a_server_that_is_away_and_of_errors(emulator, home):
    with Mount(emulator.url, home, ["timeout=2", "cache_ttl=0"]) as mount:
        emulator.fault(path="/api/", status=503, count=-1)
        for i in range(6):
            with pytest.raises(OSError):
                os.stat(mount.schema("recipes", f"item-{i}.json"))
        samples = metrics(mount)
        assert of_app(samples, "server_up") == 0
        assert samples["squidexfs_errors_total", ()] == 6
        assert json.loads(mount.control("status"))["errors"] == 6


def test_the_metrics_are_read_only(mounted):
    path = mounted.path(".squidexfs", "metrics")
    assert os.stat(path).st_mode & 0o777 == 0o444
    assert os.stat(path).st_size > 0
    with pytest.raises(OSError):
        os.open(path, os.O_WRONLY)
    assert re.search(rb"^squidexfs_server_up", mounted.account.run(["cat", path]).stdout, re.M)


# Refresh


@pytest.fixture
def lasting(emulator, home):
    with Mount(emulator.url, home, FOREVER) as mount:
        yield mount


def refresh(mount, text):
    with open(mount.path(".squidexfs", "refresh"), "w", encoding="utf-8") as stream:
        stream.write(text)


def retitle(emulator, title, id="demo-draft"):
    emulator.api("PATCH", f"{ITEMS}/{id}", {"title": {"en": title}})


def title(path):
    with open(path, encoding="utf-8") as stream:
        text = stream.read()
    assert len(text.encode()) == os.stat(path).st_size
    return json.loads(text)["data"]["title"]["en"]


WAYS = {
    "echo": "echo {} > {}",
    "echo >>": "echo {} >> {}",
    "printf without a newline": "printf %s {} > {}",
    "tee": "echo {} | tee {}",
    "dd": "echo {} | dd of={} status=none",
    "python": "/usr/bin/python3 -c \"open('{1}', 'w').write('{0}')\"",
    "cp": "echo {0} > {2} && cp {2} {1}",
}


@pytest.mark.parametrize("way", WAYS)
def test_a_refresh_shows_a_change_at_once(emulator, lasting, way):
    path = lasting.schema("recipes", "demo-draft.json")
    other = lasting.schema("authors")
    os.listdir(other)
    os.listdir(lasting.schema("recipes"))
    assert title(path) == "Bread soup"
    retitle(emulator, "A soup of onions")
    assert title(path) == "Bread soup"
    emulator.forget()

    lasting.account.run(WAYS[way].format("recipes", lasting.path(".squidexfs", "refresh"),
                                         os.path.join(lasting.home.path, "order")))
    assert emulator.total() == 0
    assert title(path) == "A soup of onions"
    assert os.listdir(lasting.schema("recipes")) and title(path) == "A soup of onions"
    assert emulator.count(ITEMS) == 2, "the item, and the listing"
    os.listdir(other)
    assert emulator.total() == 2


NAMES = ["recipes", "foodcrunch/recipes", "foodcrunch/recipes/demo-draft.json",
         "foodcrunch/recipes/demo-draft", "foodcrunch/recipes/demo%2Ddraft.json", "*",
         "\n\nauthors\nfoodcrunch/recipes/demo-draft\nsettings\n\n"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_can_be_written_in_many_ways(emulator, lasting, name):
    path = lasting.schema("recipes", "demo-draft.json")
    assert title(path) == "Bread soup"
    retitle(emulator, "A soup of onions")
    assert title(path) == "Bread soup"
    refresh(lasting, name + "\n")
    assert title(path) == "A soup of onions"


@pytest.mark.parametrize("name", ["recipes", "foodcrunch/recipes/later.json", "*"])
def test_a_refresh_ends_an_absence(emulator, lasting, name):
    """Remembered here, and in the kernel, under any spelling."""
    paths = [lasting.schema("recipes", "later.json"), lasting.schema("recipes", "l%61ter.json")]
    assert not any(map(os.path.exists, paths))
    emulator.create("foodcrunch", "recipes", "later", {"title": {"en": "Later"}})
    emulator.forget()
    assert not any(map(os.path.exists, paths)) and emulator.total() == 0
    refresh(lasting, name)
    assert all(map(os.path.exists, paths))
    assert emulator.total() == 1


@pytest.mark.parametrize("name", ["recipes", "foodcrunch/recipes/later.json"])
def test_a_refresh_ends_an_absence_by_listing(emulator, lasting, name):
    path = lasting.schema("recipes", "later.json")
    assert "later.json" not in os.listdir(lasting.schema("recipes"))
    assert not os.path.exists(path)
    emulator.create("foodcrunch", "recipes", "later", {"title": {"en": "Later"}})
    assert not os.path.exists(path)
    refresh(lasting, name)
    assert title(path) == "Later"


def test_a_refresh_shows_what_is_gone_and_what_is_new(emulator, lasting):
    directory = lasting.schema("recipes")
    names = set(os.listdir(directory))
    for name in names:
        os.stat(os.path.join(directory, name))
    emulator.api("DELETE", ITEMS + "/demo-draft")
    emulator.create("foodcrunch", "recipes", "later", {"title": {"en": "Later"}})
    assert set(os.listdir(directory)) == names
    refresh(lasting, "recipes")
    assert not os.path.exists(os.path.join(directory, "demo-draft.json"))
    assert set(os.listdir(directory)) == names - {"demo-draft.json"} | {"later.json"}


@pytest.mark.parametrize("name", ["recipes", "foodcrunch/recipes/demo-draft"])
def test_an_open_file_outlives_a_refresh(emulator, lasting, name):
    """It stays what it was, and does not keep its path from showing the change."""
    path = lasting.schema("recipes", "demo-draft.json")
    with open(path, "rb") as old, open(path, "rb") as other:
        size = os.fstat(old.fileno()).st_size
        begin = old.read(10)
        held = os.open(path, os.O_PATH)
        retitle(emulator, "A soup of onions and of much more than that")
        refresh(lasting, name)
        assert os.stat(path).st_size > size
        assert os.stat(held).st_size > size
        assert title(path).startswith("A soup of onions")
        for text in (begin + old.read(), other.read()):
            assert len(text) == size and b"Bread soup" in text
        emulator.api("DELETE", ITEMS + "/demo-draft")
        refresh(lasting, name)
        assert not os.path.exists(path)
        os.close(held)


def test_a_directory_stays_under_those_who_stand_in_it(emulator, lasting):
    directory = lasting.schema("recipes")
    done = lasting.account.run(
        ["/usr/bin/python3", "-c", """
import os
os.listdir()
open("../../../.squidexfs/refresh", "w").write("*")
print(os.getcwd())
os.stat("demo-draft.json")
"""], cwd=directory)
    assert done.stdout.decode().strip() == os.path.realpath(directory)


def test_only_what_is_named_is_asked_again(thousand, home):
    with Mount(thousand.url, home, FOREVER) as mount:
        directory = mount.schema("recipes")
        names = os.listdir(directory)
        thousand.forget()
        refresh(mount, "foodcrunch/recipes/demo-draft.json\n")
        for name in names:
            os.stat(os.path.join(directory, name))
        assert thousand.total() == thousand.count(ITEMS + "/demo-draft") == 1
        refresh(mount, "recipes\nrecipes\n*\n")
        assert len(os.listdir(directory)) == 1000
        assert thousand.total() == 1 + 2, "one listing"
        for name in names:
            os.stat(os.path.join(directory, name))
        assert thousand.total() == 1 + 2


def test_more_items_than_are_counted_one_by_one(emulator, lasting):
    path = lasting.schema("recipes", "demo-draft.json")
    os.listdir(lasting.schema("recipes"))
    assert title(path) == "Bread soup"
    retitle(emulator, "A soup of onions")
    refresh(lasting, "".join(f"foodcrunch/recipes/item-{i}\n" for i in range(200)))
    refresh(lasting, "foodcrunch/recipes/demo-draft")
    refresh(lasting, "".join(f"foodcrunch/recipes/other-{i}\n" for i in range(200)))
    assert title(path) == "A soup of onions"


def test_a_refresh_while_the_server_hangs(emulator, home):
    """It waits for no server, and what was asked before it is not believed after it."""
    with Mount(emulator.url, home, FOREVER) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        emulator.fault(path=ITEMS + "/demo-draft", delayMs=1500)
        reader = mount.account.start(["cat", path])
        while emulator.pending() == 0:
            assert reader.poll() is None
        with Stopwatch() as watch:
            refresh(mount, "recipes")
        assert watch.seconds < slow(1)
        assert b"Bread soup" in reader.communicate(timeout=slow(20))[0]
        retitle(emulator, "A soup of onions")
        refresh(mount, "recipes")
        assert title(path) == "A soup of onions"


def test_a_refresh_that_waits_does_not_keep_the_mount(emulator, home):
    """The kernel lets an absent name go only when nobody looks one up in that directory."""
    with Mount(emulator.url, home, FOREVER) as mount:
        assert not os.path.exists(mount.schema("recipes", "later.json"))
        emulator.fault(path=ITEMS, delayMs=20000, count=-1)
        reader = mount.account.start(["ls", mount.schema("recipes", "other.json")])
        while emulator.pending() == 0:
            assert reader.poll() is None
        writer = mount.account.start(
            ["sh", "-c", "echo recipes > " + mount.path(".squidexfs", "refresh")])
        with Stopwatch() as watch:
            with pytest.raises(subprocess.TimeoutExpired):
                writer.wait(timeout=0.3)
            mount.signal(signal.SIGTERM)
            mount.wait(10)
        assert watch.seconds < slow(5)
        for process in (reader, writer):
            process.communicate(timeout=slow(10))


BAD_NAMES = {
    "recipe": "recipe", "foodcrunch": "foodcrunch", "nowhere/recipes": "nowhere",
    "foodcrunch/nothing": "nothing", "foodcrunch/nothing/x.json": "nothing",
    "/recipes": "recipes", " recipes": " recipes", "recipes\nnothing\n": "nothing",
}


@pytest.mark.parametrize("name", BAD_NAMES)
def test_an_unknown_name_is_refused(emulator, lasting, name):
    path = lasting.schema("recipes", "demo-draft.json")
    assert title(path) == "Bread soup"
    retitle(emulator, "A soup of onions")
    fd = os.open(lasting.path(".squidexfs", "refresh"), os.O_WRONLY)
    with pytest.raises(OSError) as caught:
        os.write(fd, name.encode())
    os.close(fd)
    assert caught.value.errno == errno.ENOENT
    said = json.loads(lasting.control("errors").splitlines()[-1])
    assert said["operation"] == "write" and said["path"] == "/.squidexfs/refresh"
    assert BAD_NAMES[name] in said["message"]
    assert title(path) == "Bread soup", "nothing is forgotten where one name is wrong"


def test_a_shell_hears_of_an_unknown_name(lasting):
    done = lasting.account.run(
        "echo nothing > " + lasting.path(".squidexfs", "refresh"), check=False)
    assert done.returncode != 0


@pytest.mark.parametrize("text, number", [
    (b"recipes\0", errno.EINVAL), (b"x" * 200000, errno.EFBIG),
    (b"foodcrunch/recipes/" + b"x" * 300, errno.ENAMETOOLONG)], ids=["NUL", "long", "long name"])
def test_what_is_no_name_is_refused(lasting, text, number):
    fd = os.open(lasting.path(".squidexfs", "refresh"), os.O_WRONLY)
    with pytest.raises(OSError) as caught:
        os.write(fd, text)
    os.close(fd)
    assert caught.value.errno == number


def test_nothing_written_is_nothing_forgotten(emulator, lasting):
    os.listdir(lasting.schema("recipes"))
    path = lasting.path(".squidexfs", "refresh")
    emulator.forget()
    lasting.account.run(f": > {path}; printf '' > {path}; printf '\\n\\n' > {path}")
    os.truncate(path, 0)
    os.listdir(lasting.schema("recipes"))
    assert emulator.total() == 0


def test_a_refresh_is_written_only(emulator, their_home):
    with Mount(emulator.url, their_home, FOREVER) as mount:
        path = mount.path(".squidexfs", "refresh")

        def run(line, **kwargs):
            return mount.account.run(line, **kwargs)

        assert run(["stat", "-c", "%a %s", path]).stdout == b"200 0\n"
        run(["cat", mount.schema("recipes", "demo-draft.json")])
        retitle(emulator, "A soup of onions")
        assert b"Bread" in run(["cat", mount.schema("recipes", "demo-draft.json")]).stdout
        run(f"echo recipes > {path}")
        assert b"onions" in run(["cat", mount.schema("recipes", "demo-draft.json")]).stdout
        read = run(["cat", path], check=False)
        if mount.account.uid == 0:
            assert (read.returncode, read.stdout) == (0, b"")
        else:
            assert b"Permission denied" in read.stderr
        for line in (f"rm -f {path}", f"mv {path} {path}2",
                     f"truncate -s 5 {path}", f"echo x > {path}2"):
            said = run(line, check=False).stderr
            assert b"Read-only file system" in said or (
                mount.account.uid != 0 and b"ermission denied" in said), (line, said)


def test_a_read_only_mount_takes_no_orders(emulator, home):
    with Mount(emulator.url, home, FOREVER + ["ro"]) as mount:
        assert "ro" in find_mount(mount.point)["options"]
        path = mount.path(".squidexfs", "refresh")
        assert os.stat(path).st_mode & 0o777 == 0
        with pytest.raises(OSError) as caught:
            os.open(path, os.O_WRONLY)
        assert caught.value.errno == errno.EROFS


def test_a_view_that_only_reads_can_be_refreshed(emulator, home):
    with Mount(emulator.url, home, FOREVER + ["published"]) as mount:
        path = mount.schema("recipes", "demo-published.json")
        before = title(path)
        retitle(emulator, "A soup of onions", "demo-published")
        assert title(path) == before
        refresh(mount, "recipes")
        assert title(path) == "A soup of onions"


def test_a_mount_with_one_thread_can_be_refreshed(emulator, home):
    with Mount(emulator.url, home, FOREVER, arguments=["-f", "-s"]) as mount:
        paths = [mount.schema("recipes", name) for name in ("demo-draft.json", "later.json")]
        assert title(paths[0]) == "Bread soup" and not os.path.exists(paths[1])
        retitle(emulator, "A soup of onions")
        emulator.create("foodcrunch", "recipes", "later", {"title": {"en": "Later"}})
        refresh(mount, "*")
        assert title(paths[0]) == "A soup of onions" and title(paths[1]) == "Later"
