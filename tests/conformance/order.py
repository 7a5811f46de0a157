"""The order of lists, where it depends on when and by which server they were made."""

import re
import urllib.parse

from compare import Difference


def is_default_order(request):
    """Whether a list request leaves the order to the server: newest first."""
    text = urllib.parse.unquote(request.target) + (request.body or "")
    return not re.search(r"orderby|\"sort\"|\bids\b", text)


def check_default_order(items):
    """Newest first, those of the same second by id."""
    keys = [(item["lastModified"], item["id"]) for item in items]
    by_id = sorted(keys, key=lambda key: key[1].encode("utf-8"))
    wanted = sorted(by_id, key=lambda key: key[0], reverse=True)
    if keys != wanted:
        raise Difference(f"not newest first, then by id: {keys}")


def by_id(items, name):
    """Items sorted by what name(id) gives."""
    return sorted(items, key=lambda item: name(item["id"]))


def made_last(items, is_made, name):
    """Items with the ids that a server made moved to the end, sorted."""
    given = [item for item in items if not is_made(item["id"])]
    made = [item for item in items if is_made(item["id"])]
    return given + by_id(made, name)
