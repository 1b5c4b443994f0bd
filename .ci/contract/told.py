"""Writes down the contract as a server tells it."""

import json
import sys
from pathlib import Path

from team import served

with served() as team:
    Path(sys.argv[1]).write_text(json.dumps(team.ask("GET", "/openapi.json", want=200), indent=2))
