"""The tables of the state, and of the journal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(moment: datetime) -> int:
    """Microseconds from 1970 in UTC to an aware moment."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


class Moment(TypeDecorator[datetime]):
    """An aware datetime as microseconds since 1970 in UTC: exact, and the same on every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """To microseconds."""
        return None if value is None else microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """From microseconds."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)


# A whole number that the database gives out itself; SQLite does so for INTEGER alone.
_NUMBER = BigInteger().with_variant(Integer, "sqlite")

state = MetaData()
"""What `state.sqlite` or the Postgres database holds."""

home = Table(
    "home", state,
    # Which workspace this is: a database of its own must know whose it is. One row, or none.
    Column("id", Text, primary_key=True),
    Column("made_at", Moment, nullable=False),
)  # fmt: skip

sources = Table(
    "sources", state,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("strict", Boolean, nullable=False),
    Column("test", Boolean, nullable=False),
    Column("made_at", Moment, nullable=False),
)  # fmt: skip

write_keys = Table(
    "write_keys", state,
    Column("key", Text, primary_key=True),
    Column("source", Text, ForeignKey("sources.id"), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("revoked_at", Moment),
)  # fmt: skip

accounts = Table(
    "accounts", state,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
)  # fmt: skip

login_links = Table(
    "login_links", state,
    Column("hash", Text, primary_key=True),
    Column("account", Text, ForeignKey("accounts.id"), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
)  # fmt: skip

tokens = Table(
    "tokens", state,
    Column("id", Text, primary_key=True),
    Column("hash", Text, nullable=False, unique=True),
    Column("scope", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("account", Text, ForeignKey("accounts.id")),
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("revoked_at", Moment),
)  # fmt: skip

quarantine = Table(
    "quarantine", state,
    Column("id", _NUMBER, primary_key=True),
    Column("source", Text, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("code", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("place", Integer),
    # The call that its path named: many clients leave the type out of a single event. None for a batch's items.
    Column("kind", Text),
    Column("events", Integer, nullable=False),
    # Where a journal's payload came from: taking it out twice after a crash keeps it once.
    Column("origin", Text, unique=True),
    Column("body", LargeBinary, nullable=False),
    # JSON: the time of sending and the objects of its batch, and why it would not count. None: nothing stood there.
    Column("around", LargeBinary),
    Index("quarantine_received", "received_at"),
)  # fmt: skip

webhooks = Table(
    "webhooks", state,
    # The id stands in the address that the provider sends to; the source is what its events are known by.
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("source", Text, ForeignKey("sources.id"), nullable=False),
    # As the provider gave it, for its signatures can't be checked with less; None: not given yet.
    Column("secret", Text),
    # Where in what is sent the company's own id of the customer stands.
    Column("customer", Text),
    Column("made_at", Moment, nullable=False),
    Column("removed_at", Moment),
)  # fmt: skip

journal_parts = MetaData()
"""What a journal holds: a SQLite file of its own, or these two tables beside the state's in Postgres."""

FREE = "0" * 32
"""The claim of a payload that nobody has claimed: as long as a claim's id, so that SQLite changes it in place and
does not write the body anew."""

journal = Table(
    "journal", journal_parts,
    Column("id", _NUMBER, primary_key=True),
    Column("claim", String(32), nullable=False),
    Column("source", Text, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("events", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    # Last: what a claim looks at lies before it, on the first page of the row.
    Column("body", LargeBinary, nullable=False),
    Index("journal_claim", "claim", "id"),
)  # fmt: skip

journal_totals = Table(
    "journal_totals", journal_parts,
    # One row per opened journal, changed by that process alone: a row for all would make every writer wait.
    Column("writer", Text, primary_key=True),
    Column("events", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
)  # fmt: skip
