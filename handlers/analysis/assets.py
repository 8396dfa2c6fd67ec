"""Which business services a machine belongs to, by the host names an organisation keeps."""

from __future__ import annotations

from collections.abc import Iterable

from connectors.models.organisation import Service


def _plain(host: str) -> str:
    return host.strip().casefold().rstrip(".")


def _label(host: str) -> str:
    """The first label of a host name; empty for an address or an empty name, which equal only themselves."""
    return host.split(".", maxsplit=1)[0] if host and not host[0].isdigit() and ":" not in host else ""


def same_host(one: str, other: str) -> bool:
    """Host names are equal ignoring case; a name without a domain equals the first label of one that has a domain."""
    left, right = _plain(one), _plain(other)
    if not left or not right:
        return False
    if left == right:
        return True
    return ("." in left) != ("." in right) and _label(left) == _label(right) != ""


class Assets:
    """Services found by host name (`same_host`) in constant time; built once for many look-ups."""

    def __init__(self, services: Iterable[Service]) -> None:
        self._exact: dict[str, list[Service]] = {}
        self._bare: dict[str, list[Service]] = {}
        self._qualified: dict[str, list[Service]] = {}
        for service in services:
            for host in {_plain(host) for host in service.hosts} - {""}:
                self._exact.setdefault(host, []).append(service)
                if label := _label(host):
                    (self._qualified if "." in host else self._bare).setdefault(label, []).append(service)

    def touched(self, hosts: Iterable[str]) -> list[Service]:
        """Services that name one of the hosts: crown jewels first, then the most critical."""
        found: dict[str, Service] = {}
        for host in map(_plain, hosts):
            other = self._bare if "." in host else self._qualified
            for service in (*self._exact.get(host, ()), *other.get(_label(host), ())):
                found[service.id] = service
        return sorted(found.values(), key=lambda service: (not service.crown_jewel, -service.criticality, service.id))

    def of_resource(self, resource: str) -> list[Service]:
        """Services one of whose hosts is a part of a cloud resource's path (`//compute…/instances/pay-core-01`)."""
        return self.touched(resource.split("/"))


def touched(hosts: Iterable[str], services: Iterable[Service]) -> list[Service]:
    """One look-up in `Assets`; build that yourself for many."""
    return Assets(services).touched(hosts)
