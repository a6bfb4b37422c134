"""Stages of customers by group can be shared, in words and as a picture, though some of them are of few."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cherish import charts
from cherish.errors import Unsupported
from cherish.library import Log
from cherish.result import Result
from cherish.show.layout import sentence
from cherish.spec.registry import find, names
from logs import event, log_of
from properties.world import world
from random_days import load_people

STAGED = [name for name in names("measure") if getattr(find("measure", name), "stages", ())]
START = datetime(2024, 1, 1, 9)


def community() -> Log:
    """70 members in two countries: 40 post, 27 look on, 3 comment."""
    acts = ["Post Created"] * 40 + ["Content Viewed"] * 27 + ["Comment Created"] * 3
    rows = [event(f"u{at}", name, START + timedelta(hours=at)) for at, act in enumerate(acts)
            for name in ("Community Joined", act)]  # fmt: skip
    store = log_of(rows)
    load_people(store, [{"user_id": f"u{at}", "created_at": None, "traits": json.dumps({"country": "FI"[at % 2]})}
                        for at in range(len(acts))])  # fmt: skip
    return Log(store)


def test_the_measures_of_stages_are_found() -> None:
    assert {"community_role", "rean", "relationship", "experience_involvement"} <= set(STAGED)


@pytest.mark.parametrize("name", STAGED)
@pytest.mark.parametrize("customers", [25, 80, 400])
def test_stages_by_group_are_shared_in_words_and_as_a_picture(name: str, customers: int, tmp_path: Path) -> None:
    shared = world(11, customers=customers).log().measure(name, by="plan").shared()
    assert name in repr(shared)
    assert shared._repr_html_()
    try:
        drawn = charts.save(shared, tmp_path / "stages.svg")
    except Unsupported:
        assert all(share is None for share in shared.table["share"].to_pylist())
        return
    assert drawn.stat().st_size


def test_stages_of_few_are_left_out_of_the_sentence() -> None:
    result: Result = community().measure("community_role", by="country")
    assert "4.3% contributor" in sentence(result)
    shared: Any = result.shared()
    assert shared.headline["contributor"] is None
    first = sentence(shared)
    assert re.search(r"\d% creator|\d% lurker", first)
    assert "contributor" not in first


def test_a_hidden_number_of_all_with_a_stage_leaves_no_share() -> None:
    shared = community().measure("community_role", by="country").shared()
    hidden = Result.from_json(shared.to_json())
    object.__setattr__(hidden, "headline", {**shared.headline, "known": None})
    assert sentence(hidden).startswith("community_role: stages of 70 customers in 2 groups by country, ")
    assert "%" not in sentence(hidden)
