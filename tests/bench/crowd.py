"""Many processes at once."""

import subprocess
import time

from cases import Outcome, case
from rig import LASTING, RECIPES, id_at, interleaved

PROCESSES = 8
FILES = 1000
FIRST = 1000
LATENCY_MS = 20


@case("crowd", "8 processes cat 1,000 uncached items each, 20 ms latency", 1.2, "x",
      "one curl --parallel-max 8 of the same items")
def crowd(rig):
    files = 20 if rig.small else FILES
    server = rig.server(PROCESSES * FILES + FIRST, LATENCY_MS)
    ids = [[id_at(FIRST + process * files + i) for i in range(files)]
           for process in range(PROCESSES)]

    def ours():
        with rig.mount(server, LASTING) as mount:
            directory = mount.schema("recipes")
            began = time.perf_counter()
            readers = [subprocess.Popen(["cat", *(f"{id}.json" for id in share)], cwd=directory,
                                        stdout=subprocess.DEVNULL) for share in ids]
            assert all([reader.wait() == 0 for reader in readers]), "cat failed"
            return time.perf_counter() - began

    paths = [f"{RECIPES}/{id}" for share in ids for id in share]
    return Outcome(*interleaved(rig.runs, ours, rig.curl(server, paths, parallel=PROCESSES)))
