"""`cherish prove`: the sentence first, then a leaderboard that fits a page; every way out carries the caveat."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from cli.conftest import Run
from cli.conftest import run as run
from docs.files import write
from reports.test_tournament import company


def test_a_small_company_is_told_what_would_do(run: Run, tmp_path: Path) -> None:
    write(tmp_path)
    code, out, err = run("prove", "--file", "orders.csv", "--horizon", "14d", "--outcome", "any_order")
    assert code == 0, err
    assert "No verdict on what predicts any order within 14 days yet" in out
    assert "refused" in out
    code, _, err = run("prove", "--file", "orders.csv", "--cutoffs", "soon")
    assert code == 2
    assert "--cutoffs" in err
    code, out, _ = run("prove", "--help")
    assert code == 0
    assert "--horizon" in out
    assert "cherish prove" in out


def test_the_leaderboard_fits_a_page(run: Run, tmp_path: Path) -> None:
    events = company(1_000).sql(
        'SELECT user_id AS customer, ts AS time, order_id AS "order", value AS amount FROM events'
    )
    lines = [
        f"{row['customer']},{row['time']:%Y-%m-%dT%H:%M},{row['order']},{row['amount']}" for row in events.to_pylist()
    ]
    (tmp_path / "shop.csv").write_text("\n".join(["customer,time,order,amount", *lines]) + "\n")
    scores = "recency|expected_purchases(parameters_given=.55|10.6|.61|11.7)"
    asked = ["prove", "--file", "shop.csv", "--horizon", "60d", "--outcome", "any_order", "--bootstraps", "100"]
    asked += ["--cutoffs", "1", "--scores", scores]
    code, out, err = run(*asked)
    assert code == 0, err
    shown = out.splitlines()
    head = next(place for place, line in enumerate(shown) if line.startswith("score "))
    assert any("association only" in line for line in shown[:head])
    assert all(len(line) <= 120 for line in shown[head : head + 10])
    assert "constant" in out
    code, out, _ = run(*asked, "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert {row["association"] for row in rows} == {"association only"}
