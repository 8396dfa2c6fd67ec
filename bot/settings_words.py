"""What pydantic says of a wrong setting, as one sentence for an operator."""

from __future__ import annotations

from typing import Any

from pydantic_settings import BaseSettings

_WORDS = {
    "int_parsing": "it must be a whole number",
    "bool_parsing": "it must be true or false",
    "bool_type": "it must be true or false",
}


def sentence(group: type[BaseSettings], error: dict[str, Any]) -> str:
    """Never with the value: it may be a secret in the wrong place."""
    field = str(error["loc"][0]) if error["loc"] else ""
    name = field.upper()
    if field in group.model_fields:
        name = f"{group.model_config.get('env_prefix', '')}{field}".upper()
    limits = error.get("ctx", {})
    said = _WORDS.get(error["type"], str(error["msg"]).removeprefix("Value error, "))
    if error["type"] in {"less_than_equal", "greater_than_equal"}:
        said = f"it must be at {'most' if 'le' in limits else 'least'} {limits.get('le', limits.get('ge'))}"
    if error["type"] == "string_pattern_mismatch":
        said = f"it must look like {_LOOKS.get(name, limits['pattern'])}"
    if error["type"] == "literal_error":
        said = f"it must be {limits['expected']}"
    return f"{name} is wrong: {said}."


_LOOKS = {
    "SOC_BOT_ORG": "acme-soc (letters, digits, hyphen and underscore, 40 at most)",
    "SLACK_COMMAND": "/security (lower case)",
    "CHRONICLE_REGION": "us or europe-west3",
    "MICROSOFT_APP_TENANT_ID": "00000000-0000-0000-0000-000000000000 (the tenant id)",
}
