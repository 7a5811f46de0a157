"""The tools of a shell on a mount: every one sees whole files with the right bytes."""

import errno
import json
import os
import stat

import pytest

import rendering
from deadline import until
from mount import Mount, find_mount

DEMO_DRAFT = """\
{
  "id": "demo-draft",
  "schemaName": "recipes",
  "status": "Draft",
  "version": 0,
  "created": "2026-11-24T19:38:58Z",
  "createdBy": "client:foodcrunch:default",
  "lastModified": "2026-11-24T19:38:58Z",
  "lastModifiedBy": "client:foodcrunch:default",
  "data": {
    "title": {
      "de": "Bread soup (de)",
      "en": "Bread soup"
    },
    "description": {
      "de": "# Bread soup\\n\\nEin *feines* Gericht Nr. 2.",
      "en": "# Bread soup\\n\\nA *nice* dish no 2."
    },
    "servings": {
      "iv": 4
    },
    "tags": {
      "iv": [
        "demo",
        "n2"
      ]
    },
    "image": {
      "iv": [
        "asset-1"
      ]
    },
    "ingredients": {
      "iv": [
        {
          "amount": "1 g",
          "name": "Salt"
        },
        {
          "amount": "200 g",
          "name": "Mehl"
        }
      ]
    },
    "author": {
      "iv": [
        "author-3"
      ]
    }
  }
}
"""

DEMO_DRAFT_DATA = "{\n" + "\n".join(
    line[2:] for line in DEMO_DRAFT.splitlines()[10:-1]) + "\n"

RECIPES = ["demo-archived.json", "demo-draft.json", "demo-newdraft.json", "demo-published.json"]
AUTHORS = ["author-1.json", "author-2.json", "author-3.json"]
SETTINGS = ["6aef7e5c-325e-47ce-a466-bfa7d1ed1b4e.json"]
SEED_TIME = 1795549138  # 2026-11-24T19:38:58Z


def read(path):
    with open(path, "rb") as stream:
        return stream.read()


def tree(top):
    """relative path -> bytes of every file below."""
    found = {}
    for directory, _, names in os.walk(top, onerror=raise_it):
        for name in names:
            path = os.path.join(directory, name)
            found[os.path.relpath(path, top)] = read(path)
    return found


def raise_it(error):
    raise error


# What is there


def test_demo_draft_is_the_text_of_the_manual(mounted):
    assert read(mounted.schema("recipes", "demo-draft.json")).decode() == DEMO_DRAFT


@pytest.mark.parametrize("app,schema", [
    ("foodcrunch", "recipes"), ("foodcrunch", "authors"), ("foodcrunch", "settings"),
    ("bookshelf", "books"), ("bookshelf", "notes")])
def test_every_item_is_rendered_as_the_contract_says(emulator, home, app, schema):
    expected = rendering.documents(emulator, app, schema)
    with Mount(emulator.url, home, app=app) as mount:
        assert sorted(os.listdir(mount.schema(schema))) == sorted(expected)
        assert tree(mount.schema(schema)) == expected


def test_the_tree_is_apps_schemas_items(mounted):
    assert os.listdir(mounted.path()) == ["apps"]
    assert os.listdir(mounted.apps()) == ["foodcrunch"]
    shown = [name for name in os.listdir(mounted.schema()) if not name.startswith("_")]
    assert sorted(shown) == ["authors", "recipes", "settings"]
    assert sorted(os.listdir(mounted.schema("recipes"))) == RECIPES
    assert sorted(os.listdir(mounted.schema("authors"))) == AUTHORS


def test_a_singleton_holds_one_file(mounted):
    assert os.listdir(mounted.schema("settings")) == SETTINGS


def test_dot_directories_are_reached_but_not_listed(mounted):
    assert ".squidexfs" not in os.listdir(mounted.path())
    assert {"errors", "status"} <= set(os.listdir(mounted.path(".squidexfs")))
    status = json.loads(mounted.control("status"))
    assert "foodcrunch" in json.dumps(status)


