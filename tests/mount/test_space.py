"""What fills up: the disk of the cache, the daemon's workers."""

import os
import resource
import subprocess
import time

from deadline import slow, until
from mount import Mount


# What a full disk does, without one: no file of the daemon grows larger.
FILE_SIZE = 256 << 10


class MountOnFullDisk(Mount):
    def command(self):
        return ["sh", "-c", 'trap "" XFSZ; exec "$@"', "sh"] + super().command()

    def launch(self):
        super().launch()
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (FILE_SIZE, FILE_SIZE))
        return self


def test_a_full_disk_goes_unnoticed(thousand, home):
    with MountOnFullDisk(thousand.url, home) as mount:
        with open(mount.schema("recipes", "demo-draft.json"), encoding="utf-8") as stream:
            text = stream.read()
        inode = os.stat(mount.schema("recipes", "demo-draft.json")).st_ino
        thousand.forget()
        names = os.listdir(mount.schema("recipes"))
        assert len(names) == len(set(names)) == 1000
        for name in names:
            with open(mount.schema("recipes", name), encoding="utf-8") as stream:
                assert stream.read().endswith("}\n")
        with open(mount.schema("recipes", "demo-draft.json"), encoding="utf-8") as stream:
            assert stream.read() == text
        assert os.stat(mount.schema("recipes", "demo-draft.json")).st_ino == inode
        assert thousand.total() <= 6
        assert '"on_disk": false' in mount.control("status")
        assert mount.control("errors") == ""
        assert mount.output().count(b"cannot be written") == 1


def test_a_hundred_waiting_processes_leave_room_for_others(emulator, home):
    with Mount(emulator.url, home, ["timeout=8"]) as mount:
        assert os.path.exists(mount.schema("authors"))
        names = os.listdir(mount.schema("authors"))
        emulator.fault(path="/api/content/foodcrunch/recipes", hang=True, count=-1)
        waiting = [subprocess.Popen(["stat", mount.schema("recipes", f"hung-{i}.json")],
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                   for i in range(100)]
        try:
            until(lambda: mount.memory("Threads") > 100, 5, "they wait")
            begin = time.monotonic()
            assert os.listdir(mount.schema("authors")) == names
            assert mount.control("status")
            assert time.monotonic() - begin < slow(1)
        finally:
            emulator.clear_faults()
            for process in waiting:
                process.kill()
                process.wait()
