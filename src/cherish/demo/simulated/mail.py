"""Mail as events: lots, deliveries, and the opens and clicks that say nothing about effects."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from . import frequency
from .arrays import MINUTE, Flags, Floats, Integers
from .batches import Batch, Column, Labels
from .campaigns import HOURS, NEIGHBOURS, Drawn
from .frequency import Trial
from .orders import Orders, next_order
from .parameters import PARAMETERS
from .people import DEVICES, People
from .plan import Plan
from .streams import chosen

SECOND = MINUTE / 60
CLICK_DAYS = 7.0


@dataclass(frozen=True)
class Readers:
    """Whose mailbox opens by itself and whose scanner clicks: hidden from the sender."""

    machine: Flags
    scanner: Flags


@dataclass(frozen=True)
class Mailing:
    """One mail to many: `gets` and `sends` over all customers, and what its events say."""

    part: str
    gets: Flags
    sends: Floats
    columns: dict[str, Column]


def draw_readers(plan: Plan) -> Readers:
    """Draw the mailboxes."""
    effects = plan.effects
    return Readers(
        chosen(plan.stream("mail/machine"), plan.customers, effects.machine_opens),
        chosen(plan.stream("mail/scanner"), plan.customers, effects.scanner_clicks),
    )


def circumstances(drawn: Drawn, people: People) -> dict[str, Column]:
    """Name arm and context of one campaign's lot, for all customers."""
    return {
        "channel": "email",
        "campaign": drawn.campaign.name,
        "variation": Labels(drawn.campaign.arms, drawn.arm),
        "device": Labels(DEVICES, people.device),
        "hour_local": np.asarray(HOURS, dtype=np.int16)[drawn.hour],
        "neighbour": Labels(NEIGHBOURS, drawn.neighbour),
    }


def mailing(drawn: Drawn, people: People) -> Mailing:
    """Describe a campaign's mail."""
    return Mailing(f"campaigns/{drawn.campaign.name}", drawn.mailed, drawn.sends, circumstances(drawn, people))


def lots(drawn: Drawn, people: People) -> Batch:
    """Record the lot itself, both arms, at the moment it was held."""
    everyone = np.arange(drawn.arm.size, dtype=np.int32)
    columns = {**circumstances(drawn, people), "experiment": drawn.campaign.name}
    moment = np.full(everyone.size, drawn.moment)
    part = f"campaigns/{drawn.campaign.name}/lot"
    return Batch(part, "Experiment Viewed", everyone, everyone, moment, columns=columns).where(drawn.in_base)


def mail_events(plan: Plan, mail: Mailing, readers: Readers, book: Orders) -> Iterator[Batch]:
    """Deliver a mail and let people and machines open and click it.

    Every draw is made for all customers, so that who is mailed changes nobody else's draws.
    """
    size = plan.customers
    everyone = np.arange(size, dtype=np.int32)
    draws = plan.stream(f"mail/{mail.part}")

    def batch(name: str, moment: Floats, rows: Flags, kind: str) -> Batch:
        part = f"{mail.part}/{kind}"
        return Batch(part, name, everyone, everyone, moment, columns=mail.columns).where(mail.gets & rows)

    reads = mail.sends + np.minimum(draws.exponential(0.25, size), 3.0)
    clicks, click_rows = human_clicks(plan, draws, mail, book)
    yield batch("Email Delivered", mail.sends, np.ones(size, dtype=np.bool_), "delivered")
    opened = draws.random(size) < PARAMETERS.mailing.human_opens
    before_click = np.minimum(reads, mail.sends + 0.9 * (clicks - mail.sends))
    opens = np.where(click_rows, before_click, reads)
    yield batch("Email Opened", opens, opened | click_rows, "opened")
    yield batch("Email Opened", mail.sends + draws.uniform(5, 60, size) * SECOND, readers.machine, "opened by machine")
    yield batch("Email Link Clicked", clicks, click_rows, "clicked")
    scanned = mail.sends + draws.uniform(0.5, 5, size) * SECOND
    yield batch("Email Link Clicked", scanned, readers.scanner, "clicked by scanner")


def human_clicks(plan: Plan, draws: np.random.Generator, mail: Mailing, book: Orders) -> tuple[Floats, Flags]:
    """Draw people's clicks: many of those who are about to order anyway, few of the others.

    The click follows the intention and causes nothing: that is what makes last-click revenue look great.
    """
    size, law = plan.customers, PARAMETERS.mailing
    intent, idle, ahead, later = (draws.random(size) for _ in range(4))
    ordered = np.full(size, np.inf)
    who: Integers = np.flatnonzero(mail.gets)
    ordered[who] = next_order(book, plan.days, who, mail.sends[who])
    soon = ordered - mail.sends < CLICK_DAYS
    wait = np.where(soon, np.minimum(ordered - mail.sends, 30 * MINUTE), 0.0)
    on_the_way = np.where(soon, ordered, 0.0) - (0.05 + 0.9 * ahead) * wait
    clicks = np.where(soon, on_the_way, mail.sends + MINUTE + later)
    rows = np.where(soon, intent < plan.effects.intent_clicks, idle < law.idle_clicks)
    return clicks, rows


def unsubscribes(part: str, campaign: Labels, moment: Floats) -> Batch:
    """Record who unsubscribed, and after which campaign."""
    everyone = np.arange(moment.size, dtype=np.int32)
    columns: dict[str, Column] = {"channel": "email", "campaign": campaign}
    return Batch(part, "Unsubscribed", everyone, everyone, moment, columns=columns).where(np.isfinite(moment))


def trial_lot(trial: Trial) -> Batch:
    """Record the lot of the frequency trial."""
    everyone = np.arange(trial.arm.size, dtype=np.int32)
    moment = np.full(everyone.size, trial.moment)
    columns: dict[str, Column] = {
        "channel": "email",
        "experiment": frequency.NAME,
        "variation": Labels(frequency.ARMS, trial.arm),
    }
    return Batch("frequency/lot", "Experiment Viewed", everyone, everyone, moment, columns=columns).where(
        trial.enrolled
    )


def trial_mailing(people: People, trial: Trial, month: int, place: int) -> Mailing:
    """Describe one mail of the frequency trial."""
    gets, moment = frequency.sends(people, trial, month, place)
    columns: dict[str, Column] = {
        "channel": "email",
        "campaign": frequency.NAME,
        "variation": Labels(frequency.ARMS, trial.arm),
        "device": Labels(DEVICES, people.device),
        "hour_local": np.full(gets.size, frequency.HOUR, dtype=np.int16),
    }
    return Mailing(f"frequency/{month}/{place}", gets, moment, columns)
