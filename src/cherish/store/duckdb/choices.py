"""What a store can be told about days, money, activity, noise and names: the methods, by themselves."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from cherish.spec.declared import Declared
from cherish.spec.noise import Rule
from cherish.spec.relations import ActiveSet, Facts
from cherish.spec.vocabulary import Action
from cherish.store.duckdb import definitions, noise, noise_rules, seen, vocabulary
from cherish.store.duckdb.facts import learn
from cherish.store.duckdb.noise import Counted, Given
from cherish.store.duckdb.reading import Reading
from cherish.store.duckdb.seen import Carried
from cherish.store.duckdb.vocabulary import Vocabulary


class Choices:
    """The part of `DuckDBStore` that holds what its owner decided: what counts, who is out, what events are called."""

    if TYPE_CHECKING:

        def _reading(self) -> AbstractContextManager[Any]: ...

        def _transaction(self, tight: bool = True) -> AbstractContextManager[Any]: ...

        def _now(self) -> Any: ...

    def configure(
        self, *, zone: str | None = None, currency: str | None = None, rates: dict[str, float] | None = None
    ) -> None:
        """Set the workspace's time zone (rebuilds the days), its currency, and its exchange rates."""
        with self._transaction() as connection:
            definitions.configure(connection, zone, currency, rates)

    def define_active(self, name: str, events: tuple[str, ...]) -> ActiveSet:
        """Store a new version of a named active set; an unchanged one keeps its version."""
        with self._transaction() as connection:
            return definitions.define_active(connection, name, events, self._now())

    def define_outcome(self, name: str) -> None:
        """Store which event (or `revenue`, `orders`) is the outcome that matters."""
        with self._transaction() as connection:
            definitions.define_outcome(connection, name, self._now())

    def declare_experiment(self, name: str, terms: dict[str, str]) -> Declared:
        """Store what is to be held of an experiment, with the time; other terms are a new version."""
        with self._transaction() as connection:
            return definitions.declare_experiment(connection, name, terms, self._now())

    def how(self) -> Reading:
        """How the relations are read."""
        with self._reading() as connection:
            return Reading.of(connection)

    def learned(self, reading: Reading) -> Facts:
        """What is known of the log, read in this way."""
        with self._reading() as connection:
            return learn(connection, reading)

    def noise(self) -> tuple[Given, ...]:
        """The rules by which people and events are left out, each with who gave it."""
        with self._reading() as connection:
            return tuple(Given(rule, by) for rule, by in noise.rules(connection).items())

    def noise_counts(self) -> tuple[Counted, ...]:
        """How many customers and events each reason leaves out."""
        with self._reading() as connection:
            return noise.counts(connection)

    def noise_of(self, customer_id: int) -> tuple[str, ...]:
        """Why a customer is left out of answers; nothing where it is not."""
        with self._reading() as connection:
            return noise.why(connection, customer_id)

    def add_noise(self, rule: Rule) -> bool:
        """Leave out whoever and whatever a rule is about, from now on and in all that is there; whether it is new."""
        with self._transaction() as connection:
            return noise_rules.add(connection, rule)

    def remove_noise(self, rule: Rule) -> None:
        """Take a rule back.

        Raises:
            QuestionError: there is no such rule, or the settings' file gives it.
        """
        with self._transaction() as connection:
            noise_rules.remove(connection, rule)

    def vocabulary(self) -> Vocabulary:
        """The names of events, and what was said of them and of properties."""
        with self._reading() as connection:
            return vocabulary.read(connection)

    def carried(self, name: str, fewest: int = 10) -> Carried:
        """The properties of the last events of a name; examples are values that so many customers share.

        Raises:
            QuestionError: no such event.
        """
        with self._reading() as connection:
            return seen.carried(connection, name, fewest, vocabulary.read(connection).properties)

    def say(self, action: Action) -> None:
        """Say what an event or a property is called, what it means, or that it takes no part; nothing is rewritten.

        Raises:
            QuestionError: a name that the log lacks, or one that is taken.
        """
        with self._transaction() as connection:
            vocabulary.say(connection, action)

    def unsay(self, number: int | None = None) -> Action:
        """Take back what was said last, or the action of this number.

        Raises:
            QuestionError: there is none.
        """
        with self._transaction() as connection:
            return vocabulary.unsay(connection, number)
