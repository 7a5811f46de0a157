"""What things cost: requests and credits, as the server counted them."""

import json
import os
import time

import pytest

from deadline import slow
from emulator import EDITABLE
from mount import Mount
from workers import run_all

RECIPES = "/api/content/foodcrunch/recipes"

# Long enough that nothing goes stale in the middle of a test, however slow the build.
LASTING = ["cache_ttl=600"]


@pytest.fixture
def thousand_mount(thousand, home):
    """A mount of 1,000 recipes; what mounting costs is not counted."""
    with Mount(thousand.url, home, LASTING) as mount:
        thousand.forget()
        yield mount


@pytest.mark.parametrize("client", ["default", "editor", "reader"])
def test_mounting_costs_a_token_and_at_most_three_requests(emulator, home, client):
    emulator.forget()
    with Mount(emulator.url, home, client=client):
        stats = emulator.stats()
        assert emulator.token_requests() == 1
        assert emulator.count("/identity-server") == 1
        assert 1 <= emulator.count("/api/") <= 3, stats
        assert stats["credits"] == 0, stats


def test_mounting_with_schemas_given_asks_for_none(emulator, home):
    emulator.forget()
    with Mount(emulator.url, home, ["schemas=recipes:authors"]):
        stats = emulator.stats()
        assert emulator.token_requests() == 1 and stats["credits"] == 0
        assert emulator.count("/api/") <= 2, stats
        assert emulator.count("/api/apps/foodcrunch/schemas") == 0
        assert emulator.count(RECIPES) == 0


def test_mounting_two_apps_costs_each_its_own(emulator, home):
    sections = "".join(
        f"[{app}]\nurl = {emulator.url}\nclient_id = {app}:default\n"
        f"client_secret_file = {home.secret_file}\n" for app in ("foodcrunch", "bookshelf"))
    emulator.forget()
    with Mount(None, home, ["config=" + home.file("two", sections)], app=None):
        assert emulator.token_requests() == 2
        for app in ("foodcrunch", "bookshelf"):
            asked = [entry for entry in emulator.asked("/api/") if app in entry["target"]]
            assert 1 <= len(asked) <= 3, asked
        assert emulator.stats()["credits"] == 0


def test_walking_to_a_directory_costs_nothing(thousand, thousand_mount):
    assert os.path.isdir(thousand_mount.schema("recipes"))
    os.listdir(thousand_mount.schema())
    os.stat(thousand_mount.schema("authors"))
    thousand_mount.control("status")
    thousand_mount.control("errors")
    assert thousand.count("/") == 0, thousand.stats()


def test_reading_all_after_a_listing_costs_nothing(thousand, thousand_mount):
    directory = thousand_mount.schema("recipes")
    assert len(os.listdir(directory)) == 1000
    thousand.forget()
    run = thousand_mount.account.run
    assert len(run(f"cat {directory}/*").stdout) > 1000 * 500
    assert run(["grep", "-rc", "schemaName", directory]).stdout.count(b":1\n") == 1000
    run(f"ls -l {directory} && tar cf - {directory} | wc -c && stat {directory}/*")
    assert thousand.count("/") == 0, thousand.stats()


def test_what_a_fresh_listing_lacks_costs_nothing(thousand, thousand_mount):
    os.listdir(thousand_mount.schema("recipes"))
    thousand.forget()
    for number in range(20):
        assert not os.path.exists(thousand_mount.schema("recipes", f"missing-{number}.json"))
    assert thousand.count("/") == 0, thousand.stats()


def test_one_file_without_a_listing_costs_one_request(thousand, thousand_mount):
    path = thousand_mount.schema("recipes", "recipe-000500.json")
    done = thousand_mount.account.run(["cat", path])
    assert b'"id": "recipe-000500"' in done.stdout
    assert thousand.count("/") == 1, thousand.stats()
    assert thousand.stats()["credits"] == 1
    thousand_mount.account.run(f"cat {path}; ls -l {path}; head -c 5 {path}; stat {path}")
    assert thousand.count("/") == 1, thousand.stats()


def test_a_missing_file_costs_one_request_and_then_none(thousand, home):
    with Mount(thousand.url, home, LASTING + ["negative_ttl=600"]) as mount:
        thousand.forget()
        for _ in range(5):
            assert not os.path.exists(mount.schema("recipes", "missing.json"))
        assert thousand.count("/") == 1, thousand.stats()


def test_a_missing_file_is_asked_for_again_after_negative_ttl(emulator, home):
    with Mount(emulator.url, home, LASTING + ["negative_ttl=1"]) as mount:
        emulator.forget()
        path = mount.schema("recipes", "missing.json")
        assert not os.path.exists(path)
        assert emulator.count("/") == 1
        emulator.create("foodcrunch", "recipes", "missing", {"title": {"en": "Found"}})
        end = time.monotonic() + slow(10)
        while not os.path.exists(path) and time.monotonic() < end:
            time.sleep(0.05)
        assert os.path.exists(path)


