"""Names on a road."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.usage.file_names import is_marker, safe_name, whole_files

FIN, OK = ("{name}.FIN",), ("{stem}.ok",)


def test_a_file_is_whole_when_nothing_says_otherwise():
    names = ["b.csv", "a.csv", "a.csv.TMP", "c.csv.part", "d.filepart", ".e.csv", "f.txt"]

    assert whole_files(names, ["*.csv", "*.TMP", "*.part", "*.filepart"], ()) == ["a.csv", "b.csv"]


def test_a_file_that_needs_a_marker_waits_for_it():
    assert whole_files(["a.csv", "b.csv", "b.csv.FIN"], ["*.csv*"], FIN) == ["b.csv"]
    assert whole_files(["a.csv", "b.csv", "b.ok"], ["*"], OK) == ["b.csv"]
    assert whole_files(["a.csv", "a.ok", "b.csv", "b.csv.FIN"], ["*.csv"], FIN + OK) == ["a.csv", "b.csv"]


@pytest.mark.parametrize(
    ("name", "markers", "is_one"),
    [("a_1.csv.FIN", FIN, True), ("b_1.csv.FIN", FIN, False), ("a_1.ok", OK, True), ("b_1.ok", OK, False), ("a_1.csv", OK, False)],
)  # fmt: skip
def test_a_marker_is_told_by_the_file_that_it_means(name: str, markers: tuple[str, ...], is_one: bool):
    assert is_marker(name, ["a_*.csv"], markers) is is_one


@given(st.text(max_size=400))
def test_any_name_becomes_one_plain_visible_part_of_a_path(name: str):
    safe = safe_name(name)

    assert 0 < len(safe.encode(errors="strict")) <= 150
    assert not set(safe) & set('/\\\0:*?"<>|\n')
    assert not safe.startswith((".", " "))
    assert safe_name(safe) == safe
