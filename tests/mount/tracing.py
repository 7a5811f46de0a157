"""squidexfs under strace, to see its calls or to kill it at one of them."""

import contextlib
import os
import subprocess

import pytest

import account as accounts
from deadline import until
from mount import program

# The program hides its memory.
as_root = pytest.mark.skipif(not accounts.IS_ROOT, reason="it is traced by root alone")


def traced(home, output, *words):
    """A program for Mount(binary=); the leak sanitizer cannot work where somebody traces."""
    command = " ".join(["strace -f -qq -o", output] + list(words) + [program(), '"$@"'])
    return home.file("traced", f"#!/bin/sh\nexport ASAN_OPTIONS=detect_leaks=0\nexec {command}\n",
                     0o700)


@contextlib.contextmanager
def killed_at(mount, call, when):
    """
    The mount, which is there already, is killed at the call that one of its threads makes so often,
    at the latest in the end.
    """
    told = mount.output_path + ".strace"
    command = ["strace", "-f", "-p", str(mount.pid()), "-o", "/dev/null", "-e", f"trace={call}", "-e",
               f"inject={call}:signal=SIGKILL:when={when}"]
    with open(told, "wb") as output, subprocess.Popen(command, stderr=output) as strace:
        try:
            until(lambda: b"attached" in open(told, "rb").read(), 10, "strace is there")
            yield
        finally:
            mount.kill()
            mount.wait()
            strace.kill()
            strace.wait()
            os.unlink(told)
