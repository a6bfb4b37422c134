"""Which events of a log play a part that a definition speaks of: standard names where nothing was said."""

from __future__ import annotations

from typing import Any

from cherish.errors import QuestionError, Unanswerable
from cherish.spec.definition import Definition
from cherish.spec.view import View


def role(view: View, definition: Definition, parameter: str, *, needed: bool = True) -> tuple[str, ...]:
    """The event names of this log that a parameter of names stands for.

    Left at its default, the parameter stands for those of the standard names that the log has; names that somebody
    gave must all be there.

    Raises:
        QuestionError: a given name is not an event of the log.
        Unanswerable: the log has none of the standard names, and the definition can't do without.
    """
    wanted: tuple[str, ...] = getattr(definition, parameter)
    there = view.facts.names
    found = tuple(name for name in wanted if name in there)
    default = next(each.default for each in definition.parameters() if each.name == parameter)
    missing = [name for name in wanted if name not in there]
    if missing and tuple(wanted) != tuple(default):
        raise QuestionError(f"{parameter}={'|'.join(wanted)!r}: {missing[0]!r} is no event here; {_listed(there)}")
    if not found and needed:
        looked = ", ".join(wanted) or "nothing"
        raise Unanswerable(
            f"{definition.name} needs events for {parameter}, and the log has none of the customary ones ({looked}). "
            f"Name your own: {parameter}=NAME|NAME; {_listed(there)}"
        )
    return found


def any_of(view: View, definition: Definition, *parameters: str) -> dict[str, tuple[str, ...]]:
    """The names of several parts of which at least one must be played.

    Raises:
        QuestionError: a given name is not an event of the log.
        Unanswerable: none of them is.
    """
    found = {each: role(view, definition, each, needed=False) for each in parameters}
    if not any(found.values()):
        raise Unanswerable(
            f"{definition.name} needs events for at least one of {', '.join(parameters)}, and the log has none of the "
            f"customary ones. Name your own, such as {parameters[0]}=NAME|NAME; {_listed(view.facts.names)}"
        )
    return found


def _listed(names: Any) -> str:
    return f"there are {', '.join(sorted(names))}"
