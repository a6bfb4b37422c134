"""The page: one file that loads nothing, reads well by ear and eye, and says exactly what its figures say."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from cherish import documents
from cherish.story import page
from cherish.story.telling import tell
from cherish.verify import reproduce
from logs import event, log_of

LOADING = {
    "src", "href", "srcset", "action", "formaction", "data", "poster", "background", "ping", "xlink:href", "manifest",
}  # fmt: skip
FORBIDDEN = {"link", "img", "iframe", "object", "embed", "video", "audio", "base"}
VOID = {"meta", "br", "link", "img", "input", "hr"}
EVIL = "<script>alert(1)</script>"


class Reader(HTMLParser):
    """Collects what the tests look at, and checks that elements nest."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1] == tag, (tag, self.open)
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["script"] and self.open[-1:] != ["style"]:
            self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def written(journey_story: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    assert page.write(journey_story, path) == path.stat().st_size < page.LIMIT
    return path


@pytest.fixture(scope="module")
def text(written: Path) -> str:
    return written.read_text("utf-8")


def loads_nothing(text: str) -> None:
    found = Reader(text)
    for tag, attributes in found.elements:
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            if name in LOADING:
                assert tag == "a", (tag, name, value)
                assert (value or "").startswith("#"), (tag, name, value)
            assert re.fullmatch(r"url\(#[\w-]+\)", value or "") or "url(" not in (value or ""), (tag, name, value)
            assert name != "style" or "://" not in (value or "")
    assert {name for name, _ in found.elements} & FORBIDDEN == set()
    scripts = found.all("script")
    assert scripts == [{"type": "application/json", "id": documents.BLOCK}]
    styles = "".join(re.findall(r"<style[^>]*>(.*?)</style>", text, re.S))
    assert "@import" not in styles
    assert "url(" not in styles
    policy = next(each["content"] for each in found.all("meta") if each.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:;")


def test_it_loads_nothing(text: str) -> None:
    loads_nothing(text)


def test_it_reads_in_order(text: str) -> None:
    found = Reader(text)
    headings = [tag for tag, _ in found.elements if re.fullmatch(r"h[1-6]", tag)]
    assert headings == ["h1"] + ["h2"] * 7
    assert [tag for tag, _ in found.elements if tag in ("header", "main", "footer")] == ["header", "main", "footer"]
    assert found.all("html")[0]["lang"] == "en"
    assert len(found.all("title")) == 1
    assert len(found.all("details")) == 2 * 7 + 1
    ids = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_each_picture_has_words_and_a_table(text: str) -> None:
    found = Reader(text)
    charts = [each for each in found.all("div") if each.get("class") == "chart"]
    assert len(charts) == len(found.all("table")) == len(found.all("figure")) == 7
    assert all(each["role"] == "img" and each["aria-label"] for each in charts)
    assert "#010101" not in text
    assert "var(--accent)" in text


def test_the_fold_tells_how_it_was_counted(text: str, journey_story: Any) -> None:
    from cherish.demo.complete_journey import NOTICE

    shown = " ".join(" ".join(Reader(text).text).split())
    for scene in journey_story.told:
        for result in scene.results:
            told = (result.name, result.convention, result.fingerprint, result.query.command(), result.about["line"])
            assert all(" ".join(each.split()) in shown for each in told), told
    assert shown.count(NOTICE) > 6
    assert "164,539 events" in shown


def test_no_jargon_before_a_fold(text: str) -> None:
    from .test_telling import CAUSE, JARGON

    first = re.sub(r"<(details|style|script|head)\b.*?</\1>", "", text, flags=re.S)
    plain = re.sub(r"<[^>]+>", " ", first)
    assert not re.search(JARGON, plain, re.I)
    assert not re.search(CAUSE, plain.replace("what caused what", ""), re.I)


def test_verify_reads_the_page(written: Path, journey: Any) -> None:
    document = documents.read(written)
    assert not reproduce(journey, document.figures, document.shown).differences
    assert set(document.shown) == {each.id for each in document.figures}


@pytest.mark.parametrize("shown", [True, False])
def test_a_tampered_figure_is_named(written: Path, journey: Any, tmp_path: Path, shown: bool) -> None:
    forged = tmp_path / "forged.html"
    text = written.read_text("utf-8")
    said = ">404</span>" if shown else '"value":404,'
    assert said in text
    forged.write_text(text.replace(said, said.replace("404", "104")), "utf-8")
    document = documents.read(forged)
    differences = reproduce(journey, document.figures, document.shown).differences
    assert {str(each.figure.selector) for each in differences} >= {"silent"}
    assert all("rhythm" in each.figure.name for each in differences)


def test_the_labels_of_the_pictures_are_figures_too(written: Path, journey: Any, tmp_path: Path) -> None:
    text = written.read_text("utf-8")
    labels = re.findall(r'<text[^>]*><tspan data-figure="(\w+)">([^<]*)</tspan>', text)
    # Two in the first picture and 10 + 1, 10, 5, 10, two claims and twice 7 in the others, each drawn for two widths.
    assert len(labels) == 2 * (2 + 11 + 10 + 5 + 10 + 2 + 14)
    figures = {each.id: each.text for each in documents.read(written).figures}
    assert all(figures[mark] == said for mark, said in labels)
    forged = tmp_path / "forged.html"
    forged.write_text(text.replace(">19%</tspan>", ">91%</tspan>"), "utf-8")
    document = documents.read(forged)
    (found,) = reproduce(journey, document.figures, document.shown).differences
    assert str(found.figure.selector) == "share[part=2]"
    assert "91%" in found.detail


def test_an_interrupted_write_leaves_the_old_page(
    journey_story: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.html"
    path.write_text("the old one")

    def stop(*_: Any, **__: Any) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(page, "html", stop)
    with pytest.raises(KeyboardInterrupt):
        page.write(journey_story, path)
    assert path.read_text() == "the old one"


def test_hostile_names_stay_text() -> None:
    rows = [
        event(f"{EVIL}{n}", f"{EVIL}</style>", datetime(2024, 1, 1) + timedelta(days=day), currency=None)
        for n in range(4)
        for day in (n, n + 3, n + 9, n + 20)
    ]
    rows += [
        event(f"b{n}", "Order Completed", datetime(2024, 1, 2 + n), order_id=f"{EVIL}{n}", value=3, currency='"><i>')
        for n in range(3)
    ]
    log = log_of(rows)
    text = page.html(tell(log, f"{EVIL}\x1b[31m.csv", notice=f"{EVIL} said so."))
    assert "<script>alert" not in text
    assert '"><i>' not in text
    loads_nothing(text)
    assert EVIL in "".join(Reader(text).text)


def test_hostile_names_do_not_steer_the_terminal() -> None:
    from cherish.story import terminal

    order = {"value": 3, "currency": "\x1b[2J"}
    rows = [event("a", "Order Completed", datetime(2024, 1, n), order_id=str(n), **order) for n in (1, 2)]
    assert "\x1b" not in "\n".join(terminal.lines(tell(log_of(rows), "x")))


# -- contrast -----------------------------------------------------------------------------------------------------


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [0, 1, 2])
def test_texts_have_contrast(theme: int) -> None:
    # WCAG 2.2: (lighter + 0.05) / (darker + 0.05), at least 4.5 for text.
    css = (files("cherish.story") / "templates" / "page.css").read_text("utf-8")
    roots = re.findall(r":root \{(.*?)\}", css, re.S)
    assert len(roots) == 3
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{3,6})", roots[theme]))
    full = {
        name: code if len(code) == 7 else "#" + "".join(2 * sign for sign in code[1:]) for name, code in colours.items()
    }
    for ink in ("ink", "soft", "accent"):
        for ground in ("paper", "card"):
            light, dark = sorted((_luminance(full[ink]), _luminance(full[ground])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (theme, ink, ground)
