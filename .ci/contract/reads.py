"""Reads every answer of a throw-away server with a client that openapi-python-client made of its contract: what was read says
the same as what was sent, field by field."""

import importlib
import json
import pkgutil
import subprocess
import sys
import tempfile
from pathlib import Path

from team import fingerprint, served

CLIENT = "keydeck_management_api_client"


def made(contract, folder):
    """Has the client made, without any part of the contract passed over."""
    command = [Path(sys.executable).with_name("openapi-python-client"), "generate", "--meta", "none"]
    command += ["--path", contract, "--output-path", Path(folder, CLIENT), "--fail-on-warning"]
    done = subprocess.run(command, capture_output=True, text=True, env={"PATH": str(Path(sys.executable).parent)})
    if done.returncode != 0:
        raise SystemExit(done.stdout + done.stderr)
    sys.path.insert(0, folder)
    package = importlib.import_module(f"{CLIENT}.api")
    modules = pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    return {name.rsplit(".", 1)[1]: importlib.import_module(name) for _, name, whole in modules if not whole}


def same(read, sent):
    """Whether what was read says what was sent. A moment may be written in another form."""
    if isinstance(sent, dict):
        return isinstance(read, dict) and all(same(read.get(name), value) for name, value in sent.items())
    if isinstance(sent, list):
        return isinstance(read, list) and len(read) == len(sent) and all(map(same, read, sent))
    if isinstance(sent, str) and isinstance(read, str):
        return read == sent or read.replace("+00:00", "") == sent.rstrip("Z").removesuffix(".000") or read[:19] == sent[:19]
    return read == sent


def as_json(read):
    if isinstance(read, list):
        return [as_json(one) for one in read]
    return read.to_dict() if hasattr(read, "to_dict") else read


class Reader:
    def __init__(self, operations, team):
        self.operations, self.team, self.left = operations, team, set(operations)
        self.client = importlib.import_module(CLIENT)
        self.models = importlib.import_module(f"{CLIENT}.models")

    def client_of(self, role):
        key = self.team.keys[role]
        return self.client.AuthenticatedClient(base_url=self.team.url, token=key, prefix="", auth_header_name="X-Api-Key")

    def read(self, name, *path, body=None, role="superadmin", status=200, **rest):
        """Asks, and holds what was read against what was sent."""
        if body is not None:
            kind, said = body
            rest["body"] = getattr(self.models, kind).from_dict(said)
        answer = self.operations[name].sync_detailed(*path, client=self.client_of(role), **rest)
        self.left.discard(name)
        if answer.status_code != status:
            raise SystemExit(f"{name}: {answer.status_code} instead of {status}: {answer.content[:500]}")
        if status == 204:
            return None
        if answer.parsed is None:
            raise SystemExit(f"{name}: the answer could not be read: {answer.content[:500]}")
        read, sent = as_json(answer.parsed), json.loads(answer.content)
        if not same(read, sent):
            raise SystemExit(f"{name}: read as\n{json.dumps(read)}\ninstead of\n{json.dumps(sent)}")
        return sent


def every(reader, team):
    """Asks for everything that the contract has."""
    read, there = reader.read, team.there
    key, collection, finding = there["apiKeys"][0], there["collections"][0], there["findings"][0]
    read("get_health"), read("get_readiness"), read("get_contract")
    for role in team.keys:
        read("get_authenticated_user", role=role)
    read("get_team_users"), read("get_team_user", team.people["admin"])
    person = {"name": "Ben", "email": "ben@acme.example", "roles": ["user"]}
    ben = read("create_user", body=("NewPerson", person), status=201)
    read("create_user", body=("NewService", {"name": "s", "kind": "service", "contacts": ["a@b.example"]}), status=201)
    read("update_user", ben["id"], body=("UserPatch", {"active": False}))
    for scope in ["mine", "team"]:
        read("get_api_keys", scope=importlib.import_module(f"{CLIENT}.models").GetApiKeysScope(scope), limit=1000)
    made = read("create_api_key", body=("ServerMintedApiKey", {"name": "by the server"}), status=201)
    minted = {"name": "by the client", "secretHash": fingerprint("x"), "maskedValue": "kdk_…abcd"}
    read("create_api_key", body=("ClientMintedApiKey", minted), status=201)
    mine = made["apiKey"]["id"]
    read("get_api_key", mine), read("get_refused_uses", key["id"])
    read("regenerate_api_key", mine, body=("ServerMintedValue", {"overlapSeconds": 60}))
    read("update_api_key", mine, body=("KeyPatch", {"status": "disabled", "note": "for now"}))
    read("verify_api_keys", body=("Verification", {"sha256": key["hash"]}))
    read("verify_api_keys", body=("Verification", {"sha256": [key["hash"], fingerprint("nobody's")]}))
    read("look_up_api_keys", body=("LookupByHashes", {"sha256": [key["hash"], fingerprint("nobody's")]}))
    read("look_up_api_keys", body=("LookupByIds", {"ids": [key["id"], collection["id"], "nobody's"]}))
    read("revoke_api_keys", body=("RevocationsByIds", {"ids": [there["spares"][0]["id"], "nobody's"]}))
    settings = read("get_api_key_settings")
    change = {"version": settings["version"], "maxAgeDays": 365, "spreadDays": 5}
    read("preview_api_key_settings", body=("SettingsChange", change))
    read("update_api_key_settings", body=("SettingsChange", change))
    read("get_collection_access_keys")
    # The first of these was never used: its `lastUsedAt` is the empty string.
    read("get_collection", collection["uid"], access_key=collection["value"])
    read("get_collection_access_keys", role="user")
    new = {"collectionId": "1-c"}
    new = read("create_collection_access_key", body=("NewCollectionAccessKey", new), status=201)
    read("delete_collection_access_key", new["collectionAccessKey"]["id"], status=204)
    read("delete_api_key", mine, status=204)
    read("get_secret_types")
    read("detected_secrets_queries", include=reader.models.DetectedSecretsQueriesInclude("meta.total"))
    by_resource = {"resources": [{"type": "collection"}]}
    read("detected_secrets_queries", body=("DetectedSecretsQuery", by_resource))
    report = {"secretHash": key["hash"], "secretType": "keydeck API Key", "source": "github", "url": "https://a.example"}
    found = read("report_detected_secret", body=("SecretReportByHash", report), status=201)
    read("report_detected_secret", body=("SecretReportByHash", report), status=200, role="scanner")
    said = {"resolution": "REVOKED", "workspaceId": "github", "note": "rotated"}
    read("update_detected_secret_resolutions", found["secretId"], body=("Resolve", said))
    read("get_detected_secrets_locations", found["secretId"], workspace_id="github")
    page = read("get_audit_logs", limit=5)
    read("get_audit_logs", limit=1000)
    read("get_audit_logs", limit=5, cursor=page["nextCursor"])
    read("get_audit_log_event_actions"), read("get_notifications")
    # Refusals are read as well.
    read("get_api_key", "nobody's", status=404), read("get_audit_logs", role="user", status=403)
    read("get_audit_logs", cursor="damaged", status=400)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, served() as team:
        operations = made(sys.argv[1], folder)
        every(Reader(operations, team.fill()), team)
