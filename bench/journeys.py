"""Journeys asked in all ways: our report, statements written by hand, pandas, Polars."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from bench.answers import Answer
from bench.frames import FRAMES
from bench.logs import RawEvents
from bench.question import FOLDER
from bench.side import HAND, OURS, Row, Way, compare, quickest
from bench.ways import funnel, lifecycle, paths, sessions
from bench.words import Span, Words
from cherish.library import Log


@dataclass(frozen=True)
class Journey:
    """What is asked, and how each of the ways answers; all give the same columns, which `plain` brings into one form.

    With `raw` the log lends only its events, no maintained days, for reports that would read those.
    """

    name: str
    by: Mapping[str, Callable[[Any, Span, Words], Any]]
    plain: Callable[[Any], Answer]
    hand: tuple[str, ...]
    raw: bool = False

    def row(self, store: Any, words: Words, rounds: int, frames: Mapping[str, Any]) -> Row:
        """Ours beside the quickest of the statements written by hand, and beside the frames."""
        span, log = Span.of(store), Log(RawEvents(store) if self.raw else store)
        statements = self.statements(span, words)
        with store.session():
            best = quickest({name: partial(store.query, text) for name, text in statements.items()})
            ways = {
                OURS: Way(lambda: self.by[OURS](log, span, words), self.plain),
                HAND: Way(lambda: store.query(statements[best]), self.plain),
            }
            for name, work in self.by.items():
                if name in frames:
                    ways[name] = Way(partial(work, frames[name], span, words), self.plain)
            return Row(self.name, "raw events", store.facts.rows["events"], compare(ways, rounds), best)

    def statements(self, span: Span, words: Words) -> dict[str, str]:
        """The statements written by hand, filled in."""
        places = {f"step_{place}": f"'{step}'" for place, step in enumerate(words.steps, 1)}
        places |= {"views": ", ".join(f"'{view}'" for view in words.views), "goal": f"'{words.goal}'"}
        places |= {"end": span.end, "days": words.days, **lifecycle.weeks(span)}
        return {name: (FOLDER / f"{name}.sql").read_text().format(**places) for name in self.hand}


def _by(module: Any, prefix: str = "") -> Mapping[str, Callable[[Any, Span, Words], Any]]:
    return {way: getattr(module, f"{prefix}by_{way}") for way in (OURS, *FRAMES)}


FUNNEL = Journey("funnel: four steps within days", _by(funnel), funnel.plain, ("funnel_joins", "funnel_narrow"))
SESSIONS = Journey(
    "sessions: by month, length, views, engaged", _by(sessions), sessions.plain, ("sessions_begin", "sessions_openings")
)
PATHS = Journey(
    f"paths: the {paths.LIMIT} most frequent of {paths.STEPS} steps in a visit",
    _by(paths),
    paths.plain,
    ("paths_numbered", "paths_leads"),
)
MATRIX = Journey(
    f"step matrix: where customers are in {paths.LONG} steps",
    _by(paths, "matrix_"),
    paths.of_matrix,
    ("matrix_numbered", "matrix_lists"),
)
LIFECYCLE = Journey(
    "lifecycle: new, returning, resurrecting, dormant by week",
    _by(lifecycle),
    lifecycle.plain,
    ("lifecycle_bits", "lifecycle_lag"),
    raw=True,
)
