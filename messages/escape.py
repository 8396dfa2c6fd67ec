"""Hostile text made harmless: host names and alert titles are written by attackers.

`clean` and `one_line` take away what no reader can see; `mrkdwn` and `markdown` take away what Slack and Teams would
read as formatting; `safe_url` lets http(s) through and nothing else.

Sources: Unicode TR36 (bidirectional and invisible characters), Slack "Formatting text for app surfaces",
Microsoft "Text features in Adaptive Cards", CommonMark 0.31 section 2.4.
"""

import re
import unicodedata
from urllib.parse import quote, urlsplit

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_BREAKS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_SPACES = re.compile(r"\s+")
_MRKDWN_MARKS = {"*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ"}
_MRKDWN = re.compile(r"(?<![^\W_])[*_~`]+|[*_~`]+(?![^\W_])")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~!^])")
# Blanks within the line: `\s` would run on over all the empty lines below, from each of them again.
_LIST_START = re.compile(r"^([^\S\n]*)([-+]|\d+[.)])(?=\s|$)", re.MULTILINE)
_QUOTE_START = re.compile(r"^([^\S\n]*)>", re.MULTILINE)
_URL_SAFE = "%/:=&?~#+!$,;'@()*[]-._"


def clean(text: str) -> str:
    """Text without control, ANSI, bidirectional, zero-width, private and unassigned characters; line breaks stay.

    Lone surrogates become U+FFFD, tabs a space. A joined emoji falls into its parts: an invisible joiner in a host
    name misleads an analyst, a split emoji misleads nobody.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _BREAKS.sub("\n", _ANSI.sub("", text)).replace("\t", " ")
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    if character == "\n":
        return character
    match unicodedata.category(character):
        case "Cc" | "Cf" | "Co" | "Cn":
            return ""
        case "Cs":
            return "\ufffd"
        case _:
            return character


def one_line(text: str) -> str:
    """Cleaned text on one line, runs of white space as one blank."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    return _SPACES.sub(" ", clean(text)).strip()


def mrkdwn(text: str) -> str:
    """Text that Slack's mrkdwn shows and does not obey.

    `& < >` become entities, so that no `<!channel>`, mention or link survives. Slack has no escape for `* _ ~ ``:
    where they could format (not between two letters, so `svc_backup` is kept) they become look-alikes, and a leading
    `>` becomes `›`. Where the exact characters matter the renderer uses rich_text, which needs no escape.
    """
    text = _QUOTE_START.sub(r"\1›", clean(text))
    text = _MRKDWN.sub(lambda found: "".join(_MRKDWN_MARKS[mark] for mark in found.group()), text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def markdown(text: str) -> str:
    """Text that an Adaptive Card's markdown shows and does not obey: no links, lists, headings, `<at>`, `{{DATE`."""
    escaped = _MARKDOWN.sub(r"\\\1", clean(text))
    return _LIST_START.sub(lambda found: f"{found[1]}{found[2][:-1]}\\{found[2][-1]}", escaped)


def card_text(text: str) -> str:
    """Text for a TextRun, where a card knows no markdown but still expands `{{DATE(…)}}`."""
    return re.sub(r"\{(?=\{)", "{ ", clean(text))


def safe_url(url: str) -> str | None:
    """The URL if it is a plain http(s) address of at most 3,000 characters, percent-encoded; else None."""
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not host or clean(url) != url:
        return None
    encoded = quote(url.strip(), safe=_URL_SAFE)
    return encoded if len(encoded) <= 3000 else None
