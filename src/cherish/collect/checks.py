"""When files are refused as a whole: in strict mode any rejected row, otherwise too large a share of them."""

# Names of columns are internal (c0, c1 ...) and texts are literals throughout.
# ruff: noqa: S608

from __future__ import annotations

from cherish.collect.rejects import physical
from cherish.collect.spool import Spool
from cherish.collect.summing import Tally
from cherish.collect.workbench import Workbench
from cherish.errors import FileError


def refuse(bench: Workbench, spools: list[Spool], tally: Tally, strict: bool, share: float) -> None:
    """Stop the import if too much was rejected.

    Raises:
        FileError: strict and any row was rejected, or more than the share; the message names an example.
    """
    rejected = sum(tally.rejected.values())
    if rejected == 0 or (not strict and rejected <= share * tally.rows):
        return
    file, line, reason = _example(bench, spools)
    if strict:
        raise FileError(f"{file}, line {line}: {reason}; --strict takes no file with such a row ({rejected:,} in all)")
    raise FileError(
        f"{file}, line {line}: {reason}; {rejected:,} of {tally.rows:,} rows can't be taken, more than "
        f"{share:.0%}{_way_out(tally)}"
    )


def _way_out(tally: Tally) -> str:
    reasons = " ".join(tally.rejected)
    if "which is the day" in reasons:
        return "; say how dates are written: --dates day-first or --dates month-first"
    if "thousands separator" in reasons:
        return "; say how numbers are written: --decimal point or --decimal comma"
    return "; correct them, map another column with --map role=COLUMN, or take the others with --reject-share 100%"


def _example(bench: Workbench, spools: list[Spool]) -> tuple[str, int, str]:
    for spool in spools:
        for place, reading in enumerate(spool.group.readings, spool.group.first):
            source = reading.source
            found = bench.rows(
                f"SELECT line, verdict[2:] FROM ({spool.relation()}) WHERE file = {place} AND verdict[1] = 'r' "
                "ORDER BY line LIMIT 1"
            )
            if found:
                (line,) = bench.row(
                    f"SELECT {physical(bench, source, 'x.line')} FROM (SELECT CAST({found[0][0]} AS BIGINT) AS "
                    "line) AS x"
                )
                return source.label, int(line), str(found[0][1])
            if source.broken:
                return source.label, source.broken[0].record + source.header_lines, source.broken[0].reason
    raise FileError("rows were rejected")  # pragma: no cover  # a tally with rejects has an example
