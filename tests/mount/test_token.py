"""The access token: nobody who reads ever notices it."""

import errno
import json
import math
import os
import time

import pytest

from deadline import Stopwatch, slow, until
from emulator import SECRET
from mount import Mount, is_mounted, run_program
from workers import run_all

RECIPES = "/api/content/foodcrunch/recipes"
IDENTITY = "/identity-server/connect/token"

# Reads recipes first..last over and over, each once in a round, for so many seconds.
READER = """
import sys, time
directory, first, last = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
seconds = float(sys.argv[4])
end = time.monotonic() + seconds
reads = 0
while time.monotonic() < end:
    for number in range(first, last):
        name = f"recipe-{number:06d}"
        with open(f"{directory}/{name}.json", encoding="utf-8") as stream:
            assert f'"id": "{name}"' in stream.read()
        reads += 1
        if time.monotonic() >= end:
            break
print(reads)
"""


def reader(mount, first, last, seconds):
    return ["/usr/bin/python3", "-c", READER, mount.schema("recipes"), str(first), str(last),
            str(seconds)]


def test_a_lifetime_of_two_seconds_is_invisible(hasty, home):
    lifetime = hasty.fetch_token("foodcrunch:default")["expires_in"]
    with Mount(hasty.url, home, ["cache_ttl=1"]) as mount:
        hasty.forget()
        with Stopwatch() as watch:
            results = run_all(mount.account, [
                reader(mount, 1 + 120 * i, 121 + 120 * i, 10) for i in range(8)],
                timeout=60)
        assert [status for status, _, _ in results] == [0] * 8, results
        assert all(int(out) > 0 for _, out, _ in results)
        stats = hasty.stats()
        assert hasty.total() > 20, stats
        # One for each life, which ends a tenth early; one more at either end.
        assert 10 / 2 - 2 <= hasty.token_requests() <= watch.seconds / (0.9 * lifetime) + 2, stats


def test_a_revocation_costs_one_token_and_no_error(thousand, home):
    with Mount(thousand.url, home) as mount:
        os.stat(mount.schema("recipes", "recipe-000001.json"))
        thousand.revoke_tokens()
        thousand.forget()
        thousand.fault(path=RECIPES, delayMs=300, count=8)
        results = run_all(mount.account, [
            ["cat", mount.schema("recipes", f"recipe-{number:06d}.json")]
            for number in range(100, 108)])
        assert [status for status, _, _ in results] == [0] * 8, results
        for number, (_, out, _) in zip(range(100, 108), results):
            assert json.loads(out)["id"] == f"recipe-{number:06d}"
        stats = thousand.stats()
        assert thousand.token_requests() == 1, stats
        assert thousand.count(RECIPES) <= 16, stats


def test_a_revocation_in_the_middle_of_a_listing_is_invisible(thousand, home):
    with Mount(thousand.url, home, ["listing=rest", "max_requests=3"]) as mount:
        thousand.forget()
        thousand.fault(path=RECIPES, delayMs=300, count=-1)
        process = mount.account.start(["ls", mount.schema("recipes")])
        until(lambda: thousand.count(RECIPES) >= 2, 10, "the listing is under way")
        thousand.revoke_tokens()
        out, err = process.communicate(timeout=slow(30))
        assert (process.returncode, err) == (0, b"")
        assert out.count(b".json") == 1000
        assert thousand.token_requests() == 1


@pytest.mark.parametrize("client_id", ["foodcrunch:default", "foodcrunch:nobody"])
def test_a_wrong_secret_or_client_exits_3_before_the_mount(emulator, home, client_id):
    secret = home.file("wrong", "brussels-sprout")
    point = home.directory("point")
    done = run_program(["-f", "-o", f"app=foodcrunch,client_id={client_id}," +
                        f"client_secret_file={secret}", emulator.url, point], home)
    assert done.returncode == 3, done
    assert not is_mounted(point)
    assert client_id.encode() in done.stderr
    assert b"brussels-sprout" not in done.stderr + done.stdout
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr


