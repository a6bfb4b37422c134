"""Who got mail although held out, and from which campaign?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pyarrow as pa

from cherish.reports import _contamination as contamination
from cherish.reports._arms import assigned
from cherish.reports._contacts import NAMED, SENDS, properties
from cherish.spec.definition import NAMES, Card, parameter
from cherish.spec.holdouts import EXPORTED
from cherish.spec.plan import Plan
from cherish.spec.report import Report, Run
from cherish.spec.view import View

SCHEMA = pa.schema([
    ("campaign", pa.string()), ("first_day", pa.date32()), ("last_day", pa.date32()), ("held_out", pa.int64()),
    ("leaked", pa.int64()), ("leak_share", pa.float64()), ("told_before", pa.int64()), ("told_before_why", pa.string()),
    ("others", pa.int64()), ("reached", pa.int64()), ("reached_share", pa.float64()),
])  # fmt: skip


class Contamination(Report):
    """By campaign: how many of the held out got a message since their lot, and how many of those who may get some.

    A message to an address reaches everybody who shares it. What was sent before a customer's lot does not count.
    `told_before` are those of the leaked whose address the sender had been told (`cherish holdout export`) before the
    message: where it is all of them, the sender did not heed the list; where it is none, the list came too late.
    Messages that must go out whatever the lot says (receipts, passwords) are no leak: name their campaigns (`exempt`).

    Nobody is taken out of the comparison for having got mail: intention to treat keeps everybody where the lot put
    them. What a leak does is to make the arms more alike, by the share shown.
    """

    card: ClassVar[Card] = Card(
        family="Y",
        formula="per campaign: |held out, got a message since the lot| / |held out|; the same of the others",
        unit="customers",
        range=(0, None),
        nulls={"no_list": "no suppression list was exported from here"},
        rests={"leak_share": "leaked", "reached_share": "reached"},
        example='log.report("contamination")',
    )

    address: str = parameter("email", "the trait that mail goes to; who shares it is reached together")
    assignments: str | None = parameter(
        None, "a CSV or Parquet file of customer, arm and time, in place of the log's lot"
    )
    columns: tuple[str, ...] = parameter((), "columns of that file by role: customer=user|arm=group", NAMES)
    exempt: tuple[str, ...] = parameter((), "campaigns that go out whatever the lot says: receipts, passwords", NAMES)
    holdout: str | None = parameter(None, "which holdout; where there is one alone it goes without saying")
    named: tuple[str, ...] = parameter(NAMED, "properties that name a message's campaign, the best first", NAMES)
    sends: tuple[str, ...] = parameter(SENDS, "events that are messages", NAMES)

    def plan(self, view: View, run: Run) -> Plan:
        """The lot, the messages, and who of the one got any of the other."""
        who = assigned(
            view, run, holdout=None if self.assignments else self.holdout or "", assignments=self.assignments,
            columns=self.columns,
        )  # fmt: skip
        messages = contamination.sent(view, self.sends, properties(view, self, "named"), self.exempt)
        received = contamination.got(view, who, messages, self.address)
        whole = contamination.reach(run, who, received)
        listed = EXPORTED in view.facts.names

        def finish(counted: Any) -> Any:
            found = contamination.by_campaign(who, counted.to_pylist())
            rows = [_row(view, name, *each, listed) for name, each in found.items()]
            rows.sort(key=lambda row: (-row["leaked"], -row["reached"], row["campaign"]))
            return pa.Table.from_pylist(rows, schema=SCHEMA)

        return Plan(
            expression=contamination.campaigns(received),
            finish=finish,
            headline=lambda table: _headline(whole),
            convention=f"contamination/{who.name}/intention_to_treat/by_{self.address}",
            notes=(*who.report.notes(), contamination.words(whole)),
            fits=who.fits,
        )

    def chart(self, table: pa.Table) -> Any:
        """The share of the held out that each campaign reached."""
        from cherish.reports._pictures import lying

        rows = table.to_pylist()
        title = "of the held out, got a message"
        return lying([row["campaign"] for row in rows], [row["leak_share"] for row in rows], title, ".1%")


def _row(view: View, name: str, found: contamination.Reach, first: Any, last: Any, listed: bool) -> dict[str, Any]:
    from datetime import UTC

    days = (view.calendar.day_of(moment.replace(tzinfo=UTC)) for moment in (first, last))
    return {
        "campaign": name, **dict(zip(("first_day", "last_day"), days, strict=True)), "held_out": found.held_out,
        "leaked": found.held_out_reached, "leak_share": found.leak, "told_before": found.told if listed else None,
        "told_before_why": None if listed else "no_list", "others": found.others, "reached": found.others_reached,
        "reached_share": found.reach,
    }  # fmt: skip


def _headline(found: contamination.Reach) -> Mapping[str, Any]:
    return {
        "held_out": found.held_out, "leaked": found.held_out_reached, "leak_share": found.leak, "others": found.others,
        "reached": found.others_reached, "reached_share": found.reach, "contrast_share": found.contrast,
    }  # fmt: skip
