"""Verifies timeline.jsonl beside it: python3 verify.py, with the key in SOC_BOT_AUDIT_KEY. Needs nothing else."""

import hashlib
import hmac
import json
import os
import sys
from pathlib import Path


def main(folder: Path, key: bytes, noted: str) -> str:
    """What is wrong, or "" when every entry follows from those before and the chain has the head noted elsewhere."""
    previous, heads = "", []
    lines = (folder / "timeline.jsonl").read_text(encoding="utf-8").split("\n")
    for number, line in enumerate(filter(None, lines), start=1):
        row = json.loads(line)
        text = json.dumps(row["event"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        made = hmac.new(key, (previous + text).encode(), hashlib.sha256).hexdigest()
        if row["n"] != number or not hmac.compare_digest(made, row["hash"]):
            return f"entry {number} is missing or was changed, or the key is another one"
        previous = made
        heads.append(made)
    if not heads or not any(head.startswith(noted) for head in heads):
        return f"no entry has the head {noted}" if heads else "there are no entries"
    sys.stdout.write(f"The chain holds: {len(heads)} entries, head {previous}\n")
    return ""


if __name__ == "__main__":
    wrong = main(Path(__file__).parent, os.environ["SOC_BOT_AUDIT_KEY"].encode(), "".join(sys.argv[1:2]).lower())
    sys.exit(wrong or 0)
