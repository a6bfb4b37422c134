"""Whom an answer is about: the population narrowed to an audience, and how the answer says so."""

from __future__ import annotations

from dataclasses import replace

from cherish.errors import QuestionError, Unanswerable
from cherish.points import bits
from cherish.spec.view import View

CAVEAT = "an audience is whom its rule holds for at the end, also where earlier days are looked at"


def narrowed(view: View, among: str | None) -> View:
    """The view whose population is the audience of a rule; as it is without one.

    Raises:
        QuestionError: the rule names what the log or the catalogue lacks.
    """
    if among is None:
        return view
    from cherish.audiences.members import members
    from cherish.audiences.reading import of_text

    rule = of_text(among)
    try:
        return replace(view, audience=rule.label, members=members(view, rule))
    except QuestionError as error:
        raise QuestionError(f"among {rule.name or 'the audience'}, {error}") from None


def held(view: View) -> View:
    """The view with its audience found once, for the statements of one answer, where the engine shares our memory."""
    if view.members is None or not bits.can(view):
        return view
    return replace(view, members=view.log.temporary(view.log.run(view.members)))


def of_view(text: str, view: View, before: str) -> str:
    """A name or convention that states the view's audience, where it has one."""
    return f"{text}{before}among {view.audience}" if view.audience else text


def notes(view: View) -> tuple[str, ...]:
    """How many are in the audience, of how many; nothing where the view has none.

    Raises:
        Unanswerable: nobody is.
    """
    if not view.audience:
        return ()
    people = View(view.log, view.as_of, (), view.population).customers()
    everyone, inside = people.agg(everyone=people.count()), view.members.agg(inside=view.members.count())
    counted = view.log.run(everyone.cross_join(inside)).to_pylist()[0]
    name = view.audience.rpartition("#")[0]
    if not counted["inside"]:
        raise Unanswerable(
            f"among {name}: at this moment the rule holds for none of {counted['everyone']:,} customers; "
            "loosen it, or ask as of another day"
        )
    share = counted["inside"] / counted["everyone"]
    return (f"among {name}: {counted['inside']:,} of {counted['everyone']:,} customers ({share:.1%})", CAVEAT)
