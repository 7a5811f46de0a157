"""The transcripts that are not replayed, each with its reason."""

from pathlib import Path


def left_out():
    """Reads left_out.txt: one "name: reason" a line."""
    text = (Path(__file__).parent / "left_out.txt").read_text(encoding="utf-8")
    return dict(line.split(": ", 1) for line in text.splitlines() if line.strip())
