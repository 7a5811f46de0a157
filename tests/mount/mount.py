"""A real mount: starting the program, waiting for it, judging how it ended."""

import atexit
import os
import re
import shutil
import subprocess
import sys

import account as accounts
from deadline import slow, until
from emulator import HERE, SECRET, SECRET_WORD

# What no output of the program may hold.
COMPLAINTS = (b"AddressSanitizer", b"LeakSanitizer", b"ThreadSanitizer", b"runtime error:",
              b"Assertion `")

VALGRIND = ["--quiet", "--error-exitcode=99", "--leak-check=full",
            "--show-leak-kinds=definite,indirect", "--errors-for-leak-kinds=definite,indirect"]

# Settings of the machine that runs the tests that must not reach the program.
INHERITED = ("SQUIDEX_", "XDG_", "CREDENTIALS_DIRECTORY", "CACHE_DIRECTORY", "STATE_DIRECTORY",
             "http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")

_living = []
_public = []


def program():
    return os.environ.get("SQUIDEXFS") or os.path.join(
        HERE, os.pardir, os.pardir, "build", "debug", "src", "squidexfs")


def wrapper():
    """Words before the program: valgrind, where SQUIDEXFS_TEST_WRAPPER asks for it."""
    words = os.environ.get("SQUIDEXFS_TEST_WRAPPER", "").split()
    return words + VALGRIND if words == ["valgrind"] else words


def program_for(account):
    """The program where that account can execute it, whatever the build folder's modes."""
    if account.is_self:
        return program()
    if not _public:
        _public.append(accounts.public_copy(program()))
        atexit.register(shutil.rmtree, os.path.dirname(_public[0]), ignore_errors=True)
    return _public[0]


def is_mounted(path):
    """Whether something is mounted there, dead or alive; never touches the mount itself."""
    return find_mount(path) is not None


def find_mount(path):
    """The line of the mount table: {"options", "type", "source", "super"}, or None."""
    wanted = os.path.realpath(os.path.dirname(path)) + "/" + os.path.basename(path)
    found = None
    with open("/proc/self/mountinfo", encoding="utf-8") as stream:
        for line in stream:
            fields = line.split()
            if fields[4].encode().decode("unicode_escape") != wanted:
                continue
            rest = fields[fields.index("-") + 1:]
            found = {"options": fields[5].split(","), "type": rest[0],
                     "source": rest[1], "super": rest[2].split(",")}
    return found


def clear_mount(path):
    """Takes away whatever is mounted there."""
    for _ in range(3):
        if not is_mounted(path):
            return
        subprocess.run(["fusermount3", "-u", "-z", "-q", path], check=False,
                       capture_output=True, timeout=30)


def kill_all_daemons():
    """
    For the watchdog: what waits for a mount gets ENOTCONN, and the test goes on to fail. A daemon that
    was telling the kernel of a name may be killed and stay, until it is unmounted by force.
    """
    for mount in list(_living):
        sys.stderr.write(f"killing the daemon of {mount.point}: the test took too long\n")
        mount.kill()
        if accounts.IS_ROOT:
            subprocess.run(["umount", "-f", mount.point], check=False, capture_output=True,
                           timeout=10)


class Home:
    """Everything of one user of the program: its own home, caches and secret file."""

    def __init__(self, account):
        self.account = account
        self.path = account.directory()
        self.secret_file = account.file(os.path.join(self.path, "secret"), SECRET + "\n")

    def directory(self, name):
        path = os.path.join(self.path, name)
        if not os.path.isdir(path):
            os.mkdir(path, 0o700)
            if not self.account.is_self:
                os.chown(path, self.account.uid, self.account.gid)
        return path

    def file(self, name, text, mode=0o600):
        return self.account.file(os.path.join(self.path, name), text, mode)

    def environment(self, extra=None):
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith(INHERITED)}
        environment.update({
            "HOME": self.path,
            "XDG_CONFIG_HOME": self.directory("config"),
            "XDG_CACHE_HOME": self.directory("cache"),
            "XDG_STATE_HOME": self.directory("state"),
            "CACHE_DIRECTORY": self.directory("cache"),
            "STATE_DIRECTORY": self.directory("state"),
            "LC_ALL": "C.UTF-8",
        })
        environment.update(extra or {})
        return environment

    def remove(self):
        shutil.rmtree(self.path, ignore_errors=True)


def credentials(home, app, client="default"):
    """The options that name a client of an app and its secret."""
    return [f"app={app}", f"client_id={app}:{client}", f"client_secret_file={home.secret_file}"]