def test_control_files_have_their_text_at_whatever_size(mounted):
    assert mounted.account.run(["cat", mounted.path(".squidexfs", "status")]).stdout
    assert mounted.account.run(["wc", "-c", mounted.path(".squidexfs", "errors")])


def test_what_is_not_there_is_enoent(mounted):
    for path in (mounted.path("nothing"), mounted.apps("otherapp"), mounted.schema("nothing"),
                 mounted.schema("recipes", "nothing.json"), mounted.schema("recipes", "x.txt"),
                 mounted.schema("recipes", "demo-draft"),
                 mounted.schema("recipes", "author-1.json"),
                 mounted.path(".squidexfs", "nothing")):
        with pytest.raises(FileNotFoundError):
            os.stat(path)


def test_a_file_is_no_directory(mounted):
    with pytest.raises(NotADirectoryError):
        os.stat(mounted.schema("recipes", "demo-draft.json", "x"))
    with pytest.raises(NotADirectoryError):
        os.listdir(mounted.schema("recipes", "demo-draft.json"))
    with pytest.raises(IsADirectoryError):
        read(mounted.schema("recipes"))


# Attributes


def test_attributes_of_a_file(mounted):
    path = mounted.schema("recipes", "demo-draft.json")
    seen = os.stat(path)
    assert stat.S_IMODE(seen.st_mode) == 0o644 and stat.S_ISREG(seen.st_mode)
    assert seen.st_size == len(DEMO_DRAFT.encode()) == len(read(path))
    assert seen.st_mtime == seen.st_ctime == SEED_TIME
    assert seen.st_nlink == 1
    assert (seen.st_uid, seen.st_gid) == (os.getuid(), os.getgid())


def test_attributes_of_a_directory(mounted):
    seen = os.stat(mounted.schema("recipes"))
    assert stat.S_ISDIR(seen.st_mode)
    assert stat.S_IMODE(seen.st_mode) == 0o755
    assert (seen.st_uid, seen.st_gid) == (os.getuid(), os.getgid())


def test_attributes_agree_however_they_are_asked_for(mounted):
    directory = mounted.schema("recipes")
    alone = os.lstat(os.path.join(directory, "demo-draft.json"))
    for entry in os.scandir(directory):
        seen = entry.stat(follow_symlinks=False)
        assert entry.inode() == seen.st_ino and entry.is_file()
        if entry.name == "demo-draft.json":
            assert seen == alone
    with open(os.path.join(directory, "demo-draft.json"), "rb") as stream:
        assert os.fstat(stream.fileno()).st_ino == alone.st_ino


def test_inode_numbers_differ_in_a_tree_and_are_the_same_after_a_remount(emulator, home):
    def numbers(mount):
        return {path: os.lstat(mount.path(path)).st_ino
                for path in ["apps", "apps/foodcrunch", "apps/foodcrunch/recipes"] +
                ["apps/foodcrunch/" + name for name in tree(mount.schema())]}

    with Mount(emulator.url, home) as mount:
        first = numbers(mount)
    assert len(set(first.values())) == len(first)
    with Mount(emulator.url, home, ["cache=memory"]) as mount:
        assert numbers(mount) == first


@pytest.mark.parametrize("options,mode,owner", [
    (["uid=12", "gid=34"], 0o644, (12, 34)),
    (["umask=077"], 0o600, None),
    (["umask=027"], 0o640, None),
    (["uid=12", "gid=34", "umask=022"], 0o644, (12, 34))])
def test_owner_and_umask_are_options(emulator, home, options, mode, owner):
    with Mount(emulator.url, home, options) as mount:
        seen = os.stat(mount.schema("recipes", "demo-draft.json"))
        assert stat.S_IMODE(seen.st_mode) == mode
        assert (seen.st_uid, seen.st_gid) == (owner or (os.getuid(), os.getgid()))
        assert stat.S_IMODE(os.stat(mount.schema()).st_mode) & 0o077 & ~(mode | mode >> 2) == 0


def test_statfs_is_plausible(mounted):
    seen = os.statvfs(mounted.point)
    assert seen.f_bsize > 0 and seen.f_blocks > 0 and seen.f_bavail > 0 and seen.f_bfree > 0
    assert seen.f_files > 0 and seen.f_ffree > 0
    assert seen.f_namemax == 255
    assert mounted.account.run(["df", mounted.point])


