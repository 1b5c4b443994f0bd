"""Holds the system calls that a server made against those that the unit leaves it."""

import re
import subprocess
import sys
from functools import cache


@cache
def members(group):
    """The system calls of a group of systemd's, which may name other groups."""
    told = subprocess.run(["systemd-analyze", "syscall-filter", group], capture_output=True, text=True, check=True).stdout
    found = set()
    for line in told.splitlines():
        word = line.strip()
        if line.startswith(" ") and word and not word.startswith("#"):
            found |= members(word) if word.startswith("@") else {word}
    return found


unit, traced = sys.argv[1:]
allowed = members("@default")
for line in open(unit):
    if line.startswith("SystemCallFilter="):
        words = line.split("=", 1)[1].strip()
        named = set().union(*(members(word) if word.startswith("@") else {word} for word in words.lstrip("~").split()))
        allowed = allowed - named if words.startswith("~") else allowed | named
# From where setpriv has let go of everything: the program itself. Before it are chroot, setpriv and env.
lines = open(traced).read().splitlines()
begun = max(at for at, line in enumerate(lines) if "execve(" in line and '"keydeck", "serve"' in line)
made = {found[1] for line in lines[begun:] if (found := re.match(r"\d+ +(\w+)\(", line))}
if len(made) < 30:
    raise SystemExit(f"only {len(made)} system calls were seen: {sorted(made)}")
if refused := made - allowed:
    raise SystemExit(f"the unit forbids what the server does: {sorted(refused)}")
print(f"{len(made)} system calls, all of them allowed")
