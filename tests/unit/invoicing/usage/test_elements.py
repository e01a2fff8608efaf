"""JSON and XML: each element with its place, its writing and its fields; faults come after what is sound."""

import io
import json
from collections.abc import Iterator
from decimal import Decimal
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.usage.elements import KEPT, Element, json_blocks, xml_blocks
from invoicing.usage.json_elements import BLOCK_BYTES
from invoicing.usage.limits import Limits, Unreadable

SAMPLES = Path(__file__).parents[5] / "shared" / "samples" / "cdr"
A_MARK = "\ufeff"


def of_json(text: str | bytes, records: str = "", fields: str = "a", **limits: int) -> list[Element]:
    content = text.encode() if isinstance(text, str) else text
    blocks = json_blocks(io.BytesIO(content), records, fields.split(), limits=Limits(**limits))
    return list(chain.from_iterable(blocks))


def of_xml(text: str | bytes, record: str = "c", fields: str = "a", **limits: int) -> list[Element]:
    content = text.encode() if isinstance(text, str) else text
    blocks = xml_blocks(io.BytesIO(content), record, fields.split(), limits=Limits(**limits))
    return list(chain.from_iterable(blocks))


def before_the_fault(blocks: Iterator[list[Element]]) -> tuple[int, str]:
    count = 0
    try:
        for block in blocks:
            count += len(block)
    except Unreadable as error:
        return count, str(error)
    return count, ""


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("0.10", "0.10"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("1E5", "1E5"),
        ("-0", "-0"),
        ("true", "true"),
        ("false", "false"),
        ("null", ""),
        ('"é\\u00e9\\t"', "éé\t"),
        ('"\\u0000\\ud800"', "\ufffd\ufffd"),
        ('{"b": [1.50, null]}', '{"b":["1.50",null]}'),
    ],
)
def test_a_value_is_the_text_that_was_written(written: str, text: str):
    assert [text] == of_json(f'[{{"a": {written}}}]')[0].fields


def test_fields_are_found_by_dotted_keys_and_the_missing_are_empty():
    [element] = of_json('[{"price": {"value": 0.0}, "a": 1, "b": "x"}]', fields="price.value a.b c price.value.x")

    assert ["0.0", "", "", ""] == element.fields


def test_an_element_keeps_its_place_and_its_writing_without_the_spaces_between():
    found = of_json('{"n": [0], "d": {"i": [\n {"a" : 0.10, "b": " x  \\" y "}\n,\t{}]}, "z": 2}\n', "d.i")

    assert [
        Element("$.d.i[0]", '{"a":0.10,"b":" x  \\" y "}', ["0.10"]),
        Element("$.d.i[1]", "{}", [""]),
    ] == found


def test_an_element_that_is_no_object_has_no_fields():
    assert [("5", []), ('"x"', []), ("[1]", []), ("null", [])] == [
        (element.raw_text, element.fields) for element in of_json('[5, "x", [1], null]')
    ]


def test_an_element_may_stand_across_the_end_of_a_block_anywhere():
    written = '{"a":"\\ud83d\\ude00","b":[true,null,-1.5e+3]}'

    for before in range(len(written) + 3):
        found = of_json("[" + " " * (BLOCK_BYTES - before) + written + "," + written + "]")
        assert [written, written] == [element.raw_text for element in found]


def test_an_empty_array_and_a_null_have_no_element():
    assert [[], []] == [of_json("[]"), of_json('{"a": null}', "a")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_json_with_a_byte_order_mark_is_read_by_it(encoding: str):
    assert [["é"]] == [element.fields for element in of_json('[{"a":"é"}]'.encode(encoding))]


def test_a_bad_byte_in_json_hurts_its_own_element_only():
    assert [["\ufffd"], ["\ufffd2"]] == [element.fields for element in of_json(b'[{"a":"\xa5"},{"a":"\x002"}]')]


@pytest.mark.parametrize(
    ("text", "count", "words"),
    [
        ("", 0, "broken_json: at element 0, cut, or empty"),
        ('[{"a":1},{"a":2},{"a" 3}]' + " " * 200_000, 2, "broken_json: at element 3, no value, or cut"),
        ('[{"a":1},{"a":2', 1, "broken_json: at element 2, no value, or cut"),
        ('[{"a":1}', 1, "broken_json: at element 1, ',' is missing"),
        ('[{"a":1},]', 1, "broken_json: at element 2, no value"),
        ('[{"a":1}] {}', 1, "broken_json: at element 1, more behind the end"),
        ('[{"a":NaN}]', 0, "broken_json: at element 1, no value"),
        ('{"a":[{}],}', 1, "broken_json: at element 1, a comma too many"),
        ('{"b":1}', 0, "no_records: a of a is not in the file"),
        ('{"a":7}', 0, "no_records: a is no array"),
    ],
)
def test_a_fault_of_json_is_told_after_the_elements_before_it(text: str, count: int, words: str):
    records = "a" if text.startswith("{") else ""

    found = before_the_fault(json_blocks(io.BytesIO(text.encode()), records, ["a"]))

    assert count == found[0]
    assert found[1].startswith(words)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=20,
)


