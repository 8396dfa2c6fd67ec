"""What must not be started: pure, so that it is known before anything of the SDK is imported."""

from __future__ import annotations

from bot.settings import Teams


def refusal(settings: Teams, *, loopback: bool) -> str:
    """One sentence about what is missing or dangerous; "" when Teams can be started or is not configured."""
    if not settings.configured:
        return ""
    if not settings.app_id:
        # Without an application id nobody's token can be checked: anybody who reaches the port is anybody they say.
        return "" if loopback else "TEAMS_ANONYMOUS works only where the bot listens on this machine: set SOC_BOT_HOST."
    if settings.app_type != "UserAssignedMSI" and settings.app_password is None:
        return "MICROSOFT_APP_ID is set: set MICROSOFT_APP_PASSWORD too, or MICROSOFT_APP_TYPE=UserAssignedMSI."
    if settings.app_type != "MultiTenant" and not settings.tenant_id:
        return f"MICROSOFT_APP_TYPE={settings.app_type} needs MICROSOFT_APP_TENANT_ID."
    if not settings.hosts:
        return "TEAMS_SERVICE_HOSTS is empty: no answer could be sent anywhere."
    return ""
