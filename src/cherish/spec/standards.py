"""Events that acting will write, and that other tools' exports become: their names, who acts, and what they carry.

A name is Segment's where its specs have one, and a word of ours otherwise; names that begin with `$` are reserved for
what Cherish itself decides and does, so that no tool of anybody means something else by them. Whoever sends messages
later writes these, so nothing that lies in a log has to be moved.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Actor = Literal["customer", "company"]

CHANNELS = ("email", "push", "sms", "in_app", "web", "chat", "phone", "post", "webhook")
"""What the property `channel` holds."""

OUTCOMES = ("sent", "held", "skipped", "would_send", "would_skip")
"""What the gate decides of a possible contact; the last two are what it would have done with somebody held out."""

SKIPS = (
    "audience", "consent", "suppression", "no_address", "holdout", "cap", "quiet_hours", "duplicate", "stale",
    "template_error", "open_conversation",
)  # fmt: skip
"""Why a contact was not made: the property `reason`, in the order in which the gate asks."""


@dataclass(frozen=True)
class Standard:
    """A standard event.

    `required` are the properties without which it says nothing; a channel in `channel` goes without saying, otherwise
    the property `channel` says it. `also` are other spellings that logs hold.
    """

    name: str
    family: str
    about: str
    actor: Actor
    required: tuple[str, ...] = ()
    channel: str = ""
    also: tuple[str, ...] = ()


_OF_MESSAGE = ("message_id", "campaign")
_ANY = ("channel", *_OF_MESSAGE)


def _messages() -> Iterator[Standard]:
    def each(name: str, about: str, actor: Actor, more: tuple[str, ...] = (), channel: str = "") -> Standard:
        return Standard(name, "messages", about, actor, (*(_OF_MESSAGE if channel else _ANY), *more), channel)

    yield each("Message Planned", "somebody is meant to get a message", "company")
    yield each("Message Sent", "it was handed to whoever delivers it", "company")
    yield each("Message Delivered", "it arrived", "company")
    yield each("Message Opened", "it was opened, perhaps by a machine", "customer")
    yield each("Message Clicked", "something in it was clicked", "customer", ("link_url",))
    yield each("Message Bounced", "it could not be delivered", "company", ("reason",))
    yield each("Message Replied", "the customer answered", "customer")
    yield each("Message Marked as Spam", "the customer complained", "customer")
    yield each("Message Skipped", "it was not sent, and why", "company", ("reason",))
    yield each("Email Planned", "somebody is meant to get a mail", "company", channel="email")
    yield each("Email Sent", "a mail was handed to whoever delivers it", "company", channel="email")
    yield each("Email Delivered", "a mail arrived", "company", channel="email")
    yield each("Email Opened", "a mail was opened, perhaps by a machine", "customer", channel="email")
    yield each("Email Link Clicked", "a link in it was clicked", "customer", ("link_url",), channel="email")
    yield each("Email Bounced", "a mail could not be delivered", "company", ("reason",), channel="email")
    yield each("Email Replied", "the customer answered a mail", "customer", channel="email")
    yield Standard(
        "Email Marked as Spam", "messages", "the customer complained of a mail", "customer", _OF_MESSAGE, "email",
        ("Email Marked As Spam",),
    )  # fmt: skip
    yield each("Push Notification Received", "a push message arrived", "company", channel="push")
    yield each("Push Notification Tapped", "a push message was tapped", "customer", channel="push")
    yield each("Push Notification Bounced", "a push message could not be delivered", "company", channel="push")


STANDARDS: tuple[Standard, ...] = (
    *_messages(),
    Standard("Unsubscribed", "consent", "no more of this, please", "customer", ("channel",)),
    Standard("Subscribed", "consent", "yes, please", "customer", ("channel",)),
    Standard("$consent_given", "consent", "consent to a purpose, with its wording", "customer",
             ("purpose", "channel", "wording"), also=("Segment Consent Preference Updated",)),
    Standard("$consent_withdrawn", "consent", "consent taken back", "customer", ("purpose", "channel")),
    Standard("$suppressed", "consent", "an address gets nothing more: bounced, complained, or an operator", "company",
             ("channel", "reason")),
    Standard("$unsuppressed", "consent", "an operator lets an address get messages again", "company",
             ("channel", "reason")),
    Standard("$contact_decided", "decisions", "the gate's decision on one possible contact", "company",
             ("channel", "campaign", "key", "outcome", "reason")),
    Standard("$contact_reconciled", "decisions", "what became of a contact whose outcome was unknown", "company",
             ("channel", "campaign", "key", "outcome")),
    Standard("$arm_assigned", "exposures", "the lot decided on an arm, once and for good", "company",
             ("experiment", "arm")),
    Standard("$holdout_assigned", "exposures", "the lot decided who gets nothing, once and for good", "company",
             ("holdout", "held_out")),
    Standard("$holdout_exported", "exposures", "a sender was told to leave out an address, here a hash", "company",
             ("holdout", "to", "address")),
    Standard("$arms_crossed", "exposures", "two customers of different arms became one", "company",
             ("experiment", "arm", "other_arm")),
    Standard("Experiment Viewed", "exposures", "an arm of an experiment was shown", "company",
             ("experiment_id", "variation_id")),
    Standard("Live Chat Conversation Started", "conversations", "the customer began to talk", "customer",
             ("conversation_id",), "chat"),
    Standard("Live Chat Message Sent", "conversations", "a turn of the customer", "customer", ("conversation_id",),
             "chat"),
    Standard("Live Chat Message Received", "conversations", "a turn of the company", "company", ("conversation_id",),
             "chat"),
    Standard("Live Chat Conversation Ended", "conversations", "the talk ended, told by the customer's side", "customer",
             ("conversation_id",), "chat"),
    Standard("$conversation_opened", "conversations", "the company began to talk", "company",
             ("conversation_id", "channel")),
    Standard("$conversation_assigned", "conversations", "somebody takes care of it", "company",
             ("conversation_id", "to")),
    Standard("$conversation_resolved", "conversations", "the company holds it for done", "company",
             ("conversation_id",)),
    Standard("$conversation_reopened", "conversations", "it was not done", "customer", ("conversation_id",)),
    Standard("$conversation_rated", "conversations", "what the customer says of it", "customer",
             ("conversation_id", "score")),
    Standard("$task_created", "tasks", "something to do for a customer", "company", ("task_id", "kind", "due")),
    Standard("$task_assigned", "tasks", "somebody does it", "company", ("task_id", "to")),
    Standard("$task_done", "tasks", "it is done", "company", ("task_id", "result")),
    Standard("$task_dropped", "tasks", "it is not done after all", "company", ("task_id", "reason")),
    Standard("Payment Authorized", "payments", "a charge that went through, beside the order it is for", "company",
             ("charge_id",)),
    Standard("Payment Failed", "payments", "a charge that did not, of an order or of a renewal", "company",
             ("charge_id",)),
    Standard("Invoice Paid", "payments", "an invoice was settled; the charge is the order", "company",
             ("invoice_id",)),
    Standard("Subscription Updated", "subscriptions", "another plan, price or state; often by itself", "company",
             ("subscription_id",)),
    Standard("Subscription Cancelled", "subscriptions", "it ended: on the customer's wish, or because nobody paid",
             "company", ("subscription_id",)),
)  # fmt: skip

BY_NAME = {name: each for each in STANDARDS for name in (each.name, *each.also)}
"""Every standard event by its name, and by the other spellings."""


def families() -> dict[str, tuple[Standard, ...]]:
    """The standard events by their family, in the order of the table."""
    found = dict.fromkeys(each.family for each in STANDARDS)
    return {family: tuple(each for each in STANDARDS if each.family == family) for family in found}
