"""The tools' files as such: each loads, cites its pages, uses known names; and what `--from` may be told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cherish.collect.exports import form, registry
from cherish.collect.importing import import_files, read_into
from cherish.errors import FileError, MappingError
from cherish.spec import names

STANDARD = {name for value in vars(names).values() if isinstance(value, tuple) for name in value}
OF_SEGMENTS_SPEC = {
    "Unsubscribed",
    "Email Unsubscribed",
    "Cart Viewed",
    "Checkout Started",
    "Payment Info Entered",
    "Session Started",
    "Session Ended",
    "Order Completed",
    "Product Added",
    "Product Removed",
    "Product Clicked",
    "Experiment Viewed",
    "Signed In",
}
OURS = {
    "Page Left",
    "Rage Clicked",
    "Payment Failed",
    "Payment Cancelled",
    "Payment Authorized",
    "Email Converted",
    "Message Converted",
}
TOOLS = tuple(registry.tools())

MIXPANEL = {"event": "Buy", "properties": {"time": 1602611311, "distinct_id": "u1", "$insert_id": "i1"}}


def test_the_tools_that_people_leave_are_there() -> None:
    assert {
        "amplitude", "braze", "customerio", "ga4", "klaviyo", "mailchimp", "mixpanel", "posthog", "segment", "shopify",
        "stripe",
    } <= set(TOOLS)  # fmt: skip


@pytest.mark.parametrize("name", TOOLS)
def test_a_tools_file_cites_its_pages_and_uses_known_names(name: str) -> None:
    tool = registry.tools()[name]
    assert tool.pages
    assert tool.about
    for table in tool.tables:
        assert set(table.names.values()) <= STANDARD | OF_SEGMENTS_SPEC | OURS
        assert set(table.calls.values()) <= {"page", "screen", "identify", "group", "alias"}
        assert set(table.documents) <= {*table.needs, *table.may}
        assert "customer" in table.roles
        assert table.kind == "customers" or "time" in table.roles


@pytest.mark.parametrize("name", TOOLS)
def test_the_page_of_the_docs_names_every_tool(name: str) -> None:
    page = Path(__file__).parents[3] / "docs" / "how-to" / "import-from.md"
    assert f"`--from {name}`" in page.read_text()


def written(folder: Path, *rows: Any) -> Path:
    path = folder / "export.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_a_file_is_known_by_its_columns_unless_something_else_is_said(store: Any, tmp_path: Path) -> None:
    path = written(tmp_path, MIXPANEL)
    assert "Mixpanel" in import_files(store, path, dry_run=True).notes[0]
    with pytest.raises(MappingError, match="no column says when"):
        import_files(store, path, event="Something")


def test_a_damaged_row_among_the_first_does_not_hide_whose_file_it_is(store: Any, tmp_path: Path) -> None:
    path = written(tmp_path, {"event": "Buy", "properties": "none"}, MIXPANEL, {**MIXPANEL, "event": "Sell"})
    summary = import_files(store, path, reject_share=1.0)
    assert (summary.events_new, dict(summary.rejected)) == (2, {"properties: not valid JSON": 1})


def test_what_is_nobodys_for_certain_is_guessed_as_ever(store: Any, tmp_path: Path) -> None:
    plain = written(tmp_path, {"event": "Buy", "properties": {"a": 1}, "user": "u1", "time": "2024-01-02T10:00:00Z"})
    assert import_files(store, plain, dry_run=True).notes == ()


def test_a_data_frame_may_be_an_export(store: Any) -> None:
    import pyarrow as pa

    rows = [{"uuid": "1", "event": "a", "distinct_id": "u1", "properties": "{}", "timestamp": "2024-01-02T10:00:00Z"}]
    assert read_into(store, pa.Table.from_pylist(rows), tool="posthog").events_new == 1


def test_refusals_say_what_to_do(store: Any, tmp_path: Path) -> None:
    path = written(tmp_path, MIXPANEL)
    with pytest.raises(MappingError, match="--from mixpannel: no such tool is known; did you mean mixpanel"):
        import_files(store, path, tool="mixpannel")
    with pytest.raises(MappingError, match="choose one of amplitude, braze"):
        import_files(store, path, tool="excel")
    with pytest.raises(
        FileError, match=r"export.jsonl is no export of Stripe; the columns are event, properties, needed are"
    ):
        import_files(store, path, tool="stripe")
    with pytest.raises(MappingError, match="--kind: with --from the tool's layout says"):
        import_files(store, path, tool="mixpanel", kind="events")
    with pytest.raises(MappingError, match="--from: with --survey the layout says"):
        import_files(store, path, tool="mixpanel", survey=tmp_path / "wave.toml")
    with pytest.raises(FileError, match="there is no column 'mail'"):
        import_files(store, path, tool="mixpanel", mapping={"customer": "mail"})


def test_too_many_rejects_refuse_the_file_with_an_example(store: Any, tmp_path: Path) -> None:
    bad = {"event": "Buy", "properties": {**MIXPANEL["properties"], "time": "soon"}}
    with pytest.raises(FileError, match=r"export.jsonl, line 2: time: not a possible time; 1 of 2 rows can't be taken"):
        import_files(store, written(tmp_path, MIXPANEL, bad))
    assert store.query("SELECT count(*) AS n FROM events").to_pylist() == [{"n": 0}]


def test_a_column_that_bears_a_roles_name_is_kept_beside_it(store: Any, tmp_path: Path) -> None:
    text = "email,unsubscribed_at,customer,event,Problem,time\nAnn@X.org,2024-01-03 10:00:00,17,odd,none,noon\n"
    (tmp_path / "left.csv").write_text(text)
    import_files(store, tmp_path / "left.csv", tool="braze")
    (one,) = store.query("SELECT user_id, name, properties FROM events").to_pylist()
    assert (one["user_id"], one["name"]) == ("ann@x.org", "Unsubscribed")
    assert json.loads(one["properties"]) == {
        "channel": "email", "customer_": 17, "event_": "odd", "Problem": "none", "time_": "noon",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title = 1", "Expected `str`"),
        (
            'title = "A"\npages = ["p"]\n[[tables]]\nwhat = "x"\nneeds = ["a"]\n[tables.roles]\nbuyer = "a"',
            "there is no role 'buyer'",
        ),
    ],
)
def test_a_tools_file_is_checked(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "odd.toml").write_text(text)
    with pytest.raises(FileError, match=message):
        form.load(tmp_path / "odd.toml")


def test_another_tool_is_one_file(store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "diary.toml").write_text(
        'title = "Diary"\npages = ["our own"]\nabout = "A sample."\n[[tables]]\nwhat = "diaries"\n'
        'needs = ["mood", "on", "who"]\nknown_by = ["mood"]\n[tables.roles]\nevent = "mood"\ntime = "utc(\\"on\\")"\n'
        'customer = "who"\n[tables.names]\ngood = "Content Liked"\n'
    )
    there = {**registry.tools(), "diary": form.load(tmp_path / "diary.toml")}
    monkeypatch.setattr(registry, "tools", lambda: there)
    (tmp_path / "mine.csv").write_text("mood,on,who,page\ngood,2024-01-02,ann,7\nbad,2024-01-03,ann,8\n")
    summary = import_files(store, tmp_path / "mine.csv")
    assert summary.events == {"Content Liked": 1, "bad": 1}
    assert summary.notes == ("mine.csv: read as diaries, 2",)
    pages = store.query("SELECT properties ->> '$.page' AS page FROM events ORDER BY ts").to_pylist()
    assert [each["page"] for each in pages] == ["7", "8"]
