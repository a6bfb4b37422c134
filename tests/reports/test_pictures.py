"""Every report and measure has a picture in which marks are really drawn: a chart may be valid and yet empty."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from cherish import charts, library
from cherish.collect.importing import import_files
from cherish.spec.registry import names
from cherish.store.memory import memory
from docs.files import write
from logs import event, log_of

DRAWN = re.compile(r"mark-(?:rect|line|symbol|area) role-mark")
RECTANGLE = re.compile(r"h(-?[\d.]+)v(-?[\d.]+)")


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("pictures")
    orders = [
        f"c{who},{date(2023, 5, 1) + timedelta(days=(5 + who) * turn + who % 9)},{who}-{turn},{5.5 + who * turn}"
        for who in range(24)
        for turn in range(1 + who % 12)
    ]
    (folder / "orders.csv").write_text("customer,time,order_id,amount\n" + "\n".join(orders) + "\n")
    # Besides, what people do that is not buying: some definitions need views, posts, clicks or answers.
    others = tmp_path_factory.mktemp("talk")
    write(others)
    people = [f"c{who},{('19-24', '25-34')[who % 2]}" for who in range(12)]
    (folder / "people.csv").write_text("customer,age\n" + "\n".join(people) + "\n")
    store = memory()
    import_files(store, [folder / "orders.csv", folder / "people.csv"])
    import_files(store, [others / "talk.jsonl"], zone="UTC")
    import_files(store, [others / "people.csv"])
    return library.Log(store)


PROOFS: dict[str, dict[str, str]] = {
    "campaigns": {},
    "carpet": {"window": "all"},
    "contact_costs": {"each": "0.5", "margin": "0.3"},
    "difference_of_differences": {"campaign": "spring"},
    "experiment": {},
    "holdout": {"horizon": "28d"},
    "tournament": {"horizon": "60d", "cutoffs": "2", "scores": "rfm|recency"},
}
"""Reports that need more customers than the others, and sends and lots among them."""


@pytest.fixture(scope="module")
def drawn_by_lot() -> Any:
    """300 customers who order at rates of their own until March, of whom nine of ten then get a mail, drawn by lot; two
    months later half of those who order see an offer. Every third of them orders no more from February on."""
    begin, lot = datetime(2023, 9, 1), datetime(2024, 3, 1)
    rows = []
    for who in range(300):
        user, every = f"c{who:03d}", 9 + who % 23
        for turn in range((120 if who % 3 == 0 else 260) // every):
            at = begin + timedelta(days=who % 9 + turn * every, minutes=who)
            money = {"value": 5 + (who * 7 + turn * 3) % 40, "currency": "EUR", "order_id": f"{who}-{turn}"}
            rows.append(event(user, "Order Completed", at, **money))
        held, arm = who % 10 == 0, ("control", "offer")[who // 2 % 2]
        rows.append(event(user, "$holdout_assigned", lot, properties=json.dumps({"holdout": "mail", "held_out": held})))
        mail = {"campaign": "spring", "message_id": f"m{who}", "channel": "email"}
        if not held:
            rows.append(event(user, "Email Sent", lot + timedelta(days=1), properties=json.dumps(mail)))
        seen = {"experiment_id": "offer", "variation_id": arm}
        rows.append(event(user, "Experiment Viewed", lot + timedelta(days=10), properties=json.dumps(seen)))
    rows.append(event("last", "Page Viewed", lot + timedelta(days=80)))
    return library.Log(log_of(rows))


def marks(svg: str) -> int:
    """How many bars, lines and points have an extent."""
    found = 0
    for group in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}g"):
        if DRAWN.match(group.get("class", "")):
            for path in group.iter("{http://www.w3.org/2000/svg}path"):
                shape = path.get("d", "")
                size = RECTANGLE.search(shape)
                found += all(float(each) != 0 for each in size.groups()) if size else "L" in shape or "A" in shape
    return found


def drawn(result: Any, tmp_path: Path) -> str:
    return charts.save(result, tmp_path / "a.svg").read_text("utf-8")


@pytest.mark.parametrize("name", names("report"))
def test_a_report_has_a_picture(name: str, log: Any, drawn_by_lot: Any, tmp_path: Path) -> None:
    if name in PROOFS:
        found = drawn_by_lot.report(name, **PROOFS[name])
    else:
        found = log.report(name, **({"by": "age"} if name == "segments" else {}))
    assert found.table.num_rows > 0
    assert marks(drawn(found, tmp_path)) > 0


@pytest.mark.parametrize("more", [{}, {"by": "age"}, {"over": "30d"}])
@pytest.mark.parametrize("name", names("measure"))
def test_a_measure_has_a_picture(name: str, more: dict[str, str], log: Any, tmp_path: Path) -> None:
    result = log.measure(name, **more)
    # Bars of nothing are no marks.
    nothing = "value" in result.table.column_names and not any(result.table["value"].to_pylist())
    assert marks(drawn(result, tmp_path)) > 0 or nothing


def test_whole_numbers_stand_under_their_own_bar(log: Any, tmp_path: Path) -> None:
    svg = drawn(log.measure("active_days", window="7d"), tmp_path)
    days = log.measure("active_days", window="7d").table["value"].to_pylist()
    shown = [text.text for text in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]
    assert {f"{day:g}" for day in days} <= set(shown)


@pytest.mark.parametrize(("highest", "told"), [(9_999.5, ["190.9 or more"]), (195.5, [])])
def test_the_last_bar_says_that_it_holds_all_above(highest: float, told: list[str], tmp_path: Path) -> None:
    # 199 customers spent 0.5 to 198.5, one more; 99 of 100 spent up to 197.51, which 30 bars cut into 6.567 each.
    # Where one in forty spent the most of all, nobody is above the last bar.
    values = [min(0.5 + who, highest) for who in range(199)] + [highest]
    orders = [
        event(f"c{who}", "Order Completed", datetime(2024, 1, 1), value=value, order_id=f"o{who}", currency="EUR")
        for who, value in enumerate(values)
    ]
    svg = drawn(library.Log(log_of(orders)).measure("monetary"), tmp_path)
    assert re.findall(r">([\d,.]+ or more)<", svg) == told


def test_the_layers_of_voices_share_one_axis_whose_numbers_stand_apart(log: Any, tmp_path: Path) -> None:
    svg = drawn(log.report("voices", by="age"), tmp_path)
    axes = re.findall(r'role-axis-label" .*?</g>', svg, re.DOTALL)
    labels = [
        (float(x), text)
        for each in axes
        for x, text in re.findall(r'translate\(([\d.]+),[\d.]+\)"[^>]*>([\d.]+)<', each)
    ]
    numbers = [(x, text) for x, text in labels if x > 0]
    assert len(numbers) > 2
    # Letters of 11 points are 6.5 wide at most.
    for (left, text), (right, more) in pairwise(numbers):
        assert right - left > 6.5 * (len(text) + len(more)) / 2