def as_json(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, list):
        return "[" + " , ".join(map(as_json, value)) + "]"
    if isinstance(value, dict):
        return "{" + ",\n".join(f"{json.dumps(key)}: {as_json(inner)}" for key, inner in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)


@given(st.lists(st.dictionaries(st.sampled_from(["a", "b"]), VALUES) | VALUES, max_size=30), st.integers(0, 70_000))
def test_each_element_comes_out_as_it_was_written_wherever_a_block_ends(values: list[object], space: int):
    found = of_json("[" + " " * space + ",".join(map(as_json, values)) + "]")

    assert len(values) == len(found)
    for value, element in zip(values, found, strict=True):
        assert json.loads(as_json(value)) == json.loads(element.raw_text)
        if isinstance(value, dict) and isinstance(value.get("a"), int | Decimal) and value["a"] not in (True, False):
            assert [str(value["a"])] == element.fields


def test_xml_fields_are_found_by_path_whatever_the_namespace_and_the_first_of_a_name_counts():
    [element] = of_xml(
        '<r xmlns="urn:x" xmlns:y="urn:y"><c k="v"><h><y:a>1</y:a><y:a>2</y:a></h><b u="€">x<i>y</i>z</b></c></r>',
        fields="h/a @k b/@u b missing",
    )

    assert ("/r/c[1]", ["1", "v", "€", "xyz", ""]) == (element.path, element.fields)


def test_an_xml_path_counts_within_the_root_or_within_the_file():
    assert ["/r/c[1]", "/r/c[2]"] == [element.path for element in of_xml("<r><c/><d/><c/></r>")]
    assert ["(//c)[1]", "(//c)[2]"] == [element.path for element in of_xml("<r><d><c/></d><d><c/></d></r>")]


def test_a_record_may_be_named_by_the_end_of_its_path():
    assert [["2"]] == [
        element.fields for element in of_xml("<r><h><c><a>1</a></c></h><d><c><a>2</a></c></d></r>", "d/c")
    ]


def test_a_record_inside_a_record_is_a_part_of_it():
    assert [["1", "2"]] == [
        element.fields for element in of_xml("<r><c><c><a>1</a></c><a>2</a></c></r>", fields="c/a a")
    ]


@pytest.mark.parametrize(
    "content",
    [
        '<?xml version="1.0" encoding="windows-1252"?><r><c><a>é€</a></c></r>'.encode("cp1252"),
        '<?xml version="1.0" encoding="UTF-16"?><r><c><a>é€</a></c></r>'.encode("utf-16"),
        '<?xml version="1.0" encoding="UTF-16"?><r><c><a>é€</a></c></r>'.encode("utf-16-be"),
        (A_MARK + '<?xml version="1.0" encoding="UTF-16"?><r><c><a>é€</a></c></r>').encode(),
        "<r><c><a>é€</a></c></r>".encode(),
    ],
)
def test_xml_is_read_in_the_encoding_that_it_has(content: bytes):
    assert [["é€"]] == [element.fields for element in of_xml(content)]


def test_a_bad_byte_in_xml_hurts_its_own_element_only():
    assert [["\ufffd"], ["\ufffd\ufffd2"]] == [
        element.fields for element in of_xml(b"<r><c><a>\xa5</a></c><c><a>\x00\x012</a></c></r>")
    ]