def test_a_missing_file_is_missing_for_five_seconds(thousand, thousand_mount):
    """negative_ttl, where nobody sets it."""
    path = thousand_mount.schema("recipes", "missing.json")
    began = time.monotonic()
    while thousand.count("/") < 2:
        assert not os.path.exists(path)
        assert time.monotonic() - began < slow(10), "it is never asked for again"
        time.sleep(0.1)
    assert time.monotonic() - began > 4.5


def test_the_third_miss_lists_the_directory(thousand, thousand_mount):
    def miss(name):
        thousand.forget()
        assert not os.path.exists(thousand_mount.schema("recipes", name))
        return thousand.count("/")

    assert miss("missing-1.json") == 1
    assert miss("missing-2.json") == 1
    assert miss("missing-3.json") == 2
    assert miss("missing-4.json") == 0
    thousand.forget()
    assert len(os.listdir(thousand_mount.schema("recipes"))) == 1000
    assert thousand.count("/") == 0


def test_names_that_cannot_be_items_cost_nothing(thousand, thousand_mount):
    for name in (".git", ".x.json.swp", "x.txt", "index.html", ".Trash", "autorun.inf"):
        assert not os.path.exists(thousand_mount.schema("recipes", name))
        assert not os.path.exists(thousand_mount.schema(name))
        assert not os.path.exists(thousand_mount.path(name))
    assert thousand.count("/") == 0, thousand.stats()


def test_eight_readers_of_one_item_cause_one_request(thousand, thousand_mount):
    thousand.fault(path=RECIPES, delayMs=500, count=-1)
    path = thousand_mount.schema("recipes", "recipe-000123.json")
    results = run_all(thousand_mount.account, [["cat", path]] * 8)
    assert {status for status, _, _ in results} == {0}, results
    assert len({out for _, out, _ in results}) == 1
    assert thousand.count("/") == 1, thousand.stats()


def test_requests_for_an_editable_view_ask_for_what_is_stored(emulator, home):
    with Mount(emulator.url, home) as mount:
        emulator.forget()
        os.stat(mount.schema("recipes", "demo-draft.json"))
        os.listdir(mount.schema("recipes"))
        asked = emulator.asked("/api/content/")
        assert len(asked) >= 2
        for entry in asked:
            headers = {name.lower() for name in entry["headers"]}
            assert {name.lower() for name in EDITABLE} <= headers, entry


def test_the_published_view_does_not_ask_for_drafts(emulator, home):
    with Mount(emulator.url, home, ["published"]) as mount:
        emulator.forget()
        os.listdir(mount.schema("recipes"))
        assert emulator.count("/api/content/") > 0
        for entry in emulator.asked("/api/content/"):
            assert "x-unpublished" not in {name.lower() for name in entry["headers"]}


def test_an_item_is_asked_for_again_by_its_etag(emulator, home):
    with Mount(emulator.url, home, ["cache_ttl=1"]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        with open(path, "rb") as stream:
            first = stream.read()
        emulator.forget()
        end = time.monotonic() + slow(10)
        while emulator.count("/") == 0 and time.monotonic() < end:
            os.stat(path)
            time.sleep(0.05)
        statuses = [entry["status"] for entry in emulator.asked(RECIPES)]
        assert statuses and set(statuses) == {304}, emulator.log()
        with open(path, "rb") as stream:
            assert stream.read() == first


def test_an_idle_mount_asks_for_nothing(emulator, home):
    with Mount(emulator.url, home, ["cache_ttl=1", "negative_ttl=1"]) as mount:
        os.listdir(mount.schema("recipes"))
        emulator.forget()
        time.sleep(3)
        assert emulator.count("/") == 0 and emulator.token_requests() == 0, emulator.stats()


def test_connections_are_kept_alive(thousand, thousand_mount):
    for number in range(1, 30):
        os.stat(thousand_mount.schema("recipes", f"recipe-{number:06d}.json"))
    assert thousand.count("/") == 29
    assert thousand.stats()["connections"] <= 8, thousand.stats()


def test_status_counts_what_the_server_counted(thousand, thousand_mount):
    before = json.loads(thousand_mount.control("status"))
    os.listdir(thousand_mount.schema("recipes"))
    os.stat(thousand_mount.schema("authors", "author-1.json"))
    seen = json.loads(thousand_mount.control("status"))
    stats = thousand.stats()
    asked, asked_before = seen["requests"], before["requests"]
    assert asked["credits"] - asked_before["credits"] == stats["credits"] > 0
    assert asked["total"] - asked_before["total"] == thousand.total()
    assert sum(asked["by_kind"].values()) == asked["total"]
    assert asked["by_kind"]["page"] == thousand.count(RECIPES + "?")


def test_status_counts_what_the_cache_served(thousand, thousand_mount):
    os.listdir(thousand_mount.schema("recipes"))
    before = json.loads(thousand_mount.control("status"))["apps"][0]["cache"]
    # A name of it that the kernel has not heard from the listing.
    os.stat(thousand_mount.schema("recipes", "recipe%2D000001.json"))
    after = json.loads(thousand_mount.control("status"))["apps"][0]["cache"]
    assert after["hits"] > before["hits"]
