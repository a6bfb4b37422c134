"""The one function that answers: a log and a question in, a result out."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from cherish.answer import audience
from cherish.answer.code import code_version
from cherish.answer.made import Made
from cherish.cards import question
from cherish.clock import system_clock
from cherish.query import Query
from cherish.result import Origin, Result
from cherish.show.moments import moment_of
from cherish.spec.definition import Definition
from cherish.spec.filters import Filter
from cherish.spec.relations import Facts, Log
from cherish.spec.view import View, end_of_data


def answer(log: Log, query: Query, now: datetime | None = None) -> Result:
    """Answer one question.

    `now` is the present moment of a live log, one into which events came by a server (the machine's clock by
    default); other logs are seen from the end of their last local day unless the question says otherwise.

    Raises:
        QuestionError: the question names something that does not exist.
        Unanswerable: the data lack what it takes.
    """
    # One moment for all that is asked on the way: of a live log each reading of the clock would be another question.
    now = now or system_clock()
    if query.against:
        from cherish.answer import compared

        return compared.answered(log, query, partial(answer, log, now=now))
    definition = query.definition()
    log = seen(log, query)
    with holding(log):
        asked = view_of(log, query, now)
        view = audience.held(asked)
        notes = (*audience.notes(view), *_left_out(view), *_nothing_fits(view))
        made = _made(view, definition, query)
    if view is not asked:
        # Who looks at the statement wants the rule in it, and not the name of what was found.
        made = replace(made, expression=lambda: _made(asked, definition, query).expression())
    made = replace(made, notes=(*notes, *_after_the_data(view), *made.notes))
    return _result(log, view, query, definition, made, now)


def holding(log: Any) -> AbstractContextManager[Any]:
    """The log's session where it has one: a question of several statements opens the file once."""
    session = getattr(log, "session", None)
    return nullcontext() if session is None else session()


def seen(log: Any, query: Query) -> Any:
    """The log without the noise, or with everybody where the question wants that and the log leaves somebody out."""
    return getattr(log, "everybody", log) if query.include_noise else log


def view_of(log: Log, query: Query, now: datetime | None = None) -> View:
    """The log as the question wants it seen: moment, filters, population, audience."""
    log = seen(log, query)
    facts = log.facts
    filters = tuple(Filter.parse(text) for text in query.filters)
    moment = None if query.as_of is None else moment_of(query.as_of, facts.zone)
    return audience.narrowed(View.of(log, moment, filters, query.population, now or system_clock()), query.among)


def moment_text(view: View) -> str:
    """The shortest text that `moment_of` reads back as the view's moment."""
    if view.whole:
        return view.calendar.day_of(view.as_of).isoformat()
    return view.as_of.isoformat().replace("+00:00", "Z")


def _left_out(view: View) -> tuple[str, ...]:
    """A note on who is not counted."""
    left = view.facts.left_out
    if not any(left.values()):
        return ()
    told = (f"{count:,} {name.removesuffix('s') if count == 1 else name}" for name, count in left.items())
    who = " with ".join(told)
    return (f"Left out as internal, tests or bots: {who} (include_noise counts them; cherish noise says why).",)


def _nothing_fits(view: View) -> tuple[str, ...]:
    """A note where the filters leave nothing: a value that was mistyped looks like an answer otherwise."""
    if not view.filters or view.log.run(view.passing()).num_rows:
        return ()
    what = "customer" if all(each.field.startswith("traits.") for each in view.filters) else "event"
    return (f"No {what} before this moment fits {', '.join(map(str, view.filters))}: the figures are of nobody.",)


def _after_the_data(view: View) -> tuple[str, ...]:
    """A note where the moment lies more than a day after the last local day that has an event."""
    end = end_of_data(view.facts)
    if view.facts.live or view.as_of - end <= timedelta(days=1):
        return ()
    first_without = view.calendar.day_of(end)
    days = (view.calendar.day_of(view.as_of) - first_without).days
    ago = f"{days:,} day{'' if days == 1 else 's'}"
    return (f"The data end on {first_without - timedelta(days=1)}, {ago} before this moment.",)


def _made(view: View, definition: Definition, query: Query) -> Made:
    if query.kind == "measure":
        from cherish.answer import measured

        return measured.made(view, definition, query)  # type: ignore[arg-type]  # a measure, by its registry
    from cherish.answer import reported

    return reported.made(view, definition, query)  # type: ignore[arg-type]  # a report, by its registry


def _result(log: Log, view: View, query: Query, definition: Any, made: Made, now: datetime | None) -> Result:
    facts = view.facts
    table = made.table if query.limit is None else made.table.slice(0, query.limit)
    versions = definition.versions(view)
    return Result(
        query=query.changed(as_of=moment_text(view)),
        name=audience.of_view(full_name(definition, versions, made.fits), view, " "),
        table=table,
        headline=made.headline,
        convention=audience.of_view(made.convention, view, "/"),
        parameters={**definition.settings(), **versions},
        as_of=view.as_of,
        zone=facts.zone,
        rows=dict(facts.rows),
        fingerprint=facts.fingerprint,
        code_version=code_version(),
        notes=made.notes,
        nulls=dict(definition.card.nulls),
        about=_about(view, definition, made),
        origin=Origin(log, definition, made.expression, partial(answer, log, now=now)),
    )


def full_name(definition: Definition, versions: dict[str, str], digests: tuple[str, ...]) -> str:
    """The definition's full name with what was fitted: `rfm(fit=1f2e3d4c)@1`."""
    name = definition.full_name(versions)
    if not digests:
        return name
    fits = ",".join(f"fit={digest}" for digest in digests)
    body, _, version = name.rpartition("@")
    return f"{body[:-1]},{fits})@{version}" if body.endswith(")") else f"{body}({fits})@{version}"


def _about(view: View, definition: Definition, made: Made) -> dict[str, str]:
    card, facts = definition.card, view.facts
    unit = unit_of(card.unit, facts, _currency(view, definition))
    about = {"line": definition.line(), "unit": unit, "formula": card.formula, "shape": made.shape}
    about["question"] = question(type(definition))
    if card.apart:
        about["apart"] = "|".join(card.apart)
    if card.rests:
        about["rests"] = "|".join(f"{name}={count}" for name, count in card.rests.items())
    if card.aside:
        about["aside"] = "|".join(card.aside)
    if card.mixed:
        about["mixed"] = "|".join(card.mixed)
    if card.source:
        about["source"] = str(card.source)
    if facts.outcome:
        about["outcome"] = facts.outcome
    return about | dict(made.about)


def _currency(view: View, definition: Definition) -> str | None:
    """The one currency that the question keeps; rates would turn what a filter keeps into the workspace's own."""
    asked: str | None = getattr(definition, "currency", None)
    kept = [each.values[0] for each in view.filters if str(each) == f"currency={each.values[0]}" != "currency=(none)"]
    return asked or (kept[0] if kept and not view.facts.rates else None)


def unit_of(unit: str, facts: Facts, currency: str | None = None) -> str:
    """The unit as people read it: money becomes the currency where there is one, or the one that was asked for."""
    if unit != "money":
        return unit
    if currency is not None:
        return currency
    used = sorted(name for name, count in facts.currencies.items() if count)
    return facts.currency or (used[0] if len(used) == 1 else "")
