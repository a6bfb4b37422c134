"""One table of standard events: exports speak it, who acts follows from it, and nothing in it contradicts itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import cherish
from cherish.spec import standards
from cherish.spec.names import CLICKS, COMPANY_EVENTS, COMPLAINTS, CONTACTS, OPENS, REACHES, REPLIES, is_company_act
from cherish.spec.standards import BY_NAME, STANDARDS

EXPORTS = Path(cherish.__file__).parent / "collect" / "exports"
SENDERS = ("braze", "customerio", "klaviyo", "mailchimp")
OF_A_MESSAGE = re.compile(
    r"""["'](((Email|Message|Push Notification) [A-Z]\w+( \w+){0,2})|Unsubscribed|Subscribed)["']"""
)
OTHERS = {"Message Received", "Email Converted", "Message Converted", "Email Address"}
"""A turn of the customer, what a tool claims of an order, and a column: no acts of a message."""


def test_a_name_stands_for_one_event() -> None:
    names = [name for each in STANDARDS for name in (each.name, *each.also)]
    assert len(set(names)) == len(names) == len(BY_NAME)


@pytest.mark.parametrize("each", STANDARDS, ids=lambda each: each.name)
def test_who_acts_follows_from_the_table(each: standards.Standard) -> None:
    for name in (each.name, *each.also):
        assert is_company_act(name) == (each.actor == "company")
        assert (name in COMPANY_EVENTS) == (each.actor == "company")
    assert each.channel in ("", *standards.CHANNELS)
    assert len(set(each.required)) == len(each.required)
    if each.family == "messages":
        assert {"message_id", "campaign"} <= set(each.required)
        assert ("channel" in each.required) == (not each.channel)


def test_reserved_names_that_nobody_knows_are_the_companys() -> None:
    assert is_company_act("$anything")
    assert not is_company_act("$consent_given")
    assert not is_company_act("Anything")


def test_what_the_company_sends_and_what_customers_answer_have_the_roles_that_measures_know() -> None:
    for name in REACHES:
        assert is_company_act(name), name
    for name in (*CLICKS, *OPENS, *COMPLAINTS, *CONTACTS, *REPLIES):
        assert not is_company_act(name), name


@pytest.mark.parametrize("tool", SENDERS)
def test_exports_of_senders_speak_it(tool: str) -> None:
    text = (EXPORTS / f"{tool}.toml").read_text(encoding="utf-8")
    # What stands behind an equals sign or in a CASE is a name of ours; before it stand the tool's own.
    ours = {match[1] for match in OF_A_MESSAGE.finditer("\n".join(re.findall(r"=\s*(.+)$", text, re.MULTILINE)))}
    spoken = {name for name in ours if name.startswith(("Email ", "Message ", "Push ")) or name in BY_NAME} - OTHERS
    assert spoken, "it says something of messages"
    assert spoken <= set(BY_NAME), spoken - set(BY_NAME)


def test_what_a_contact_is_skipped_for_is_closed() -> None:
    assert len(standards.SKIPS) == len(set(standards.SKIPS)) == 11
    assert {"holdout", "consent", "cap", "quiet_hours"} <= set(standards.SKIPS)
    assert {"sent", "held", "skipped"} <= set(standards.OUTCOMES)
