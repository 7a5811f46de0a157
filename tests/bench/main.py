"""The command line of scripts/bench."""

import argparse
import os
import pathlib
import signal
import subprocess
import sys
import traceback

# Each registers its cases, in the order of the table.
import listing  # noqa: F401
import warm  # noqa: F401
import fresh  # noqa: F401
import crowd  # noqa: F401
import save  # noqa: F401
import report
from cases import CASES
from rig import Rig

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / "build"


def prepare():
    shell = (". scripts/dependencies && "
             "install_missing $build_packages $emulator_packages $bench_packages && need_fuse")
    subprocess.run(["bash", "-euc", shell], cwd=ROOT, check=True)
    BUILD.mkdir(exist_ok=True)
    configure = ["cmake", "--preset", "release", "-DSQUIDEXFS_TESTS=OFF", "-DSQUIDEXFS_BENCH=ON"]
    for command in (configure, ["cmake", "--build", "--preset", "release"]):
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    os.environ["SQUIDEXFS"] = str(BUILD / "release" / "src" / "squidexfs")
    os.environ["SQUIDEX_EMULATOR"] = str(
        BUILD / "release" / "tests" / "emulator" / "squidex-emulator")


def parse_arguments():
    names = [case.name for case in CASES]
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Measures squidexfs, each case against its baseline in the same run.",
        epilog="Cases: " + ", ".join(names))
    parser.add_argument("--only", metavar="CASE", nargs="+", choices=names, default=None,
                        help="these cases; one that --large adds needs no --large")
    parser.add_argument("--runs", type=int, default=5, metavar="N",
                        help="runs a case; the median counts (default: 5)")
    parser.add_argument("--large", action="store_true",
                        help="also a million items and a minute of idling: takes long, and gigabytes")
    parser.add_argument("--small", action="store_true",
                        help="few items: does the benchmark work?")
    parser.add_argument("--csv", type=pathlib.Path, default=BUILD / "bench.csv", metavar="FILE",
                        help="default: build/bench.csv")
    parser.add_argument("--svg", type=pathlib.Path, default=BUILD / "bench.svg", metavar="FILE",
                        help="default: build/bench.svg")
    parser.add_argument("--document", action="store_true",
                        help="put table and plot into docs/performance.md")
    return parser.parse_args()


def chosen(arguments):
    if arguments.only is not None:
        return [case for case in CASES if case.name in arguments.only]
    return [case for case in CASES if arguments.large or arguments.small or not case.large]


def measure(case, rig):
    print(f"{case.name}: {case.title}", file=sys.stderr, flush=True)
    try:
        return report.Row(case, case.run(rig))
    except Exception as problem:  # one case that fails must not hide the others
        traceback.print_exc()
        return report.Row(case, problem=problem)


def main():
    arguments = parse_arguments()
    # Whoever ends it leaves no mount and no server behind.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    prepare()
    with Rig(BUILD, arguments.runs, arguments.small, arguments.large) as rig:
        rows = [measure(case, rig) for case in chosen(arguments)]
    print(report.summary(rows, arguments.runs))
    report.write_csv(rows, arguments.csv, " --large" if arguments.large else "")
    report.write_svg(rows, arguments.svg)
    if arguments.document:
        report.write_document(rows, arguments.runs, ROOT / "docs")
    is_bad = [row.problem is not None or (row.case.is_counted and not row.is_met) for row in rows]
    return 1 if any(is_bad) else 0
