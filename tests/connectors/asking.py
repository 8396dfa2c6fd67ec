"""A line asked of a core as the CLI asks it."""

from __future__ import annotations

import json
import re
from typing import Any

from bot.app import Core
from bot.demo import ANCHOR
from handlers.core.call import Address, Call, Identity
from messages import as_json


async def ask(made: Core, line: str) -> dict[str, Any]:
    """The answer as JSON, with its outcome and all its words."""
    call = Call(
        id=f"asked-{re.sub('[^a-z0-9]', '-', line)}",
        text=line,
        who=Identity(platform="cli", tenant="", user="lead"),
        address=Address(platform="cli", user="lead", visibility="direct"),
        at=ANCHOR,
        door="cli",
    )
    answer = await made.pipeline.answer(call)
    told = as_json.render(answer.document)
    return told | {"outcome": answer.outcome, "words": json.dumps(told, ensure_ascii=False)}
