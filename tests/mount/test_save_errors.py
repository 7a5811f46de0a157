"""Every row of the errno table that a change can reach: the errno, the reason, the text."""

import errno
import json
import re

import pytest

from mount import Mount
from saving import errors, kept, retitle, read, soup, write

RECIPES = "/api/content/foodcrunch/recipes"
DRAFT = RECIPES + "/demo-draft"
MESSAGE = "The oven is on fire – 火."
TRACE_ID = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]")

# The server's answer: the errno of a change, and of a creation where that is another.
ROWS = {
    400: (errno.EINVAL,),
    401: (errno.EACCES,),
    403: (errno.EACCES,),
    404: (errno.ENOENT,),
    405: (errno.EOPNOTSUPP,),
    409: (errno.EBUSY, errno.EEXIST),
    410: (errno.ENOENT,),
    412: (errno.ESTALE,),
    413: (errno.EFBIG,),
    414: (errno.ENAMETOOLONG,),
    415: (errno.EINVAL,),
    422: (errno.EINVAL,),
    429: (errno.EBUSY,),
    500: (errno.EIO,),
    503: (errno.EIO,),
    408: (errno.ETIMEDOUT,),
}


def refused(path, text):
    with pytest.raises(OSError) as caught:
        write(path, text)
    return caught.value.errno


def check_told(mount, name, status, number):
    """In the errors, with all that the server has said."""
    told = [entry for entry in errors(mount) if entry["operation"] == "close"][-1]
    assert told["path"] == f"/apps/foodcrunch/recipes/{name}.json"
    assert (getattr(errno, told["errno"]), told["status"]) == (number, status)
    assert MESSAGE in told["message"]
    assert TRACE_ID.fullmatch(told["traceId"])


def check_kept(home, name, text):
    assert kept(home)[f"recipes/{name}.json"] == text
    assert MESSAGE in kept(home)[f"recipes/{name}.json.reason"]


@pytest.mark.parametrize("status", list(ROWS))
def test_status_to_errno(emulator, home, status):
    with Mount(emulator.url, home, ["cache_ttl=1h", "timeout=10"]) as mount:
        path = mount.schema("recipes", "demo-draft.json")
        before = read(path)
        document = json.loads(before)
        retitle("Refused")(document)
        text = json.dumps(document)
        emulator.fault("PATCH", DRAFT, status=status, count=-1, message=MESSAGE)
        emulator.fault("POST", RECIPES, status=status, count=-1, message=MESSAGE)

        assert refused(path, text) == ROWS[status][0]
        check_told(mount, "demo-draft", status, ROWS[status][0])
        check_kept(home, "demo-draft", text)
        if status == 401:
            # No token is tried again for a while.
            return

        assert refused(mount.schema("recipes", "new.json"), soup("Refused")) == ROWS[status][-1]
        check_told(mount, "new", status, ROWS[status][-1])
        check_kept(home, "new", soup("Refused"))
        assert read(path) == before
