"""The SOC's case history in memory, columnar: filled once from the case desk, then refreshed by watermark.

`ledger` reads and holds, `gathering` turns pages into frames, `frames` has their shapes, `deriving` what follows from
them. Columns: `connectors.models.cases` CASE_COLUMNS, EVENT_COLUMNS.
"""

from connectors.ledger.ledger import MemoryCaseLedger

__all__ = ["MemoryCaseLedger"]
