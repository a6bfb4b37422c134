"""The story of the grocery year: each number against SQL of its own over the package's files."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import duckdb
import pytest

from cherish.answer import Query, answer
from cherish.story import terminal
from cherish.verify import reproduce


@pytest.fixture(scope="module")
def said(journey_story: Any) -> dict[str, Any]:
    """Every value of the sentences, by definition and place."""
    sentences = [journey_story.title, journey_story.opening]
    sentences += [each for scene in journey_story.told for each in (scene.title, scene.more) if each]
    return {f"{figure.query.name}:{figure.selector}": figure.value for each in sentences for figure in each.figures}


@pytest.fixture(scope="module")
def raw(journey: Any) -> Any:
    """Baskets by household and US Eastern day, from the Parquet files, by the engine's own time zones."""
    from cherish.demo.complete_journey import folder

    connection = duckdb.connect()
    connection.execute(f"""
        CREATE TABLE baskets AS
        SELECT household_id AS h, basket_id, sum(sales_value::DECIMAL(18, 4)) AS v,
               (min(transaction_timestamp) AT TIME ZONE 'UTC' AT TIME ZONE 'America/New_York')::DATE AS d
        FROM read_parquet('{folder()}/transactions.parquet') GROUP BY ALL""")
    return connection


def one(raw: Any, statement: str) -> Any:
    return raw.execute(statement).fetchone()


def test_what_is_in(said: dict[str, Any], raw: Any) -> None:
    orders, households, value, first, last = one(
        raw, "SELECT count(*), count(DISTINCT h), sum(v), min(d), max(d) FROM baskets"
    )
    assert (orders, households, value) == (155_848, 2_469, Decimal("4596039.58"))
    assert said["overview:orders"] == orders
    assert said["overview:customers"] == households
    assert Decimal(said["overview:value"]) == value
    assert (said["overview:first_day"], said["overview:last_day"]) == (str(first), str(last))
    assert (str(first), str(last)) == ("2017-01-01", "2017-12-31")


def test_who_comes_and_what_the_average_hides(said: dict[str, Any], raw: Any) -> None:
    raw.execute("CREATE OR REPLACE TABLE days AS SELECT DISTINCT h, d FROM baskets WHERE d >= DATE '2017-12-04'")
    active, mean = one(raw, "SELECT count(DISTINCT h), count(*) / 28 FROM days")
    assert said["stickiness:mau"] == active
    assert said["stickiness:mean_dau"] == pytest.approx(mean, rel=1e-12)
    once, often = one(
        raw,
        "SELECT count(*) FILTER (k = 1), count(*) FILTER (k >= 4) FROM (SELECT count(*) AS k FROM days GROUP BY h)",
    )
    assert said["stickiness:customers[active_days=1]"] == once
    assert said["stickiness:customers_at_least[active_days=4]"] == often


def test_where_the_money_comes_from(said: dict[str, Any], raw: Any) -> None:
    half, top = one(
        raw,
        """
        WITH spent AS (SELECT h, sum(v) AS v FROM baskets GROUP BY h),
        ranked AS (SELECT v, sum(v) OVER () AS whole, row_number() OVER (ORDER BY v DESC) AS place,
                          sum(v) OVER (ORDER BY v DESC ROWS UNBOUNDED PRECEDING) AS reached FROM spent)
        SELECT count(*) FILTER (reached - v < whole / 2), sum(v) FILTER (place <= 247) / max(whole) FROM ranked""",
    )
    assert said["concentration:half_customers"] == half == 428
    assert said["concentration:top_share"] == pytest.approx(float(top), rel=1e-12)


def test_who_has_gone_silent(said: dict[str, Any], raw: Any) -> None:
    silent, rhythm, value = one(
        raw,
        """
        WITH days AS (SELECT DISTINCT h, d FROM baskets),
        gaps AS (SELECT h, d, d - lag(d) OVER (PARTITION BY h ORDER BY d) AS gap FROM days),
        own AS (SELECT h, median(gap) AS usual, count(gap) AS n, max(d) AS last FROM gaps GROUP BY h),
        away AS (SELECT * FROM own WHERE n >= 3 AND DATE '2018-01-01' - last > 3 * usual)
        SELECT (SELECT count(*) FROM away), (SELECT count(*) FROM own WHERE n >= 3),
               (SELECT sum(v) FROM baskets JOIN away USING (h) WHERE d > last - 365)""",
    )
    assert (said["rhythm:silent"], said["rhythm:with_rhythm"]) == (silent, rhythm)
    assert Decimal(said["rhythm:silent_value"]) == value


