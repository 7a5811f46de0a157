"""The outcomes: a table, a CSV and a plot."""

import csv
import os
import platform
import statistics
import subprocess

def number(value):
    if value == int(value):
        return f"{int(value)}"
    return f"{value:.1f}" if value >= 10 else f"{value:.3g}" if value < 1 else f"{value:.2f}"


def quantity(value, unit):
    """With its unit: 1 request, 2 requests."""
    if value == 1 and unit in ("requests", "credits"):
        unit = unit[:-1]
    return f"{number(value)} {unit}"


def median(values, unit):
    return quantity(statistics.median(values), unit)


class Row:
    """A case with its outcome, or with what kept it from having one."""

    def __init__(self, case, outcome=None, problem=None):
        self.case = case
        self.outcome = outcome
        self.problem = problem

    @property
    def is_met(self):
        return self.outcome is not None and self.outcome.value <= self.case.limit

    def cells(self):
        target = "<= " + quantity(self.case.limit, self.case.unit)
        title = self.case.title
        if self.outcome is None:
            return [self.case.name, title, "-", "-", "-", target, "failed"]
        if self.outcome.note:
            title += f" ({self.outcome.note})"
        has_baseline = self.outcome.baseline is not None
        return [self.case.name, title, median(self.outcome.ours, self.outcome.unit),
                median(self.outcome.baseline, self.outcome.unit) if has_baseline else "-",
                quantity(self.outcome.value, self.case.unit), target,
                "yes" if self.is_met else "no"]


HEADS = ["name", "case", "ours", "baseline", "value", "target", "met"]


def machine():
    return (f"{os.cpu_count()} processors, {platform.machine()}, "
            f"Linux {platform.release().split('-')[0]}")


def table(rows):
    """A table in Markdown that a terminal can show, too."""
    lines = [HEADS, *(row.cells() for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEADS))]
    text = [" | ".join(cell.ljust(width) for cell, width in zip(line, widths)) for line in lines]
    text.insert(1, "-|-".join("-" * width for width in widths))
    return "\n".join(f"| {line} |" if i != 1 else f"|-{line}-|" for i, line in enumerate(text))


def summary(rows, runs):
    return f"{machine()}; median of {runs} runs\n\n{table(rows)}"


MARKS = "<!-- figures -->\n", "<!-- end of figures -->\n"


def write_document(rows, runs, folder):
    """Between the marks of performance.md, and the plot beside it."""
    path = folder / "performance.md"
    before, rest = path.read_text(encoding="utf-8").split(MARKS[0])
    after = rest.split(MARKS[1])[1]
    path.write_text(before + MARKS[0] + summary(rows, runs) + "\n" + MARKS[1] + after,
                    encoding="utf-8")
    write_svg(rows, folder / "performance.svg")


def write_csv(rows, path, flags):
    """flags: what a command that repeats a case needs besides its name."""
    with open(path, "w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["name", "case", "note", "unit", "ours_median", "ours_min", "ours_max",
                         "baseline", "baseline_median", "baseline_min", "baseline_max", "runs",
                         "value", "value_unit", "target", "met", "command"])
        for row in rows:
            outcome = row.outcome
            start = [row.case.name, row.case.title]
            end = [row.case.unit, row.case.limit]
            command = f"scripts/bench --only {row.case.name}{flags}"
            if outcome is None:
                writer.writerow(start + [""] * 11 + end + ["failed", command])
                continue
            writer.writerow(
                start + [outcome.note, outcome.unit, *spread(outcome.ours), row.case.baseline,
                         *spread(outcome.baseline), len(outcome.ours), f"{outcome.value:.6g}"]
                + end + ["yes" if row.is_met else "no", command])


def spread(values):
    if values is None:
        return ["", "", ""]
    return [f"{f(values):.6g}" for f in (statistics.median, min, max)]


PLOT = """
set terminal svg size 900,{height} dynamic font "sans,13" background "white"
set output "{path}"
set title "What was reached, as a share of the target (shorter is better)"
set xrange [0:{right}]
set yrange [{count}-0.5:-0.5]
set format x "%g %%"
set grid x
set border 3
set tics nomirror out
unset key
set arrow 1 from 100,-0.5 to 100,{count}-0.5 nohead lc rgb "#c03030" lw 2
set style fill solid 0.9 noborder
set ytics ({tics})
$shares << EOD
{data}
EOD
plot $shares using ($1/2):0:($1/2):(0.35):($2 > 0 ? 0x4477aa : 0xee8866) \\
       with boxxyerror lc rgb variable, \\
     $shares using 1:0:3 with labels left offset 0.7,0
"""


def write_svg(rows, path):
    """A bar a case: its value in hundredths of the target; a line where the target is."""
    measured = [row for row in rows if row.outcome is not None]
    if not measured:
        return
    # A target of nothing at all is met with nothing.
    shares = [100 * row.outcome.value / row.case.limit if row.case.limit
              else 100 * row.outcome.value for row in measured]
    data = "\n".join(
        f'{share:.1f} {int(row.is_met)} "{quantity(row.outcome.value, row.case.unit)}"'
        for share, row in zip(shares, measured))
    tics = ", ".join(f'"{row.case.name}" {i}' for i, row in enumerate(measured))
    script = PLOT.format(path=path, count=len(measured), data=data, tics=tics,
                         height=90 + 26 * len(measured), right=max(130, 1.15 * max(shares)))
    subprocess.run(["gnuplot"], input=script, text=True, check=True)
