"""The emulator answers as the real server did: one test for each transcript."""

import pytest

from conftest import covered
from left_out import left_out
from transcript import FIXTURES, index


@pytest.mark.parametrize("name", covered())
def test_answer(outcomes, name):
    assert outcomes[name] is None, outcomes[name]


def test_every_transcript_is_run_or_listed():
    assert set(covered()) | set(left_out()) == set(index())
    assert not set(covered()) & set(left_out())
    assert all(reason.strip() for reason in left_out().values())


def test_index_lists_every_transcript():
    assert {path.name for path in FIXTURES.glob("[0-9]*.txt")} == set(index())
