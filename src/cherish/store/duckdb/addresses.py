"""Network addresses as the engine compares them: a text of digits of one length, so that a network is a range."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network

from cherish.store.duckdb import schema


def within(address: str, network: IPv4Network | IPv6Network) -> str:
    """The condition that an expression for an address fulfils which lies in a network; anything else never does."""
    first, last = network.network_address, network.broadcast_address
    if isinstance(network, IPv4Network):
        return f"coalesce({_number(address)} BETWEEN {int(first)} AND {int(last)}, false)"
    low, high = (schema.text(f"{int(each):032x}") for each in (first, last))
    return f"coalesce({_digits(address)} BETWEEN {low} AND {high}, false)"


def _number(address: str) -> str:
    """An IPv4 address as a number, also one that is written as IPv6 (::ffff:192.0.2.1)."""
    plain = rf"regexp_extract({address}, '^(::ffff:)?(\d{{1,3}}\.\d{{1,3}}\.\d{{1,3}}\.\d{{1,3}})$', 2)"
    parts = (f"TRY_CAST(split_part({plain}, '.', {place}) AS BIGINT) * {256 ** (4 - place)}" for place in range(1, 5))
    return f"({' + '.join(parts)})"


def _digits(address: str) -> str:
    """An IPv6 address as its 32 digits."""
    left, right = (
        f"list_filter(string_split(split_part(lower({address}), '::', {side}), ':'), lambda part: part <> '')"
        for side in (1, 2)
    )
    zeros = f"list_transform(range(8 - len({left}) - len({right})), lambda place: '0')"
    every = f"list_concat(list_concat({left}, {zeros}), {right})"
    digits = f"array_to_string(list_transform({every}, lambda part: lpad(part, 4, '0')), '')"
    return f"CASE WHEN contains({address}, ':') AND NOT contains({address}, '.') THEN {digits} END"
