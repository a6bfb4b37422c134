"""A question survives every door: arguments, URL, JSON and the command line."""

from __future__ import annotations

import shlex
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cherish.errors import QuestionError
from cherish.query import Query

TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12).map(str.strip).filter(bool)
QUESTIONS = st.builds(
    lambda window, active, filters, as_of, population, limit: Query.from_args(
        "measure",
        "active_days",
        {
            "window": window,
            "active": active,
            "where": filters,
            "as_of": as_of,
            "population": population,
            "limit": limit,
        },
    ),
    st.none() | st.integers(1, 400),
    st.none() | TEXT,
    st.lists(TEXT.map(lambda text: f"country={text}"), max_size=3).map(tuple),
    st.none() | st.dates(date(2000, 1, 1), date(2030, 1, 1)),
    st.sampled_from([None, "all"]),
    st.none() | st.integers(1, 10),
)


@settings(max_examples=60, deadline=None)
@given(QUESTIONS)
def test_url_and_json_lose_nothing(query: Query) -> None:
    assert Query.from_url(query.to_url()) == query
    assert Query.from_url(f"https://example.org/app/{query.to_url()}") == query
    assert Query.from_json(query.to_json()) == query
    assert hash(Query.from_json(query.to_json())) == hash(query)


@settings(max_examples=20, deadline=None)
@given(QUESTIONS)
def test_the_command_line_asks_the_same(query: Query) -> None:
    words = shlex.split(query.command())
    assert words[:3] == ["cherish", "measure", "active_days"]
    pairs: dict[str, object] = {}
    for flag, value in zip(words[3::2], words[4::2], strict=True):
        key = flag.removeprefix("--").replace("-", "_")
        pairs[key] = (*pairs.get(key, ()), value) if key == "where" else value  # type: ignore[misc]
    assert Query.from_args("measure", "active_days", pairs) == query


def test_equal_questions_are_equal_however_they_are_written() -> None:
    typed = Query.from_args("measure", "active_days", {"window": 84, "as_of": datetime(2024, 1, 1)})
    assert typed == Query.from_args("measure", "active_days", {"window": "12w", "as_of": "2024-01-01"})
    assert typed.parameters == {"window": "84d"}
    assert Query.from_args("measure", "active_days", {"window": "28d"}).parameters == {}


def test_a_definitions_own_parameter_wins_over_the_common_one() -> None:
    query = Query.from_args("report", "actives", {"by": ("country", "device")})
    assert (query.parameters, query.by) == ({"by": "country|device"}, ())
    assert Query.from_args("measure", "recency", {"by": "country|device"}).by == ("country", "device")


@pytest.mark.parametrize(
    ("kind", "name", "arguments", "says"),
    [
        ("measure", "recencyy", {}, "did you mean recency"),
        ("chart", "recency", {}, "measure or a report"),
        ("measure", "recency", {"windo": 3}, "no parameter 'windo'"),
        ("measure", "recency", {"window": "3 moons"}, "3 moons"),
        ("measure", "recency", {"limit": 0}, "at least 1"),
        ("measure", "recency", {"by": "country", "over": "7d"}, "can't be asked at once"),
        ("measure", "recency", {"since": "2024-01-01", "over": "7d"}, "give one of them"),
        ("report", "overview", {"over": "7d"}, "no parameter 'over'"),
    ],
)
def test_refusals_name_the_way_out(kind: str, name: str, arguments: dict[str, object], says: str) -> None:
    with pytest.raises(QuestionError, match=says):
        Query.from_args(kind, name, arguments)


@pytest.mark.parametrize("text", ["{}", "[]", '{"kind":"measure","name":"recency","windo":1}', "recency"])
def test_what_is_no_question_is_refused(text: str) -> None:
    with pytest.raises(QuestionError):
        Query.from_json(text)
    with pytest.raises(QuestionError):
        Query.from_url("recency")


@pytest.mark.parametrize(("given", "means"), [(True, "yes"), (False, "no"), ("yes", "yes")])
def test_yes_and_no_are_said_as_python_says_them(given: object, means: str) -> None:
    """Also of a parameter that may be left open, which is a text."""
    assert Query.from_args("report", "sessions", {"midnight_reset": given}).parameters == {"midnight_reset": means}
