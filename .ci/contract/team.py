"""A throw-away server with a small team on it: one key of every role, and something of everything there is."""

import hashlib
import json
import os
import subprocess
import tempfile
import urllib.error
import urllib.request
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path

KEYDECK = os.environ["KEYDECK"]
ROLES = ["superadmin", "admin", "user", "scanner", "verifier"]


def ask(url, key, method, path, body=None, headers=None):
    """Sends a request; gives the status and the body."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"X-Api-Key": key, "Content-Type": "application/json", **(headers or {})}
    request = urllib.request.Request(url + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            text, status = answer.read(), answer.status
    except urllib.error.HTTPError as refusal:
        text, status = refusal.read(), refusal.code
    return status, json.loads(text) if text else None


def fingerprint(text):
    return hashlib.sha256(text.encode()).hexdigest()


class Team:
    """A server's address, the keys of its people by role, and what is there by kind."""

    def __init__(self, url, key):
        self.url = url
        self.keys = {"superadmin": key}
        self.people = {}
        self.there = {"apiKeys": [], "spares": [], "users": [], "services": [], "findings": [], "collections": []}

    def ask(self, method, path, body=None, role="superadmin", want=None, headers=None):
        status, answer = ask(self.url, self.keys[role], method, path, body, headers)
        if want is not None and status != want:
            raise SystemExit(f"{method} {path}: {status} instead of {want}: {answer}")
        return answer

    def fill(self):
        """Makes something of everything."""
        for role in ROLES:
            if role == "superadmin":
                who = self.ask("GET", "/me", want=200)["user"]
            else:
                person = {"name": f"A {role}", "email": f"{role}@acme.example", "roles": [role]}
                who = self.ask("POST", "/users", person, want=201)
                self.keys[role] = who["value"]
            self.people[role] = who["id"]
        leaver = {"name": "Leaver", "email": "leaver@acme.example", "roles": ["user"]}
        self.there["users"].append(self.ask("POST", "/users", leaver, want=201)["id"])
        service = {"name": "shop-gateway", "kind": "service", "contacts": ["ops@acme.example"]}
        self.there["services"].append(self.ask("POST", "/users", service, want=201)["id"])
        for role in ["superadmin", "admin", "user"]:
            for at in range(12):
                made = self.ask("POST", "/api-keys", {"name": f"{role} {at}"}, role=role, want=201)
                kept = "spares" if at > 3 else "apiKeys"
                self.there[kept].append({"id": made["apiKey"]["id"], "owner": role, "hash": made["apiKey"]["secretHash"]})
            for at in range(4):
                said = {"collectionId": f"{self.people[role]}-c{at}", "collectionName": "Shipments"}
                made = self.ask("POST", "/collection-access-keys", said, role=role, want=201)
                key = made["collectionAccessKey"]
                self.there["collections"].append(
                    {"id": key["id"], "uid": key["collectionId"], "value": made["value"], "owner": role, "spare": at > 0}
                )
        # One that is disabled and used all the same, one that is revoked.
        first, second = self.there["apiKeys"][:2]
        self.ask("PATCH", f"/api-keys/{first['id']}", {"status": "disabled"}, want=200)
        self.ask("POST", "/api-key-verifications", {"sha256": first["hash"]}, role="verifier", want=200)
        self.ask("POST", "/api-key-revocations", {"ids": [second["id"]]}, want=200)
        for at, source in enumerate(["workspace", "github", "local"]):
            report = {
                "secretHash": fingerprint(f"found {at}"),
                "secretType": "Postman API Key",
                "source": source,
                "url": f"https://acme.example/{at}",
                "workspaceId": "w-1" if source == "workspace" else source,
            }
            found = self.ask("POST", "/detected-secrets", report, role="scanner", want=201)
            self.there["findings"].append({"id": found["secretId"], "workspace": found["workspaceId"]})
        finding = self.there["findings"][0]
        said = {"resolution": "ACCEPTED_RISK", "workspaceId": finding["workspace"], "note": "of a test"}
        self.ask("PUT", f"/detected-secrets/{finding['id']}", said, role="admin", want=200)
        soon = datetime.now(timezone.utc) + timedelta(days=2)
        self.ask("POST", "/api-keys", {"name": "soon over", "expiresAt": soon.isoformat()}, role="user", want=201)
        types = self.ask("GET", "/secret-types", want=200)["data"]
        self.there["secretTypes"] = [kind["id"] for kind in types]
        return self


@contextmanager
def served(*arguments):
    """A server on a port of its own, until the block is over; its request log stands in `requests`."""
    with tempfile.TemporaryDirectory() as folder:
        home = {"PATH": os.environ["PATH"], "HOME": folder}
        database = f"sqlite:{folder}/keydeck.db"
        init = ["server", "init", "--team", "Acme", "--email", "ana@acme.example", "--database", database]
        key = subprocess.run([KEYDECK, *init], env=home, capture_output=True, text=True, check=True).stdout.strip()
        log, errors = Path(folder, "requests"), Path(folder, "errors")
        serve = ["serve", "--listen", "127.0.0.1:0", "--database", database, "--log-requests"]
        limits = ["--rate-limit", "10000000", "--verification-limit", "10000000"]
        with log.open("w") as out, errors.open("w") as err:
            server = subprocess.Popen([KEYDECK, *serve, *limits, *arguments], env=home, stdout=out, stderr=err)
            try:
                team = Team(address(server, errors), key)
                team.requests = log
                yield team
            finally:
                server.terminate()
                server.wait(30)


def address(server, errors):
    """Waits for the line that says where the server listens."""
    with errors.open() as lines:
        while True:
            line = lines.readline()
            if "http://" in line:
                return "http://" + line.split("http://")[1].split(";")[0].strip()
            if server.poll() is not None:
                raise SystemExit(f"the server ended: {errors.read_text()}")
