"""Asks a throw-away server for everything that its contract allows, once for each role, and counts what was granted."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from team import ROLES, served

HERE = Path(__file__).parent

# What a role is granted by its own standing; whatever else it asks for is refused. The superadmin is granted everything.
GRANTED = {
    "admin": {"getApiKeys", "createApiKey", "updateApiKey", "getAuditLogs", "updateApiKeySettings", "getTeamUsers"},
    "user": {"getApiKeys", "createApiKey", "updateApiKey", "deleteApiKey", "regenerateApiKey", "lookUpApiKeys"},
    "scanner": {"getAuthenticatedUser", "reportDetectedSecret"},
    "verifier": {"getAuthenticatedUser", "verifyApiKeys"},
}
# Nothing here outlasts a request's deadline, so there is no act to read.
NEVER = {"getAct"}


def operations(contract):
    for path, item in contract["paths"].items():
        pattern = re.compile("^" + re.sub(r"\{\w+\}", "[^/]+", path) + "$")
        for method, operation in item.items():
            yield operation["operationId"], method.upper(), pattern


def answered(log, contract):
    """How often each operation was answered with each status."""
    known = list(operations(contract))
    counts = Counter()
    for line in log.read_text().splitlines():
        asked = json.loads(line)
        for name, method, pattern in known:
            if asked["method"] == method and pattern.match(asked.get("path") or asked.get("route")):
                counts[name, asked["status"]] += 1
                break
    return counts


def ask_everything(role, contract):
    with served() as team:
        team.fill()
        key = team.keys[role]
        me = team.ask("GET", "/me", role=role, want=200)
        told = {"there": team.there, "role": role, "url": team.url, "key": key, "keyId": me["apiKey"]["id"]}
        before = answered(team.requests, contract)
        environment = {**os.environ, "KEYDECK_CONTRACT_TEAM": json.dumps(told), "PYTHONPATH": str(HERE), "SCHEMATHESIS_HOOKS": "cases"}
        command = [
            Path(sys.executable).with_name("st"),
            *["--config-file", HERE / "schemathesis.toml", "run", sys.argv[1], "--url", team.url],
            *["--header", f"X-Api-Key: {key}", "--mode", "positive", "--no-color"],
            *sys.argv[2:],
        ]
        done = subprocess.run(command, cwd=os.environ["KEYDECK_CONTRACT_HOME"], env=environment, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"{done.stdout[-12000:]}\n{done.stderr[-2000:]}\nas {role}: schemathesis found something")
        team.ask("GET", "/me", role=role, want=200)
        counts = answered(team.requests, contract) - before
    granted = {name for (name, status), _ in counts.items() if status < 300}
    wanted = {name for name, *_ in operations(contract)} - NEVER if role == "superadmin" else GRANTED[role]
    if missing := wanted - granted:
        seen = {name: {status: n for (of, status), n in counts.items() if of == name} for name in missing}
        raise SystemExit(f"as {role}: never granted: {seen}")
    return f"as {role}: {sum(counts.values())} requests, {len(granted)} operations granted"


if __name__ == "__main__":
    failed = False
    contract = json.loads(Path(sys.argv[1]).read_text())
    with ThreadPoolExecutor(2) as workers:
        for done in [workers.submit(ask_everything, role, contract) for role in ROLES]:
            try:
                print(done.result())
            except SystemExit as found:
                print(found, file=sys.stderr)
                failed = True
    sys.exit(failed)
