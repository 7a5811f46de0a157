"""
Editors and tools as they are: what each does to save a file is one request for the item that changed, and
nothing for the names that it needs on the way. The items have a field that no client sees, and a title that
lacks a language, which readers are shown another one for: both stay as they are.
"""

import fcntl
import json
import os
import pty
import select
import struct
import termios

import pytest

from deadline import slow, until
from saving import hidden_field, item, read

# The item that is worked on; its English title becomes Stew.
FILE = "demo-draft.json"
EDIT = 's/"en": "Bread soup"/"en": "Stew"/'
VIM = "vim -E -s -u NONE -N"
STEW = f"-c '%{EDIT}' -c w"
EMACS = "emacs -Q --batch"
PATCH = ["PATCH"]

# tool, command in the schema's directory ($T: a folder on another file system), what is sent.
CHANGES = [
    ("vim", f"{VIM} {STEW} -c q {FILE}", PATCH),
    ("vim, swap file", f"{VIM} -c 'set swapfile updatecount=1' {STEW} -c q {FILE}", PATCH),
    ("vim, backup by copy", f"{VIM} -c 'set backup backupcopy=yes' {STEW} -c q {FILE}", PATCH),
    ("vim, backup by rename", f"{VIM} -c 'set backup backupcopy=no' {STEW} -c q {FILE}", PATCH),
    ("vim, no backup at all",
     f"{VIM} -c 'set nobackup nowritebackup' {STEW} -c q {FILE}", PATCH),
    ("vim, writebackup by rename",
     f"{VIM} -c 'set nobackup writebackup backupcopy=no' {STEW} -c q {FILE}", PATCH),
    ("vim, backupcopy=auto", f"{VIM} -c 'set backup backupcopy=auto' {STEW} -c q {FILE}", PATCH),
    ("vim, backup in its folder's .bak",
     f"{VIM} -c 'set backup backupext=.bak backupcopy=no' {STEW} -c q {FILE}", PATCH),
    ("vim, two saves",
     f"{VIM} -c '%s/\"Bread soup\"/\"Broth\"/' -c w -c '%s/\"Broth\"/\"Stew\"/' -c w -c q {FILE}",
     PATCH * 2),
    ("vim, two saves by rename",
     f"{VIM} -c 'set backup backupcopy=no' -c '%s/\"Bread soup\"/\"Broth\"/' -c w "
     f"-c '%s/\"Broth\"/\"Stew\"/' -c w -c q {FILE}", PATCH * 2),
    ("vim, save as it is", f"{VIM} -c w -c q {FILE}; sed -i '{EDIT}' {FILE}", PATCH),
    ("vim, undo file", f"{VIM} -c 'set undofile' {STEW} -c q {FILE}", PATCH),
    ("emacs", f"{EMACS} {FILE} --eval '(progn (while (search-forward \"Bread soup\\\"\" nil t) "
     "(replace-match \"Stew\\\"\" t t)) (save-buffer))'", PATCH),
    ("emacs, backup by copy", f"{EMACS} {FILE} --eval '(progn (setq backup-by-copying t) "
     "(search-forward \"Bread soup\\\"\") (replace-match \"Stew\\\"\" t t) (save-buffer))'", PATCH),
    ("emacs, no backup", f"{EMACS} {FILE} --eval '(progn (setq make-backup-files nil) "
     "(search-forward \"Bread soup\\\"\") (replace-match \"Stew\\\"\" t t) (save-buffer))'", PATCH),
    ("emacs, precious", f"{EMACS} {FILE} --eval '(progn (setq file-precious-flag t) "
     "(search-forward \"Bread soup\\\"\") (replace-match \"Stew\\\"\" t t) (save-buffer))'", PATCH),
    ("sed -i", f"sed -i '{EDIT}' {FILE}", PATCH),
    ("sed -i, backup", f"sed -i.bak '{EDIT}' {FILE}", PATCH),
    ("sed -i of all", f"sed -i '{EDIT}' {FILE} demo-published.json", PATCH),
    ("perl -pi", f"perl -pi -e '{EDIT}' {FILE}", PATCH),
    ("perl -pi, backup", f"perl -pi.orig -e '{EDIT}' {FILE}", PATCH),
    ("jq and mv", f"jq '.data.title.en = \"Stew\"' {FILE} > t && mv t {FILE}", PATCH),
    ("jq and mv -f, dot name", f"jq '.data.title.en = \"Stew\"' {FILE} > .t && mv -f .t {FILE}", PATCH),
    ("jq and mv from elsewhere",
     f"jq '.data.title.en = \"Stew\"' {FILE} > $T/t && cat $T/t > t && mv t {FILE}", PATCH),
    ("jq and cp", f"jq '.data.title.en = \"Stew\"' {FILE} > $T/t && cp $T/t {FILE}", PATCH),
    ("cp -p", f"sed '{EDIT}' {FILE} > $T/t && cp -p $T/t {FILE}", PATCH),
    ("cp --preserve=all, backup",
     f"sed '{EDIT}' {FILE} > $T/t && cp --preserve=mode,timestamps --backup=simple $T/t {FILE}", PATCH),
    ("sponge", f"sed '{EDIT}' {FILE} | sponge {FILE}", PATCH),
    ("tee", f"sed '{EDIT}' {FILE} > $T/t && tee {FILE} < $T/t > /dev/null", PATCH),
    ("cat and >", f"sed '{EDIT}' {FILE} > $T/t && cat $T/t > {FILE}", PATCH),
    ("dd", f"sed '{EDIT}' {FILE} > $T/t && dd if=$T/t of={FILE} bs=64 status=none", PATCH),
    ("rsync -a", f"sed '{EDIT}' {FILE} > $T/{FILE} && rsync -a $T/{FILE} {FILE}", PATCH),
    ("rsync -t", f"sed '{EDIT}' {FILE} > $T/{FILE} && rsync -t $T/{FILE} .", PATCH),
    ("rsync --inplace",
     f"sed '{EDIT}' {FILE} > $T/{FILE} && rsync -a --inplace $T/{FILE} {FILE}", PATCH),
    ("rsync -a --checksum, twice",
     f"sed '{EDIT}' {FILE} > $T/{FILE} && rsync -a -c $T/{FILE} . && "
     f"cp {FILE} $T/{FILE} && rsync -a -c $T/{FILE} .", PATCH),
    ("rsync --delay-updates, backup",
     f"sed '{EDIT}' {FILE} > $T/{FILE} && rsync -a --backup $T/{FILE} .", PATCH),
    ("patch", f"sed '{EDIT}' {FILE} > $T/t; diff -u {FILE} $T/t > $T/p; patch -s {FILE} $T/p", PATCH),
    ("patch -b", f"sed '{EDIT}' {FILE} > $T/t; diff -u {FILE} $T/t > $T/p; patch -s -b {FILE} $T/p",
     PATCH),
    ("ed-like: python, in place",
     "python3 -c 'import sys; t = open(sys.argv[1]).read(); "
     f"open(sys.argv[1], \"w\").write(t.replace(\"Bread soup\\\"\", \"Stew\\\"\"))' {FILE}", PATCH),
    ("python, os.replace",
     "python3 -c 'import os, sys, tempfile; t = open(sys.argv[1]).read(); "
     "f = tempfile.NamedTemporaryFile(\"w\", dir=\".\", delete=False); "
     "f.write(t.replace(\"Bread soup\\\"\", \"Stew\\\"\")); f.flush(); os.fsync(f.fileno()); f.close(); "
     f"os.replace(f.name, sys.argv[1])' {FILE}", PATCH),
    (">> of white space", f"sed -i '{EDIT}' {FILE} && printf '\\n\\n' >> {FILE}", PATCH),
    ("cp and rm", f"sed '{EDIT}' {FILE} > t && cp t {FILE} && rm t", PATCH),
    ("touch", f"touch {FILE} && touch t && rm t && sed -i '{EDIT}' {FILE}", PATCH),
    ("truncate", f"truncate -s 0 {FILE}; truncate -s 0 new.json; rm new.json; sed -i '{EDIT}' {FILE}",
     PATCH),
    ("mv from elsewhere", f"sed '{EDIT}' {FILE} > $T/t && mv $T/t {FILE}", PATCH),
    ("rm and cp", f"sed '{EDIT}' {FILE} > $T/t && rm {FILE} && cp $T/t {FILE}", PATCH),
    ("rm and mv", f"sed '{EDIT}' {FILE} > t && rm {FILE} && mv t {FILE}", PATCH),
    ("cp --remove-destination",
     f"sed '{EDIT}' {FILE} > $T/t && cp --remove-destination $T/t {FILE}", PATCH),
    ("install", f"sed '{EDIT}' {FILE} > $T/t && install -m 644 $T/t {FILE}", PATCH),
    ("git checkout",
     f"export GIT_DIR=$T/git GIT_WORK_TREE=$PWD; git init -q; sed '{EDIT}' {FILE} > $T/t; "
     f"git update-index --add --cacheinfo 100644,$(git hash-object -w $T/t),{FILE}; "
     f"git checkout -q -- {FILE}", PATCH),
    ("git apply", f"cp {FILE} $T/a && sed '{EDIT}' {FILE} > $T/b; "
     f"(cd $T && git diff --no-index --no-prefix a b) | sed 's,^\\(---\\|+++\\) .*,\\1 {FILE},; "
     f"s,^diff .*,diff --git {FILE} {FILE},' > $T/p; git apply -p0 $T/p", PATCH),
]