def test_the_mount_table_names_type_and_server(mounted, emulator):
    seen = find_mount(mounted.point)
    assert seen["type"] == "fuse.squidexfs"
    assert seen["source"] == emulator.url
    assert "default_permissions" in seen["super"]


def test_permissions_are_enforced_by_the_kernel(emulator, home):
    if os.geteuid() != 0:
        pytest.skip("needs a second account")
    from account import ordinary_account
    with Mount(emulator.url, home, ["allow_other", "umask=077"]) as mount:
        done = ordinary_account().run(["ls", mount.schema("recipes")], check=False)
        assert done.returncode != 0 and b"Permission denied" in done.stderr


# The tools, as root and as an ordinary user


@pytest.fixture
def shell(emulator, their_home):
    """Runs a line of shell in the app's directory, as the one who mounted."""
    with Mount(emulator.url, their_home) as mount:
        def run(line, **kwargs):
            done = mount.account.run(["sh", "-c", 'cd "$1" && shift && ' + line, "sh",
                                      mount.schema(), their_home.directory("out")], **kwargs)
            return done.stdout.decode()

        run.mount = mount
        run.out = their_home.directory("out")
        yield run


def expected_tree(emulator):
    found = {}
    for schema in ("recipes", "authors", "settings"):
        for name, text in rendering.documents(emulator, "foodcrunch", schema).items():
            found[f"{schema}/{name}"] = text
    return found


def content_only(found):
    return {path: text for path, text in found.items() if not path.startswith("_")}


def test_ls(shell):
    assert shell("ls recipes").split() == RECIPES
    assert shell("ls -a recipes").split() == [".", ".."] + RECIPES


def test_ls_l(shell):
    lines = shell("LC_ALL=C TZ=UTC ls -ln --time-style=full-iso recipes").splitlines()[1:]
    assert [line.split()[-1] for line in lines] == RECIPES
    account = shell.mount.account
    draft = lines[1].split()
    assert draft[0] == "-rw-r--r--" and draft[1] == "1"
    assert draft[2:4] == [str(account.uid), str(account.gid)]
    assert draft[4] == str(len(DEMO_DRAFT.encode()))
    assert draft[5:7] == ["2026-11-24", "19:38:58.000000000"]


def test_cat(shell):
    assert shell("cat recipes/demo-draft.json") == DEMO_DRAFT


def test_head_c(shell):
    assert shell("head -c 20 recipes/demo-draft.json") == DEMO_DRAFT[:20]
    assert shell("tail -c 20 recipes/demo-draft.json") == DEMO_DRAFT[-20:]
    assert shell("dd if=recipes/demo-draft.json bs=7 skip=3 count=2 status=none") == \
        DEMO_DRAFT[21:35]


def test_stat(shell):
    assert shell("stat -c '%s %Y %Z %h %F' recipes/demo-draft.json").strip() == \
        f"{len(DEMO_DRAFT.encode())} {SEED_TIME} {SEED_TIME} 1 regular file"


def test_find_newer(shell, emulator):
    emulator.create("foodcrunch", "recipes", "fresh", {"title": {"en": "Fresh"}})
    found = shell("find recipes -type f -newer recipes/demo-draft.json")
    assert found.split() == ["recipes/fresh.json"]


def test_find_by_size_and_time(shell):
    size = len(DEMO_DRAFT.encode())
    assert shell(f"find recipes -size {size}c -name 'demo-d*'") == "recipes/demo-draft.json\n"
    assert shell("find recipes -type d") == "recipes\n"


def test_grep_r(shell):
    assert shell("grep -rl 'Bread soup' .") == "./recipes/demo-draft.json\n"
    assert shell("grep -rc 'Löffel' authors | sort").splitlines()[0] == "authors/author-1.json:1"


def test_jq(shell):
    assert shell("jq -r '.data.title.en' recipes/*.json").splitlines() == [
        "Dumplings", "Bread soup", "Carrot cake v2", "Apple pie"]


