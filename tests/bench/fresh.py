"""What it costs to be right again: requests and credits, which are counted and not timed."""

import os
import time

from cases import Outcome, case
from deadline import until
from rig import PAGE, RECIPES, id_at, list_long

SCHEMAS = 20
# A place behind the first page, where nothing is special.
BEHIND = PAGE
# The TTL, and a time after which it is over.
SHORT = "cache_ttl=1"
OVER_S = 1.2


def requests(server):
    return sum(server.stats()["requests"].values())


def change(server, ids):
    """Another title for each, in one request."""
    jobs = [{"type": "Upsert", "id": id, "data": {"title": {"en": f"changed {id}"}}} for id in ids]
    server.api("POST", f"{RECIPES}/bulk", {"jobs": jobs})


def listed_again(rig, write):
    """The requests of a second look, after the TTL and after what somebody wrote meanwhile."""
    items = rig.size(10000)
    with rig.new_server(items) as server, rig.mount(server, SHORT) as mount:
        list_long(mount.schema("recipes"))
        write(server)
        time.sleep(OVER_S)
        server.forget()
        list_long(mount.schema("recipes"))
        return Outcome([requests(server)], unit="requests")


@case("relist-same", "listing again after the TTL, nothing changed", 1, "requests")
def relist_same(rig):
    return listed_again(rig, lambda server: None)


@case("relist-changed", "listing again after the TTL, 10 changed", 1, "requests")
def relist_changed(rig):
    return listed_again(rig, lambda server: change(server, [id_at(100 + i) for i in range(10)]))


@case("remount", "listing again after a remount, nothing changed, beyond the mount's own", 1,
      "requests")
def remount(rig):
    items = rig.size(10000)
    server = rig.server(items)
    with rig.home() as home:
        with rig.mount(server, SHORT, home=home) as mount:
            list_long(mount.schema("recipes"))
        time.sleep(OVER_S)
        with rig.mount(server, SHORT, home=home) as mount:
            list_long(mount.schema("recipes"))
            return Outcome([requests(server)], unit="requests")


def add_schemas(server, count):
    """Schemas of a few items each, besides those that are there."""
    fields = [{"name": "title", "properties": {"fieldType": "String"}}]
    for number in range(count):
        name = f"bench-{number:02d}"
        server.api("POST", "/api/apps/foodcrunch/schemas",
                   {"name": name, "isPublished": True, "fields": fields},
                   client="foodcrunch:default")
        server.create_many("foodcrunch", name, {f"{name}-{i}": {"title": {"iv": "T"}}
                                                for i in range(5)})


@case("schemas-20", "whole app of 20 schemas looked at again after the TTL, nothing changed", 2,
      "credits")
def schemas_20(rig):
    with rig.new_server(rig.size(1000)) as server:
        add_schemas(server, SCHEMAS - len(server.schemas("foodcrunch")))
        with rig.mount(server, SHORT) as mount:
            schemas = sorted(os.listdir(mount.schema()))
            assert len(schemas) == SCHEMAS, schemas
            for schema in schemas:
                list_long(mount.schema(schema))
            time.sleep(OVER_S)
            server.forget()
            for schema in schemas:
                list_long(mount.schema(schema))
            return Outcome([server.stats()["credits"]], unit="credits")


@case("deletions", "50 of 10,000 items deleted, 50 changed elsewhere: listing right again", 4,
      "credits")
def deletions(rig):
    items = rig.size(10000)
    doomed = [id_at(BEHIND + 3 * i) for i in range(50)]
    changed = [id_at(BEHIND + 3 * i + 1) for i in range(50)]
    with rig.new_server(items) as server, rig.mount(server, SHORT) as mount:
        list_long(mount.schema("recipes"))
        server.api("POST", f"{RECIPES}/bulk", {"jobs": [{"type": "Delete", "id": id}
                                                        for id in doomed]})
        change(server, changed)
        time.sleep(OVER_S)
        server.forget()
        names = os.listdir(mount.schema("recipes"))
        credits = server.stats()["credits"]
        assert len(names) == items - len(doomed), "the listing is not right"
        with open(mount.schema("recipes", changed[0] + ".json"), encoding="utf-8") as stream:
            assert "changed" in stream.read()
        return Outcome([credits], unit="credits")


@case("watch", "with -o watch: a change elsewhere is seen by cat", 50, "ms",
      "from before the server was told")
def watch(rig):
    with rig.new_server(rig.size(1000)) as server, \
            rig.mount(server, "watch", "cache_ttl=1h") as mount:
        until(lambda: '"connected"' in mount.control("status"), 20, "the mount watches")
        seen = []
        server.token("foodcrunch:default")
        for number in range(rig.runs):
            seen.append(seen_after(mount, server, id_at(10), f"watched {number}"))
        return Outcome(seen, unit="ms")


def seen_after(mount, server, id, title):
    """Milliseconds until a reader sees a new title; and its cost, which is the item's request."""
    path = mount.schema("recipes", id + ".json")
    with open(path, encoding="utf-8") as stream:
        assert title not in stream.read()
    server.forget()
    began = time.perf_counter()
    server.api("PUT", f"{RECIPES}/{id}", {"title": {"en": title}})
    while True:
        with open(path, encoding="utf-8") as stream:
            if title in stream.read():
                break
        assert time.perf_counter() - began < 20, "the change is not seen"
        time.sleep(0.0005)
    seconds = time.perf_counter() - began
    asked = requests(server) - 1
    assert asked <= 1, f"{asked} requests for one change"
    return 1000 * seconds


def idling(rig, *options):
    seconds = 1 if rig.small else 60 if rig.large else 5
    server = rig.server(rig.size(1000))
    with rig.mount(server, SHORT, *options) as mount:
        list_long(mount.schema("recipes"))
        time.sleep(OVER_S)
        server.forget()
        time.sleep(seconds)
        return Outcome([requests(server)], unit="requests", note=f"{seconds} s")


@case("idle", "idle mount with cache_ttl=1", 0, "requests")
def idle(rig):
    return idling(rig)


@case("idle-watch", "idle mount with cache_ttl=1 and -o watch, bar the socket's pings", 0,
      "requests")
def idle_watch(rig):
    return idling(rig, "watch")
