"""By what an experiment is read: the question's own terms, then what was declared, then defaults; and what was when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cherish.errors import QuestionError
from cherish.reports._arms.metrics import DAY, METRICS
from cherish.reports._rows import day_of_text
from cherish.spec.declared import Declared
from cherish.spec.definition import NAMES, REAL
from cherish.spec.names import ORDER_COMPLETED
from cherish.spec.periods import parse_duration
from cherish.spec.view import View

HORIZON, PLANNED = 28 * DAY, 2000


@dataclass(frozen=True)
class Guardrail:
    """A metric that must not get worse by more than a margin: absolute, or a share of the control's mean.

    `falls` says in which direction worse lies; None: as the metric's own better end says.
    """

    metric: str
    margin: float
    share: bool
    falls: bool | None


@dataclass(frozen=True)
class Terms:
    """The terms of one reading.

    `said_at` (naive UTC) is when they were declared, None where nothing was; `until` the declared end (naive UTC, the
    start of a local day). `version` names the stored declaration; `changed` the terms in which the question departs
    from it.
    """

    horizon: int
    metrics: tuple[str, ...]
    secondary: tuple[str, ...]
    guardrails: tuple[Guardrail, ...]
    interactions: tuple[str, ...]
    shares: Mapping[str, float]
    until: datetime | None
    planned: int
    said_at: datetime | None
    version: str = ""
    changed: tuple[str, ...] = ()

    def before(self, moment: Any) -> bool:
        """Whether the terms were said before this moment (naive UTC), and the question keeps to them."""
        return self.said_at is not None and not self.changed and moment is not None and self.said_at < moment

    @property
    def every(self) -> tuple[str, ...]:
        """All metrics, each once: the primary ones, the secondary ones, those of guardrails."""
        return tuple(dict.fromkeys((*self.metrics, *self.secondary, *(each.metric for each in self.guardrails))))


def terms(view: View, given: Mapping[str, Any], name: str | None) -> Terms:
    """The terms of a question.

    `given` holds the question's own (None or empty: not said), `name` the experiment's.

    Raises:
        QuestionError: a term that can't be read.
    """
    declared = _declared(view, name)
    said = {} if declared is None else dict(declared.terms)
    mine = {key: value for key, value in given.items() if value not in (None, ())}
    changed = tuple(sorted(key for key in said if key in mine and _text(key, mine[key]) != said[key]))
    horizon = _one(mine, said, "horizon", parse_duration) or HORIZON
    metrics = _one(mine, said, "metrics", METRICS.parse) or default_metrics(view)
    until = _one(mine, said, "until", str)
    day = None if until is None else day_of_text("until", until)
    return Terms(
        horizon=horizon,
        metrics=tuple(metrics),
        secondary=tuple(_one(mine, said, "secondary", METRICS.parse) or ()),
        guardrails=tuple(guardrail(each) for each in _one(mine, said, "guardrails", METRICS.parse) or ()),
        interactions=tuple(_one(mine, said, "interactions", NAMES.parse) or ()),
        shares=shares(_one(mine, said, "arms", NAMES.parse) or ()),
        until=None if day is None else _start(view, day),
        planned=int(_one(mine, said, "planned", int) or PLANNED),
        said_at=_said_at(view, given.get("declared"), declared),
        version="" if declared is None else str(declared),
        changed=changed,
    )


def default_metrics(view: View) -> tuple[str, ...]:
    """The outcome that the workspace chose, or money, or orders, or coming back: whichever the log has."""
    chosen = view.facts.outcome
    if chosen and chosen != "activity":
        return (chosen,)
    if view.facts.names.get(ORDER_COMPLETED):
        return ("revenue",) if any(view.facts.currencies.values()) else ("orders",)
    return ("retained",)


def guardrail(text: str) -> Guardrail:
    """`revenue:-2%` (may fall by 2 % of the control's mean), `Unsubscribed:+0.01` (may rise by so much), `orders:5%`.

    Raises:
        QuestionError: no metric or no margin above 0.
    """
    metric, sign, margin = text.rpartition(":")
    plain = margin.strip().lstrip("+-").removesuffix("%")
    try:
        value = float(plain)
    except ValueError:
        value = 0.0
    if not sign or not metric.strip() or not 0 < value < float("inf"):
        raise QuestionError(
            f"guardrail {text!r}: write METRIC:MARGIN, such as revenue:-2% (it may fall by 2 % of the control's) or "
            "Unsubscribed:+0.01"
        )
    percent = margin.strip().endswith("%")
    falls = {"-": True, "+": False}.get(margin.strip()[0])
    return Guardrail(metric.strip(), value / 100 if percent else value, percent, falls)


def shares(texts: tuple[str, ...]) -> dict[str, float]:
    """`a:.5|b:.5` as weights by arm; empty: all arms alike.

    Raises:
        QuestionError: not of that form.
    """
    found = {}
    for text in texts:
        arm, sign, weight = text.rpartition(":")
        try:
            found[arm.strip()] = float(REAL.parse(weight))
        except (QuestionError, TypeError):
            sign = ""
        if not sign or not arm.strip() or not found[arm.strip()] > 0:
            raise QuestionError(f"arms={text!r}: write ARM:SHARE|ARM:SHARE, such as control:.5|offer:.5")
    return found


def _declared(view: View, name: str | None) -> Declared | None:
    return None if name is None else view.facts.experiments.get(name)


def _one(mine: Mapping[str, Any], said: Mapping[str, str], key: str, read: Any) -> Any:
    if key in mine:
        return mine[key]
    return read(said[key]) if key in said else None


def _text(key: str, value: Any) -> str:
    from cherish.spec.definition import DURATION

    if key == "horizon":
        return DURATION.render(value)
    return "|".join(value) if isinstance(value, tuple) else str(value)


def _said_at(view: View, text: Any, declared: Declared | None) -> datetime | None:
    if text is not None:
        day = day_of_text("declared", str(text))
        return None if day is None else _start(view, day)
    return None if declared is None else declared.at.astimezone(UTC).replace(tzinfo=None)


def _start(view: View, day: Any) -> datetime:
    return view.calendar.starts(day).replace(tzinfo=None)
