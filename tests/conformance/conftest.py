"""One replay of all transcripts, shared by the tests of a session."""

import pytest

from left_out import left_out
from replay import replay_all
from transcript import index


def covered():
    """The transcripts that are replayed, in the order of the recording."""
    return [name for name in index() if name not in left_out()]


@pytest.fixture(scope="session")
def outcomes():
    return replay_all(covered())