NEW = '{"data": {"title": {"en": "Stew"}}}'

# tool, command that makes new.json of $T/new.json
CREATIONS = [
    ("cp", "cp $T/new.json ."),
    ("cp -p", "cp -p $T/new.json ."),
    ("cat and >", "cat $T/new.json > new.json"),
    ("jq and >", "jq . $T/new.json > new.json"),
    ("jq and mv", "jq . $T/new.json > t && mv t new.json"),
    ("touch and >", "touch new.json && cat $T/new.json > new.json"),
    ("tee", "tee new.json < $T/new.json > /dev/null"),
    ("dd", "dd if=$T/new.json of=new.json bs=8 status=none"),
    ("rsync -a", "rsync -a $T/new.json ."),
    ("rsync --inplace", "rsync -a --inplace $T/new.json ."),
    ("sponge", "sponge new.json < $T/new.json"),
    ("vim", "vim -E -s -u NONE -N -c '0read '$T/new.json -c w -c q new.json"),
    ("vim, backup by rename", "vim -E -s -u NONE -N -c 'set backup backupcopy=no' "
     "-c '0read '$T/new.json -c w -c q new.json"),
    ("emacs", "emacs -Q --batch new.json --eval "
     "\"(progn (insert-file-contents \\\"$T/new.json\\\") (save-buffer))\""),
    ("patch", "diff -u /dev/null $T/new.json > $T/p; patch -s new.json $T/p"),
    ("python, os.replace", "cp $T/new.json .t && python3 -c 'import os; os.replace(\".t\", \"new.json\")'"),
]


