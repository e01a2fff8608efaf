"""Pages of an API: records cut out as they are written, and the way from page to page."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.usage.pages import (
    PageError,
    Question,
    batch_records,
    first_question,
    next_question,
    page_text,
    records_of,
    value_at,
)
from invoicing.usage.road import Pages, Paging

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(records=st.lists(json_values, max_size=6), indent=st.sampled_from([None, 1]), beside=json_values)
def test_every_record_is_cut_out_exactly(records: list[Any], indent: int | None, beside: Any):
    written = [json.dumps(record, indent=indent) for record in records]
    page = f'{{"before": {json.dumps(beside)}, "a" : {{ "r":[{" , ".join(written)} ] }}, "after": 1}}'

    assert records_of(page_text(page.encode()), ("a", "r")) == written


@given(st.binary(max_size=60))
def test_any_bytes_are_a_page_or_are_refused(content: bytes):
    try:
        text = page_text(content)
    except PageError:
        return
    json.loads(text)


@pytest.mark.parametrize(
    "content", [b"", b"[1", b"[1] x", b"NaN", b"[Infinity]", b"\xff[]", b"[" * 100_000, b'{"a": 1,}', b"<html>"]
)
def test_what_is_no_json_is_refused(content: bytes):
    with pytest.raises(PageError):
        page_text(content)


def test_digits_are_never_read_as_a_number():
    digits = "9" * 5000

    assert records_of(page_text(f"[{digits}, 0.10]".encode()), ()) == [digits, "0.10"]


@pytest.mark.parametrize(
    ("path", "value"),
    [(("a", "b"), "x"), (("n",), "17"), (("nothing",), None), (("empty",), None), (("absent", "b"), None), (("n", "b"), None)],
)  # fmt: skip
def test_a_value_is_found_by_its_path(path: tuple[str, ...], value: str | None):
    assert value_at('{"a": {"c": [1, {"b": 2}], "b": "x"}, "n": 17, "nothing": null, "empty": ""}', path) == value


def test_a_list_is_no_value_and_a_value_is_no_list():
    with pytest.raises(PageError, match="a holds neither a text nor a number"):
        value_at('{"a": []}', ("a",))
    with pytest.raises(PageError, match="no list stands at a; correct `records`"):
        records_of('{"a": {}}', ("a",))
    with pytest.raises(PageError, match="no list stands at the top"):
        records_of("{}", ())


@pytest.mark.parametrize(
    ("header", "address"),
    [
        ('<https://x/?p=2>; rel="next"', "https://x/?p=2"),
        ("</?p=2>; rel=next; title=x", "/?p=2"),
        ('</?p=1>; rel="prev", </?p=2,3>; title="a"; rel="next last"', "/?p=2,3"),
        ('</?p=1>; rel="nextish"', None),
        ('</?p=1>; rel="first"', None),
        ("", None),
        (None, None),
    ],
)
def test_the_next_link_is_found_among_others(header: str | None, address: str | None):
    found = next_question(Pages(Paging.LINK_HEADER), Question("/"), "[]", count=1, passed=1, link_header=header)

    assert found == (Question(address) if address else None)


def test_a_short_page_is_no_end_and_an_empty_one_is():
    pages = Pages(Paging.PAGE, "p", first=0)
    asked = first_question(pages, "/", {"size": "100"})

    following = next_question(pages, asked, "[1]", count=1, passed=1, link_header=None)

    assert following == Question("/", {"size": "100", "p": "1"})
    assert next_question(pages, Question("/", {"p": "1"}), "[]", count=0, passed=1, link_header=None) is None


def test_a_batch_answers_each_identifier_once():
    answer = '[{"key": "b", "error": null, "value": {"x": 1.10}}, {"key": "a", "value": 2}]'

    assert batch_records(answer, ["a", "b"]) == ['{"x": 1.10}', "2"]
    for identifiers in (["a"], ["a", "b", "c"], ["a", "a"]):
        with pytest.raises(PageError, match="do not match"):
            batch_records(answer, identifiers)
