"""Document → Adaptive Cards 1.5 in the Teams profile, as plain dicts.

`render` gives one card or more, each within 40,000 characters of JSON. Hostile words stand in TextRuns, which know no
markdown; where a TextBlock or a fact must hold them, they are escaped. Sources: adaptivecards.io/explorer and
learn.microsoft.com "Cards in Teams", "Charts in Adaptive Cards".
"""

from messages.adaptive_card.card import render
from messages.adaptive_card.received import pressed, submitted

__all__ = ["pressed", "render", "submitted"]
