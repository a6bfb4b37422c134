"""Text files before the engine reads them: their encoding, their delimiter and quotes, their header."""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

from cherish.errors import FileError

_CHUNK = 1 << 20
_SNIFFED = 1 << 18
_FORMATS = (
    (b"PK\x03\x04", "an Excel workbook or a zip archive"), (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF", "a PDF document"), (b"SQLite format 3", "a SQLite database"),
    (b"BZh", "compressed with bzip2"), (b"\xfd7zXZ", "compressed with xz"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd"),
)  # fmt: skip
_LOOKED_AT = 4096
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def zipped(path: Path) -> bool:
    """Whether the file is gzipped, whatever its name says.

    Raises:
        FileError: the file can't be opened.
    """
    try:
        with path.open("rb") as file:
            return file.read(2) == b"\x1f\x8b"
    except OSError as error:
        raise FileError(f"{path.name} can't be read: {error.strerror}") from error


def chunks(path: Path) -> Generator[bytes, None, None]:
    """The file's inflated bytes, piece by piece.

    Raises:
        FileError: the file can't be read to its end.
    """
    with gzip.open(path) if zipped(path) else path.open("rb") as file:
        while True:
            try:
                piece = file.read(_CHUNK)
            except (OSError, EOFError, zlib.error) as error:
                raise FileError(f"{path.name} can't be read to its end: {error}") from error
            if not piece:
                return
            yield piece


def beginning(path: Path) -> bytes:
    """The first of the file's inflated bytes; nothing of an empty file."""
    pieces = chunks(path)
    try:
        return next(pieces, b"")
    finally:
        pieces.close()


@dataclass(frozen=True)
class Text:
    """A text file that is sure to be UTF-8: where it lies now, how it begins, a digest, whether a byte is zero."""

    path: Path
    head: str
    digest: str
    nul: bool = False


def as_utf8(path: Path, folder: Path, encoding: str | None = None) -> Text:
    """The file as UTF-8: itself if it is, else a copy in `folder` made from `encoding` (or what its mark names).

    Raises:
        FileError: it is no text, or not in that encoding; the message names line and byte, and the way out.
    """
    head = beginning(path)
    if not head.strip():
        raise FileError(f"{path.name} is empty; nothing to import")
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    _refuse_other_formats(path, head)
    if not encoding and not marked:
        _refuse_unmarked(path, head)
    chosen = encoding or marked or "utf-8"
    decoder = _decoder(chosen)
    digest = hashlib.sha256()
    copy = folder / f"{hashlib.sha256(str(path).encode()).hexdigest()[:16]}.txt"
    plain = codecs.lookup(chosen).name == "utf-8" and not zipped(path)
    start, nul = _decoded(path, decoder, digest, None if plain else copy, chosen)
    return Text(path if plain else copy, start, digest.hexdigest(), nul)


def _refuse_other_formats(path: Path, head: bytes) -> None:
    for mark, what in _FORMATS:
        if head.startswith(mark):
            raise FileError(f"{path.name} is {what}; save it as CSV, TSV, JSON lines or Parquet")


def _refuse_unmarked(path: Path, head: bytes) -> None:
    # In UTF-16 nearly every other byte of plain text is zero; elsewhere in a text hardly any is.
    first = head[:_LOOKED_AT]
    even, odd = first[::2].count(0), first[1::2].count(0)
    if len(first) >= 8 and max(even, odd) > 0.3 * len(first) and min(even, odd) * 8 < max(even, odd):
        way = "utf-16-le" if odd > even else "utf-16-be"
        raise FileError(f"{path.name} looks like UTF-16 without a mark at its beginning; read it with --encoding {way}")
    if even + odd > 0.1 * len(first) or (even + odd and not _is_utf8(first)):
        raise FileError(f"{path.name} is not a file that can be imported; give CSV, TSV, JSON lines or Parquet")


def _is_utf8(first: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(first)
    except UnicodeDecodeError:
        return False
    return True


def _decoder(name: str) -> codecs.IncrementalDecoder:
    try:
        decoder = codecs.getincrementaldecoder(name)()
        text: object = decoder.decode(b"")
    except (LookupError, UnicodeError, TypeError):
        text = None
    # base64 and its like are codecs, too, but not of texts.
    if not isinstance(text, str):
        raise FileError(f"{name!r} is not an encoding; use a name such as utf-8, latin-1, cp1252 or utf-16")
    return decoder


def _decoded(
    path: Path, decoder: codecs.IncrementalDecoder, digest: hashlib._Hash, copy: Path | None, name: str
) -> tuple[str, bool]:
    start, lines, done, nul = "", 1, 0, False
    out = copy.open("w", encoding="utf-8", newline="") if copy is not None else None
    try:
        for piece in chunks(path):
            digest.update(piece)
            text = _decode(path, decoder, piece, lines, done, name)
            start = start or text[:_SNIFFED]
            nul = nul or "\0" in text
            if out is not None:
                out.write(text)
            lines += piece.count(b"\n")
            done += len(piece)
        _decode(path, decoder, b"", lines, done, name, final=True)
    finally:
        if out is not None:
            out.close()
    return start.removeprefix("\ufeff"), nul


def _decode(
    path: Path, decoder: codecs.IncrementalDecoder, piece: bytes, lines: int, done: int, name: str, final: bool = False
) -> str:
    held = len(decoder.getstate()[0])
    try:
        return decoder.decode(piece, final)
    except UnicodeDecodeError as error:
        at = max(error.start - held, 0)
        line, byte = lines + piece[:at].count(b"\n"), done + error.start - held + 1
        other = "--encoding cp1252 (or latin-1)" if name.startswith("utf") else "--encoding utf-8"
        raise FileError(
            f"{path.name}, line {line}: byte {byte:,} is not {name}; say which encoding the file has, such as {other}"
        ) from None
    except UnicodeError as error:
        raise FileError(
            f"{path.name} is not {name} ({error}); without a mark the order of bytes must be said: "
            f"--encoding {name}-le or {name}-be"
        ) from None


@dataclass(frozen=True)
class Dialect:
    """How a delimited file is written: delimiter, quote, column names, and whether the first line is a header."""

    delimiter: str
    quote: str
    names: tuple[str, ...]
    header: bool


def dialect(text: Text, label: str) -> Dialect:
    """The dialect, from the file's beginning: the delimiter that cuts its lines into the same number of fields.

    Raises:
        FileError: the first line can't be cut into columns.
    """
    head = text.head if len(text.head) < _SNIFFED else text.head[: text.head.rfind("\n") + 1]
    quote = "'" if head.count("'") > 2 * head.count('"') and ("','" in head or "';'" in head) else '"'
    best = max(",;\t|", key=lambda each: _evenness(head, each, quote))
    rows = list(_rows(head, best, quote, 200))
    if not rows:
        raise FileError(f"{label}, line 1: no columns; the first line must name them")
    header = _is_header(rows)
    first = [cell.strip() for cell in rows[0]]
    names = first if header else [f"column{place}" for place in range(1, len(first) + 1)]
    return Dialect(best, quote, _unique(names), header)


def _rows(head: str, delimiter: str, quote: str, most: int) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter, quotechar=quote)
    try:
        for count, row in enumerate(row for row in reader if row):
            if count >= most:
                return
            yield row
    except csv.Error:
        return


def _evenness(head: str, delimiter: str, quote: str) -> tuple[float, int]:
    widths = [len(row) for row in _rows(head, delimiter, quote, 100)]
    if not widths or widths[0] < 2:
        return (0.0, 0)
    return (sum(width == widths[0] for width in widths) / len(widths), widths[0])


def _is_header(rows: list[list[str]]) -> bool:
    # A header names things: no number, no date, nothing twice; a single row is taken for one.
    cells = [cell.strip() for cell in rows[0]]
    return not any(cell[:1].isdigit() or (cell[:1] in "+-." and cell[1:2].isdigit()) for cell in cells)


def _unique(names: list[str]) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    found = []
    for place, name in enumerate(names, 1):
        name = name or f"column{place}"
        seen[name.lower()] = seen.get(name.lower(), 0) + 1
        found.append(name if seen[name.lower()] == 1 else f"{name}_{seen[name.lower()]}")
    return tuple(found)
