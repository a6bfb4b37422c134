"""The figures as people read them: a line while it runs, a table at the end, a page for the docs."""

from __future__ import annotations

import platform
from dataclasses import dataclass, field, fields
from datetime import date
from importlib.metadata import version
from pathlib import Path

import msgspec

from bench import clv, experiment, tournament
from bench.imported import Imported
from bench.loading import Loading
from bench.loading import lines as of_loading
from bench.processes import Race
from bench.serving import Served
from bench.serving import lines as of_serving
from bench.side import HAND, OURS, Row, Took

_SERVING = (
    "A second process (wrk) sends on the same two cores; an answer is given when the event is on the disk. *Not "
    "storing* is the same server answering once it checked the event; the plain collector writes a row for each event "
    "in one transaction per request. Medians of rounds in turn."
)
_TESTED = (
    "Cherish answers from the events: assignments, sample ratios, every metric after and before, effects. For "
    "tea-tasting a statement written by hand first makes a table of one row per customer of the same events; "
    "*tea-tasting alone* is what it then takes through Ibis. Medians of rounds in turn, in one process."
)
_PACKAGES = ("duckdb", "ibis-framework", "pandas", "polars")


@dataclass
class Figures:
    """All that was measured in one run."""

    imported: Imported | None = None
    rows: list[Row] = field(default_factory=list)
    races: list[Race] = field(default_factory=list)
    fits: list[clv.Fitted] = field(default_factory=list)
    tested: experiment.Tested | None = None
    tried: list[tournament.Held] = field(default_factory=list)
    served: Served = field(default_factory=Served)
    loaded: Loading | None = None

    @property
    def equal(self) -> bool:
        """Whether all answers are equal."""
        once = [each for each in (self.loaded, self.tested) if each is not None]
        return all(each.equal for each in (*self.rows, *self.races, *self.fits, *self.tried, self.served, *once))

    @property
    def passed(self) -> bool:
        """Whether all answers are equal and all goals met."""
        once = [each for each in (self.imported, self.loaded, self.tested) if each is not None]
        return all(each.passed for each in (*self.rows, *self.races, *self.fits, *self.tried, self.served, *once))


def read(file: Path) -> Figures:
    """Figures as `--json` wrote them."""
    return msgspec.json.decode(file.read_bytes(), type=Figures)


def together(runs: list[Figures]) -> Figures:
    """The figures of several runs, of which each measured other parts; of one part the latest hold."""
    found = Figures()
    for run in runs:
        for part in fields(Figures):
            measured = getattr(run, part.name)
            if measured != getattr(Figures(), part.name):
                setattr(found, part.name, measured)
    return found


def line(row: Row) -> str:
    """One comparison, as it is done."""
    verdict = "answers equal" if row.equal else "ANSWERS DIFFER"
    slow = "" if row.passed or not row.equal else ", over the goal"
    return f"{row.question} ({row.source}): {row.ratio:.2f} times {row.hand}, {verdict}{slow}"


def of_import(taken: Imported) -> str:
    """The import, in a sentence."""
    return (
        f"import: {taken.rows:,} order lines became {taken.orders:,} orders in {taken.seconds:.1f} s, "
        f"{taken.rate:,.0f} lines a second, {taken.peak / 1e9:.2f} GB at its peak"
    )


def of_race(race: Race) -> str:
    """One race, as it is done."""
    times = "; ".join(f"{name} {each.median:.2f} s" for name, each in race.took.items())
    verdict = "answers equal" if race.equal else "ANSWERS DIFFER"
    slow = "" if race.passed or not race.equal else ", not the first"
    return f"whole process, {race.question} ({race.log}): {times}; {verdict}{slow}"


def terminal(rows: list[Row]) -> str:
    """All comparisons as a table of plain text."""
    table = [("question", "from", "Cherish", "SQL by hand", "ratio", "Polars", "pandas"), *map(_cells, rows)]
    widths = [max(len(row[place]) for row in table) for place in range(len(table[0]))]
    return "\n".join(
        "  ".join(text.ljust(width) if place < 2 else text.rjust(width) for place, (text, width) in
                  enumerate(zip(row, widths, strict=True))).rstrip()
        for row in table
    )  # fmt: skip


def markdown(found: Figures) -> str:
    """The page of the docs."""
    versions = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    lines = [
        "# Speed",
        "",
        f"Made by `make bench ARGS=--write` on {date.today():%d %B %Y}; two cores, Python {platform.python_version()}, "
        f"{versions}.",
        "",
        "Every way was asked in turn in one warm process; seconds are medians, memory is what the process grew by. All "
        "answers were compared and are equal. *SQL by hand* is the quicker of two DuckDB statements that we wrote for "
        "the question (`bench/hand_sql/`). Cherish's seconds are those of the whole answer: planned, compiled, run and "
        "laid out. pandas and Polars start from a frame in memory; the goal is 1.5 times the SQL.",
        "",
        "| question | from | Cherish | SQL by hand | ratio | Polars | pandas |",
        "|---|---|--:|--:|--:|--:|--:|",
        *("| " + " | ".join(_cells(row)) + " |" for row in found.rows),
    ]
    if found.races:
        lines += ["", "## From start to end", "", *_raced(found.races)]
    if found.fits:
        lines += ["", "## Models", "", *(f"* {clv.line(fit)}" for fit in found.fits)]
    if tested := experiment.line(found.tested):
        lines += ["", "## Experiments", "", _TESTED, "", f"* {tested[0].upper()}{tested[1:]}."]
    if tried := tournament.lines(found.tried):
        lines += ["", "## The tournament", "", *(f"* {text[0].upper()}{text[1:]}." for text in tried)]
    if served := of_serving(found.served):
        lines += ["", "## The live server", "", _SERVING, "", *(f"* {text[0].upper()}{text[1:]}." for text in served)]
    if loaded := of_loading(found.loaded):
        lines += ["", "## The loader", "", *(f"* {text[0].upper()}{text[1:]}." for text in loaded)]
    if found.imported:
        sentence = of_import(found.imported)
        lines += ["", "## Import", ""]
        lines += [f"{sentence[0].upper()}{sentence[1:]} (a process of its own, its start included)."]
    return "\n".join(lines) + "\n"


def _raced(races: list[Race]) -> list[str]:
    ways = list(dict.fromkeys(name for race in races for name in race.took))
    return [
        "Seconds of a whole process that starts, reads, answers once and ends; medians of three. Cherish opens its "
        "log, as it is installed alone, without pandas; the others read the same events from a Parquet file, pandas "
        "and Polars only the columns that they need. Where events of one instant keep an order, Polars sorts stably.",
        "",
        "| question | log | " + " | ".join(ways) + " |",
        "|---|---|" + "--:|" * len(ways),
        *(
            f"| {race.question} | {race.log}, {race.events:,} | "
            + " | ".join(f"{race.took[way].median:.2f} s" if way in race.took else "" for way in ways)
            + " |"
            for race in races
        ),
    ]


def _cells(row: Row) -> tuple[str, ...]:
    ways = [_took(row.took.get(name)) for name in (OURS, HAND)]
    frames = [_took(row.took.get(name)) for name in ("polars", "pandas")]
    return (row.question.split(":")[0], f"{row.source}, {row.events:,}", *ways, f"{row.ratio:.2f}", *frames)


def _took(took: Took | None) -> str:
    if took is None:
        return ""
    memory = "" if took.memory is None else f", {took.memory / 1e6:,.0f} MB"
    return f"{took.median:.3f} s{memory}"
