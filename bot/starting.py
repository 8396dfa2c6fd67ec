"""`soc-bot init DIR`: a folder to fill in: one file per kind of record, the rights, the settings, how to go on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import get_type_hints

from pydantic import AliasChoices
from pydantic.fields import FieldInfo

from bot.settings import Settings
from connectors.models.organisation import FILES
from connectors.organisation.templates import template, to_fill
from handlers.core.access import ROLES, Permission

ACCESS, ENV, GUIDE = "access.yaml", ".env", "README.md"

MEANINGS: Mapping[str, str] = {
    "SOC_BOT_HOST": "address to listen on",
    "SOC_BOT_PORT": "port to listen on",
    "SOC_BOT_DATA": "folder for what the bot keeps: state, case ledger, audit key",
    "SOC_BOT_ORGANISATION": "folder with the organisation's YAML files",
    "SOC_BOT_ACCESS": "YAML file: who has which role",
    "SOC_BOT_TIMEZONE": "the team's IANA time zone: calendar periods, business hours",
    "SOC_BOT_LOG_LEVEL": "debug, info, warning or error",
    "SOC_BOT_ORG": "short name of the organisation; marks everything in Redis",
    "SOC_BOT_AUDIT_KEY": "SECRET: signs the audit log; the same on every machine",
    "SOC_BOT_CONSOLE": "true: serve the console page",
    "SOC_BOT_CONSOLE_TOKEN": "SECRET: opens the console; needed beyond loopback",
    "SOC_BOT_PSEUDONYMS": "true: persons' figures carry pseudonyms",
    "SOC_BOT_MCP": "YAML file: MCP servers and their tools' names",
    "SOC_BOT_MCP_USER": "bot as MCP server over stdio: the account (platform mcp) as which it answers",
    "SOC_BOT_MCP_TOKENS": "bot as MCP server over HTTP: YAML file with the digest of each person's token",
    "SLACK_BOT_TOKEN": "SECRET: the app's bot token (xoxb-)",
    "SLACK_SIGNING_SECRET": "SECRET: proves that a request is Slack's",
    "SLACK_APP_TOKEN": "SECRET: app-level token (xapp-); when set, Socket Mode is used",
    "SLACK_API_URL": "Slack's Web API; other than the default for tests only",
    "SLACK_COMMAND": "the slash command",
    "MICROSOFT_APP_ID": "Teams: application id of the bot",
    "MICROSOFT_APP_PASSWORD": "SECRET: Teams: its client secret",
    "MICROSOFT_APP_TYPE": "Teams: kind of application",
    "MICROSOFT_APP_TENANT_ID": "Teams: tenant of the application",
    "TEAMS_OPENID_METADATA_URL": "Teams: where signing keys are announced, for sovereign clouds",
    "TEAMS_LOGIN_URL": "Teams: where tokens are issued, for sovereign clouds",
    "TEAMS_SERVICE_HOSTS": "Teams: hosts that answers may be sent to",
    "TEAMS_PUBLIC_URL": "Teams: this bot's public https address; without it no file can be handed over in Teams",
    "TEAMS_CRISIS_CHANNEL": "Teams: id of the channel (19:…@thread.tacv2) in which a crisis gets its thread",
    "TEAMS_ANONYMOUS": "Teams: true: ask for no token; only where the bot listens on this machine alone",
    "REDIS_URL": "SECRET: redis://… or rediss://…; left out, a server is started under SOC_BOT_DATA",
    "CHRONICLE_PROJECT_ID": "Google SecOps: the Google Cloud project",
    "CHRONICLE_CUSTOMER_ID": "Google SecOps: the instance's customer id",
    "CHRONICLE_REGION": "Google SecOps: region of the instance",
    "CHRONICLE_API_URL": "Google SecOps: address; left out, it follows from the region",
    "CHRONICLE_TOKEN": "SECRET: Google SecOps: a bearer token instead of a service account",
    "SECOPS_SA_PATH": "Google SecOps: file with the service account's key",
    "SOAR_URL": "SOAR: address of the legacy API",
    "SOAR_APP_KEY": "SECRET: SOAR: key of the legacy API",
    "VT_APIKEY": "SECRET: Google Threat Intelligence: API key",
    "GTI_API_URL": "Google Threat Intelligence: address",
    "SCC_PROJECT_ID": "Security Command Center: the Google Cloud project",
    "SCC_API_URL": "Security Command Center: address",
    "SCC_TOKEN": "SECRET: Security Command Center: a bearer token instead of a service account",
    "GOOGLE_APPLICATION_CREDENTIALS": "Security Command Center: file with the service account's key",
}


class InTheWay(Exception):
    """Files that are there already; nothing was written."""

    def __init__(self, folder: Path, names: list[str]) -> None:
        shown = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
        super().__init__(f"{folder} holds {shown} already. Nothing was written: choose another folder, or move them.")


def init(folder: Path) -> list[str]:
    """Writes every template; names of the files. Raises InTheWay before writing anything, OSError."""
    texts = contents(folder)
    if taken := [name for name in texts if (folder / name).exists() or (folder / name).is_symlink()]:
        raise InTheWay(folder, taken)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        path = folder / name
        # "x": whatever came between the look and the writing is not overwritten either.
        with path.open("x", encoding="utf-8") as out:
            if name == ENV:
                path.chmod(0o600)  # secrets will be written here
            out.write(text)
    return list(texts)


def contents(folder: Path) -> dict[str, str]:
    """File name → text."""
    return {
        **{record.FILE: template(record) for record in to_fill()},
        ACCESS: access(),
        ENV: environment(folder),
        GUIDE: guide(),
    }


def settings_names() -> Iterator[tuple[str, FieldInfo]]:
    """Every setting as it stands in the environment."""
    for group in get_type_hints(Settings).values():
        for name, field in group.model_fields.items():
            alias = field.validation_alias
            own = alias.choices[0] if isinstance(alias, AliasChoices) else None
            yield str(own or f"{group.model_config.get('env_prefix', '')}{name}").upper(), field


def environment(folder: Path) -> str:
    """`.env` without a secret: every setting behind `#`, but for the two that name this folder."""
    known = {"SOC_BOT_ORGANISATION": folder, "SOC_BOT_ACCESS": folder / ACCESS}
    lines = [
        "# The bot's settings. Take the # away and write the value. Secrets are better kept in the",
        "# environment or in a secret store than in this file; whoever reads it can act as the bot.",
        "",
    ]
    for name, field in settings_names():
        lines.append(f"# {MEANINGS[name]}")
        default = "" if field.default in (None, "") else str(field.default)
        lines.append(f"{name}={_quoted(known[name].resolve())}" if name in known else f"#{name}={default}")
    return "\n".join([*lines, ""])


def _quoted(path: Path) -> str:
    """As python-dotenv reads it back."""
    text = str(path).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{text}'"


def access() -> str:
    """The rights' file: valid as written, nobody listed; the example adds a person and a channel."""
    roles = (f"##   {role}: {', '.join(sorted(granted))}" for role, granted in ROLES.items())
    return "\n".join(
        [
            "## access.yaml: who may do what (SOC_BOT_ACCESS). Whoever is not listed has no right at all.",
            "## A person has an id, roles, and every account they speak from. Slack: `tenant` is the team's id (T…),",
            "## `user` the member's id (U…). Teams: `tenant` is the tenant's id, `user` the aadObjectId.",
            "## A channel listed has the most restricted class (TLP) that may be posted there; others get no post.",
            "## What an agent's host may see is listed too, by account; an account without a row sees TLP:GREEN.",
            "##",
            "## Roles:",
            *roles,
            f"## Roles of your own are lists of permissions: {', '.join(sorted(Permission))}",
            "roles: {}",
            "",
            "## Example, made up. Take the mark “# ” away from the lines below and write your own values.",
            "# persons:",
            "#   - id: lead-01",
            "#     name: Lead 01",
            "#     roles: [manager]",
            "#     identities:",
            "#       - {platform: slack, tenant: T0000000000, user: U0000000000}",
            "# channels:",
            "#   - {platform: slack, tenant: T0000000000, channel: C0000000000, tlp: amber}",
            "#   - {platform: mcp, channel: lead-01, tlp: amber}",
            "",
        ]
    )


