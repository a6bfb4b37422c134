"""Instruments as files: those that are shipped, those that people bring, and what a file may not say."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

import cherish
from cherish.errors import FileError, QuestionError
from cherish.instruments import registry
from cherish.instruments.instrument import load
from cherish.library import Log

BORROWED = {"brand_engagement", "loyalty_attachment", "work_engagement", "work_engagement_9", "work_engagement_3",
            "user_engagement", "burnout", "flow", "presence"}  # fmt: skip
SHELLS = {
    "brand_engagement": {"cognitive": 3, "affection": 4, "activation": 3},
    "loyalty_attachment": {"loyalty": 3, "confidence": 2, "integrity": 2, "pride": 2, "passion": 2},
    "work_engagement": {"vigor": 6, "dedication": 5, "absorption": 6},
    "work_engagement_9": {"vigor": 3, "dedication": 3, "absorption": 3},
    "work_engagement_3": {"vigor": 1, "dedication": 1, "absorption": 1},
    "user_engagement": {"attention": 3, "usability": 3, "aesthetics": 3, "reward": 3},
}
SOUND = """title = "Mood"
about = "How people are."
min = 1
max = 5
"""


@pytest.mark.parametrize("name", registry.names())
def test_every_instrument_tells_what_it_is(name: str) -> None:
    form = registry.find(name).form
    assert form.title
    assert form.about.endswith(".")
    assert form.source
    assert form.terms


def test_what_is_not_ours_has_no_wording() -> None:
    for name in registry.names():
        items = registry.find(name).items
        texts = [item.text for item in items if item.text is not None]
        assert len(texts) == (0 if name in BORROWED else len(items)), name


@pytest.mark.parametrize("name", SHELLS)
def test_shells_have_the_structure_that_was_published(name: str) -> None:
    instrument = registry.find(name)
    assert {subscale: len(places) for subscale, places in instrument.subscales.items()} == SHELLS[name]
    assert instrument.shell


def test_the_recommend_score_names_the_marks_and_bears_none() -> None:
    form = registry.find("recommend").form
    assert "Bain" in form.terms
    assert "Satmetrix" in form.terms
    assert not {"nps", "promoter score"} & {form.title.lower(), *form.title.lower().split()}


def test_a_workspace_brings_its_own_and_fills_in_shells(tmp_path: Path) -> None:
    (tmp_path / "instruments").mkdir()
    own = registry.FOLDER
    licensed = SOUND + 'items = [{ name = "a", text = "Licensed words" }, { name = "b", text = "More of them" }]'
    (tmp_path / own / "mood.toml").write_text(licensed)
    (tmp_path / own / "brand_engagement.toml").write_text(licensed)
    workspace: Log = cherish.open(tmp_path)
    folders = registry.beside(workspace.store)
    assert "mood" in registry.names(folders)
    assert not registry.find("brand_engagement", folders).shell
    assert registry.find("brand_engagement").shell
    assert registry.find(str(tmp_path / own / "mood.toml")).name == "mood"


WRONG = {
    "title": (SOUND.replace('title = "Mood"\n', "") + 'items = [{ name = "a" }]', "missing required field `title`"),
    "not_toml": ("title = ", "is not TOML"),
    "no_items": (SOUND + "items = []", "items = []: an instrument needs one item at least"),
    "unknown_field": (SOUND + 'items = [{ name = "a", revers = true }]', "`revers`"),
    "text_for_number": (
        SOUND.replace("max = 5", 'max = "five"') + 'items = [{ name = "a" }]',
        "max = 'five': Expected",
    ),
    "twice": (SOUND + 'items = [{ name = "a" }, { name = "a" }]', "items[1].name = 'a': two items"),
    "upside_down": (SOUND + 'items = [{ name = "a", max = 1 }]', "items[0].max = 1.0: the scale begins at 1"),
    "nameless": (SOUND + 'items = [{ name = " " }]', "items[0].name = ' ': an item needs a name"),
    "same_name": (SOUND + 'items = [{ name = "a", subscale = "a" }]', "items[0].subscale = 'a'"),
    "missing_rule": (SOUND + 'answered = 0.0\nitems = [{ name = "a" }]', "answered = 0.0: give a share"),
    "no_cut": (SOUND + 'scoring = "top"\nitems = [{ name = "a" }]', "cut = None: scoring = 'top' needs"),
    "cut_outside": (SOUND + 'scoring = "top"\ncut = 6\nitems = [{ name = "a" }]', "cut = 6.0: scoring"),
    "cuts": (SOUND + 'scoring = "promoters"\ncuts = [4, 2]\nitems = [{ name = "a" }]', "cuts = (4.0, 2.0)"),
    "scoring": (SOUND + 'scoring = "median"\nitems = [{ name = "a" }]', "scoring = 'median': Invalid enum value"),
    "several": (
        SOUND + 'scoring = "top"\ncut = 4\nitems = [{ name = "a" }, { name = "b" }]',
        "shares are made of one item",
    ),
    "no_subscale": (
        SOUND + 'total = "subscales"\nitems = [{ name = "a" }]',
        "every item must then belong to a subscale",
    ),
    "classes": (
        SOUND + 'classes = { low = 1, high = 9 }\nitems = [{ name = "a" }]',
        "give the lowest score of each class",
    ),
    "falling": (SOUND + 'classes = { low = 3, high = 2 }\nitems = [{ name = "a" }]', "rising, from 1 to 5"),
    "shown": (SOUND + 'shown = [9, 2]\nitems = [{ name = "a" }]', "shown = [9.0, 2.0]"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_named_with_file_field_and_value(case: str, tmp_path: Path) -> None:
    text, says = WRONG[case]
    path = tmp_path / "mood.toml"
    path.write_text(text)
    with pytest.raises(FileError, match=re.escape(says)) as told:
        load(path)
    assert str(path) in str(told.value)


def test_a_package_brings_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "bought_forms"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "bought.toml").write_text(SOUND + 'items = [{ name = "a" }]')
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(registry, "entry_points", lambda group: [SimpleNamespace(value="bought_forms")])
    registry._installed.cache_clear()
    assert registry.find("bought").form.title == "Mood"
    monkeypatch.undo()
    registry._installed.cache_clear()
    assert "bought" not in registry.names()


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="No such file"):
        registry.find(str(tmp_path / "gone.toml"))
    with pytest.raises(QuestionError, match="put it into the workspace's folder instruments"):
        registry.find("gone")
