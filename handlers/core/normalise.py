"""What phones, Slack and Teams make of a command line, undone before it is cut into words.

Reports of typographic dashes and quotes from chat clients: harbur/kubebot#9, jimmycuadra/lita-keyword-arguments#5,
ubclaunchpad/rocket2#384, errbotio/errbot#1094.
"""

from __future__ import annotations

import html
import re
import unicodedata

_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "‚": "'", "‛": "'"})
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\t\r\n\v\f]")
_LONG = re.compile("^(?:[\u2014\u2e3a\u2015]{1,2}-?|[\u2013\u2212\u2011\u2010-]{2,3})(?=[^\\W\\d_])")
_SHORT = re.compile("^[\u2013\u2212\u2011\u2010](?=[^\\W\\d_])")
_MENTION = re.compile(r"<([@#!])([A-Za-z0-9^]+)(?:\|([^<>]*))?>")
_URL = re.compile(r"<(https?://[^|<>\s]+)(?:\|[^<>]*)?>")
_PREFIX = re.compile(r"^/?(?:security)\s*[:\s]\s*", re.IGNORECASE)
_NAMED = re.compile(r"^@[A-Za-z0-9._-]+\s+")
_BARE_PREFIX = re.compile(r"^/?security$", re.IGNORECASE)


def clean(text: str) -> str:
    """One line of plain text: no control, zero-width or direction characters, mentions as their ids, URLs bare,
    entities decoded after the mentions (an escaped `&lt;@U1&gt;` is text, not a mention).
    """
    text = _MENTION.sub(lambda m: f"{m[1]}{m[2]}", text)
    text = _URL.sub(lambda m: m[1], text)
    text = html.unescape(text)
    text = _SPACES.sub(" ", text)
    text = "".join(ch for ch in text if unicodedata.category(ch) not in {"Cc", "Cf", "Cs", "Co", "Cn"})
    return text.translate(_QUOTES).strip()


def dashes(word: str, long_options: frozenset[str] = frozenset()) -> str:
    """An unquoted word's leading typographic dashes as typed: `—kpis` → `--kpis`.

    A single en dash is one hyphen unless the option it begins is a known long one.
    """
    if match := _LONG.match(word):
        return "--" + word[match.end() :]
    if match := _SHORT.match(word):
        rest = word[match.end() :]
        return ("--" if rest.split("=")[0].lower() in long_options else "-") + rest
    return word


def without_prefix(text: str) -> str:
    """`/security:metrics soc`, `security security:metrics soc`, `:metrics soc`, `@bot metrics soc` → `metrics soc`."""
    text = _NAMED.sub("", text.lstrip())
    if _BARE_PREFIX.match(text):
        return ""
    stripped = text
    while (shorter := _PREFIX.sub("", stripped, count=1).lstrip(": ")) != stripped:
        stripped = shorter
    return stripped.removeprefix("/")
