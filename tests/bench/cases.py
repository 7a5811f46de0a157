"""What is measured: a case has a name, a target, and a function that measures it."""

import statistics

CASES = []

# Units of what is counted: it does not vary, however busy the machine is.
COUNTED = "requests", "credits", "READ"


class Case:
    def __init__(self, name, title, limit, unit, baseline, run, large):
        self.name = name
        self.title = title
        self.limit = limit
        self.unit = unit
        self.baseline = baseline
        self.run = run
        self.large = large

    @property
    def is_counted(self):
        return self.unit in COUNTED


class Outcome:
    """
    ours, baseline: one number a run. Without a baseline the value is the median of ours, with
    one it is the median's ratio to the baseline's, or their quotient where the function says so.
    """

    def __init__(self, ours, baseline=None, unit="s", note=""):
        self.ours = ours
        self.baseline = baseline
        self.unit = unit
        self.note = note

    @property
    def value(self):
        if self.baseline is None:
            return statistics.median(self.ours)
        return statistics.median(self.ours) / statistics.median(self.baseline)


def case(name, title, limit, unit, baseline="", large=False):
    """
    Registers a function of the rig that returns an Outcome. limit: the value is to be at most
    that, in that unit ("x" for a ratio). large: takes minutes and gigabytes, so only where
    --large asks for it.
    """
    def register(run):
        CASES.append(Case(name, title, limit, unit, baseline, run, large))
        return run
    return register
