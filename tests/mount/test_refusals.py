"""
What is not taken: close says why in an errno, errors in a sentence, the text is kept, the server
is as it was; and the mended text is taken.
"""

import errno
import json
import os

import pytest

from deadline import until
from mount import Mount
from saving import changes, errors, item, kept, read, retitle, write

DRAFT = "recipes/demo-draft.json"


def changed(change):
    def make(document):
        change(document)
        return json.dumps(document)
    return make


def with_data(**fields):
    return changed(lambda document: document["data"].update(fields))


# What it is: the text, made of the document; words of the sentence; how many requests it costs.
REFUSED = {
    "no JSON": (lambda document: "{ oops", "not one JSON object", 0),
    "half a text": (lambda document: json.dumps(document)[:-9], "not one JSON object", 0),
    "two texts": (lambda document: json.dumps(document) * 2, "not one JSON object", 0),
    "a list": (lambda document: "[1]", "not an object", 0),
    "no data": (lambda document: json.dumps(document["data"]), 'no object "data"', 0),
    "data that are none": (changed(lambda document: document.update(data=[])),
                           'no object "data"', 0),
    "an unknown field": (with_data(colour={"iv": "red"}), "colour: Not a known field.", 1),
    "a wrong language": (changed(retitle("x", "xx")), "title.xx: Not a known language.", 1),
    "a language too many": (with_data(servings={"en": 1}), "servings", 1),
    "a number out of range": (with_data(servings={"iv": 500}), "Must be between 1 and 100", 1),
    "a required field gone": (changed(lambda document: document["data"].pop("title")),
                              "title", 1),
    "a missing reference": (with_data(author={"iv": ["nobody"]}),
                            "Reference 'nobody' not found", 1),
    "a status that there is not": (changed(lambda document: document.update(status="Nope")),
                                   "Cannot change status from Draft to Nope", 1),
    "an order to the server": (with_data(servings={"iv": {"$update": "$self + 1"}}),
                               "-o allow_expressions", 0),
    "an order of a whole field": (with_data(servings={"$unset": True}),
                                  "-o allow_expressions", 0),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_is_kept_and_the_mended_text_saves(emulator, home, mounted, what):
    make, words, n_requests = REFUSED[what]
    path = mounted.schema(DRAFT)
    before = item(emulator, "recipes", "demo-draft")
    emulator.forget()
    document = json.loads(read(path))
    text = make(json.loads(read(path)))
    with pytest.raises(OSError) as caught:
        write(path, text)
    assert caught.value.errno == errno.EINVAL
    told = errors(mounted)
    assert [(entry["operation"], entry["errno"]) for entry in told] == [("close", "EINVAL")]
    assert words in told[0]["message"]
    assert "unsaved/foodcrunch/recipes/demo-draft.json" in told[0]["message"]
    assert kept(home)[DRAFT] == text
    assert words in kept(home)[DRAFT + ".reason"]
    assert len(changes(emulator)) == n_requests
    assert item(emulator, "recipes", "demo-draft") == before
    assert json.loads(read(path)) == document

    retitle("Mended")(document)
    write(path, document)
    assert item(emulator, "recipes", "demo-draft")["data"]["title"]["en"] == "Mended"
    assert kept(home)[DRAFT] == text


def test_a_text_that_is_whole_at_the_last_close_saves(emulator, home, mounted):
    """As `{ cat a; cat b; } > f`: the first child's exit flushes half a text."""
    path = mounted.schema(DRAFT)
    document = json.loads(read(path))
    retitle("In two parts")(document)
    text = json.dumps(document)
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(text[:50])
        stream.flush()
        with pytest.raises(OSError) as caught:
            os.close(os.dup(stream.fileno()))
        assert caught.value.errno == errno.EINVAL
        assert changes(emulator) == []
        stream.write(text[50:])
    assert changes(emulator) == [("PATCH", "recipes/demo-draft")]
    assert kept(home) == {}


def test_an_id_of_another_schema_is_taken(emulator, home, mounted):
    path = mounted.schema("recipes", "author-1.json")
    text = '{"data": {"title": {"en": "Soup"}}}'
    with pytest.raises(OSError) as caught:
        write(path, text)
    assert caught.value.errno == errno.EEXIST
    assert changes(emulator) == [("POST", "recipes?id=author-1")]
    assert kept(home)["recipes/author-1.json"] == text
    until(lambda: not os.path.exists(path), 10, "the name goes with its writer")
    write(mounted.schema("recipes", "soup.json"), text)
    assert item(emulator, "recipes", "soup")["status"] == "Draft"


def test_a_new_name_that_somebody_else_took_is_not_overwritten(emulator, home):
    with Mount(emulator.url, home, ["cache_ttl=1h"]) as mount:
        os.listdir(mount.schema("recipes"))
        emulator.create("foodcrunch", "recipes", "soup", {"title": {"en": "Theirs"}})
        with pytest.raises(OSError) as caught:
            write(mount.schema("recipes", "soup.json"), '{"data": {"title": {"en": "Mine"}}}')
        assert caught.value.errno == errno.EEXIST
        assert item(emulator, "recipes", "soup")["data"]["title"]["en"] == "Theirs"
        assert "Mine" in kept(home)["recipes/soup.json"]


def test_a_new_name_that_was_taken_while_it_was_written_is_not_overwritten(emulator, home):
    """Nor where the mount has heard of the other item by then."""
    with Mount(emulator.url, home) as mount, pytest.raises(OSError) as caught:
        os.listdir(mount.schema("recipes"))
        with open(mount.schema("recipes", "soup.json"), "x", encoding="utf-8") as stream:
            emulator.create("foodcrunch", "recipes", "soup", {"title": {"en": "Theirs"}})
            write(mount.path(".squidexfs", "refresh"), "recipes\n")
            os.listdir(mount.schema("recipes"))
            stream.write('{"data": {"title": {"en": "Mine"}}}')
    assert caught.value.errno == errno.EEXIST
    assert item(emulator, "recipes", "soup")["data"]["title"]["en"] == "Theirs"
    assert "Mine" in kept(home)["recipes/soup.json"]


def test_an_id_over_255_characters_is_refused_at_once(emulator, mounted):
    for length, suffix in ((251, ".json"), (256, ""), (1000, ".json")):
        with pytest.raises(OSError) as caught:
            write(mounted.schema("recipes", "a" * length + suffix), "{}")
        assert caught.value.errno == errno.ENAMETOOLONG
    assert changes(emulator) == []
    write(mounted.schema("recipes", "a" * 250 + ".json"), '{"data": {"title": {"en": "Long"}}}')
    assert item(emulator, "recipes", "a" * 250)["data"]["title"]["en"] == "Long"


def check_refused(mount, home, number, text, words):
    """What close answered is told, with where the text is, and why."""
    told = errors(mount)[-1]
    assert (told["operation"], told["errno"]) == ("close", errno.errorcode[number])
    assert words in told["message"]
    assert "unsaved/foodcrunch/recipes/demo-draft.json" in told["message"]
    assert kept(home)[DRAFT] == text
    assert words in kept(home)[DRAFT + ".reason"]


def refuse(path, text, number):
    with pytest.raises(OSError) as caught:
        write(path, text)
    assert caught.value.errno == number


@pytest.mark.parametrize("change", [None, retitle("New")], ids=["alone", "with data"])
def test_a_status_that_the_workflow_refuses(emulator, home, mounted, change):
    """An archived item's data may not be changed at all, so it is a draft again first."""
    path = mounted.schema("recipes", "demo-archived.json")
    before = item(emulator, "recipes", "demo-archived")
    emulator.forget()
    document = json.loads(read(path))
    document["status"] = "Published"
    if change:
        change(document)
    refuse(path, document, errno.EINVAL)
    told = errors(mounted)[-1]
    assert told["errno"] == "EINVAL" and "Archived" in told["message"]
    assert "unsaved/foodcrunch/recipes/demo-archived.json" in told["message"]
    assert json.loads(kept(home)["recipes/demo-archived.json"]) == document
    assert "Archived" in kept(home)["recipes/demo-archived.json.reason"]
    assert item(emulator, "recipes", "demo-archived") == before
    assert json.loads(read(path))["status"] == "Archived"

    document = json.loads(read(path))
    document["status"] = "Draft"
    write(path, document)
    assert item(emulator, "recipes", "demo-archived")["status"] == "Draft"


def test_a_deleted_item_is_not_revived_by_a_change(emulator, home):
    with Mount(emulator.url, home, ["cache_ttl=1h"]) as mount:
        path = mount.schema(DRAFT)
        document = json.loads(read(path))
        emulator.api("DELETE", "/api/content/foodcrunch/recipes/demo-draft")
        deleted = item(emulator, "recipes", "demo-draft")
        retitle("Too late")(document)
        text = json.dumps(document)
        refuse(path, text, errno.ENOENT)
        check_refused(mount, home, errno.ENOENT, text, "demo-draft")
        assert item(emulator, "recipes", "demo-draft") == deleted and deleted["isDeleted"]
        assert not os.path.exists(path)
        assert "demo-draft.json" not in os.listdir(mount.schema("recipes"))

        # Who copies it back says that it shall be there.
        write(path, text)
        revived = item(emulator, "recipes", "demo-draft")
        assert not revived["isDeleted"] and revived["data"] == document["data"]
        assert kept(home) == {}


def test_a_conflict_has_theirs_beside_and_is_accepted_by_its_version(emulator, home):
    with Mount(emulator.url, home, ["cache_ttl=1h"]) as mount:
        path = mount.schema(DRAFT)
        document = json.loads(read(path))
        emulator.api("PATCH", "/api/content/foodcrunch/recipes/demo-draft",
                     {"title": {"de": "Anders"}})
        before = item(emulator, "recipes", "demo-draft")
        retitle("Mine")(document)
        text = json.dumps(document)
        refuse(path, text, errno.ESTALE)
        check_refused(mount, home, errno.ESTALE, text, "version")
        assert item(emulator, "recipes", "demo-draft") == before
        theirs = json.loads(kept(home)[DRAFT + ".theirs"])
        assert theirs["data"]["title"]["de"] == "Anders"
        assert json.loads(read(path)) == theirs

        document["version"] = theirs["version"]
        document["data"]["title"]["de"] = "Meins"
        write(path, document)
        assert item(emulator, "recipes", "demo-draft")["data"]["title"] == {
            "de": "Meins", "en": "Mine"}


@pytest.mark.parametrize("name", ["demo-draft.json", "new.json"])
def test_who_may_not_write_is_refused(emulator, their_home, account, name):
    """At open, where the file's mode says so; root may open everything, and is told at close."""
    with Mount(emulator.url, their_home, client="reader") as mount:
        text = account.run(["cat", mount.schema(DRAFT)]).stdout.decode()
        before = item(emulator, "recipes", "demo-draft")
        emulator.forget()
        source = their_home.file("changed.json", text.replace("Bread", "Onion"))
        done = account.run(["cp", source, mount.schema("recipes", name)], check=False)
        assert done.returncode != 0 and b"Permission denied" in done.stderr, done
        is_told_at_open = not account.is_self and name == "demo-draft.json"
        assert len(changes(emulator)) == (0 if is_told_at_open else 1)
        assert item(emulator, "recipes", "demo-draft") == before
        assert account.run(["cat", mount.schema(DRAFT)]).stdout.decode() == text
        if not is_told_at_open:
            assert "Onion" in kept(their_home)["recipes/" + name]
            told = json.loads(account.run(["tail", "-n", "1", mount.path(".squidexfs", "errors")]).stdout)
            assert (told["operation"], told["errno"]) == ("close", "EACCES")
            assert "unsaved/foodcrunch/recipes/" + name in told["message"]
            assert kept(their_home)["recipes/" + name + ".reason"]
    with Mount(emulator.url, their_home) as mount:
        assert account.run(["cp", source, mount.schema("recipes", name)], check=False).returncode == 0
        id = name[:-len(".json")]
        assert "Onion soup" in item(emulator, "recipes", id)["data"]["title"]["en"]
