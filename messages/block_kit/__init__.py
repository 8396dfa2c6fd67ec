"""Document → Slack messages, views and modals in Block Kit, as plain dicts.

`render` gives one message or more, each within Slack's limits (messages.limits); nothing is cut silently. Hostile words
stand in rich_text and plain_text, which know no markup; mrkdwn is used where only it can say a thing, and escaped.
Source: docs.slack.dev/reference/block-kit.
"""

from messages.block_kit.charts import undrawn
from messages.block_kit.message import render, without_charts, working
from messages.block_kit.picture import picture
from messages.block_kit.views import home, modal, submitted

__all__ = ["home", "modal", "picture", "render", "submitted", "undrawn", "without_charts", "working"]
