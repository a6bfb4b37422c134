"""Bodies as they travel: gzip announced or not, deflate in both forms, and bombs that stay small."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest

from cherish.spec.messages import Limits, Malformed, unpacked

BODY = b'{"batch":[]}'
SMALL = Limits(packed=1_000, unpacked=5_000)


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


@pytest.mark.parametrize("encoding", [None, "", "gzip", "x-gzip", "GZIP ", "identity", "deflate", "br"])
def test_gzip_is_known_by_its_first_bytes_whatever_is_announced(encoding: str | None) -> None:
    assert unpacked(gzip.compress(BODY), encoding, Limits()) == BODY


@pytest.mark.parametrize("pack", [zlib.compress, raw_deflate])
def test_deflate_is_zlib_or_raw(pack) -> None:
    assert unpacked(pack(BODY * 50), "deflate", Limits()) == BODY * 50


@pytest.mark.parametrize("encoding", [None, "", "identity", "gzip"])
def test_a_plain_body_stays_as_it_is_also_where_a_proxy_left_the_header_behind(encoding: str | None) -> None:
    assert unpacked(BODY, encoding, Limits()) == BODY


@pytest.mark.parametrize(
    ("body", "encoding", "code"),
    [
        (gzip.compress(BODY)[:-9], None, "bad_compression"),
        (gzip.compress(BODY)[:-1], "gzip", "bad_compression"),
        (b"\x1f\x8b", "gzip", "bad_compression"),
        (b"\x1f\x8bnonsense", "gzip", "bad_compression"),
        (gzip.compress(BODY) + b"more", "gzip", "bad_compression"),
        (gzip.compress(BODY) * 2, "gzip", "bad_compression"),
        (b"not packed", "gzip", "bad_compression"),
        (b"not packed", "deflate", "bad_compression"),
        (b"", "deflate", "bad_compression"),
        (BODY, "br", "unknown_encoding"),
        (b"x" * 5_001, None, "too_large"),
        (gzip.compress(bytes(5_001)), None, "too_large"),
        (zlib.compress(bytes(5_001)), "deflate", "too_large"),
        (gzip.compress(BODY) + bytes(1_000), None, "too_large"),
    ],
)
def test_what_can_not_be_unpacked_says_why(body: bytes, encoding: str | None, code: str) -> None:
    with pytest.raises(Malformed) as refused:
        unpacked(body, encoding, SMALL)
    assert refused.value.code == code


def test_the_bounds_themselves_are_allowed() -> None:
    assert len(unpacked(gzip.compress(bytes(5_000)), None, SMALL)) == 5_000
    assert len(unpacked(b"x" * 5_000, None, SMALL)) == 5_000


def test_a_cut_body_says_where_it_ends() -> None:
    with pytest.raises(Malformed) as refused:
        unpacked(gzip.compress(BODY)[:-1], None, Limits())
    assert refused.value.position == len(gzip.compress(BODY)) - 1


def test_a_bomb_is_not_inflated_beyond_the_bound() -> None:
    bomb = gzip.compress(bytes(200 * 2**20), 1)
    assert len(bomb) < 2**20
    tracemalloc.start()
    with pytest.raises(Malformed) as refused:
        unpacked(bomb, None, Limits(unpacked=2**20))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert refused.value.code == "too_large"
    assert peak < 4 * 2**20
