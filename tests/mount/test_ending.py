"""Does a mount end that is told to, whatever the kernel waits for at that moment."""

import os
import signal

from deadline import until
from mount import Mount
from tracing import as_root, traced

# Nothing is asked again by itself.
FOREVER = ["cache_ttl=1h", "negative_ttl=1h"]


def sleeps_in(task):
    """The kernel's function in which it waits."""
    with open(f"/proc/{task}/wchan", encoding="ascii") as stream:
        return stream.read()


def is_asking(process):
    return sleeps_in(process.pid) == "request_wait_answer"


def is_telling(mount):
    """A thread of the daemon waits until the kernel has heard it."""
    task = f"{mount.pid()}/task"
    return any(sleeps_in(f"{task}/{thread}") == "fuse_reverse_inval_entry"
               for thread in os.listdir(f"/proc/{task}"))


@as_root
def test_what_nobody_answers_keeps_no_thread(emulator, home):
    """
    The kernel lets an absent name go when nobody looks one up in that directory; of those who do,
    one is answered and the others are still to be read when the mount is told to end.
    """
    with Mount(emulator.url, home, FOREVER, arguments=["-f", "-s"]) as mount:
        def ask(schema, name):
            process = mount.account.start(["stat", mount.schema(schema, name)])
            processes.append(process)
            until(lambda: is_asking(process), 10, "it has asked")

        assert not os.path.exists(mount.schema("recipes", "later.json"))
        assert os.path.exists(mount.schema("authors"))
        emulator.fault(path="/api/content/foodcrunch/recipes", hang=True, count=-1)
        refresh = os.open(mount.path(".squidexfs", "refresh"), os.O_WRONLY)
        processes = []
        emulator.process.send_signal(signal.SIGSTOP)
        try:
            ask("authors", "absent.json")
            # A shell's own echo: the program would ask for the file's attributes first.
            processes.append(mount.account.start(["sh", "-c", "echo recipes"], stdout=refresh))
            until(lambda: is_asking(processes[1]), 10, "it has asked")
            for name in ("a.json", "b.json", "c.json"):
                ask("recipes", name)
            emulator.process.send_signal(signal.SIGCONT)
            until(lambda: processes[0].poll() is not None and is_telling(mount), 10,
                  "the kernel is told while a name is looked up")
            mount.signal(signal.SIGTERM)
            mount.wait(10)
        finally:
            emulator.process.send_signal(signal.SIGCONT)
            mount.kill()
            os.close(refresh)
            for process in processes:
                process.kill()
            for process in processes:
                process.communicate()


@as_root
def test_a_signal_that_comes_while_it_mounts_leaves_no_dead_mount(emulator, home, tmp_path):
    """The system call that mounts takes a second, and the signal comes in it."""
    slowly = traced(home, str(tmp_path / "calls"), "-e trace=mount",
                    "-e inject=mount:delay_exit=1000000")
    with Mount(emulator.url, home, binary=slowly) as mount:
        children = f"/proc/{mount.pid()}/task/{mount.pid()}/children"
        with open(children, encoding="ascii") as stream:
            os.kill(int(stream.read()), signal.SIGTERM)
        mount.wait(10)
