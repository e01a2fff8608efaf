"""Small sound files of every shape, what accidents and enemies do to them, and a watch over the reading."""

import gzip
import io
import os
import resource
import signal
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from openpyxl import Workbook

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "60"))  # `make fuzz` asks for more
SECONDS = 10  # of processor time for one small file: a hundred times what the slowest needs
GROWTH = 200  # MiB, over all files of a property

hostile = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


class Hang(Exception):
    """One small file kept the reader busy."""


@contextmanager
def watched() -> Iterator[None]:
    """Stop what takes too long, in processor time: a busy machine is no fault."""

    def stop(number: int, frame: object) -> None:
        raise Hang(f"more than {SECONDS} s")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@contextmanager
def memory_is_bounded() -> Iterator[None]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    growth = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    assert growth < GROWTH, f"{growth} MiB more than before"


def a_zip(content: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr(zipfile.ZipInfo("calls.csv"), content, method)
    return buffer.getvalue()


def a_workbook() -> bytes:
    workbook = Workbook()
    workbook.active.append(["ligne", "début", "appelé", "durée", "montant"])
    for minute in range(5):
        workbook.active.append(["0199001008", datetime(2026, 10, 3, 10, minute), "0639980012", 74, 0.148])
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


CALL = '1;"0199001008";03/10/2026;10:15:30;"0639980012";FRANCE MOBILE ÉTÉ;01mn14;MX2;0,148;60;'
TEXT = "\r\n".join(["0;DEBUT;20261004;MESSIDOR;2.1", CALL, "", CALL, CALL, "9;FIN;3;222", ""])
JSON = """[{"id": 1, "a": "é\\u00e9\\ud83d\\ude00", "price": {"value": 0.10, "text": "0,10\u202f€"}, "b": null},
 {"id": 2, "a": "x\\"y\\\\", "list": [1, [2, {"c": -1.5e3}]], "ok": true}, 7, []]"""
XML = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE r>
<r xmlns:n="urn:x"><!-- é --><c k="v"><a>1</a><n:b>é &amp; €</n:b></c>
<c><a><![CDATA[<2>]]></a><c><a>in</a></c></c><d><c/></d><?p i?></r>"""

TEXTS = [TEXT.encode("cp1252"), TEXT.encode("utf-8-sig"), TEXT.replace("\r\n", "\r").encode("utf-16"), b"", b"\r\r\n\n"]
JSONS = [JSON.encode(), JSON.encode("utf-16"), b"[]", b'{"d":{"i":[{"a":1}]},"z":[1]}']
XMLS = [XML.encode(), XML.replace("UTF-8", "windows-1252").encode("cp1252"), XML.encode("utf-16"), b"<r/>"]
SHEETS = [a_workbook()]
# What readers stumble over.
NASTY = [
    b"\0", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"\x1a", b"\r", b"\n", b"\r\n", b'"', b";", b"\\", b"\xc2\x85",
    b"\xe2\x80\xa8", b"[" * 200, b"{", b"}", b"]", b",", b"\\u0000", b"\\ud800", b"NaN", b"1e999999", b"-", b"9" * 5000,
    b"<c>", b"</c>", b"<c", b"&x;", b"&#0;", b'<!ENTITY x "y">', b"<![CDATA[", b"<!--", b"]]>", b"<d>" * 200,
    b"\x1f\x8b\x08\0", b"PK\x03\x04", b"PK\x05\x06", b"PK\x01\x02", b"\xff\xff\xff\xff", b"\0\0\0\0", b"x" * 3000,
]  # fmt: skip

# What stands where a value should: digits that Python reads and PostgreSQL does not, times and sums out of range.
VALUES = [
    "", " ", "\u00a0", "-1", "+5", " 12 ", "1_000", "\u0663\u0664", "\uff11\uff12", "1e5", "1E-400", "inf", "NaN", "0x10", "--",
    "9" * 12, "9" * 25, "-" + "9" * 12, "2147483648", "9223372036854775808", "0" * 40, "1,5,5", "12.345.678,90",
    "0,00000000001", "\\N", "\\.", "\\", "a\\tb", "31/02/2026", "00/00/0000", "29/02/2025 24:00:00", "9999-12-31 23:59:59",
    "0000-00-00 00:00:00", "25/10/2026 02:30:00", "29/03/2026 02:30:00", "99991231235959", "253402300800", "-62135596801",
    "2026-10-03T10:15:30+99:99", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "+0", "00", "0033", "+999999999999999",
    "0", "0639980012", "anonymous", "sip:@", "99:99:99", "1000000000000 h 02mn05", "SF", "x" * 300,
]  # fmt: skip
SIGNS = b';,|<>"\r\n'  # between values

_place = st.floats(0, 1, exclude_max=True)
edits = st.lists(
    st.one_of(
        st.tuples(st.just("put"), _place, st.sampled_from(NASTY) | st.binary(min_size=1, max_size=8)),
        st.tuples(st.just("write over"), _place, st.sampled_from(NASTY) | st.binary(min_size=1, max_size=4)),
        st.tuples(st.just("say"), _place, st.sampled_from(VALUES).map(str.encode)),
        st.tuples(st.just("cut"), _place, st.integers(1, 400)),
        st.tuples(st.just("repeat"), _place, st.integers(1, 400)),
        st.tuples(st.just("end"), _place, st.none()),
        st.tuples(st.just("flip"), _place, st.integers(0, 7)),
    ),
    max_size=6,
)


def edited(content: bytes, edits: list[tuple[str, float, object]]) -> bytes:
    """The file after a few accidents."""
    for kind, place, what in edits:
        at = int(place * len(content))
        if kind == "say" and isinstance(what, bytes):
            begin = max(content.rfind(bytes([sign]), 0, at) for sign in SIGNS) + 1
            end = min(
                (found for sign in SIGNS if (found := content.find(bytes([sign]), at)) >= 0), default=len(content)
            )
            content = content[:begin] + what + content[end:]
        elif isinstance(what, bytes):
            content = content[:at] + what + content[at + (len(what) if kind == "write over" else 0) :]
        elif kind == "end":
            content = content[:at]
        elif kind == "flip" and content:
            content = content[:at] + bytes([content[at] ^ 1 << int(str(what))]) + content[at + 1 :]
        elif kind == "cut":
            content = content[:at] + content[at + int(str(what)) :]
        elif kind == "repeat":
            content = content[:at] + content[at : at + int(str(what))] * 3 + content[at:]
    return content


def mutated(seeds: list[bytes]) -> st.SearchStrategy[bytes]:
    """A sound file, a damaged one, or any bytes."""
    return st.builds(edited, st.sampled_from(seeds), edits) | st.binary(max_size=300)


PACKINGS: list[Callable[[bytes], bytes]] = [
    gzip.compress,
    lambda content: gzip.compress(content[: len(content) // 2]) + gzip.compress(content[len(content) // 2 :]),
    a_zip,
    lambda content: a_zip(content, zipfile.ZIP_STORED),
]


def packed(seeds: list[bytes]) -> st.SearchStrategy[bytes]:
    """Damaged before it is packed, after it, or both."""
    return st.builds(
        lambda content, pack, edits: edited(pack(content), edits), mutated(seeds), st.sampled_from(PACKINGS), edits
    )


def reparted(content: bytes, part: int, edits: list[tuple[str, float, object]]) -> bytes:
    """A workbook, one of whose parts was damaged before it was packed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        names = old.namelist()
        for number, name in enumerate(names):
            text = old.read(name)
            new.writestr(name, edited(text, edits) if number == part % len(names) else text)
    return buffer.getvalue()


workbooks = st.builds(reparted, st.sampled_from(SHEETS), st.integers(0, 8), edits) | mutated(SHEETS)