def test_who_stays(said: dict[str, Any], raw: Any) -> None:
    rows = raw.execute("""
        WITH months AS (SELECT DISTINCT h, year(d) * 12 + month(d) AS m FROM baskets),
        first AS (SELECT h, min(m) AS f FROM months GROUP BY h)
        SELECT f - 2017 * 12, count(DISTINCT h), count(DISTINCT h) FILTER (m = f + 1)
        FROM first JOIN months USING (h) WHERE f < 2017 * 12 + 12 GROUP BY f""").fetchall()
    later = [(size, back) for month, size, back in rows if month > 1]
    assert said["retention:mature[average=pooled, bucket=1]"] == sum(size for size, _ in later)
    assert said["retention:retained[average=pooled, bucket=1]"] == sum(back for _, back in later)
    january = next((size, back) for month, size, back in rows if month == 1)
    assert said["retention:mature[cohort=2017-01-01, bucket=1]"] == january[0]
    assert said["retention:retained[cohort=2017-01-01, bucket=1]"] == january[1]


def test_mostly_the_young(said: dict[str, Any], raw: Any) -> None:
    from cherish.demo.complete_journey import folder

    people = f"{folder()}/demographics.parquet"
    known, young, theirs, others = one(
        raw,
        f"""
        WITH spent AS (SELECT h, sum(v) AS v FROM baskets GROUP BY h),
        people AS (SELECT spent.*, age FROM spent LEFT JOIN read_parquet('{people}') ON household_id = h)
        SELECT count(age), count(*) FILTER (age IN ('19-24', '25-34')), avg(v) FILTER (age IS NOT NULL),
               avg(v) FILTER (age IS NULL) FROM people""",
    )
    assert (said["segments:known"], said["segments:below"]) == (known, young) == (801, 188)
    assert said["segments:known_value_per_head"] == pytest.approx(theirs, rel=1e-12)
    assert said["segments:unknown_value_per_head"] == pytest.approx(others, rel=1e-12)


def test_each_figure_is_what_its_question_answers(journey: Any, journey_story: Any) -> None:
    asked: dict[Query, Any] = {}
    for figure in journey_story.figures:
        if figure.query not in asked:
            asked[figure.query] = answer(journey, figure.query)
        value = figure.selector.read(asked[figure.query])
        assert str(value) == str(figure.value), figure
    assert len(journey_story.figures) > 100
    verdict = reproduce(journey, journey_story.figures)
    assert str(verdict) == f"{len(journey_story.figures)} of {len(journey_story.figures)} reproduced"


def test_the_questions_can_be_typed(journey_story: Any) -> None:
    for figure in journey_story.figures:
        command = figure.query.command()
        assert command.startswith("cherish report ")
        assert Query.from_url(figure.query.to_url()) == figure.query


def test_it_fits_the_terminal(journey_story: Any) -> None:
    from dataclasses import replace

    lines = terminal.lines(replace(journey_story, following=("Report", "Next", "", "")))
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 100


def test_campaign_18_claimed_and_not_proven(said: dict[str, Any], raw: Any, journey_story: Any) -> None:
    from cherish.demo.complete_journey import folder

    claimed, people, own, before, others, others_before = one(
        raw,
        f"""
        WITH got AS (SELECT household_id AS h FROM read_parquet('{folder()}/campaigns.parquet')
                     WHERE campaign_id::VARCHAR = '18'),
        spent AS (SELECT h, coalesce(sum(v) FILTER (d >= DATE '2017-10-30' AND d < DATE '2017-12-24'), 0) AS a,
                         coalesce(sum(v) FILTER (d >= DATE '2017-09-05' AND d < DATE '2017-10-30'), 0) AS b
                  FROM baskets GROUP BY h)
        SELECT sum(a) FILTER (g), count(*) FILTER (g), avg(a) FILTER (g), avg(b) FILTER (g), avg(a) FILTER (NOT g),
               avg(b) FILTER (NOT g) FROM (SELECT *, h IN (SELECT h FROM got) AS g FROM spent)""",
    )
    assert (said["campaigns:campaign"], said["campaigns:receivers"]) == ("18", people)
    assert people == 1_133
    assert Decimal(said["campaigns:claimed"]) == claimed == Decimal("522907.85")
    assert said["campaigns:more_share"] == pytest.approx(float(own / others) - 1, rel=1e-12)
    assert said["campaigns:before_more_share"] == pytest.approx(float(before / others_before) - 1, rel=1e-12)
    scene = next(each for each in journey_story.told if each.key == "campaigns")
    assert journey_story.told.index(scene) == 5
    assert scene.text == (
        "Campaign 18 can claim 522,908 USD: the 1,133 households who got it spent 190% more a head than the others. "
        "Not proven: before it began, they spent 206% more."
    )
