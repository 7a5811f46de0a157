"""squidexfs under strace, to see its calls or to kill it at one of them."""

import pytest

import account as accounts
from mount import program

# The program hides its memory.
as_root = pytest.mark.skipif(not accounts.IS_ROOT, reason="it is traced by root alone")


def traced(home, output, *words):
    """A program for Mount(binary=); the leak sanitizer cannot work where somebody traces."""
    command = " ".join(["strace -f -qq -o", output] + list(words) + [program(), '"$@"'])
    return home.file("traced", f"#!/bin/sh\nexport ASAN_OPTIONS=detect_leaks=0\nexec {command}\n",
                     0o700)
