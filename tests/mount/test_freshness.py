"""Do changes on the server show when they should, and does an open file stay what it was."""

import json
import os
import time

import pytest

from actor import Actor, item, page
from deadline import slow, until
from emulator import EDITABLE, Emulator
from mount import Mount
from workers import run_all

RECIPES = "/api/content/foodcrunch/recipes"
RECIPE = RECIPES + "/demo-draft"

BRIEF = ["cache_ttl=1", "negative_ttl=1"]


def describe(emulator, letter, length):
    """Changes the item's text to one of that length and letter."""
    emulator.api("PATCH", RECIPE, {"description": {"en": letter * length}})


def read_all(fd):
    return b"".join(iter(lambda: os.read(fd, 4096), b""))


@pytest.mark.parametrize("new_length", [9500, 20000, 10])
def test_two_versions_open_at_once_are_both_whole(emulator, home, new_length):
    describe(emulator, "x", 9000)
    with Mount(emulator.url, home, ["cache_ttl=1"]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        old = os.open(path, os.O_RDONLY)
        size = os.fstat(old).st_size
        describe(emulator, "y", new_length)
        until(lambda: os.stat(path).st_size != size, 5, "the change shows")

        new = os.open(path, os.O_RDONLY)
        try:
            # Through the old one first: what it reads must not reach the new one.
            begin = os.pread(old, 4096, 0)
            new_text = read_all(new)
            old_text = read_all(old)
            assert len(new_text) == os.fstat(new).st_size
            assert new_text.count(b"y" * 10) == new_length // 10
            assert b"xxxx" not in new_text and b"\0" not in new_text
            assert old_text.startswith(begin) and len(old_text) == size
            assert old_text.count(b"x" * 10) == 900
            assert b"yyyy" not in old_text and b"\0" not in old_text
        finally:
            os.close(old)
            os.close(new)


def test_an_open_file_keeps_its_size(emulator, home):
    """Whoever looks at the path meanwhile, and gets a smaller size, cuts nothing off."""
    describe(emulator, "x", 9000)
    with Mount(emulator.url, home, ["cache_ttl=1"]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        with open(path, "rb", buffering=0) as stream:
            size = os.stat(path).st_size
            begin = stream.read(100)
            describe(emulator, "y", 10)
            until(lambda: os.stat(path).st_size < size, 5, "the change shows")
            text = begin + read_all(stream.fileno())
        assert len(text) == size and text.endswith(b"}\n")


def test_an_absence_ends_when_its_time_is_over(emulator, home):
    ttl = slow(4)
    with Mount(emulator.url, home, [f"negative_ttl={ttl:.0f}"]) as mount:
        begin = time.monotonic()
        assert not os.path.exists(mount.schema("recipes", "later.json"))
        emulator.create("foodcrunch", "recipes", "later", {"title": {"en": "Later"}})
        # The kernel hears of the absence under another name when half of its time is gone.
        other = mount.schema("recipes", "l%61ter.json")
        time.sleep(ttl / 2)
        assert not os.path.exists(other)
        until(lambda: os.path.exists(other), 5, "it is there")
        assert time.monotonic() - begin < 1.5 * ttl


def test_a_listing_does_not_wait_for_one_item(thousand, home):
    """The last item by id was read first; the others come with the first page."""
    last = max(item["id"] for item in thousand.items("foodcrunch", "recipes"))
    with Mount(thousand.url, home, ["timeout=3"]) as mount:
        with open(mount.schema("recipes", last + ".json"), encoding="utf-8") as stream:
            stream.read()
        thousand.forget()
        thousand.fault(path="/api/content/foodcrunch/recipes", delayMs=900, count=-1)
        names = os.listdir(mount.schema("recipes"))
        assert len(names) == len(set(names)) == 1000


@pytest.mark.parametrize("view", ["document", "data"])
def test_a_change_of_the_schema_changes_what_was_kept(home, view):
    """The item has no new version, but its fields stand in another order."""
    def schema_of(*names):
        return {"items": [{"name": "recipes", "type": "Default", "isPublished": True,
                           "fields": [{"name": name} for name in names]}]}

    def order():
        with Mount(actor.url, home, ["view=" + view]) as mount:
            assert os.listdir(mount.schema("recipes")) == ["a.json"]
            with open(mount.schema("recipes", "a.json"), encoding="utf-8") as stream:
                document = json.load(stream)
            return list(document if view == "data" else document["data"])

    with Actor() as actor:
        same = item("a", data={"one": {"iv": 1}, "two": {"iv": 2}})
        actor.says("/api/content/foodcrunch/recipes", 200, page(same))
        actor.says("/api/content/foodcrunch/recipes/a", 200, same)
        actor.says("/api/apps/foodcrunch/schemas", 200, schema_of("one", "two"))
        assert order() == ["one", "two"]
        actor.says("/api/apps/foodcrunch/schemas", 200, schema_of("two", "one"))
        assert order() == ["two", "one"]


def list_later(emulator, mount):
    """The names, listed when they have expired; requests are counted from there on."""
    time.sleep(1.2)
    emulator.forget()
    return sorted(os.listdir(mount.schema("recipes")))


def change_some(emulator, n_items):
    """Gives recipes another title; returns their ids. What is archived cannot be changed."""
    ids = [item["id"] for item in emulator.items("foodcrunch", "recipes")
           if item["status"] != "Archived"][100:100 + n_items]
    for id in ids:
        emulator.api("PATCH", f"{RECIPES}/{id}", {"title": {"en": "Changed"}})
    return ids


def title_of(mount, id):
    with open(mount.schema("recipes", id + ".json"), encoding="utf-8") as stream:
        return json.load(stream)["data"]["title"]["en"]


def test_nothing_new_costs_a_request(thousand, home):
    with Mount(thousand.url, home, BRIEF) as mount:
        names = sorted(os.listdir(mount.schema("recipes")))
        for _ in range(2):
            assert list_later(thousand, mount) == names
            assert thousand.count("/") == 1, thousand.log()
            assert thousand.stats()["credits"] == 1


def test_ten_changes_cost_a_request(thousand, home):
    with Mount(thousand.url, home, BRIEF) as mount:
        names = sorted(os.listdir(mount.schema("recipes")))
        changed = change_some(thousand, 10)
        assert list_later(thousand, mount) == names
        assert thousand.count("/") == 1, thousand.log()
        assert {title_of(mount, id) for id in changed} == {"Changed"}
        assert title_of(mount, "recipe-000900") != "Changed"


def test_what_comes_and_goes_shows(thousand, home):
    with Mount(thousand.url, home, BRIEF) as mount:
        names = set(os.listdir(mount.schema("recipes")))
        thousand.create("foodcrunch", "recipes", "fresh", {"title": {"en": "Fresh"}})
        for number in range(200, 205):
            thousand.api("DELETE", f"{RECIPES}/recipe-{number:06d}")
        gone = {f"recipe-{number:06d}.json" for number in range(200, 205)}
        assert set(list_later(thousand, mount)) == (names - gone) | {"fresh.json"}
        assert thousand.stats()["credits"] == 2, thousand.log()
        assert title_of(mount, "fresh") == "Fresh"

        # One of them comes back, with its old id.
        thousand.create("foodcrunch", "recipes", "recipe-000200", {"title": {"en": "Again"}})
        assert "recipe-000200.json" in list_later(thousand, mount)
        assert title_of(mount, "recipe-000200") == "Again"


def test_a_second_in_which_much_changed_is_not_closed(thousand, home):
    """An import of 500 in the very second in which they are looked at, and one change more."""
    with thousand.clock_at(time.time()), Mount(thousand.url, home, ["cache_ttl=0"]) as mount:
        recipes = mount.schema("recipes")
        os.listdir(recipes)
        thousand.create_many("foodcrunch", "recipes", {
            f"import-{number:03d}": {"title": {"en": "First"}} for number in range(500)})
        assert len(os.listdir(recipes)) == 1500
        thousand.api("PATCH", f"{RECIPES}/import-250", {"title": {"en": "Second"}})
        ids = ("import-250", "import-251")
        times = {thousand.api("GET", f"{RECIPES}/{id}", headers=EDITABLE)["lastModified"]
                 for id in ids}
        assert len(times) == 1, "all in one second"
        # By the list alone: an item that is asked for itself would be right in any case.
        assert len(os.listdir(recipes)) == 1500
        thousand.fault(path=RECIPES + "/", status=500, count=-1)
        assert [title_of(mount, id) for id in ids] == ["Second", "First"]


def test_a_server_whose_clock_was_set_back_hides_no_change(thousand, home):
    """What changes then is older than what is known, and not among the newest."""
    now = int(time.time())
    with thousand.clock_at(now - 40) as set_clock, \
            Mount(thousand.url, home, ["cache_ttl=0"]) as mount:
        change_some(thousand, 30)
        set_clock(now)
        names = os.listdir(mount.schema("recipes"))
        set_clock(now - 60)
        thousand.api("PATCH", f"{RECIPES}/recipe-000900", {"title": {"en": "Of the past"}})
        assert len(os.listdir(mount.schema("recipes"))) == len(names)
        thousand.fault(path=RECIPES + "/", status=500, count=-1)
        assert title_of(mount, "recipe-000900") == "Of the past"


def test_a_remount_costs_a_request(thousand, home):
    with Mount(thousand.url, home) as mount:
        names = sorted(os.listdir(mount.schema("recipes")))
    thousand.api("PATCH", f"{RECIPES}/recipe-000500", {"title": {"en": "Meanwhile"}})
    with Mount(thousand.url, home) as mount:
        thousand.forget()
        done = mount.account.run(["ls", "-l", mount.schema("recipes")])
        assert done.stdout.count(b".json") == len(names)
        assert title_of(mount, "recipe-000500") == "Meanwhile"
        assert sorted(os.listdir(mount.schema("recipes"))) == names
        assert thousand.count("/") == 1, thousand.log()


def test_eight_readers_of_what_expired_cause_one_check(thousand, home):
    with Mount(thousand.url, home, ["cache_ttl=3"]) as mount:
        os.listdir(mount.schema("recipes"))
        time.sleep(3.2)
        thousand.forget()
        thousand.fault(path=RECIPES, delayMs=300, count=-1)
        results = run_all(mount.account, [["ls", mount.schema("recipes")]] * 8)
        assert {out.count(b".json") for _, out, _ in results} == {1000}
        assert thousand.count("/") == 1, thousand.log()


def test_without_ttl_each_listing_is_right(thousand, home):
    with Mount(thousand.url, home, ["cache_ttl=0", "negative_ttl=0"]) as mount:
        names = set(os.listdir(mount.schema("recipes")))
        thousand.create("foodcrunch", "recipes", "fresh", {"title": {"en": "Fresh"}})
        assert set(os.listdir(mount.schema("recipes"))) == names | {"fresh.json"}
        thousand.api("DELETE", f"{RECIPES}/fresh")
        assert set(os.listdir(mount.schema("recipes"))) == names


def test_ten_thousand_are_right_again_with_four_credits(home):
    with Emulator("--items", "9996") as emulator:
        with Mount(emulator.url, home, ["cache_ttl=2"]) as mount:
            names = set(os.listdir(mount.schema("recipes")))
            assert len(names) == 10000
            gone = [f"recipe-{number:06d}" for number in range(9000, 9050)]
            changed = change_some(emulator, 50)
            for id in gone:
                emulator.api("DELETE", f"{RECIPES}/{id}")
            time.sleep(2.2)
            emulator.forget()
            found = set(os.listdir(mount.schema("recipes")))
            assert found == names - {id + ".json" for id in gone}
            assert emulator.stats()["credits"] <= 4, emulator.log()
            assert {title_of(mount, id) for id in changed} == {"Changed"}