def test_a_401_that_persists_is_eacces_and_no_storm(thousand, home):
    with Mount(thousand.url, home) as mount:
        os.stat(mount.schema("recipes", "recipe-000001.json"))
        thousand.forget()
        thousand.fault(path=RECIPES, status=401, count=-1, message="go away")
        with Stopwatch() as watch:
            for number in range(100, 200):
                with pytest.raises(PermissionError):
                    open(mount.schema("recipes", f"recipe-{number:06d}.json"), "rb")
        results = run_all(mount.account, [
            ["cat", mount.schema("recipes", f"recipe-{number:06d}.json")]
            for number in range(300, 308)])
        assert all(status != 0 and b"Permission denied" in err for status, _, err in results)
        stats = thousand.stats()
        # The wait doubles from a second on.
        tries = 2 + math.log2(1 + watch.so_far())
        assert thousand.token_requests() <= tries + 1, stats
        assert thousand.count(RECIPES) <= 2 * (tries + 1) + 2, stats
        thousand.clear_faults()

        def is_back():
            """reading works again"""
            return os.stat(mount.schema("recipes", "recipe-000500.json")).st_size > 0

        until(is_back, 30)


def test_a_secret_that_is_refused_later_is_not_tried_without_end(hasty, home):
    with Mount(hasty.url, home) as mount:
        hasty.fault(method="POST", path=IDENTITY, status=401, count=-1)
        seen = set()

        def is_refused():
            """the token has run out"""
            number = 1 + len(seen)
            seen.add(number)
            try:
                os.stat(mount.schema("recipes", f"recipe-{number:06d}.json"))
            except PermissionError:
                return True
            return False

        until(is_refused, 20)
        hasty.forget()
        end = time.monotonic() + 2
        tries = 0
        while time.monotonic() < end:
            with pytest.raises(PermissionError):
                os.stat(mount.schema("recipes", f"recipe-{700 + tries % 200:06d}.json"))
            tries += 1
        assert hasty.token_requests() <= 4, hasty.stats()
        errors = mount.control("errors")
        assert "foodcrunch:default" in errors
        hasty.clear_faults()
        until(lambda: os.stat(mount.schema("recipes", "recipe-000990.json")), 30,
              "reading works again")


def test_a_token_endpoint_that_is_down_at_expiry_recovers_by_itself(hasty, home):
    with Mount(hasty.url, home, ["timeout=2"]) as mount:
        hasty.fault(method="POST", path=IDENTITY, status=503, count=-1)
        tried = []

        def fails():
            """the token has run out"""
            tried.append(1)
            try:
                os.stat(mount.schema("recipes", f"recipe-{len(tried):06d}.json"))
            except OSError as error:
                return error.errno
            return 0

        assert until(fails, 20) in (errno.EIO, errno.EHOSTUNREACH, errno.ETIMEDOUT)
        hasty.clear_faults()
        until(lambda: os.stat(mount.schema("recipes", "recipe-000990.json")), 40,
              "reading works again")
        assert mount.process.poll() is None


def test_the_status_tells_of_the_token_and_not_the_token(emulator, mounted):
    text = mounted.control("status")
    assert "token" in text
    for token in emulator.tokens.values():
        assert token not in text
    status = json.loads(text)
    assert "foodcrunch" in json.dumps(status)


def test_a_secret_file_may_end_in_a_newline_or_not(emulator, home):
    for name, text in (("bare", SECRET), ("unix", SECRET + "\n"), ("dos", SECRET + "\r\n")):
        path = home.file(name, text)
        options = ["app=foodcrunch", "client_id=foodcrunch:default", f"client_secret_file={path}"]
        done = run_program(["--check", "-o", ",".join(options), emulator.url], home)
        assert done.returncode == 0, (name, done)
