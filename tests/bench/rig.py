"""What the cases share: servers, mounts, baselines, and how something is timed."""

import contextlib
import io
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

from account import self_account
from emulator import EDITABLE, Emulator
from mount import Home, Mount, clear_mount, is_mounted
from deadline import until

PAGE = 200
# The data set has four recipes of its own, which come first in the order of ids.
SEEDED = 4
RECIPES = "/api/content/foodcrunch/recipes"
# Nothing expires, and nothing has to be asked for again.
LASTING = "cache_ttl=1h"
NOWHERE = "no text has these words"
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


def timed(command, cwd="/", statuses=(0,)):
    """The seconds that a command takes."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    began = time.perf_counter()
    done = subprocess.run(command, cwd=cwd, env=environment, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - began
    if done.returncode not in statuses:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}")
    return seconds


def list_long(directory):
    return timed(["ls", "-l"], directory)


def search_all(directory):
    """Reads every file, since none has the words."""
    return timed(["grep", "-r", NOWHERE, "."], directory, statuses=(1,))


def processor_seconds(pid):
    """Of all threads, also those that have ended."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as stream:
        fields = stream.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def id_at(place):
    """The id of the item at a place in the order of ids."""
    return f"recipe-{place - SEEDED + 1:06d}"


def page_path(first):
    """The REST page that begins at a place in the order of ids."""
    path = f"{RECIPES}?$orderby=id&$top={PAGE}"
    if first == 0:
        return path
    return path + f"&$filter=id%20gt%20%27{id_at(first - 1)}%27"


def interleaved(runs, *actions):
    """Each action so often, by turns, so that a slow minute hits all; lists of seconds."""
    for action in actions:
        action()
    rounds = [[action() for action in actions] for _ in range(runs)]
    return [list(column) for column in zip(*rounds)]


def curl_options(emulator):
    """Lines of a configuration of curl: what it needs to ask as the mount does."""
    lines = ["silent", "no-progress-meter", "fail", "globoff",
             f'header = "Authorization: Bearer {emulator.token("foodcrunch:default")}"']
    return lines + [f'header = "{name}: {value}"' for name, value in EDITABLE.items()]


class Rig:
    """Servers are kept for the cases that come after; everything ends with the rig."""

    def __init__(self, build, runs, small, large):
        self.build = build
        self.runs = runs
        self.small = small
        self.large = large
        self.stack = contextlib.ExitStack()
        self.servers = {}
        self.copies = {}

    def __enter__(self):
        # On the file system of the project: "local disk" must not be memory.
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="bench-", dir=self.build))
        self.stack.callback(shutil.rmtree, self.directory, ignore_errors=True)
        return self

    def __exit__(self, *_):
        self.stack.close()
        return False

    def size(self, items):
        """So many items, or few where the benchmark itself is tested."""
        return max(400, items // 100) if self.small else items

    def latency(self, milliseconds):
        return min(5, milliseconds) if self.small else milliseconds

    # Servers

    @contextlib.contextmanager
    def new_server(self, items, latency=0):
        with Emulator("--items", str(items - SEEDED), "--latency", str(latency)) as emulator:
            yield emulator

    def server(self, items, latency=0):
        """One that nobody writes to, so that it serves several cases."""
        key = items, latency
        if key not in self.servers:
            self.servers[key] = self.stack.enter_context(self.new_server(items, latency))
        return self.servers[key]

    # Mounts

    @contextlib.contextmanager
    def home(self):
        home = Home(self_account())
        try:
            yield home
        finally:
            home.remove()

    @contextlib.contextmanager
    def mount(self, emulator, *options, home=None):
        """A mount in a home of its own, so that nothing is cached yet; nothing is counted yet."""
        with contextlib.ExitStack() as stack:
            home = home or stack.enter_context(self.home())
            mount = Mount(emulator.url, home, list(options))
            # The harness of the tests prints what pytest would show of a failure.
            with contextlib.redirect_stdout(io.StringIO()):
                mount.start()
            try:
                emulator.forget()
                yield mount
            except BaseException:
                with contextlib.redirect_stdout(io.StringIO()):
                    mount.abandon()
                raise
            with contextlib.redirect_stdout(io.StringIO()):
                mount.finish()

    def cold(self, emulator, action, *options):
        """The action's time in a directory of which a new mount knows nothing."""
        def run():
            with self.mount(emulator, LASTING, *options) as mount:
                return action(mount.schema("recipes"))
        return run

    # Baselines

    def curl(self, emulator, paths, parallel=8):
        """The same answers by curl, to /dev/null."""
        config = self.directory / "curl"

        def run():
            lines = curl_options(emulator)
            for path in paths:
                lines += [f'url = "{emulator.url}{path}"', 'output = "/dev/null"']
            config.write_text("\n".join(lines) + "\n", encoding="utf-8")
            return timed(["curl", "--parallel", "--parallel-max", str(parallel),
                          "--config", str(config)])
        return run

    def curl_pages(self, emulator, items):
        return self.curl(emulator, [page_path(first) for first in range(0, items, PAGE)])

    def post(self, emulator, requests):
        """
        Posts JSON by curl, one after the other over one connection, answers to /dev/null.
        requests: (path, value) each. Returns the seconds.
        """
        lines = ["fail-early"]
        for number, (path, value) in enumerate(requests):
            body = self.directory / f"body-{number}"
            body.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")),
                            encoding="utf-8")
            lines += ["next"] if number > 0 else []
            lines += curl_options(emulator)
            lines += [f'url = "{emulator.url}{path}"', 'output = "/dev/null"',
                      'header = "Content-Type: application/json"', f'data-binary = "@{body}"']
        config = self.directory / "curl"
        config.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return timed(["curl", "--config", str(config)])

    def local_copy(self, items):
        """The files of so many items on the local disk."""
        if items not in self.copies:
            copy = self.directory / f"copy-{items}"
            with self.mount(self.server(items), LASTING) as mount:
                subprocess.run(["cp", "-r", mount.schema("recipes"), str(copy)], check=True)
            self.copies[items] = copy
        return self.copies[items]

    @contextlib.contextmanager
    def memfs(self, source):
        """The minimal file system over a copy of the files; the path of its mount."""
        point = self.directory / "memfs"
        point.mkdir(exist_ok=True)
        program = self.build / "release" / "tests" / "bench" / "memfs"
        process = subprocess.Popen([str(program), str(source), str(point)])
        try:
            until(lambda: is_mounted(str(point)) or process.poll() is not None, 20)
            yield str(point)
        finally:
            clear_mount(str(point))
            process.wait(timeout=20)