def test_wc(shell):
    lines = shell("wc -c recipes/*.json").splitlines()
    assert lines[1].split() == [str(len(DEMO_DRAFT.encode())), "recipes/demo-draft.json"]


def test_tar_c(shell, emulator):
    shell('tar cf "$1/a.tar" . && mkdir "$1/t" && tar xf "$1/a.tar" -C "$1/t"')
    assert content_only(tree(shell.out + "/t")) == expected_tree(emulator)


def test_cp_r_out(shell, emulator):
    shell('cp -r . "$1/c"')
    assert content_only(tree(shell.out + "/c")) == expected_tree(emulator)


def test_rsync_a_out(shell, emulator):
    shell('rsync -a --delete ./ "$1/r/"')
    assert content_only(tree(shell.out + "/r")) == expected_tree(emulator)
    assert os.stat(shell.out + "/r/recipes/demo-draft.json").st_mtime == SEED_TIME
    assert shell('rsync -ai --delete --checksum ./ "$1/r/"') == ""


def test_mmap(shell):
    line = ("import mmap, sys; f = open('recipes/demo-draft.json'); "
            "m = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ); "
            "sys.stdout.write(m[:].decode())")
    assert shell(f'/usr/bin/python3 -c "{line}"') == DEMO_DRAFT


# Several mounts


def test_diff_r_between_two_mounts_of_one_app(emulator, account, their_home):
    with Mount(emulator.url, their_home) as one, Mount(emulator.url, their_home) as two:
        account.run(["diff", "-r", one.apps(), two.apps()])
        emulator.create("foodcrunch", "recipes", "one-more", {"title": {"en": "More"}})
        assert account.run(["cat", two.schema("recipes", "demo-draft.json")]).stdout.decode() == \
            DEMO_DRAFT


def test_two_mounts_of_two_apps(emulator, home):
    with Mount(emulator.url, home) as food, Mount(emulator.url, home, app="bookshelf") as books:
        assert content_only(tree(food.schema())) == expected_tree(emulator)
        assert sorted(os.listdir(books.schema("books"))) == sorted(
            rendering.documents(emulator, "bookshelf", "books"))
        assert os.listdir(books.apps()) == ["bookshelf"]


def test_several_apps_by_a_configuration_file(emulator, home):
    sections = "".join(
        f"[{app}]\nurl = {emulator.url}\nclient_id = {app}:default\n"
        f"client_secret_file = {home.secret_file}\n\n" for app in ("foodcrunch", "bookshelf"))
    config = home.file("several", sections)
    with Mount(None, home, [f"config={config}"], app=None) as mount:
        assert sorted(os.listdir(mount.apps())) == ["bookshelf", "foodcrunch"]
        assert read(mount.apps("foodcrunch", "recipes", "demo-draft.json")).decode() == DEMO_DRAFT
        assert tree(mount.apps("bookshelf", "notes")) == rendering.documents(
            emulator, "bookshelf", "notes")
        assert set(os.listdir(mount.apps("bookshelf"))) >= {"books", "notes"}


# Views


def test_view_data_is_the_data_alone(emulator, home):
    with Mount(emulator.url, home, ["view=data"]) as mount:
        assert read(mount.schema("recipes", "demo-draft.json")).decode() == DEMO_DRAFT_DATA
        assert tree(mount.schema("recipes")) == rendering.documents(
            emulator, "foodcrunch", "recipes", view=rendering.data)


def test_view_raw_is_the_answer_whole_and_read_only(emulator, home):
    with Mount(emulator.url, home, ["view=raw"]) as mount:
        for item in emulator.items("foodcrunch", "recipes"):
            path = mount.schema("recipes", item["id"] + ".json")
            seen = json.loads(read(path))
            assert seen == item and list(seen) == list(item)
            assert stat.S_IMODE(os.stat(path).st_mode) == 0o444


