"""Which business services a machine belongs to, by the host names an organisation keeps."""

from __future__ import annotations

from collections.abc import Iterable

from connectors.models.organisation import Service


def same_host(one: str, other: str) -> bool:
    """Host names are equal ignoring case; a name without a domain equals the first label of one that has a domain."""
    left, right = one.strip().casefold().rstrip("."), other.strip().casefold().rstrip(".")
    if not left or not right:
        return False
    if left == right:
        return True
    if ("." in left) == ("." in right) or left[0].isdigit() or right[0].isdigit():
        return False
    return left.split(".")[0] == right.split(".")[0]


def touched(hosts: Iterable[str], services: Iterable[Service]) -> list[Service]:
    """Services that name one of the hosts: crown jewels first, then the most critical."""
    names = list(hosts)
    found = [s for s in services if any(same_host(host, mine) for host in names for mine in s.hosts)]
    return sorted(found, key=lambda service: (not service.crown_jewel, -service.criticality, service.id))


def of_resource(resource: str, services: Iterable[Service]) -> list[Service]:
    """Services one of whose hosts is a part of a cloud resource's path (`//compute…/instances/pay-core-01`)."""
    return touched([part for part in resource.split("/") if part], services)
