"""From the command line to a clean end: how the program starts, says no, and stops."""

import json
import os
import re
import resource
import signal
import stat

import pytest

import account as accounts
import mount as mounts
from deadline import Stopwatch, slow, until
from emulator import SECRET, SECRET_WORD
from mount import Mount, clear_mount, credentials, is_mounted, run_program


@pytest.fixture
def point(home):
    """A directory to mount on that is clear again afterwards."""
    path = home.directory("point")
    yield path
    for pid in daemons_of(path):
        os.kill(pid, signal.SIGKILL)
    clear_mount(path)


def daemons_of(point):
    """The processes that were started with this mount point, by their command lines."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/cmdline", "rb") as stream:
                words = stream.read().split(b"\0")
        except OSError:
            continue
        if b"squidexfs" in os.path.basename(words[0]) and os.fsencode(point) in words:
            found.append(int(name))
    return found


def options_of(home, *more, client="default"):
    return ",".join(credentials(home, "foodcrunch", client) + list(more))


def one_line(text):
    lines = text.decode().strip().splitlines()
    assert len(lines) == 1, text
    return lines[0]


def is_alive(pid):
    return os.path.exists(f"/proc/{pid}")


# The end


@pytest.mark.parametrize("how", ["SIGTERM", "SIGINT", "SIGHUP", "fusermount3"])
def test_a_clean_end(emulator, their_home, how):
    with Mount(emulator.url, their_home) as mount:
        mount.account.run(["ls", mount.schema("recipes")])
        with Stopwatch() as watch:
            if how == "fusermount3":
                mount.unmount()
            else:
                mount.signal(getattr(signal, how))
            assert mount.wait() == 0
        assert watch.seconds < slow(3)
        assert not is_mounted(mount.point)
        assert os.path.isdir(mount.point)


def test_a_clean_end_by_umount(emulator, home):
    if not accounts.IS_ROOT:
        pytest.skip("root may umount")
    with Mount(emulator.url, home) as mount:
        os.listdir(mount.schema("recipes"))
        home.account.run(["umount", mount.point])
        assert mount.wait() == 0


def test_sigterm_ends_a_mount_that_is_busy(emulator, home):
    with Mount(emulator.url, home) as mount:
        reader = open(mount.schema("recipes", "demo-draft.json"), "rb")
        directory = os.open(mount.schema("recipes"), os.O_RDONLY)
        try:
            mount.signal(signal.SIGTERM)
            assert mount.wait() == 0
            assert not is_mounted(mount.point)
        finally:
            reader.close()
            os.close(directory)


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as stream:
        return [int(child) for child in stream.read().split()]


def test_the_helper_that_stays_gets_no_file_of_the_program(emulator, home):
    """It holds what libfuse talks to it by, and nothing by which the server is talked to."""
    with Mount(emulator.url, home, ["auto_unmount"]) as mount:
        os.listdir(mount.schema("recipes"))
        children = until(lambda: children_of(mount.pid()), 5, "fusermount3 stays")
        names = [os.readlink(f"/proc/{child}/fd/{fd}") for child in children
                 for fd in os.listdir(f"/proc/{child}/fd") if int(fd) > 2]
        assert len([name for name in names if name.startswith("socket:")]) <= 1, names
        assert not [name for name in names if home.path in name], names


def test_two_signals_are_as_good_as_one(emulator, home):
    with Mount(emulator.url, home) as mount:
        mount.signal(signal.SIGTERM)
        mount.signal(signal.SIGINT)
        assert mount.wait() == 0


def test_a_sane_log_says_nothing_when_nothing_happens(emulator, home):
    with Mount(emulator.url, home) as mount:
        os.listdir(mount.schema("recipes"))
        mount.unmount()
        mount.wait()
        for line in mount.output().decode().splitlines():
            assert "error" not in line.lower() and "fail" not in line.lower(), line


# The beginning


def test_daemon_mode_returns_when_the_mount_is_there(emulator, home, point):
    done = run_program(["-o", options_of(home), emulator.url, point], home)
    assert done.returncode == 0, done
    assert (done.stdout, done.stderr) == (b"", b"")
    assert is_mounted(point)
    with open(os.path.join(point, "apps/foodcrunch/recipes/demo-draft.json"),
              encoding="utf-8") as stream:
        assert json.load(stream)["id"] == "demo-draft"
    pids = daemons_of(point)
    assert len(pids) == 1
    assert os.readlink(f"/proc/{pids[0]}/cwd") == "/"
    with open(f"/proc/{pids[0]}/stat", encoding="utf-8") as stream:
        assert stream.read().rpartition(")")[2].split()[4] == "0", "it has a terminal"
    os.kill(pids[0], signal.SIGTERM)
    until(lambda: not is_mounted(point), 10, "it unmounts")
    until(lambda: not is_alive(pids[0]), 10, "it ends")


def test_daemon_mode_reports_a_failure_to_its_caller(emulator, home, point):
    wrong = home.file("wrong", "brussels-sprout\n")
    done = run_program(
        ["-o", f"app=foodcrunch,client_id=foodcrunch:default,client_secret_file={wrong}",
         emulator.url, point], home)
    assert done.returncode == 3, done
    assert "foodcrunch:default" in one_line(done.stderr)
    assert not is_mounted(point) and daemons_of(point) == []


def test_a_relative_mount_point_in_daemon_mode(emulator, home, point):
    done = run_program(["-o", options_of(home), emulator.url, "point"], home)
    assert done.returncode == 0, done
    assert is_mounted(point)
    home.account.run(["fusermount3", "-u", point])
    pid = daemons_of("point") + daemons_of(point)
    until(lambda: not any(is_alive(one) for one in pid), 10, "it ends")


@pytest.mark.parametrize("arguments", [["-f"], []], ids=["foreground", "daemon"])
def test_a_crashed_predecessor_is_detected_and_named(emulator, their_home, arguments):
    account = their_home.account
    first = Mount(emulator.url, their_home)
    first.start()
    try:
        account.run(["ls", first.schema("recipes")])
        os.kill(daemons_of(first.point)[-1], signal.SIGKILL)
        first.process.wait()
        assert is_mounted(first.point)
        done = run_program(arguments + ["-o", options_of(their_home), emulator.url, first.point],
                           their_home)
        assert done.returncode == 5, done
        command = re.search(r"(fusermount3 -u|umount) '?" + first.point + "'?",
                            one_line(done.stderr))
        assert command, done.stderr
        account.run(command.group())
        assert not is_mounted(first.point)
        done = run_program(["-o", options_of(their_home), emulator.url, first.point], their_home)
        assert done.returncode == 0, done
        assert account.run(["cat", first.schema("recipes", "demo-draft.json")]).stdout
        account.run(["fusermount3", "-u", first.point])
    finally:
        for pid in daemons_of(first.point):
            os.kill(pid, signal.SIGKILL)
        first.abandon()


def test_a_killed_daemon_s_cache_does_no_harm(emulator, home):
    first = Mount(emulator.url, home)
    first.start()
    try:
        os.listdir(first.schema("recipes"))
    finally:
        first.kill()
        first.abandon()
    with Mount(emulator.url, home) as mount:
        assert len(os.listdir(mount.schema("recipes"))) == 4


# Saying no: 2 usage, 3 credentials, 4 server, 5 mount


def test_no_arguments_are_a_usage_error(home):
    done = run_program([], home)
    assert done.returncode == 2 and done.stderr and not done.stdout


def test_an_unknown_option_suggests_the_right_one(emulator, home, point):
    done = run_program(["-o", options_of(home, "cache_tll=3"), emulator.url, point], home)
    assert done.returncode == 2
    line = one_line(done.stderr)
    assert "cache_tll" in line and "cache_ttl" in line
    done = run_program(["--chekc", emulator.url], home)
    assert done.returncode == 2 and b"--chekc" in done.stderr


@pytest.mark.parametrize("option", [
    "cache_ttl=soon", "cache_ttl=-1", "timeout=0", "view=nothing", "umask=999", "uid=me!",
    "client_secret=x", "languages=", "config=/does/not/exist",
    "client_secret_file=/does/not/exist"])
def test_a_bad_value_is_a_usage_error(emulator, home, point, option):
    done = run_program(["-f", "-o", options_of(home, option), emulator.url, point], home)
    assert done.returncode == 2, done
    assert option.partition("=")[0] in one_line(done.stderr) or \
        option.partition("=")[2] in one_line(done.stderr)


def test_too_many_arguments_are_a_usage_error(emulator, home, point):
    done = run_program([emulator.url, point, "more"], home)
    assert done.returncode == 2 and done.stderr


def test_no_credentials_at_all_are_a_configuration_error(emulator, home, point):
    done = run_program(["-f", emulator.url, point], home)
    assert done.returncode == 2, done
    assert done.stderr


def test_no_secret_is_a_configuration_error(emulator, home, point):
    done = run_program(["-f", "-o", "client_id=foodcrunch:default", emulator.url, point], home)
    assert done.returncode == 2, done
    assert b"secret" in done.stderr


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "not a url", "http://user:pass@127.0.0.1",
                                 "http://192.0.2.1", "https://"])
def test_a_bad_url_is_a_configuration_error(home, point, url):
    done = run_program(["-f", "-o", options_of(home), url, point], home)
    assert done.returncode == 2, done
    one_line(done.stderr)
    assert b":pass@" not in done.stderr


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_secret_file_that_others_can_read_is_refused(emulator, home, point, mode):
    os.chmod(home.secret_file, mode)
    done = run_program(["-f", "-o", options_of(home), emulator.url, point], home)
    assert done.returncode == 2, done
    line = one_line(done.stderr)
    assert home.secret_file in line


@pytest.mark.parametrize("mode", [0o644, 0o640])
def test_a_configuration_file_that_others_can_read_is_refused(emulator, home, point, mode):
    config = home.file("config-file", section(emulator.url), mode)
    done = run_program(["-f", "-o", f"config={config}", point], home)
    assert done.returncode == 2, done
    assert config in one_line(done.stderr)


def test_a_configuration_file_with_a_mistake_is_named_with_its_line(emulator, home, point):
    config = home.file("config-file", section(emulator.url) + "cache_tll = 3\n")
    done = run_program(["-f", "-o", f"config={config}", point], home)
    assert done.returncode == 2, done
    line = one_line(done.stderr)
    assert config in line and "cache_tll" in line and "5" in line


def test_a_refused_port_exits_4(home, point):
    done = run_program(["-f", "-o", options_of(home, "timeout=2"), "http://127.0.0.1:1", point],
                       home)
    assert done.returncode == 4, done
    assert "127.0.0.1:1" in one_line(done.stderr)


def test_a_name_that_does_not_exist_exits_4(home, point):
    done = run_program(["-f", "-o", options_of(home, "timeout=3"), "https://squidex.invalid",
                        point], home)
    assert done.returncode == 4, done
    assert "squidex.invalid" in one_line(done.stderr)


def test_a_server_that_fails_exits_4(emulator, home, point):
    emulator.fault(method="POST", path="/identity-server", status=500, count=-1)
    done = run_program(["-f", "-o", options_of(home, "timeout=3"), emulator.url, point], home)
    assert done.returncode == 4, done
    one_line(done.stderr)


def test_an_app_that_the_client_has_nothing_to_do_with_is_refused(emulator, home, point):
    options = f"app=bookshelf,client_id=foodcrunch:default,client_secret_file={home.secret_file}"
    done = run_program(["-f", "-o", options, emulator.url, point], home)
    assert done.returncode == 2, done
    assert "bookshelf" in one_line(done.stderr)


def test_a_mount_point_that_does_not_exist_exits_5(emulator, home):
    missing = os.path.join(home.path, "missing")
    done = run_program(["-f", "-o", options_of(home), emulator.url, missing], home)
    assert done.returncode == 5, done
    assert missing in one_line(done.stderr)


def test_a_mount_point_that_is_a_file_exits_5(emulator, home):
    path = home.file("plain", "")
    done = run_program(["-f", "-o", options_of(home), emulator.url, path], home)
    assert done.returncode == 5, done
    assert path in one_line(done.stderr)


def test_a_mount_point_that_is_not_one_s_own_exits_5(emulator):
    if not accounts.IS_ROOT:
        pytest.skip("needs a second account")
    home = mounts.Home(accounts.ordinary_account())
    try:
        done = run_program(["-f", "-o", options_of(home), emulator.url, "/mnt"], home)
        assert done.returncode == 5, done
        assert done.stderr
        assert not is_mounted("/mnt")
    finally:
        home.remove()


# Help


def test_version(home):
    done = run_program(["-V"], home)
    assert done.returncode == 0 and b"squidexfs" in done.stdout
    assert run_program(["--version"], home).stdout == done.stdout


def test_help_names_every_option(home):
    done = run_program(["-h"], home)
    assert done.returncode == 0
    for name in (b"cache_ttl", b"client_id", b"client_secret_file", b"config", b"view",
                 b"published", b"languages", b"flatten", b"xattr", b"timeout", b"uid",
                 b"--check", b"-f", b"MOUNTPOINT"):
        assert name in done.stdout, name
    assert run_program(["--help"], home).stdout == done.stdout


# --check


def test_check_says_a_line_for_each_step(emulator, home):
    emulator.forget()
    done = run_program(["--check", "-o", options_of(home), emulator.url], home)
    assert done.returncode == 0, done
    lines = done.stdout.decode().lower().splitlines()
    for word in ("configuration", "dns", "tls", "token", "app", "permissions", "schemas"):
        assert any(word in line and " ok " in line for line in lines), (word, lines)
    assert emulator.stats()["credits"] == 0


@pytest.mark.parametrize("client", ["default", "editor", "reader"])
def test_check_tells_what_the_client_may_do(emulator, home, client):
    done = run_program(["--check", "-o", options_of(home, client=client), emulator.url], home)
    assert done.returncode == 0, done
    assert f"foodcrunch:{client}" in done.stdout.decode()


def test_check_needs_no_mount_point_and_makes_none(emulator, home, point):
    done = run_program(["--check", "-o", options_of(home), emulator.url, point], home)
    assert done.returncode == 2, done
    assert not is_mounted(point)


def test_check_exits_as_a_mount_would(emulator, home):
    wrong = home.file("wrong", "brussels-sprout")
    options = f"app=foodcrunch,client_id=foodcrunch:default,client_secret_file={wrong}"
    done = run_program(["--check", "-o", options, emulator.url], home)
    assert done.returncode == 3, done
    assert b"brussels-sprout" not in done.stdout + done.stderr
    done = run_program(["--check", "-o", options_of(home, "timeout=2"), "http://127.0.0.1:1"],
                       home)
    assert done.returncode == 4, done
    done = run_program(["--check", "-o", "cache_tll=3", emulator.url], home)
    assert done.returncode == 2, done


# Credentials, in their order


def section(url, app="foodcrunch", client="default", secret=SECRET):
    return f"[{app}]\nurl = {url}\nclient_id = {app}:{client}\nclient_secret = {secret}\n"


def environment(url, **changes):
    values = {"SQUIDEX_URL": url, "SQUIDEX_APP": "foodcrunch",
              "SQUIDEX_CLIENT_ID": "foodcrunch:default", "SQUIDEX_CLIENT_SECRET": SECRET}
    values.update(changes)
    return values


def test_credentials_from_the_environment(emulator, home):
    with Mount(None, home, app=None, env=environment(emulator.url)) as mount:
        assert os.listdir(mount.apps()) == ["foodcrunch"]
        assert len(os.listdir(mount.apps("foodcrunch", "recipes"))) == 4


def test_the_url_of_the_command_line_comes_before_the_environment(emulator, home):
    env = environment("http://127.0.0.1:1")
    with Mount(emulator.url, home, app=None, env=env) as mount:
        assert len(os.listdir(mount.apps("foodcrunch", "recipes"))) == 4


def test_credentials_from_systemd(emulator, home):
    directory = home.directory("credentials")
    home.account.file(os.path.join(directory, "client_secret"), SECRET, 0o440)
    with Mount(emulator.url, home, ["app=foodcrunch", "client_id=foodcrunch:default"], app=None,
               env={"CREDENTIALS_DIRECTORY": directory}) as mount:
        assert len(os.listdir(mount.apps("foodcrunch", "recipes"))) == 4


def test_credentials_from_the_user_s_configuration(emulator, home):
    os.mkdir(os.path.join(home.directory("config"), "squidexfs"), 0o700)
    home.file("config/squidexfs/config", section(emulator.url) + "view = data\n")
    with Mount(None, home, app=None) as mount:
        path = mount.apps("foodcrunch", "recipes", "demo-draft.json")
        with open(path, encoding="utf-8") as stream:
            assert "schemaName" not in json.load(stream)


def test_credentials_from_the_system_s_configuration(emulator, home):
    """In a mount namespace whose /etc holds nothing else."""
    if not accounts.IS_ROOT:
        pytest.skip("root may mount")
    config = home.file("system", section(emulator.url))
    done = home.account.run(
        ["unshare", "--mount", "sh", "-c",
         'mount -t tmpfs none /etc && cp -p "$1" /etc/squidexfs.conf && exec "$2" --check',
         "sh", config, mounts.program()], env=home.environment(), check=False)
    assert done.returncode == 0, done
    assert b"/etc/squidexfs.conf" in done.stdout and b"foodcrunch:default" in done.stdout


def test_options_come_before_the_configuration(emulator, home):
    config = home.file("config-file", section(emulator.url, secret="wrong") + "view = data\n")
    options = [f"config={config}", f"client_secret_file={home.secret_file}", "view=document",
               "app=foodcrunch"]
    with Mount(None, home, options, app=None) as mount:
        with open(mount.apps("foodcrunch", "recipes", "demo-draft.json"),
                  encoding="utf-8") as stream:
            assert json.load(stream)["schemaName"] == "recipes"


def test_the_environment_comes_before_the_configuration(emulator, home):
    config = home.file("config-file", section(emulator.url, secret="wrong"))
    with Mount(None, home, [f"config={config}"], app=None,
               env={"SQUIDEX_APP": "foodcrunch", "SQUIDEX_CLIENT_ID": "foodcrunch:default",
                    "SQUIDEX_CLIENT_SECRET": SECRET}) as mount:
        assert len(os.listdir(mount.apps("foodcrunch", "recipes"))) == 4


def test_one_app_of_several_by_name(emulator, home):
    config = home.file("config-file", section(emulator.url) + "\n" +
                       section(emulator.url, "bookshelf"))
    with Mount(None, home, [f"config={config}", "app=bookshelf"], app=None) as mount:
        assert os.listdir(mount.apps()) == ["bookshelf"]


# Secrets


def everything_of(pid):
    found = b""
    for name in ("cmdline", "environ", "comm"):
        with open(f"/proc/{pid}/{name}", "rb") as stream:
            found += stream.read()
    return found


@pytest.mark.parametrize("source", ["file", "environment", "config"])
def test_the_secret_stands_nowhere(emulator, home, source):
    if source == "file":
        mount = Mount(emulator.url, home, ["timeout=2"])
    elif source == "environment":
        mount = Mount(None, home, ["timeout=2"], app=None, env=environment(emulator.url))
    else:
        config = home.file("config-file", section(emulator.url))
        mount = Mount(None, home, [f"config={config}", "timeout=2"], app=None)
    with mount:
        recipes = mount.apps("foodcrunch", "recipes")
        os.listdir(recipes)
        emulator.revoke_tokens()
        emulator.fault(method="POST", path="/identity-server", status=401, count=-1)
        with pytest.raises(PermissionError):
            os.stat(os.path.join(mount.apps("foodcrunch", "authors"), "name.json"))
        assert SECRET_WORD not in everything_of(mount.pid())
        for name in os.listdir(mount.path(".squidexfs")):
            path = mount.path(".squidexfs", name)
            if os.path.isfile(path) and os.stat(path).st_mode & 0o400:
                assert SECRET_WORD.decode() not in mount.control(name), name
        with open("/proc/self/mountinfo", encoding="utf-8") as stream:
            assert SECRET_WORD.decode() not in stream.read()
        emulator.clear_faults()
    for directory in ("cache", "state"):
        for top, _, names in os.walk(home.directory(directory)):
            for name in names:
                with open(os.path.join(top, name), "rb") as stream:
                    assert SECRET_WORD not in stream.read(), name


@pytest.mark.parametrize("flags", [["-d"], ["-f", "-o", "trace=all"]], ids=["debug", "trace"])
def test_tracing_shows_no_secret_and_no_token(emulator, home, flags):
    with Mount(emulator.url, home, arguments=flags) as mount:
        os.listdir(mount.schema("recipes"))
        assert mount.output()
        # The Mount looks for the secret when it ends; the token is looked for here.
        assert not re.search(rb"[Bb]earer [\w.-]{10,}", mount.output())


def test_the_kernel_is_told_to_leave_no_core(mounted):
    """A limit of 1 byte is the one that holds for a core_pattern that is a pipe, too."""
    with open(f"/proc/{mounted.pid()}/limits", encoding="ascii") as stream:
        line = next(line for line in stream if line.startswith("Max core file size"))
    assert line.split()[4] in ("0", "1"), line


def test_a_crash_leaves_no_core_with_the_secret(emulator, home):
    with open("/proc/sys/kernel/core_pattern", encoding="ascii") as stream:
        pattern = stream.read().strip()
    if pattern.startswith(("|", "/")):
        pytest.skip("core dumps go elsewhere")
    before = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
    mount = Mount(emulator.url, home)
    try:
        mount.start()
        os.listdir(mount.schema("recipes"))
        mount.signal(signal.SIGABRT)
        assert mount.wait() != 0
        for name in os.listdir(home.path):
            if name.startswith("core"):
                with open(os.path.join(home.path, name), "rb") as stream:
                    assert SECRET_WORD not in stream.read()
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, before)
        mount.abandon()


# Files on the disk


def test_the_cache_is_private(emulator, their_home):
    with Mount(emulator.url, their_home) as mount:
        mount.account.run(["ls", mount.schema("recipes")])
        found = []
        for top, directories, names in os.walk(their_home.directory("cache")):
            for name in directories:
                assert stat.S_IMODE(os.stat(os.path.join(top, name)).st_mode) & 0o077 == 0
            for name in names:
                path = os.path.join(top, name)
                found.append(path)
                assert stat.S_IMODE(os.stat(path).st_mode) & 0o077 == 0, path
        assert found


def test_cache_memory_keeps_content_off_the_disk(emulator, home):
    with Mount(emulator.url, home, ["cache=memory"]) as mount:
        os.listdir(mount.schema("recipes"))
        for top, _, names in os.walk(home.path):
            for name in names:
                with open(os.path.join(top, name), "rb") as stream:
                    assert b"Bread soup" not in stream.read(), name


def test_clients_do_not_share_a_cache(emulator, home):
    with Mount(emulator.url, home) as mount:
        os.listdir(mount.schema("recipes"))
    with Mount(emulator.url, home, client="reader") as mount:
        emulator.fault(path="/api/content/foodcrunch/recipes", status=403, count=-1)
        with pytest.raises(PermissionError):
            os.listdir(mount.schema("recipes"))
        with pytest.raises(PermissionError):
            os.stat(mount.schema("recipes", "demo-draft.json"))


def test_a_cache_directory_that_cannot_be_written_is_named_and_done_without(emulator):
    home = mounts.Home(accounts.ordinary_account())
    try:
        os.chmod(home.directory("cache"), 0o500)
        with Mount(emulator.url, home) as mount:
            assert mount.account.run(["ls", mount.schema("recipes")]).stdout.count(b".json") == 4
            assert mount.output().count(home.directory("cache").encode()) == 1
            assert b"working on a temporary one" in mount.output()
        assert os.listdir(home.directory("cache")) == []
    finally:
        home.remove()


# fstab


@pytest.fixture
def mount_as_fstab_does(home, point):
    """
    Runs a line of shell where mount(8), which keeps to a PATH of its own, finds the program:
    in a mount namespace of which nobody else sees anything.
    """
    if not accounts.IS_ROOT:
        pytest.skip("root may mount")
    directory = home.directory("bin")
    os.symlink(os.path.realpath(mounts.program()), os.path.join(directory, "squidexfs"))

    def run(line, options, url):
        return home.account.run(
            ["unshare", "--mount", "sh", "-c",
             'mount --bind "$1" /usr/local/bin && shift && ' + line,
             "sh", directory, options, url, point],
            env=home.environment(), check=False, timeout=slow(30))

    return run


def test_mount_with_the_options_of_fstab(emulator, home, mount_as_fstab_does):
    options = options_of(home, "ro", "nosuid", "nodev", "noauto", "_netdev", "user", "nofail",
                         "x-systemd.automount", "noatime")
    done = mount_as_fstab_does(
        'mount -t fuse.squidexfs -o "$1" "$2" "$3" && ls "$3/apps/foodcrunch/recipes" && '
        'grep "$3" /proc/self/mountinfo; rm "$3/apps/foodcrunch/recipes/demo-draft.json"; '
        'umount "$3"', options, emulator.url)
    assert done.returncode == 0, done
    *names, line = done.stdout.decode().splitlines()
    assert len(names) == 4
    fields = line.split()
    assert {"ro", "nosuid", "nodev"} <= set(fields[5].split(","))
    assert "fuse.squidexfs" in fields and emulator.url in fields
    assert b"Read-only file system" in done.stderr


def test_mount_reports_a_failure(home, mount_as_fstab_does):
    done = mount_as_fstab_does('mount -t fuse.squidexfs -o "$1" "$2" "$3"',
                               options_of(home, "timeout=2"), "http://127.0.0.1:1")
    assert done.returncode != 0 and b"127.0.0.1:1" in done.stderr
