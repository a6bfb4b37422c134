"""Questions about several events where the log is asked for one: what that makes of the answer, and what to ask for."""

from __future__ import annotations

from collections.abc import Sequence

from cherish.spec.names import is_company_act
from cherish.spec.view import View

_SHOWN = 3
"""So many further events are proposed; whoever has more knows them."""


def note(
    view: View, events: Sequence[str], parameter: str, trivial: str, *, of_features: bool = False
) -> tuple[str, ...]:
    """What must be said where only one event is looked at: `trivial` follows from it, and `parameter` takes more.

    Features may also be told apart by a property of the events.
    """
    if len(events) != 1:
        return ()
    told = f"Only one event is looked at, {events[0]}, so {trivial}."
    more = [name for name in sorted(view.facts.names) if name not in events and not is_company_act(name)]
    ways = [f"{parameter}='{'|'.join([*events, *more[:_SHOWN]])}'"] if more else []
    ways += [f"feature={name}" for name in sorted(view.facts.properties)[:1] if of_features]
    if not ways:
        return (f"{told} The log has no other that customers do.",)
    return (f"{told} Ask for more, such as {' or '.join(ways)}.",)
