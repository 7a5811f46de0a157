"""Compares the history of an app with the recorded one.

The server writes its history some seconds after the fact and gives the newest
100 events. So the recorded list lacks the last events, and the emulator's list,
which is complete, may lack the oldest; what both can hold has to be the same.
"""

from collections import Counter

from compare import Difference, check_equal


def compare_history(recorded, actual):
    for event in actual:
        check_equal("keys of an event", sorted(recorded[0]), sorted(event))
    keys = [(event["created"], event["version"]) for event in actual]
    if keys != sorted(keys, reverse=True):
        raise Difference("not newest first, then by version")
    oldest = min(event["created"] for event in actual)
    wanted = Counter(_facts(event) for event in recorded if event["created"] > oldest)
    missing = wanted - Counter(_facts(event) for event in actual)
    if missing:
        raise Difference(f"events that are missing: {dict(missing)}")


def _facts(event):
    return (event["message"], event["eventType"], event["actor"], event["version"])
