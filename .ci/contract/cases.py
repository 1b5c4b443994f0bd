"""Gives schemathesis's cases what no schema can say: ids of things that are there, moments that lie ahead, fields that go
together. What the contract does say is left as it was made up."""

import itertools
import json
import os
import re
import uuid
from datetime import datetime, timedelta, timezone

import schemathesis
from team import ask, fingerprint

TEAM = json.loads(os.environ["KEYDECK_CONTRACT_TEAM"])
THERE, ROLE, URL, KEY = TEAM["there"], TEAM["role"], TEAM["url"], TEAM["key"]
COUNT = itertools.count()


def moment(**later):
    return (datetime.now(timezone.utc) + timedelta(**later)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def of_mine(kind):
    """Things of a kind, the caller's own first."""
    return sorted(THERE[kind], key=lambda thing: thing["owner"] != ROLE) or [None]


def spent(kind, things):
    """The first of these, which is left out from then on as long as there are others."""
    if len(things) > 1:
        THERE[kind] = [other for other in THERE[kind] if other["id"] != things[0]["id"]]
    return things[0]


def path_ids(case, at):
    """An id of something that is there, three times of four."""
    path, ids = case.operation.path, case.path_parameters
    if path.startswith("/collections/"):
        # Without a key's value this is a refusal in any case.
        kept = [key for key in THERE["collections"] if not key["spare"]]
        case.query["access_key"] = kept[0]["value"]
    if ids.get("id") == TEAM["keyId"] and case.method != "GET":
        # It was read in an answer, and is needed for the next case.
        ids["id"] = "nobody's"
    if path.startswith("/users/"):
        # A small number is somebody's, perhaps the caller's own.
        ids["id"] = 10**12 + at
    if at % 4 == 3:
        return None
    if path.startswith("/api-keys/"):
        spend = case.method == "DELETE" or path.endswith("/regenerate")
        keys = of_mine("spares" if spend else "apiKeys")
        ids["id"] = (spent("spares", keys) if case.method == "DELETE" else keys[at % len(keys)])["id"]
    elif path.startswith("/users/"):
        kind = "services" if at % 2 else "users"
        ids["id"] = THERE[kind][0]
        return kind
    elif path.startswith("/detected-secrets/"):
        finding = THERE["findings"][at % len(THERE["findings"])]
        ids["id"] = finding["id"]
        if path.endswith("/locations"):
            case.query["workspaceId"] = finding["workspace"]
        else:
            case.body["workspaceId"] = finding["workspace"]
    elif path.startswith("/collection-access-keys/"):
        spare = [key for key in of_mine("collections") if key["spare"]]
        ids["id"] = spent("collections", spare)["id"]
    elif path.startswith("/collections/"):
        ids["id"] = kept[0]["uid"]
    elif path.startswith("/acts/") and THERE.get("act"):
        ids["id"] = THERE["act"]
    return None


def query(case):
    case.query.update(whole(case.query))
    # Only an answer can say where the next page begins.
    case.query.pop("cursor", None)
    for name in ["since", "until"]:
        # A moment is not before 1970, which no format says.
        if "T" in case.query.get(name, "") and case.query[name] < "1970":
            case.query[name] = moment(days=-5)
    if {"since", "until"} <= case.query.keys():
        case.query["since"], case.query["until"] = sorted([case.query["since"], case.query["until"]])


def of_key(body, at):
    if body.get("expiresAt"):
        # It may only be brought forward, so every next one is earlier, and earlier than what the shortest rule would make it.
        body["expiresAt"] = moment(hours=20, seconds=-at)
    if body.get("status") == "disabled" and body.get("disabledUntil"):
        body["disabledUntil"] = moment(days=3)
    else:
        body.pop("disabledUntil", None)


def of_user(body, kind):
    if kind == "services":
        body.pop("roles", None)
        if not body.get("contacts"):
            body.pop("contacts", None)
    else:
        body.pop("contacts", None)


# What nobody sees beyond the first plane: its ranges in a pattern are not the same to every reader of regular expressions.
UNSEEN = re.compile("[\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff\U000f0000-\U0010ffff]")


def whole(value):
    """Numbers that are whole, written as such: JSON Schema takes 1.0 for one, and nobody writes it. Texts are such as can be
    seen."""
    if isinstance(value, dict):
        return {name: whole(one) for name, one in value.items()}
    if isinstance(value, list):
        return [whole(one) for one in value]
    if isinstance(value, str):
        # Python's $ stands before a last line end too.
        return re.sub("\n$", "x", UNSEEN.sub("x", value))
    return int(value) if isinstance(value, float) and value.is_integer() else value


def of_report(body, at):
    if body.get("value"):
        body["value"] = f"of case {at}: {body['value']}"[:4000]
    if body["source"] == "workspace":
        body["workspaceId"] = body.get("workspaceId") or "w-1"
    else:
        body.pop("workspaceId", None)
    if body.get("detectedAt"):
        body["detectedAt"] = moment(days=-1)


def of_revocations(body):
    if body.get("ids"):
        body["ids"] = [named if named != TEAM["keyId"] else "nobody's" for named in body["ids"]]
    if body.get("all"):
        # The key that asks is needed for the next case, and so are those that are to be changed in it.
        kept = [key["id"] for kind in ["apiKeys", "spares"] for key in THERE[kind]]
        body["except"] = [*(body.get("except") or []), TEAM["keyId"], *kept]


def of_search(body):
    if body.get("secretTypes"):
        body["secretTypes"] = THERE["secretTypes"][: len(body["secretTypes"])]
    if body.get("resources") is not None:
        body.pop("workspaceIds", None)


@schemathesis.hook
def before_call(context, case, kwargs):
    at = next(COUNT)
    for part in ["headers", "query", "path_parameters"]:
        if getattr(case, part) is None:
            setattr(case, part, {})
    # The key is sent one way, not both.
    case.headers.pop("Authorization", None)
    if "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
    query(case)
    kind = path_ids(case, at)
    path = case.operation.path
    if not isinstance(case.body, dict):
        return
    body = case.body = whole(case.body)
    # Nobody is to be locked out, who could go on?
    body.pop("allowLockout", None)
    if path.startswith("/api-keys/"):
        of_key(body, at)
        # Narrowed once, it cannot be widened.
        body.pop("access", None)
    elif path == "/api-keys":
        of_key(body, 0)
        if body.get("secretHash"):
            body["secretHash"] = fingerprint(f"{os.getpid()} {at}")
    elif path.startswith("/users/"):
        of_user(body, kind)
    elif path == "/detected-secrets":
        of_report(body, at)
    elif path == "/api-key-revocations":
        of_revocations(body)
    elif path == "/detected-secrets-queries":
        of_search(body)
    elif path == "/api-key-settings":
        _, settings = ask(URL, KEY, "GET", "/api-key-settings")
        body["version"] = settings.get("version", 1)