@pytest.fixture
def stored(emulator):
    """An item with what is hidden from clients."""
    with hidden_field(emulator, "description") as look:
        yield look


@pytest.fixture
def shop(emulator, stored, mounted, home):
    """Runs a line of shell in the schema's directory, whose items are at hand."""
    folder = mounted.schema("recipes")
    for name in os.listdir(folder):
        assert '"description"' not in read(os.path.join(folder, name))
    emulator.forget()

    def run(line):
        done = home.account.run(
            ["bash", "-c", f"T={home.directory('elsewhere')}; {line}"], cwd=folder, check=False,
            timeout=slow(30))
        assert done.returncode == 0, (line, done)
        return done

    run.folder = folder
    return run


def sent(emulator):
    return [entry["method"] for entry in emulator.asked("/api/content/") if entry["method"] != "GET"]


def ids(folder):
    return sorted(name for name in os.listdir(folder) if name.endswith(".json"))


@pytest.mark.parametrize("line, requests", [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES])
def test_a_tool_s_save_is_a_change(emulator, stored, shop, line, requests):
    before = stored("demo-draft")
    assert before["data"]["description"] and "it" not in before["data"]["title"]
    names = ids(shop.folder)
    emulator.forget()
    shop(line)
    assert sent(emulator) == requests
    assert [entry["target"] for entry in emulator.log() if entry["method"] == "GET"] == []
    after = stored("demo-draft")
    before["data"]["title"]["en"] = "Stew"
    assert after["data"] == before["data"]
    assert after["version"] == before["version"] + len(requests)
    assert ids(shop.folder) == names
    assert json.loads(read(os.path.join(shop.folder, FILE)))["version"] == after["version"]


