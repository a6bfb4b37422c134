"""Rows without an id: known again by their content, wherever they stand; a longer file adds only its new rows."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cherish.collect.importing import import_files
from cherish.store.memory import memory

HEAD = "user_id,timestamp,event,plan\n"
ROW = st.tuples(st.sampled_from("abc"), st.integers(1, 3), st.sampled_from(("Open", "Save")))


def text(rows) -> str:
    return HEAD + "".join(f"{who},2024-01-0{day},{name},x\n" for who, day, name in rows)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ROW, min_size=1, max_size=12), st.lists(ROW, max_size=6), st.randoms(use_true_random=False))
def test_a_longer_file_adds_only_its_new_rows(tmp_path, first, more, random) -> None:
    longer = [*first, *more]
    random.shuffle(longer)
    (tmp_path / "short.csv").write_text(text(first))
    (tmp_path / "long.csv").write_text(text(longer))
    store = memory()
    try:
        one = import_files(store, tmp_path / "short.csv")
        assert one.events_new == len(first)
        assert one.exact_repeats == len(first) - len(set(first))
        two = import_files(store, tmp_path / "long.csv")
        assert (two.events_new, two.events_known) == (len(more), len(first))
        counted = store.query(
            "SELECT user_id, day(ts) AS day, name, count(*) AS n FROM events GROUP BY ALL"
        ).to_pylist()
        assert {(r["user_id"], r["day"], r["name"]): r["n"] for r in counted} == Counter(longer)
    finally:
        store.close()


def test_the_same_content_under_another_name_is_known(store, write) -> None:
    import_files(store, write("one.csv", text([("a", 1, "Open")])))
    again = import_files(store, write("two.csv", text([("a", 1, "Open")])))
    assert (again.events_new, again.events_known) == (0, 1)


def test_a_new_column_that_is_empty_on_old_rows_changes_no_id(store, write) -> None:
    import_files(store, write("one.csv", "user_id,timestamp,event\na,2024-01-01,Open\n"))
    wider = "user_id,colour,timestamp,event\na,,2024-01-01,Open\na,red,2024-01-02,Open\n"
    assert import_files(store, write("two.csv", wider)).events_new == 1


def test_an_own_id_is_the_id(store, write) -> None:
    import_files(
        store, write("one.csv", "message_id,user_id,timestamp,event\nm1,a,2024-01-01,Open\nm2,a,2024-01-01,Open\n")
    )
    changed = "message_id,user_id,timestamp,event\nm1,a,2024-01-05,Close\nm3,a,2024-01-01,Open\n"
    assert import_files(store, write("two.csv", changed)).events_new == 1


def test_sources_keep_ids_apart(store, write) -> None:
    path = write("one.csv", text([("a", 1, "Open")]))
    import_files(store, path)
    assert import_files(store, path, source="shop two", name="two").events_new == 1


@pytest.mark.parametrize("form", ["{}", "{}.0"])
def test_numbers_as_ids(store, write, ask, form) -> None:
    rows = "".join(f"{form.format(n)},2024-01-0{n},Open\n" for n in (1, 2, 3))
    import_files(store, write("one.csv", "user_id,timestamp,event\n" + rows + "nan,2024-01-01,Open\n"))
    assert ask("SELECT user_id FROM events ORDER BY 1") == [("1",), ("2",), ("3",)]
