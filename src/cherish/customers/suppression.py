"""Suppression lists: the addresses that a sender is to leave out, as a file in the form that each sender takes.

A list says nothing but addresses: who is held out is nobody's business, and every further column would be a second copy
of what the sender knows. How each sender is to use it stands in docs/how-to/keep-your-sender.md.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

from cherish.errors import QuestionError


@dataclass(frozen=True)
class Sender:
    """A tool that sends: by which header it knows the column of addresses, what to do there, where it says so."""

    title: str
    column: str
    do: str
    page: str


SENDERS = {
    "klaviyo": Sender(
        "Klaviyo", "Email", "upload it to the suppressed profiles (Audience, Profiles, Suppressed profiles)",
        "help.klaviyo.com/hc/en-us/articles/115005073867",
    ),
    "mailchimp": Sender(
        "Mailchimp", "Email Address", "import it with a tag of its own and let every campaign leave that tag out",
        "mailchimp.com/help/format-guidelines-for-your-import-file",
    ),
    "customerio": Sender(
        "Customer.io", "email", "import it as people into a manual segment and let every campaign leave that out",
        "customer.io/docs/uploading-people",
    ),
    "braze": Sender(
        "Braze", "email", "import it, make a segment of the import, and let every campaign and canvas leave that out",
        "braze.com/docs/user_guide/data/unification/user_data/import_users/csv",
    ),
    "csv": Sender("any sender", "email", "let every campaign leave these addresses out", ""),
}  # fmt: skip
"""The senders by the name that `--for` takes. Columns as their own pages on imports name them."""


def sender(name: str) -> Sender:
    """The sender of this name.

    Raises:
        QuestionError: none of ours.
    """
    if name not in SENDERS:
        raise QuestionError(f"--for {name!r}: there are {', '.join(SENDERS)}")
    return SENDERS[name]


def text(name: str, addresses: Iterable[str]) -> str:
    """The list as CSV with its header, a line for each address, as RFC 4180 has it."""
    out = io.StringIO(newline="")
    rows = csv.writer(out)
    rows.writerow([sender(name).column])
    rows.writerows([each] for each in addresses)
    return out.getvalue()
