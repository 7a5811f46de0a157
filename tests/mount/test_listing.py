"""The first listing of a directory: what it costs, and what it is worth while others write."""

import json
import os
import threading

import pytest

from actor import Actor
from deadline import until
from emulator import Emulator
from mount import Mount
from workers import run_all, stop

RECIPES = "/api/content/foodcrunch/recipes"
GRAPHQL = "/api/content/foodcrunch/graphql"
BOTH = [("GET", RECIPES), ("POST", GRAPHQL)]

# Long enough that nothing goes stale in the middle of a test, however slow the build.
LASTING = ["cache_ttl=600"]


@pytest.fixture(scope="module")
def ten_thousand():
    with Emulator("--items", "9996") as server:
        yield server


@pytest.fixture
def many(ten_thousand):
    ten_thousand.clear_faults()
    ten_thousand.forget()
    yield ten_thousand
    ten_thousand.clear_faults()


def fault_all_but_first_page(server, **rule):
    server.fault(path=RECIPES, delayMs=1, count=1)
    for method, path in BOTH:
        server.fault(method=method, path=path, count=-1, **rule)


# Costs


@pytest.mark.parametrize("command", ["ls", "ls -l", "find"])
def test_listing_1000_items_costs_three_credits(thousand, home, command):
    """A page by REST, then the others in one request by GraphQL."""
    with Mount(thousand.url, home, LASTING) as mount:
        thousand.forget()
        done = mount.account.run(command.split() + [mount.schema("recipes")])
        assert done.stdout.count(b".json") == 1000
        assert (thousand.total(), thousand.count(RECIPES), thousand.count(GRAPHQL)) == (2, 1, 1)
        assert thousand.stats()["credits"] == 3


@pytest.mark.parametrize("n_requests", [1, 2, 8])
def test_listing_1000_items_by_rest_costs_a_request_a_page(thousand, home, n_requests):
    options = LASTING + ["listing=rest", f"max_requests={n_requests}"]
    with Mount(thousand.url, home, options) as mount:
        thousand.forget()
        assert len(os.listdir(mount.schema("recipes"))) == 1000
        # Each page but the second begins with the last item of the one before.
        pages = 5 if n_requests == 1 else 6
        assert thousand.total() == thousand.count(RECIPES) == pages
        assert thousand.stats()["credits"] == pages


def test_with_little_time_a_request_has_fewer_pages(thousand, home):
    """Three of the five that are left, and the others one by one."""
    with Mount(thousand.url, home, LASTING + ["timeout=3"]) as mount:
        thousand.forget()
        assert len(os.listdir(mount.schema("recipes"))) == 1000
        assert (thousand.count(GRAPHQL), thousand.count(RECIPES)) == (1, 3)


@pytest.mark.parametrize("way,credits", [("graphql", 11), ("rest", 51)])
def test_listing_10000_items(many, home, way, credits):
    with Mount(many.url, home, LASTING + ["listing=" + way]) as mount:
        many.forget()
        names = os.listdir(mount.schema("recipes"))
        assert len(names) == len(set(names)) == 10000
        assert many.stats()["credits"] == credits, many.stats()


def test_a_reader_that_stops_costs_no_more_than_it_might_soon_want(many, home):
    with Mount(many.url, home, LASTING) as mount:
        many.forget()
        with os.scandir(mount.schema("recipes")) as entries:
            assert next(entries).name.endswith(".json")
        until(lambda: many.pending() == 0, 10, "what is on its way arrives")
        assert many.stats()["credits"] < 11


def test_a_view_that_graphql_does_not_show_is_listed_by_rest(thousand, home):
    with Mount(thousand.url, home, LASTING + ["view=raw"]) as mount:
        thousand.forget()
        assert len(os.listdir(mount.schema("recipes"))) == 1000
        assert thousand.count(GRAPHQL) == 0 and thousand.total() == 6
        assert b"by REST" not in mount.output()


# What is shown


@pytest.mark.parametrize("way", ["graphql", "rest"])
def test_a_listing_delivers_with_its_first_page(thousand, home, way):
    """A program that reads the names one by one has the first long before the last page."""
    with Mount(thousand.url, home, ["listing=" + way]) as mount:
        fault_all_but_first_page(thousand, hang=True)
        with os.scandir(mount.schema("recipes")) as entries:
            assert next(entries).name.endswith(".json")
            until(lambda: thousand.pending() > 0, 10, "the rest is on its way")
            thousand.clear_faults()
            assert len(list(entries)) == 999


def read_all(mount):
    directory = mount.schema("recipes")
    texts = {}
    for entry in os.scandir(directory):
        with open(entry.path, "rb") as stream:
            texts[entry.name] = (entry.stat().st_mode, stream.read())
    return texts


@pytest.mark.parametrize("client", ["default", "reader"])
@pytest.mark.parametrize("options", [[], ["view=data"], ["languages=en:de"]])
def test_both_ways_give_the_same_bytes(thousand, home, client, options):
    texts = []
    for way in ("graphql", "rest"):
        lasting = LASTING + ["cache=memory", "listing=" + way] + options
        with Mount(thousand.url, home, lasting, client=client) as mount:
            thousand.forget()
            texts.append(read_all(mount))
            assert thousand.count(GRAPHQL) == (1 if way == "graphql" else 0)
            assert thousand.total() == (2 if way == "graphql" else 6)
    assert len(texts[0]) == 1000
    assert texts[0] == texts[1]


@pytest.mark.parametrize("rule", [
    {"status": 403}, {"status": 404}, {"status": 400}, {"status": 500}, {"garbage": True},
    {"closeAfterBytes": 5000}])
