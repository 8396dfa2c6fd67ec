"""Security Command Center findings. They come in no useful order: the worst sits near the end of the list."""

from __future__ import annotations

import base64
import binascii

from connectors.simulator.desk import Json
from connectors.simulator.filters import BadFilter, Node, Term, compare, holds, parse_filter, terms
from connectors.simulator.hashing import draws, unit
from connectors.simulator.times import DAY, iso
from connectors.simulator.world import World

TOP_SCORE = 99.4
_SEVERITIES = ("CRITICAL", "HIGH", "HIGH", "MEDIUM", "LOW")
_EXPLOITATION = ("NO_KNOWN", "NO_KNOWN", "REPORTED", "SUSPECTED", "CONFIRMED", "WIDE")
_RESOURCES = (
    "//compute.googleapis.com/projects/{p}/zones/europe-west3-a/instances/app-{k:03}",
    "//container.googleapis.com/projects/{p}/locations/europe-west3/clusters/cluster-{k:02}",
    "//sqladmin.googleapis.com/projects/{p}/instances/db-{k:02}",
    "//storage.googleapis.com/bucket-{k:03}",
)
_FIELDS = ("state", "severity", "findingclass", "category", "resourcename")


class Posture:
    """Findings 0 to n-1 of one project."""

    def __init__(self, world: World) -> None:
        self.world, self.size = world, world.settings.findings
        self.project = world.settings.project_id
        self.top = self.size * 17 // 20

    def finding(self, number: int) -> Json:
        """The `Finding` resource; one in seven has no attack exposure yet, that of number `top` is the highest."""
        d = draws(self.world.seed, "finding", number)
        top = number == self.top
        vulnerability = top or unit(d[0]) < 0.72
        created = self.world.now - d[1] % (240 * DAY)
        answer: Json = {
            "name": f"projects/{self.project}/sources/5001/locations/global/findings/{d[2]:08x}{number:06x}",
            "category": "SOFTWARE_VULNERABILITY" if vulnerability else "PUBLIC_BUCKET_ACL",
            "resourceName": _RESOURCES[d[3] % 4].format(p=self.project, k=d[4] % 60),
            "severity": "CRITICAL" if top else _SEVERITIES[d[5] % 5],
            "state": "ACTIVE" if top or unit(d[6]) < 0.85 else "INACTIVE",
            "findingClass": "VULNERABILITY" if vulnerability else "MISCONFIGURATION",
            "createTime": iso(created),
            "eventTime": iso(created + (self.world.now - created) * (d[7] % 1000) // 1000),
        }
        if top or unit(d[8]) < 0.86:
            score = TOP_SCORE if top else round(90 * unit(d[9]) ** 3, 1)
            answer["attackExposure"] = {"score": score, "state": "CALCULATED"}
        else:
            answer["attackExposure"] = {"state": "NOT_CALCULATED"}
        if vulnerability:
            answer["vulnerability"] = {"cve": self._cve(number, d)}
        if top:
            worst = {"cvssv3": {"baseScore": 9.8}, "exploitationActivity": "WIDE"}
            answer["vulnerability"]["cve"] |= worst
        return answer

    @staticmethod
    def _cve(number: int, d: tuple[int, ...]) -> Json:
        # five-digit numbers from 90000 up of a year are not assigned: nobody's product is accused
        return {
            "id": f"CVE-{2023 + d[10] % 4}-{90000 + number}",
            "cvssv3": {"baseScore": round(4 + 6 * unit(d[11]), 1)},
            "exploitationActivity": _EXPLOITATION[d[12] % 6],
            "zeroDay": d[13] % 50 == 0,
        }

    def page(self, filter_text: str, size: int, token: str) -> Json:
        """One page of ListFindings; BadFilter for a filter or token that cannot be read."""
        tree = parse_filter(filter_text)
        if any(term.field not in _FIELDS for term in terms(tree)):
            raise BadFilter("findings cannot be filtered by that field")
        numbers = [k for k in range(self.size) if self._kept(tree, k)]
        try:
            start = int(base64.urlsafe_b64decode(token.encode())) if token else 0
        except (ValueError, binascii.Error):
            raise BadFilter("the page token cannot be read") from None
        part, end = numbers[start : start + size], start + size
        following = base64.urlsafe_b64encode(str(end).encode()).decode() if end < len(numbers) else ""
        return {
            "listFindingsResults": [
                {"finding": self.finding(k), "resource": {"name": self.finding(k)["resourceName"]}} for k in part
            ],
            "nextPageToken": following,
            "totalSize": len(numbers),
        }

    def _kept(self, tree: Node | None, number: int) -> bool:
        finding = self.finding(number)
        lowered = {key.lower(): value for key, value in finding.items() if isinstance(value, str)}

        def test(term: Term) -> bool:
            return compare(term.op, lowered[term.field].lower(), term.value.lower())

        return holds(tree, test)
