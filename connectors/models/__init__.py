"""What the ports speak: plain records, UTC instants, string ids, unknown enum values kept verbatim.

`reading` how an answer is wrapped · `cases` the case desk and the ledger's columns · `alerts` SIEM ·
`threats` threat intelligence and cloud posture · `organisation` the files an organisation keeps.
"""