class Mount:
    """
    A mount that is there between __enter__ and __exit__.

    with Mount(emulator.url, home, ["cache=memory"]) as mount:
        os.listdir(mount.apps("foodcrunch", "recipes"))

    options None: nothing but what arguments say. On leaving, it is unmounted in any case;
    where the test itself did well, the program has to end with status 0 and to have said
    nothing of a sanitizer and nothing of the secret.
    """

    def __init__(self, url, home, options=(), app="foodcrunch", client="default", env=None,
                 arguments=("-f",), binary=None):
        self.url = url
        self.home = home
        self.account = home.account
        self.options = credentials(home, app, client) + list(options) if app else list(options)
        self.env = env
        self.arguments = list(arguments)
        self.binary = binary or program_for(home.account)
        self.app = app
        self.point = None
        self.process = None
        self.output_path = None
        self.expected_status = 0

    # Life

    def command(self):
        command = wrapper() + [self.binary] + self.arguments
        if self.options:
            command += ["-o", ",".join(self.options)]
        if self.url:
            command.append(self.url)
        return command + [self.point]

    def launch(self):
        """Starts the program without waiting for the mount."""
        if self.point is None:
            self.point = self.account.directory()
            self.output_path = self.point + ".output"
        with open(self.output_path, "ab") as output:
            self.process = subprocess.Popen(
                self.account.prefix() + self.command(), stdin=subprocess.DEVNULL, stdout=output,
                stderr=output, cwd=self.home.path, env=self.home.environment(self.env))
        _living.append(self)
        return self

    def start(self):
        self.launch()

        try:
            until(lambda: is_mounted(self.point) or self.process.poll() is not None, 20,
                  "it mounts or ends")
            assert is_mounted(self.point), (self.process.returncode, self.output())
        except AssertionError:
            self.abandon()
            raise
        return self

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, value, trace):
        if kind is None:
            self.finish()
        else:
            self.print_state()
            self.abandon()
        return False

    def finish(self):
        """Unmounts if need be, and judges."""
        try:
            if is_mounted(self.point) and self.process.poll() is None:
                self.unmount()
            self.wait()
            self.judge()
        finally:
            self.abandon()

    def unmount(self):
        """Whoever happens to look into it at this moment makes it busy: again, then."""
        until(lambda: self.account.run(["fusermount3", "-u", self.point]), 5, "it unmounts")

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()

    def wait(self, seconds=20):
        try:
            return self.process.wait(timeout=slow(seconds))
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running: {self.output()}") from None

    def judge(self):
        output = self.output()
        assert self.process.returncode == self.expected_status, (self.process.returncode, output)
        assert not is_mounted(self.point), "a mount was left behind"
        judge_output(output)

    def abandon(self):
        """Leaves nothing behind, whatever happened."""
        if self in _living:
            _living.remove(self)
        self.kill()
        clear_mount(self.point)
        if self.process:
            self.process.wait()
        self.print_output()
        if os.path.exists(self.output_path):
            os.unlink(self.output_path)
        try:
            os.rmdir(self.point)
        except OSError:
            pass

    # Looking

    def path(self, *names):
        return os.path.join(self.point, *names)

    def apps(self, *names):
        return self.path("apps", *names)

    def schema(self, *names):
        """Below the mount's own app."""
        return self.path("apps", self.app, *names)

    def control(self, name):
        """The text of a file below /.squidexfs."""
        with open(self.path(".squidexfs", name), encoding="utf-8") as stream:
            return stream.read()

    def pid(self):
        return self.process.pid

    def memory(self, key="VmRSS"):
        """Kilobytes."""
        with open(f"/proc/{self.pid()}/status", encoding="ascii") as stream:
            for line in stream:
                if line.startswith(key + ":"):
                    return int(line.split()[1])
        raise AssertionError(f"no {key}")

    def output(self):
        if not os.path.exists(self.output_path):
            return b""
        with open(self.output_path, "rb") as stream:
            return stream.read()

    def print_output(self):
        """pytest shows what is printed where a test fails."""
        print(f"--- {' '.join(self.command())}")
        print(self.output().decode(errors="replace")[-20000:])

    def print_state(self):
        if self.process is None or self.process.poll() is not None:
            return
        for name in ("status", "errors"):
            path = self.path(".squidexfs", name)
            try:
                done = self.account.run(["cat", path], timeout=slow(5), check=False)
                print(f"--- {path}\n{done.stdout.decode(errors='replace')[-5000:]}")
            except subprocess.TimeoutExpired:
                print(f"--- {path}: no answer")


class Killed(Mount):
    """A mount that does not end well, which is the point."""

    def finish(self):
        self.kill()
        self.process.wait()
        self.abandon()


def judge_output(output):
    for complaint in COMPLAINTS:
        assert complaint not in output, output.decode(errors="replace")
    assert SECRET_WORD not in output, "the secret stands in the output"
    assert not re.search(rb"[Bb]earer [\w.-]{10,}", output), "a token stands in the output"


def run_program(arguments, home, env=None, timeout=30.0):
    """Runs the program to its end: a CompletedProcess with bytes in stdout and stderr."""
    done = subprocess.run(
        home.account.prefix() + [program_for(home.account)] + list(arguments),
        stdin=subprocess.DEVNULL, capture_output=True, cwd=home.path,
        env=home.environment(env), timeout=slow(timeout))
    judge_output(done.stdout + done.stderr)
    return done
