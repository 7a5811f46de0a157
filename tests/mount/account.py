"""Who runs a program: the account of the tests themselves, or an ordinary user."""

import os
import pwd
import shutil
import subprocess
import tempfile

IS_ROOT = os.geteuid() == 0


class Account:
    """How to run programs as somebody, and where that somebody may keep files."""

    def __init__(self, name, uid, gid):
        self.name = name
        self.uid = uid
        self.gid = gid

    @property
    def is_self(self):
        return self.uid == os.geteuid()

    def prefix(self):
        """Words to put before a command."""
        if self.is_self:
            return []
        return ["setpriv", f"--reuid={self.uid}", f"--regid={self.gid}", "--clear-groups", "--"]

    def directory(self, parent=None):
        """A new empty directory of this account, mode 0700."""
        path = tempfile.mkdtemp(prefix="squidexfs-test-", dir=parent)
        if not self.is_self:
            os.chown(path, self.uid, self.gid)
        return path

    def file(self, path, text, mode=0o600):
        """A file of this account."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(text)
        os.chmod(path, mode)
        if not self.is_self:
            os.chown(path, self.uid, self.gid)
        return path

    def run(self, command, timeout=60.0, check=True, **kwargs):
        """Runs a command (a list, or text for the shell) to its end; its output is bytes."""
        if isinstance(command, str):
            command = ["sh", "-c", command]
        kwargs.setdefault("cwd", "/")
        done = subprocess.run(self.prefix() + command, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=timeout, **kwargs)
        if check:
            assert done.returncode == 0, (command, done.returncode, done.stdout[-2000:],
                                          done.stderr[-2000:])
        return done

    def start(self, command, **kwargs):
        """Starts a command; its output goes to pipes."""
        kwargs.setdefault("cwd", "/")
        kwargs.setdefault("stdout", subprocess.PIPE)
        kwargs.setdefault("stderr", subprocess.PIPE)
        return subprocess.Popen(self.prefix() + command, stdin=subprocess.DEVNULL, **kwargs)


def self_account():
    return Account(pwd.getpwuid(os.geteuid()).pw_name, os.geteuid(), os.getegid())


def ordinary_account():
    """An ordinary user: nobody where root runs the tests, else whoever runs them."""
    if not IS_ROOT:
        return self_account()
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def public_copy(program):
    """A copy of a program where every account can execute it."""
    directory = tempfile.mkdtemp(prefix="squidexfs-test-bin-")
    os.chmod(directory, 0o755)
    path = os.path.join(directory, os.path.basename(program))
    shutil.copy(program, path)
    os.chmod(path, 0o755)
    return path