@pytest.mark.parametrize("line", [row[1] for row in CREATIONS], ids=[row[0] for row in CREATIONS])
def test_a_tool_s_new_file_is_a_new_item(emulator, shop, home, line):
    names = ids(shop.folder)
    home.file(os.path.join(home.directory("elsewhere"), "new.json"), NEW)
    shop(line)
    assert [(entry["method"], entry["target"].rpartition("/")[2]) for entry in emulator.log()] == [
        ("POST", "recipes?id=new")]
    assert item(emulator, "recipes", "new")["data"]["title"] == {"en": "Stew"}
    assert ids(shop.folder) == sorted(names + ["new.json"])
    assert json.loads(read(os.path.join(shop.folder, "new.json")))["data"]["title"]["en"] == "Stew"


def replay_vs_code(path, text):
    """As its save goes on a disk: the file is emptied, written, synced, and its times are set."""
    data = text.encode()
    os.stat(path)
    os.access(path, os.W_OK)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
    os.pwrite(fd, data, 0)
    os.fdatasync(fd)
    os.close(fd)
    os.stat(path)


def replay_vs_code_r_plus(path, text):
    """As it saves files that have something to keep: opened as they are, and cut."""
    fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    os.ftruncate(fd, 0)
    os.write(fd, text.encode())
    os.fdatasync(fd)
    os.fstat(fd)
    os.close(fd)


def replay_vs_code_atomic(path, text):
    """As it saves its own settings."""
    temporary = path + ".vsctmp"
    with open(temporary, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fdatasync(stream.fileno())
    os.rename(temporary, path)


@pytest.mark.parametrize("save", [replay_vs_code, replay_vs_code_r_plus, replay_vs_code_atomic])
def test_vs_code(emulator, stored, shop, save):
    before = stored("demo-draft")
    path = os.path.join(shop.folder, FILE)
    save(path, read(path).replace('"Bread soup"', '"Stew"'))
    assert sent(emulator) == PATCH
    before["data"]["title"]["en"] = "Stew"
    assert stored("demo-draft")["data"] == before["data"]
    save(path, read(path).replace('"Stew"', '"Broth"'))
    assert sent(emulator) == PATCH * 2
    before["data"]["title"]["en"] = "Broth"
    assert stored("demo-draft")["data"] == before["data"]


def type_into(command, folder, keys):
    """Runs a program on a terminal of its own and types into it, each word when the screen is still."""
    pid, master = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.environ["TERM"] = "xterm"
        os.execvp(command[0], command)
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    for word in keys:
        while select.select([master], [], [], 0.3)[0]:
            if not os.read(master, 4096):
                break
        os.write(master, word)
    status = []

    def has_ended():
        if select.select([master], [], [], 0)[0]:
            try:
                os.read(master, 4096)
            except OSError:
                pass
        status.append(os.waitpid(pid, os.WNOHANG))
        return status[-1][0] == pid
    until(has_ended, 20, "it ends")
    os.close(master)
    return os.waitstatus_to_exitcode(status[-1][1])


@pytest.mark.skipif(not os.path.exists("/usr/bin/nano"), reason="nano is not here")
@pytest.mark.parametrize("options", [[], ["-B"], ["-G"]], ids=["plain", "backup", "lock"])
def test_nano(emulator, stored, shop, options):
    """^\\ replaces, A all of them, ^O writes."""
    before = stored("demo-draft")
    status = type_into(["nano", "-I"] + options + [FILE], shop.folder,
                       [b"\x1c", b'"Bread soup"\r', b'"Stew"\r', b"A", b"\x0f", b"\r", b"\x18"])
    assert status == 0
    assert sent(emulator) == PATCH
    before["data"]["title"]["en"] = "Stew"
    assert stored("demo-draft")["data"] == before["data"]
