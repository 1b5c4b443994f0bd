"""Asks a throw-away server with Postman's own client, its server for MCP, as an assistant would: over standard input and
output. What is read is what that client can read, and what it always sends is taken."""

import json
import os
import subprocess
import sys

from team import served


class Mcp:
    """A conversation with Postman's client."""

    def __init__(self, program, url, key):
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ["KEYDECK_CONTRACT_HOME"],
            "POSTMAN_API_KEY": key,
            "POSTMAN_API_BASE_URL": url,
            "POSTMAN_MCP_TELEMETRY": "false",
        }
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        self.program = subprocess.Popen(["node", program, "--full"], env=environment, text=True, **pipes)
        self.count = 0
        about = {"protocolVersion": "2025-03-26", "capabilities": {}, "clientInfo": {"name": "keydeck", "version": "0"}}
        self.ask("initialize", about)
        self.tell({"method": "notifications/initialized"})

    def tell(self, message):
        self.program.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        self.program.stdin.flush()

    def ask(self, method, parameters):
        self.count += 1
        self.tell({"id": self.count, "method": method, "params": parameters})
        for line in self.program.stdout:
            answer = json.loads(line)
            if answer.get("id") == self.count:
                return answer
        raise SystemExit("Postman's client ended")

    def call(self, tool, **arguments):
        """What a tool tells, as JSON where it is."""
        answer = self.ask("tools/call", {"name": tool, "arguments": arguments})
        result = answer.get("result", {})
        if "error" in answer or result.get("isError"):
            raise SystemExit(f"{tool} {arguments}: {json.dumps(answer)[:1000]}")
        return json.loads(result["content"][0]["text"])

    def refused(self, tool, status, **arguments):
        answer = self.ask("tools/call", {"name": tool, "arguments": arguments})
        text = json.dumps(answer)
        if f"failed: {status}" not in text:
            raise SystemExit(f"{tool} {arguments}: not refused with {status}: {text[:1000]}")

    def close(self):
        self.program.stdin.close()
        self.program.wait(30)


def holds(what, is_so):
    if not is_so:
        raise SystemExit(f"Postman's client: {what} does not hold")


def look(mcp, team):
    who = mcp.call("getAuthenticatedUser")["user"]
    holds("who asks", who["id"] == team.people["superadmin"])
    users = mcp.call("getTeamUsers")["data"]
    holds("everybody is told", {user["id"] for user in users} >= set(team.people.values()))
    holds("one user", mcp.call("getTeamUser", userId=who["id"])["id"] == who["id"])
    # It sends orderBy and order_by, the one that was not said as `desc`.
    numbers = [entry["id"] for entry in mcp.call("getAuditLogs", orderBy="asc", limit=20)["trails"]]
    holds("the order asked for", numbers == sorted(numbers) and len(numbers) == 20)
    actions = [action["name"] for action in mcp.call("getAuditLogEventActions")]
    sought = {"action": "user.create", "userId": who["id"], "since": "2020-01-01", "limit": 1}
    logged = mcp.call("getAuditLogs", **sought)
    holds("an action is sought", "user.create" in actions and logged["trails"][0]["action"] == "user.create")
    more = mcp.call("getAuditLogs", **sought, cursor=logged["nextCursor"])
    holds("a page leads to the next", more["trails"][0]["id"] < logged["trails"][0]["id"])


def exposed(mcp, team):
    def search(**asked):
        return mcp.call("detectedSecretsQueries", include="meta.total", **asked)

    kinds = mcp.call("getSecretTypes")["data"]
    kind = next(kind["id"] for kind in kinds if kind["name"] == "Postman API Key")
    everything = search(limit=100)
    holds("everything is found", everything["meta"]["total"] == len(everything["data"]) == 3)
    holds("a kind is sought", search(secretTypes=[kind])["meta"]["total"] == 3)
    holds("open ones", search(statuses=["ACTIVE"])["meta"]["total"] == 2)
    holds("open ones and others", search(statuses=["ACTIVE", "ACCEPTED_RISK"])["meta"]["total"] == 3)
    holds("the same in the other form", search(resolved=False)["meta"]["total"] == 2)
    holds("the team's", search(workspaceVisibilities=["team"])["meta"]["total"] == 1)
    # None of the reports named a type of resource; one is in a workspace, which makes it a collection.
    of_kind = search(resources=[{"type": "collection"}])
    holds("resources of a type", of_kind["meta"]["total"] == 1 and of_kind["data"][0]["resourceType"] == "collection")
    ids = [row["resourceId"] for row in of_kind["data"]]
    holds("resources by their ids", search(resources=[{"ids": [*ids, "https://acme.example/1"]}])["meta"]["total"] == 2)
    holds("both", search(resources=[{"type": "request", "ids": ids}])["meta"]["total"] == 0)
    mcp.refused("detectedSecretsQueries", 400, resources=[{"ids": ids}], workspaceIds=["w-1"])
    finding = search(statuses=["ACTIVE"])["data"][0]
    named = {"secretId": finding["secretId"], "workspaceId": finding["workspaceId"]}
    mcp.refused("updateDetectedSecretResolutions", 400, resolution="ACTIVE", **named)
    for _ in range(2):
        done = mcp.call("updateDetectedSecretResolutions", resolution="FALSE_POSITIVE", **named)
        holds("a finding is resolved", done["resolution"] == "FALSE_POSITIVE")
    places = mcp.call("getDetectedSecretsLocations", **named)
    holds("where it stands", len(places["data"]) == 1 and places["meta"]["activityFeed"][0]["status"] == "FALSE_POSITIVE")
    mcp.refused("getDetectedSecretsLocations", 404, **{**named, "workspaceId": "elsewhere"})


def seen_by_a_member(mcp):
    mcp.call("getAuthenticatedUser")
    mcp.refused("getAuditLogs", 403)


if __name__ == "__main__":
    with served() as team:
        team.fill()
        for role, looks in [("superadmin", lambda mcp: (look(mcp, team), exposed(mcp, team))), ("user", seen_by_a_member)]:
            mcp = Mcp(sys.argv[1], team.url, team.keys[role])
            looks(mcp)
            mcp.close()