def test_without_graphql_it_is_rest_and_the_log_says_so_once(thousand, home, rule):
    thousand.fault(method="POST", path=GRAPHQL, count=-1, **rule)
    with Mount(thousand.url, home, LASTING) as mount:
        for _ in range(2):
            names = os.listdir(mount.schema("recipes"))
            assert len(names) == len(set(names)) == 1000
            with open(mount.path(".squidexfs", "refresh"), "w", encoding="utf-8") as stream:
                stream.write("recipes\n")
        assert mount.output().count(b"listing by REST") == 1, mount.output()


def test_a_status_that_rest_did_not_tell_is_asked_for_by_rest(thousand, home):
    """GraphQL shouts it, and how it is written stands in a list that lacks it."""
    def without_draft(body):
        document = json.loads(body)
        if "statuses" in document:
            document["statuses"] = [status for status in document["statuses"]
                                    if status["status"] != "Draft"]
        return json.dumps(document).encode()

    with Actor() as actor:
        for path in ("/identity-server/connect/token", "/api/apps/foodcrunch",
                     "/api/apps/foodcrunch/schemas", GRAPHQL):
            actor.forwards(path, thousand)
        actor.forwards(RECIPES, thousand, without_draft)
        with Mount(actor.url, home, LASTING) as mount, \
                Mount(thousand.url, home, LASTING + ["listing=rest", "cache=memory"]) as plain:
            texts = read_all(mount)
            assert len(texts) == 1000 and texts == read_all(plain)
            assert len(actor.asked(GRAPHQL)) == 1
            assert mount.output().count(b"listing by REST") == 1, mount.output()


# Others write


def write_until(server, is_over, failures):
    """Items that come before, amid and behind the others, and go again."""
    number = 0
    try:
        while not is_over.is_set():
            ids = [f"{place}-{number:04}" for place in ("a", "recipe-000300", "recipe-0007", "z")]
            server.create_many("foodcrunch", "recipes",
                               {id: {"title": {"en": id}} for id in ids})
            for id in ids:
                server.api("DELETE", f"{RECIPES}/{id}")
            number += 1
    except Exception as failure:  # pylint: disable=broad-except
        failures.append(failure)


@pytest.mark.parametrize("way", ["graphql", "rest"])
def test_nothing_is_missing_or_double_while_others_write(thousand, home, way):
    wanted = {f"{item['id']}.json" for item in thousand.items("foodcrunch", "recipes")}
    is_over, failures = threading.Event(), []
    writer = threading.Thread(target=write_until, args=(thousand, is_over, failures))
    options = ["cache=memory", "listing=" + way]
    writer.start()
    try:
        with Mount(thousand.url, home, options) as mount:
            for _ in range(10):
                names = os.listdir(mount.schema("recipes"))
                assert len(names) == len(set(names))
                assert wanted <= set(names), wanted - set(names)
                with open(mount.path(".squidexfs", "refresh"), "w", encoding="utf-8") as stream:
                    stream.write("recipes\n")
            is_over.set()
            writer.join()
            assert not failures
            with open(mount.path(".squidexfs", "refresh"), "w", encoding="utf-8") as stream:
                stream.write("recipes\n")
            assert set(os.listdir(mount.schema("recipes"))) == wanted
    finally:
        is_over.set()
        writer.join()


# Others read


@pytest.mark.parametrize("way", ["graphql", "rest"])
def test_a_directory_that_hangs_does_not_keep_the_others(thousand, home, way):
    with Mount(thousand.url, home, ["timeout=60", "listing=" + way]) as mount:
        fault_all_but_first_page(thousand, hang=True)
        process = mount.account.start(["ls", mount.schema("recipes")])
        n_hung = 1 if way == "graphql" else 5
        until(lambda: thousand.pending() == n_hung, 10, "all that can hang hangs")
        assert len(os.listdir(mount.schema("authors"))) == 3
        assert os.path.exists(mount.schema("settings"))
        assert process.poll() is None
        stop(process)
        thousand.clear_faults()


def test_readers_that_come_and_go_share_one_listing(thousand, home):
    with Mount(thousand.url, home, LASTING + ["timeout=60"]) as mount:
        fault_all_but_first_page(thousand, hang=True)
        thousand.forget()
        first = mount.account.start(["ls", mount.schema("recipes")])
        until(lambda: thousand.pending() == 1, 10, "the listing is under way")
        others = [mount.account.start(["ls", mount.schema("recipes")]) for _ in range(3)]
        stop(first)
        thousand.clear_faults()
        for process in others:
            out, err = process.communicate(timeout=30)
            assert (process.returncode, err) == (0, b"") and out.count(b".json") == 1000
        # The one that hung was cut off, and is asked for again.
        assert thousand.total() <= 3, thousand.log()


def test_eight_listings_at_once_cause_one(thousand, home):
    with Mount(thousand.url, home, LASTING) as mount:
        thousand.forget()
        for method, path in BOTH:
            thousand.fault(method=method, path=path, delayMs=200, count=-1)
        results = run_all(mount.account, [["ls", "-l", mount.schema("recipes")]] * 8)
        assert {status for status, _, _ in results} == {0}, results
        assert {out.count(b".json") for _, out, _ in results} == {1000}
        assert len({out for _, out, _ in results}) == 1
        assert thousand.total() == 2, thousand.stats()


def test_unmounting_does_not_wait_for_pages(thousand, home):
    with Mount(thousand.url, home, ["timeout=60"]) as mount:
        fault_all_but_first_page(thousand, hang=True)
        process = mount.account.start(["ls", mount.schema("recipes")])
        until(lambda: thousand.pending() == 1, 10, "the listing is under way")
        stop(process)
        mount.unmount()
        mount.wait(5)
