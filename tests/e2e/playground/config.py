"""The Agents Playground's world: five people, one chat of each kind, and the team with the crises' channel."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.teams_signing import APP_ID, TENANT

CHANNEL = "19:cases@thread.tacv2"
TEAM = "19:team-general@thread.tacv2"
PACKAGES = ("@microsoft/m365agentsplayground@0.2.28", "playwright-core@1.65.1")


def user(number: int) -> dict[str, str]:
    name = f"Analyst 0{number}"
    mail = f"analyst-0{number}@soc.example"
    return {
        "id": f"user-id-{number}",
        "name": name,
        "userPrincipleName": mail,
        "aadObjectId": f"00000000-0000-0000-0000-00000000002{number}",
        "givenName": "Analyst",
        "surname": f"0{number}",
        "email": mail,
    }


def written(folder: Path) -> Path:
    """`.m365agentsplayground.yml` (JSON is YAML)."""
    world = {
        "version": "0.1.1",
        "tenantId": TENANT,
        "bot": {"id": APP_ID, "name": "SOC Bot"},
        "currentUser": user(0),
        "users": [user(number) for number in range(1, 6)],
        "personalChat": {"id": "a:personal-chat"},
        "groupChat": {"id": "19:group@thread.v2", "name": "SOC leads"},
        "team": {
            "id": TEAM,
            "name": "SOC",
            "aadGroupId": "00000000-0000-0000-0000-000000000031",
            "channels": [{"id": CHANNEL, "name": "cases"}],
        },
    }
    path = folder / ".m365agentsplayground.yml"
    path.write_text(json.dumps(world, indent=1))
    return path