def guide() -> str:
    """The folder's README."""
    own = [f"| `{record.FILE}` | {record.PURPOSE} |" for record in to_fill()]
    ours = sorted((record.FILE, record.PURPOSE) for record in FILES if record.SHIPPED)
    return "\n".join([
        "# Files of the SOC manager bot", "",
        "Fill in what you have; leave the rest. A file that is not filled in or not there costs the answers that need",
        "it one section, with a notice that names the file; nothing is counted as zero for want of it.", "",
        "1. Start with `roster.yaml`, `shifts.yaml`, `sla.yaml`, `calendars.yaml` and `targets.yaml`.",
        "2. List who may do what in `access.yaml`, and write the settings of your systems into `.env`.",
        "3. Run `soc-bot doctor`, in this folder: it names file, line and field of whatever is wrong.", "",
        "In the YAML files a line that begins with `##` explains; the example stands behind `# ` and is made up.",
        "A list without rows is `[]`: that says there are none, which is not the same as not filled in.", "",
        "| File | What it holds |", "|---|---|", *own, "",
        "## ATT&CK", "",
        "Put MITRE's `enterprise-attack.json` (STIX 2.1) here as `attack.json`, or name its path in `attack.yaml`, to",
        "have technique names, tactics and retired ids from it.", "",
        "## Reference data", "",
        "These come with the product. A file of the same name here takes the place of the product's as a whole.", "",
        "| File | What it holds |", "|---|---|", *(f"| `{name}` | {purpose} |" for name, purpose in ours), "",
    ])  # fmt: skip
