"""Hillstrom's e-mail test of 2008, 64,000 customers in three arms: six effects as measures.md Q has them, in a call."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cdnow import FOLDER
from cherish.cli import main
from cherish.result import Result
from cherish.show.terminal import plain

FILE = FOLDER / "hillstrom" / "customers.parquet"
MENS, WOMENS = "Mens E-Mail", "Womens E-Mail"
METRICS = ("column:visit", "column:conversion", "column:spend")
EFFECTS = {
    # effect, standard error, z: measures.md Q (public audit; proportions computed again there) and T19.
    (MENS, "visit"): (0.0765896, 0.0033858, 22.62), (WOMENS, "visit"): (0.0452331, 0.0032344, 13.99),
    (MENS, "conversion"): (0.0068050, 0.0009209, 7.39), (WOMENS, "conversion"): (0.0031111, 0.0008227, 3.78),
    (MENS, "spend"): (0.7698, 0.1453, None), (WOMENS, "spend"): (0.4244, 0.1303, None),
}  # fmt: skip


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What the command line prints with --json, in a folder without a workspace."""
    if not FILE.exists():
        pytest.skip(f"{FILE} is not there; set CHERISH_DATASETS to the folder of data sets")
    out = tmp_path_factory.mktemp("hillstrom") / "answer.json"
    words = ["experiment", "analyse", "--assignments", FILE, *(w for name in METRICS for w in ("--metric", name))]
    with out.open("w") as file, pytest.MonkeyPatch.context() as patch:
        patch.chdir(out.parent)
        patch.delenv("CHERISH_WORKSPACE", raising=False)
        patch.setattr("sys.stdout", file)
        with pytest.raises(SystemExit) as left:
            main([*map(str, words), "--json"])
    assert not left.value.code
    return json.loads(out.read_text())


def test_all_arms_and_metrics_come_in_one_call(answer: Any) -> None:
    rows = {(row["arm"], row["metric"]): row for row in answer["table"]}
    assert len(rows) == len(EFFECTS) == len(answer["table"])
    for (arm, name), (effect, se, z) in EFFECTS.items():
        row = rows[arm, name]
        tight = 1e-6 if name != "spend" else 1e-4
        assert row["effect"] == pytest.approx(effect, abs=tight / 2)
        assert row["se"] == pytest.approx(se, abs=tight)
        if z is not None:
            assert row["effect"] / row["se"] == pytest.approx(z, abs=0.006)
    assert rows[MENS, "visit"]["of_control"] == 21_306
    assert (rows[MENS, "visit"]["customers"], rows[WOMENS, "visit"]["customers"]) == (21_307, 21_387)
    # 2,262 of 21,306 without a mail came, 3,894 of 21,307 with the men's.
    assert rows[MENS, "visit"]["mean"] == pytest.approx(3894 / 21_307, abs=1e-12)
    assert rows[MENS, "visit"]["control"] == pytest.approx(2262 / 21_306, abs=1e-12)


def test_the_ratio_is_right_and_buying_and_spending_are_one_endpoint(answer: Any) -> None:
    notes = answer["notes"]
    assert any("p = 0.9037" in note for note in notes if note.startswith("Sample ratio"))
    assert "conversion and spend are above 0 for the same customers: they are one endpoint, not two." in notes
    assert not any("visit and" in note for note in notes)


def test_the_sentence_and_the_width(answer: Any) -> None:
    shown = plain(Result.from_json(json.dumps(answer)))
    assert "Mens E-Mail raised visit by 7.66 points (" in shown
    table = [line for line in shown.splitlines() if line.startswith(("metric ", "visit ", "conversion ", "spend "))]
    assert len(table) == 7
    assert max(map(len, table)) <= 120
