"""The calls between the transcripts that were not recorded.

BEFORE and AFTER map the name of a transcript to the function that brings the
server to the state in which the recording was made, and back.
"""

import time

LAST_ID_OF_ALL = "ffffffff-ffff-4fff-bfff-ffffffffffff"
NEWEST_GENERATED = "recipe-009801"
GENERATED = [f"recipe-{i:06d}" for i in range(1, 251)]
RECIPES = "/api/content/foodcrunch/recipes"


def hide_pie(emulator):
    """29 asked for "pie" before the text index of the server had seen the seed."""
    emulator.call("PUT", f"{RECIPES}/demo-published", {"title": {"en": "Apple"}})


def restore_seed(emulator):
    """Undoes hide_pie(): nothing before 29 has changed anything else."""
    answer = emulator.send("POST", "/_emulator/reset")
    assert answer.status in (200, 204), answer.body
    emulator.tokens.clear()


def sort_made_ids(emulator):
    """Of the two ids that the recorded server had made, the imported item's sorted first."""
    wanted = "$filter=data/title/en%20eq%20'Wire%20auto%20id'"
    for item in emulator.call("GET", f"{RECIPES}?{wanted}")["items"]:
        emulator.call("DELETE", f"{RECIPES}/{item['id']}?permanent=true")
        data = {"title": {"en": "Wire auto id"}}
        emulator.call("POST", f"{RECIPES}?id={LAST_ID_OF_ALL}&status=Published", data)


def renew_generated(emulator):
    """The recorded server had got its generated recipes last; here they are there from the start."""
    time.sleep(1.02 - time.time() % 1)  # well into the next second, which only this item has
    emulator.call("DELETE", f"{RECIPES}/{NEWEST_GENERATED}?permanent=true")
    data = {"title": {"en": NEWEST_GENERATED}}
    emulator.call("POST", f"{RECIPES}?id={NEWEST_GENERATED}&status=Published", data)
    # They refer to author-2, so that 239 could delete it on the recorded server alone.
    emulator.call("DELETE", "/api/content/foodcrunch/authors/author-2")


def rename_author(emulator):
    """151 is a GraphQL mutation, which is left out; later versions count it."""
    emulator.call("PATCH", "/api/content/foodcrunch/authors/author-1", {"name": {"iv": "Ada L"}})


def use_up_quota(emulator):
    """A client "limited" with a quota of 5 calls had been made, and had made them."""
    for _ in range(5):
        emulator.call("GET", "/api/content/foodcrunch/authors/author-3", client="limited")


def publish_generated(emulator):
    """The recorded server had its first generated recipes published at once."""
    deletions = [{"type": "Delete", "id": i, "permanent": True} for i in GENERATED]
    creations = [
        {"type": "Create", "id": i, "status": "Published", "data": {"title": {"en": i}}}
        for i in GENERATED
    ]
    emulator.call("POST", f"{RECIPES}/bulk", {"jobs": deletions})
    results = emulator.call("POST", f"{RECIPES}/bulk", {"jobs": creations})
    assert all("error" not in result for result in results), results


def push_and_delete(emulator):
    """While the WebSocket of 320 was open, push-1 was created and deleted."""
    emulator.call("POST", f"{RECIPES}?id=push-1&status=Published", {"title": {"en": "Pushed"}})
    emulator.call("DELETE", f"{RECIPES}/push-1")


def forget_push(emulator):
    """313 was recorded while the WebSocket of 320 was open, so push-1 is there by now."""
    emulator.call("DELETE", f"{RECIPES}/push-1?permanent=true")


def make_blog(emulator):
    """A schema whose field "secret" is hidden while a PUT and a PATCH are made."""
    fields = [{"name": name, "properties": {"fieldType": "String"}} for name in ("title", "secret")]
    schema = {"name": "my-blog", "isPublished": True, "fields": fields}
    emulator.call("POST", "/api/apps/foodcrunch/schemas", schema)
    blog = "/api/content/foodcrunch/my-blog"
    for item in ("hid-2", "hid-3"):
        data = {"title": {"iv": "T"}, "secret": {"iv": "S" + item[-1]}}
        emulator.call("POST", f"{blog}?id={item}", data)
    emulator.call("PUT", "/api/apps/foodcrunch/schemas/my-blog/fields/2/hide")
    emulator.call("PUT", f"{blog}/hid-2", {"title": {"iv": "T2"}})
    emulator.call("PATCH", f"{blog}/hid-3", {"title": {"iv": "T2"}})
    emulator.call("PUT", "/api/apps/foodcrunch/schemas/my-blog/fields/2/show")


def make_one(emulator):
    """358 deletes one-1, which is at version 1."""
    emulator.call("POST", f"{RECIPES}?id=one-1&status=Published", {"title": {"en": "One"}})


BEFORE = {
    "29-list-search-200.txt": hide_pie,
    "160-schema-create-conflict-400.txt": rename_author,
    "305-rate-limited-429.txt": use_up_quota,
    "306-graphql-two-pages-200.txt": sort_made_ids,
    "308-graphql-freshness-all-schemas-200.txt": renew_generated,
    "312-query-ids-uncapped-metadata-200.txt": publish_generated,
    "313-query-trash-200.txt": push_and_delete,
    "320-websocket-subscription.txt": forget_push,
    "347-put-hidden-erases-200.txt": make_blog,
    "358-delete-stale-412.txt": make_one,
}

AFTER = {
    "29-list-search-200.txt": restore_seed,
}
