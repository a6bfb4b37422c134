"""How much of a device is kept: the network of its address, the family of its browser. It runs last, on what was taken.

An address names a household and a full user agent often a device; for what is asked of a log, less is enough.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

Object = dict[str, Any]

FULL, NONE, TRUNCATED, REDUCED = "full", "none", "truncated", "reduced"

_NETWORK = {4: 24, 6: 48}
_LONGEST = 512
_KNOWN = 4096

_FAMILIES = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("Edge", r"Edg(?:e|A|iOS)?/(\d+)"),
        ("Opera", r"(?:OPR|Opera)/(\d+)"),
        ("SamsungBrowser", r"SamsungBrowser/(\d+)"),
        ("Firefox", r"(?:Firefox|FxiOS)/(\d+)"),
        ("Chrome", r"(?:Chrome|CriOS)/(\d+)"),
        ("Safari", r"Version/(\d+)\S* (?:Mobile/\S+ )?Safari/"),
        ("MSIE", r"(?:MSIE |Trident/.*rv:)(\d+)"),
    )
)
_PRODUCT = re.compile(r"(?<![\w.-])(?!Mozilla/)([A-Za-z][\w.-]{0,39})/(\d+)")
_SYSTEMS = (
    ("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iOS"), ("iPad", "iOS"), ("iPod", "iOS"),
    ("CrOS", "ChromeOS"), ("Macintosh", "macOS"), ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip
_MEMBER = re.compile(rb'"(ip|userAgent)"(\s*:\s*)("(?:[^"\\]|\\.)*")')


@dataclass(frozen=True)
class Discreet:
    """What is kept of the context of an event.

    ip          truncated (IPv4 to /24, IPv6 to /48), full, or none
    user_agent  reduced (family and major version of browser and library, family of the system), full, or none
    """

    ip: str = TRUNCATED
    user_agent: str = REDUCED

    def of_context(self, context: Object) -> Object:
        """The context with as much as is kept; the one that is given stays as it is, for a batch shares it."""
        changed = None
        for name, keep in self._rules:
            if name in context:
                changed = changed or {**context}
                kept = keep(context[name])
                if kept:
                    changed[name] = kept
                else:
                    del changed[name]
        return context if changed is None else changed

    def of_refused(self, body: bytes) -> bytes:
        """A refused event's bytes, which need not be JSON, with as much of both texts as is kept."""
        rules = dict(self._rules)

        def kept(found: re.Match[bytes]) -> bytes:
            try:
                text, keep = json.loads(found[3]), rules.get(found[1].decode())
            except ValueError:
                return found[0]
            # A member `ip` of the properties may be anything; what is no address stays.
            if keep is None or (found[1] == b"ip" and network(text) is None):
                return found[0]
            return b'"' + found[1] + b'"' + found[2] + json.dumps(keep(text) or "").encode()

        return _MEMBER.sub(kept, body) if rules else body

    @cached_property
    def _rules(self) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
        rules: list[tuple[str, Callable[[Any], Any]]] = []
        if self.ip != FULL:
            rules.append(("ip", network if self.ip == TRUNCATED else _nothing))
        if self.user_agent != FULL:
            reduced = self.user_agent == REDUCED
            rules += [
                ("userAgent", family if reduced else _nothing),
                ("userAgentData", _hints if reduced else _nothing),
            ]
        return tuple(rules)


def agents_in(body: bytes) -> list[str]:
    """The user agents that stand in a body, which need not be JSON."""
    found = (each[3] for each in _MEMBER.finditer(body) if each[1] == b"userAgent")
    return [each.decode("utf-8", "replace") for each in found]


def network(address: Any) -> str | None:
    """The network of an address, as its first address; None where it is none."""
    return _network(address) if isinstance(address, str) and len(address) <= _LONGEST else None


@lru_cache(maxsize=_KNOWN)
def _network(text: str) -> str | None:
    try:
        # Behind proxies there are several; the first is the client's.
        found = ip_address(text.partition(",")[0].strip().partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return str(ip_network(f"{found}/{_NETWORK[found.version]}", strict=False).network_address)


def family(agent: Any) -> str | None:
    """A user agent as `Chrome/126 (Windows)`: family and major version, and the system's family where it is known."""
    if not isinstance(agent, str):
        return None
    return _family(agent if len(agent) <= _LONGEST else agent[:_LONGEST])


@lru_cache(maxsize=_KNOWN)
def _family(agent: str) -> str | None:
    if not agent:
        return None
    browser = next((f"{name}/{found[1]}" for name, seen in _FAMILIES if (found := seen.search(agent))), None)
    if browser is None:
        product = _PRODUCT.search(agent)
        browser = f"{product[1]}/{product[2]}" if product else "other"
    system = next((name for sign, name in _SYSTEMS if sign in agent), None)
    return f"{browser} ({system})" if system else browser


def _hints(given: Any) -> Object | None:
    """Client hints without those that tell devices apart."""
    if not isinstance(given, dict):
        return None
    kept = {name: given[name] for name in ("mobile", "platform") if isinstance(given.get(name), bool | str)}
    brands = [each for each in _listed(given.get("brands")) if isinstance(each, dict)]
    if brands:
        kept["brands"] = [
            {"brand": str(each.get("brand"))[:_LONGEST], "version": str(each.get("version"))[:9].partition(".")[0]}
            for each in brands[:9]
        ]
    return kept


def _listed(given: Any) -> list[Any]:
    return given if isinstance(given, list) else []


def _nothing(given: Any) -> None:
    return None
