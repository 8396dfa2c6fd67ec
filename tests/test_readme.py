"""The README says what the code does."""

from __future__ import annotations

import re

from bot import settings
from tests.readme import README, written


def test_the_command_table_is_todays() -> None:
    """README's command table equals the one generated from the declarations."""
    assert README.read_text() == written(README.read_text())


def test_every_setting_is_in_the_readme() -> None:
    """Each environment variable that the settings read is named in the README."""
    text = README.read_text()
    groups = (settings.Process, settings.Slack, settings.State, settings.Chronicle, settings.Gti, settings.Scc,
              settings.Teams, settings.Soar, settings.OwnMcp)  # fmt: skip
    names = set()
    for group in groups:
        prefix = str(group.model_config.get("env_prefix", ""))
        for name, field in group.model_fields.items():
            alias = field.validation_alias
            spelled = getattr(alias, "choices", [f"{prefix}{name}"])[0]
            names.add(str(spelled).upper())
    missing = sorted(name for name in names if not re.search(rf"\b{name}\b", text))
    assert missing == []
