"""The README's tour is what a terminal shows."""

import grp
import os
import pwd
import re

from emulator import HERE
from mount import Mount

README = os.path.join(HERE, os.pardir, os.pardir, "README.md")
MOUNTPOINT = "/mnt/content"


def tour():
    """[(command, the lines below it)] of the tour."""
    with open(README, encoding="utf-8") as stream:
        section = stream.read().partition("## A short tour\n")[2].partition("\n## ")[0]
    steps = []
    for line in section.splitlines():
        if line.startswith("    $ "):
            steps.append((line[len("    $ "):], []))
        elif line.startswith("    "):
            steps[-1][1].append(line.strip())
    return steps


def as_shown(text):
    """What differs between machines made the README's: owners, columns, sizes of answers."""
    user = pwd.getpwuid(os.geteuid()).pw_name
    group = grp.getgrgid(os.getegid()).gr_name
    text = text.replace(f" {user} {group} ", " root root ")
    text = re.sub(r'("bytes_received":)\d+', r"\1N", text)
    return text.split()


def test_every_step_shows_what_the_readme_says(emulator, home):
    steps = tour()
    assert len(steps) == 11
    with Mount(emulator.url, home) as mount:
        folder = mount.point
        for command, lines in steps:
            line = command.replace(MOUNTPOINT, mount.point)
            done = mount.account.run(["sh", "-c", f"({line}; pwd >&3) 2>&1 3>{home.path}/folder"],
                                     cwd=folder, env=dict(os.environ, TZ="UTC"), check=False)
            with open(os.path.join(home.path, "folder"), encoding="utf-8") as stream:
                folder = stream.read().strip()
            seen = done.stdout.decode()
            assert as_shown(seen) == as_shown("\n".join(lines)), (command, seen)
