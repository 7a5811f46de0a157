"""Reads Prometheus' text format, version 0.0.4, and takes no offence lying down."""

import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"'
SAMPLE = re.compile(rf"({NAME})(?:\{{((?:{LABEL},?)*)\}})? (\S+)(?: -?\d+)?")
VALUE = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|[+-]?Inf|NaN")
TYPES = {"counter", "gauge", "histogram", "summary", "untyped"}
ESCAPES = {r"\\": "\\", r"\"": '"', r"\n": "\n"}


def unescape(text):
    return re.sub(r'\\["\\n]', lambda match: ESCAPES[match.group()], text)


def parse(text):
    """
    {(name, ((label, value), ...)): number}. AssertionError where the format or its custom is
    broken: a sample without HELP and TYPE before it, a metric in two places, a sample twice,
    a counter that does not end in _total.
    """
    assert text.endswith("\n"), "the last line has to end, too"
    samples, types, helps, current = {}, {}, set(), None
    for line in text[:-1].split("\n"):
        comment = re.fullmatch(rf"# (HELP|TYPE) ({NAME}) (.+)", line)
        if comment:
            kind, name, rest = comment.groups()
            if kind == "HELP":
                assert name not in helps, f"HELP twice: {line}"
                assert not re.search(r"\\(?![\\n])", rest), line
                helps.add(name)
            else:
                assert rest in TYPES and name not in types, line
                assert name in helps, f"TYPE without HELP: {line}"
                assert (rest == "counter") == name.endswith("_total"), line
                types[name] = rest
            current = name
            continue
        sample = SAMPLE.fullmatch(line)
        assert sample, f"not a sample: {line!r}"
        name, labels, value = sample.group(1), sample.group(2) or "", sample.groups()[-1]
        assert name == current and name in types, f"not below its TYPE: {line}"
        assert VALUE.fullmatch(value), line
        key = name, tuple((label, unescape(word)) for label, word in re.findall(LABEL, labels))
        assert key not in samples, f"twice: {line}"
        samples[key] = float(value)
    return samples