def test_published_shows_what_the_public_sees(emulator, home):
    with Mount(emulator.url, home, ["published"]) as mount:
        assert sorted(os.listdir(mount.schema("recipes"))) == [
            "demo-newdraft.json", "demo-published.json"]
        for name in ("demo-draft.json", "demo-archived.json", "demo-deleted.json"):
            with pytest.raises(FileNotFoundError):
                os.stat(mount.schema("recipes", name))
        newdraft = json.loads(read(mount.schema("recipes", "demo-newdraft.json")))
        assert newdraft["data"]["title"]["en"] == "Carrot cake"
        assert "newStatus" not in newdraft


def test_languages_keeps_only_these(emulator, home):
    with Mount(emulator.url, home, ["languages=de"]) as mount:
        seen = json.loads(read(mount.schema("recipes", "demo-published.json")))
        assert seen["data"]["title"] == {"de": "Apple pie (de)"}
        assert seen["data"]["servings"] == {"iv": 3}


def test_languages_takes_a_list(emulator, home):
    with Mount(emulator.url, home, ["languages=de,it"]) as mount:
        seen = json.loads(read(
            mount.schema("settings", "6aef7e5c-325e-47ce-a466-bfa7d1ed1b4e.json")))
        assert seen["data"]["motto"] == {"de": "Iss gut", "it": "Mangia bene"}


def test_flatten_takes_the_partition_away(emulator, home):
    with Mount(emulator.url, home, ["flatten"]) as mount:
        seen = json.loads(read(mount.schema("recipes", "demo-published.json")))
        assert seen["data"]["servings"] == 3
        assert seen["data"]["tags"] == ["demo", "n1"]
        assert list(seen["data"])[:3] == ["title", "description", "servings"]


@pytest.mark.parametrize("option", ["published", "languages=en", "flatten", "view=raw"])
def test_views_that_cannot_be_written_back_are_read_only(emulator, home, option):
    with Mount(emulator.url, home, [option]) as mount:
        path = mount.schema("recipes", "demo-published.json")
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o444
        for flags in (os.O_WRONLY, os.O_RDWR, os.O_WRONLY | os.O_TRUNC):
            with pytest.raises(OSError) as caught:
                os.close(os.open(path, flags))
            assert caught.value.errno == errno.EROFS


# Extended attributes


def test_extended_attributes_are_off_by_default(mounted):
    path = mounted.schema("recipes", "demo-draft.json")
    with pytest.raises(OSError) as caught:
        os.getxattr(path, "user.squidex.id")
    assert caught.value.errno in (errno.ENOTSUP, errno.EOPNOTSUPP)
    try:
        assert os.listxattr(path) == []
    except OSError as error:
        assert error.errno in (errno.ENOTSUP, errno.EOPNOTSUPP)


def test_extended_attributes_say_what_the_document_says(emulator, home):
    with Mount(emulator.url, home, ["xattr"]) as mount:
        path = mount.schema("recipes", "demo-newdraft.json")
        document = json.loads(read(path))
        expected = {
            "id": document["id"], "schema": "recipes", "status": document["status"],
            "new_status": document["newStatus"], "version": str(document["version"]),
            "created": document["created"], "created_by": document["createdBy"],
            "last_modified": document["lastModified"],
            "last_modified_by": document["lastModifiedBy"]}
        assert set(os.listxattr(path)) == {"user.squidex." + name for name in expected}
        for name, value in expected.items():
            assert os.getxattr(path, "user.squidex." + name).decode() == value
        with pytest.raises(OSError) as caught:
            os.getxattr(path, "user.squidex.nothing")
        assert caught.value.errno == errno.ENODATA
        plain = mount.schema("recipes", "demo-draft.json")
        assert "user.squidex.new_status" not in os.listxattr(plain)
        with pytest.raises(OSError) as caught:
            os.getxattr(plain, "user.squidex.new_status")
        assert caught.value.errno == errno.ENODATA


# Writes


WRITES = {
    "touch of a new name": "touch recipes/new.json",
    "shell >": "echo x > recipes/demo-published.json",
    "shell > of a new name": "echo x > recipes/new.json",
    "shell >>": "echo x >> recipes/demo-published.json",
    "rm": "rm -f recipes/demo-published.json",
    "mv": "mv -f recipes/demo-published.json recipes/other.json",
    "mkdir": "mkdir recipes/directory",
    "rmdir": "rmdir recipes",
    "ln": "ln recipes/demo-published.json recipes/link.json",
    "ln -s": "ln -s x recipes/link.json",
    "mknod": "mkfifo recipes/fifo",
    "truncate": "truncate -s 0 recipes/demo-published.json",
    "sed -i": "sed -i s/Apple/Fish/ recipes/demo-published.json",
    "mkdir of an app": "mkdir ../newapp",
    "rm in a control directory": "rm -f ../../.squidexfs/errors",
}


