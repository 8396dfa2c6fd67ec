"""The SOC's case history, columnar: filled once from the case desk, then refreshed by watermark.

On the disk (`parquet`): `vault` holds the months' files and their `manifest`, `filling` and `refreshing` read the desk,
`merging` brings what was read to its month, `months` derives them for answers, `shelf` keeps what was derived,
`events` keeps the history packed, `lease` lets one replica read for all, `snapshots` keeps what the SIEM does not. In
memory alone (`ledger`): for a simulated SOC and for tests. Both share `asking` and `gathering` (pages into frames),
`frames` (their shapes) and `deriving` (what follows from them).
Columns: `connectors.models.cases` CASE_COLUMNS, EVENT_COLUMNS.
"""

from connectors.ledger.ledger import MemoryCaseLedger
from connectors.ledger.parquet import ParquetCaseLedger
from connectors.ledger.snapshots import Snapshots

__all__ = ["MemoryCaseLedger", "ParquetCaseLedger", "Snapshots"]