@pytest.mark.parametrize(
    ("text", "count", "code"),
    [
        ("", 0, "broken_xml: behind element 0"),
        ("<r><c/><c/><c><a></c></r>", 2, "broken_xml: behind element 2"),
        ("<r><c/><c/>", 2, "broken_xml: behind element 2"),
        ("<r><x/></r>", 0, "no_records: no c in the file"),
        ('<?xml version="1.0" encoding="zlib"?><r/>', 0, "unknown_encoding: zlib"),
        ('<!DOCTYPE r [<!ENTITY x "y">]><r><c><a>&x;</a></c></r>', 0, "xml_entities: "),
        ('<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r><c><a>&x;</a></c></r>', 0, "xml_entities: "),
        ('<!DOCTYPE r [<!ENTITY x "y">]><r/>', 0, "xml_entities: "),
        ('<!DOCTYPE r SYSTEM "file:///x"><r><c><a>1&x;2</a></c></r>', 0, "xml_entities: "),
        ("<r><c><a>&x;</a></c></r>", 0, "broken_xml: behind element 0"),
    ],
)
def test_a_fault_of_xml_is_told_after_the_elements_before_it(text: str, count: int, code: str):
    found = before_the_fault(xml_blocks(io.BytesIO(text.encode()), "c", ["a"]))

    assert count == found[0]
    assert found[1].startswith(code)


def test_a_billion_laughs_are_not_heard():
    laughs = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))
    text = f'<!DOCTYPE r [<!ENTITY l0 "ha">{laughs}]><r a="&l9;"><c><a>&l9;</a></c></r>'

    with pytest.raises(Unreadable, match=r"^xml_entities: "):
        of_xml(text)


@pytest.mark.parametrize("read", [of_json, of_xml])
def test_an_element_that_is_too_long_is_refused_alone(read):
    long = "x" * 3_000
    texts = {of_json: f'[{{"a":"{long}"}},{{"a":2}}]', of_xml: f"<r><c><a>{long}</a></c><c><a>2</a></c></r>"}

    found = read(texts[read], text_length=2_999)

    assert [[], ["2"]] == [element.fields for element in found]
    assert len(found[0].raw_text) == KEPT


@pytest.mark.parametrize("read", [of_json, of_xml])
def test_an_element_that_never_ends_is_refused(read):
    long = "x" * 500_000
    texts = {of_json: f'[{{"a":1}},{{"a":"{long}"}}]', of_xml: f"<r><c/><c><a>{long}</a></c></r>"}

    with pytest.raises(Unreadable, match=r"^element_too_large: element 2, or it never ends"):
        read(texts[read], element_bytes=100_000)


@pytest.mark.parametrize("levels", [65, 3_000, 500_000])
@pytest.mark.parametrize("read", [of_json, of_xml])
def test_what_is_too_deep_is_refused(read, levels: int):
    inside = {of_json: '[{"a":' + "[" * levels + "]" * levels + "}]", of_xml: "<r><c>" + "<d>" * levels}
    inside[of_xml] += "</d>" * levels + "</c></r>"

    with pytest.raises(Unreadable, match=r"^too_deep: "):
        read(inside[read])


def test_what_is_just_deep_enough_is_read():
    assert 1 == len(of_json('[{"a":' + "[" * 8 + "]" * 8 + "}]", depth=9))
    assert 1 == len(of_xml("<r><c>" + "<d>" * 8 + "</d>" * 8 + "</c></r>", depth=9))


@pytest.mark.skipif(not SAMPLES.exists(), reason="shared samples are absent")
def test_the_shared_samples_are_read():
    with (SAMPLES / "broadworks" / "broadworks_v19.xml").open("rb") as file:
        [calls] = xml_blocks(file, "cdrData", ["headerModule/type", "basicModule/releaseTime"])
    with (SAMPLES / "france" / "ovh_voice_consumption.json").open("rb") as file:
        [consumptions] = json_blocks(file, "", ["consumptionId", "priceWithoutTax.value"])

    assert ["Start", "Normal", "Normal", "End"] == [call.fields[0] for call in calls]
    assert ["/broadWorksCDR/cdrData[2]", "20160419210020.296"] == [calls[1].path, calls[1].fields[1]]
    assert Element("$[0]", consumptions[0].raw_text, ["700000", "0.0"]) == consumptions[0]