@pytest.mark.parametrize("options", [["published"], ["ro"]], ids=["view", "mount"])
def test_writes_are_refused(emulator, home, options):
    with Mount(emulator.url, home, options) as mount:
        before = tree(mount.schema("recipes"))
        emulator.forget()
        for what, line in WRITES.items():
            done = mount.account.run(["sh", "-c", line], cwd=mount.schema(), check=False)
            assert done.returncode != 0, what
            said = done.stderr.lower()
            assert b"read-only file system" in said, (what, done.stderr)
        sent = [entry for entry in emulator.log() if entry["method"] != "GET"]
        assert sent == []
        assert tree(mount.schema("recipes")) == before


@pytest.mark.parametrize("options", [["published"], ["ro"]], ids=["view", "mount"])
def test_writes_answer_erofs(emulator, home, options):
    with Mount(emulator.url, home, options) as mount:
        path = mount.schema("recipes", "demo-published.json")
        new = mount.schema("recipes", "new.json")
        calls = {
            "open for writing": lambda: os.open(path, os.O_WRONLY),
            "open for both": lambda: os.open(path, os.O_RDWR),
            "open and truncate": lambda: os.open(path, os.O_WRONLY | os.O_TRUNC),
            "open to append": lambda: os.open(path, os.O_WRONLY | os.O_APPEND),
            "create": lambda: os.open(new, os.O_WRONLY | os.O_CREAT, 0o644),
            "truncate": lambda: os.truncate(path, 0),
            "unlink": lambda: os.unlink(path),
            "rename": lambda: os.rename(path, new),
        }
        for what, call in calls.items():
            with pytest.raises(OSError) as caught:
                call()
            assert caught.value.errno == errno.EROFS, what


def test_minus_o_ro_is_the_kernel_s_read_only_mount(emulator, home):
    with Mount(emulator.url, home, ["ro"]) as mount:
        assert "ro" in find_mount(mount.point)["options"]
        assert os.statvfs(mount.point).f_flag & os.ST_RDONLY
        assert stat.S_IMODE(os.stat(mount.schema("recipes", "demo-draft.json")).st_mode) == 0o444
        assert read(mount.schema("recipes", "demo-draft.json")).decode() == DEMO_DRAFT


# Freshness


def test_a_change_on_the_server_is_seen_after_the_ttl(emulator, home):
    with Mount(emulator.url, home, ["cache_ttl=1"]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        listed = os.listdir(mount.schema("recipes"))
        assert "later.json" not in listed and b"Bread soup" in read(path)
        emulator.api("PATCH", "/api/content/foodcrunch/recipes/demo-draft",
                     {"title": {"en": "Onion soup"}})
        emulator.create("foodcrunch", "recipes", "later", {"title": {"en": "Later"}})

        def is_seen():
            """the change is seen, in size and bytes"""
            text = read(path)
            return (b"Onion soup" in text and len(text) == os.stat(path).st_size
                    and "later.json" in os.listdir(mount.schema("recipes")))

        until(is_seen, 10)
        emulator.api("DELETE", "/api/content/foodcrunch/recipes/later")
        until(lambda: "later.json" not in os.listdir(mount.schema("recipes")), 10, "it is gone")
        # The kernel hears of it when nobody reads the directory any more.
        until(lambda: not os.path.exists(mount.schema("recipes", "later.json")), 10,
              "its name is gone, too")


def test_what_was_deleted_before_the_mount_is_not_there(mounted):
    with pytest.raises(FileNotFoundError):
        os.stat(mounted.schema("recipes", "demo-deleted.json"))
    assert "demo-deleted.json" not in os.listdir(mounted.schema("recipes"))
