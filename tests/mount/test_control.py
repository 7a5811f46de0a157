"""The control files that others read and write: metrics and refresh."""

import json
import os
import re

import pytest

import exposition
from mount import Mount

ITEMS = "/api/content/foodcrunch/recipes"


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
            "requests_total", "credits_total", "received_bytes_total", "server_up",
            "token_age_seconds", "token_expires_in_seconds", "token_fetches_total",
            "cache_hits_total", "cache_misses_total", "cache_items", "cache_bytes")}


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
