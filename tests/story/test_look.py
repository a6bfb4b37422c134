"""From a file to the story in one go."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from cherish import documents
from cherish.errors import CherishError, FileError
from cherish.story.look import look
from cherish.story.preview import preview
from cherish.verify import reproduce

TEN = """customer,time,order_id,amount,age
ada,2024-01-03,1,12.50,31
ada,2024-01-17,2,8.00,31
ada,2024-02-02,3,20.00,31
ada,2024-02-18,4,9.90,31
bob,2024-01-05,5,99.00,52
cy,2024-01-09,6,5.00,
dee,2024-01-11,8,30.00,44
dee,2024-01-15,9,31.00,44
dee,2024-01-19,10,29.00,44
dee,2024-01-23,11,30.00,44
eve,2024-02-01,12,3.20,
fay,2024-02-03,13,14.00,19
gus,2024-02-07,14,7.00,
hal,2024-02-11,16,41.00,
ivy,2024-02-14,17,18.00,
jo,2024-02-25,18,22.00,
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "shop <b>.csv"
    path.write_text(TEN)
    return path


def told(*paths: Path, **options: object) -> tuple[str, object]:
    out = io.StringIO()
    console = Console(file=out, width=100, force_terminal=False)
    story = look(list(paths), quiet=True, console=console, **options)  # type: ignore[arg-type]
    return out.getvalue(), story


def test_the_whole_way(file: Path, tmp_path: Path) -> None:
    page = tmp_path / "story.html"
    text, story = told(file, html=page)
    assert "16 rows, one order a row" in text
    assert "What counts as active? Order Completed" in text
    assert "What matters? revenue" in text
    assert "2 of 10 customers bring half of the money" in text
    # 99 + 120 = 219 of 379.60 is more than half, 120 alone is not; dee brought 120 and bob 99.
    assert "1 customer has been away for more than three times their usual gap" in " ".join(text.split())
    assert max(len(line) for line in text.splitlines()) <= 100 + len(str(file)) + len(str(page))
    document = documents.read(page)
    assert len(document.figures) == len(story.figures)  # type: ignore[attr-defined]


def test_three_rows_of_each_role_are_shown(file: Path) -> None:
    (found,) = preview([file])
    roles = {role.name: role for role in found.roles}
    assert roles["customer"].values == ("ada", "ada", "ada")
    assert roles["value"].values == ("12.50", "8.00", "20.00")
    assert all(len(line) <= 100 for line in found.lines())


def test_the_page_of_a_file_can_be_verified_from_the_file(file: Path, tmp_path: Path) -> None:
    from cherish.collect.importing import import_files
    from cherish.store.memory import memory

    page = tmp_path / "story.html"
    told(file, html=page)
    log = memory()
    import_files(log, file)
    document = documents.read(page)
    assert not reproduce(log, document.figures, document.shown).differences


def test_another_answer_to_the_first_question(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text("user,time,event\na,2024-01-01,Opened\na,2024-01-02,Bought\nb,2024-01-02,Opened\n")
    text, _ = told(path, active=["Bought"])
    assert "What counts as active? Bought (as you said)" in text
    assert "1 of 2 users" in text


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no such file"):
        told(tmp_path / "nothing.csv")


def test_a_file_without_time_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "colours.csv"
    path.write_text("colour,shade\nred,dark\nblue,light\n")
    with pytest.raises(CherishError):
        told(path)


def test_the_page_says_what_it_takes_to_check_it(file: Path, tmp_path: Path) -> None:
    page = tmp_path / "story.html"
    told(file, html=page)
    # The name alone: where the file lay on somebody's disk is nobody else's business.
    assert "cherish verify story.html --file &#39;shop &lt;b&gt;.csv&#39;" in page.read_text("utf-8")
    assert str(tmp_path) not in page.read_text("utf-8")
