"""Bounds of time, and waiting for a condition instead of for a while."""

import os
import time

SLOWNESS = float(os.environ.get("SQUIDEXFS_TEST_SLOWNESS", "1"))


def slow(seconds):
    """A bound, stretched for a build that is slow (sanitizers, valgrind)."""
    return seconds * SLOWNESS


def until(condition, seconds=10.0, what=None):
    """
    Calls condition until it returns something true, and returns that. AssertionError and
    OSError in it mean "not yet"; at the end the last of them is the reason.
    """
    end = time.monotonic() + slow(seconds)
    while True:
        reason = None
        try:
            result = condition()
            if result:
                return result
        except (AssertionError, OSError) as caught:
            reason = caught
        if time.monotonic() > end:
            name = what or getattr(condition, "__doc__", None) or condition.__name__
            raise AssertionError(f"not within {slow(seconds):.0f} s: {name} ({reason!r})")
        time.sleep(0.02)


class Stopwatch:
    """with Stopwatch() as watch: ...; watch.seconds"""

    def __enter__(self):
        self.began = time.monotonic()
        self.seconds = None
        return self

    def __exit__(self, *_):
        self.seconds = time.monotonic() - self.began
        return False

    def so_far(self):
        return time.monotonic() - self.began
