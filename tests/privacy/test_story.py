"""The story for others: sentences that rest on few customers are not told, and their page holds no such figure."""

from __future__ import annotations

from pathlib import Path

import pytest

from cherish.errors import Unanswerable
from cherish.story import page
from cherish.story.scene import Locked, Scene
from cherish.story.telling import tell
from privacy.test_display import SECRET, log, tells
from properties.world import world

PLACES = ("bucket", "active_days", "part", "labels", "cohorts", "mean_dau_days", "days", "bucket_end")
"""Whole numbers that count no customers."""


def test_no_figure_of_a_shared_story_counts_few(tmp_path: Path) -> None:
    store = world(5, customers=300).log().store
    whole, shared = tell(store), tell(store, share=True)
    counted = [each for scene in shared.scenes if isinstance(scene, Scene) for each in scene.figures]
    for each in counted:
        name = each.selector.headline or each.selector.column
        assert not (isinstance(each.value, int) and 0 < each.value < 10) or name in PLACES, each
    told, kept = ([scene for scene in each.scenes if isinstance(scene, Scene)] for each in (whole, shared))
    assert 0 < len(kept) < len(told)
    locked = [scene for scene in shared.scenes if isinstance(scene, Locked)]
    assert any("fewer than 10 customers" in scene.line for scene in locked)
    page.write(shared, tmp_path / "shared.html", lambda text: None)
    assert "fewer than 10 customers" in (tmp_path / "shared.html").read_text()


def test_the_page_tells_nothing_of_the_four(tmp_path: Path) -> None:
    store = log().store
    for share in (False, True):
        page.write(tell(store, share=share), tmp_path / f"{share}.html", lambda text: None)
    assert str(SECRET) not in (tmp_path / "True.html").read_text().replace(",", "")


def test_a_log_of_few_is_not_told_to_others() -> None:
    store = world(5, customers=6).log().store
    with pytest.raises(Unanswerable, match="fewer than 10 customers"):
        tell(store, share=True)


def test_the_four_can_be_told_of_at_all() -> None:
    assert tells("7,919")
