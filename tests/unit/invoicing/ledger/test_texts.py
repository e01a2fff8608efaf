import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.ledger.texts import CHARSET, UnwritableCharacter, plain_text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Ateliers de l’Œuvre", "Ateliers de l'Œuvre"),  # œ is in ISO-8859-15, the typographic apostrophe is not
        ("Dupont – Frères — 12 €", "Dupont - Frères - 12 €"),
        ("1\u202f234\u00a0%", "1 234 %"),
        ("a\tb\r\nc|d;e", "a b c/d,e"),
        ('« Le "Relais" »', "« Le 'Relais' »"),
        ("Łódź Ångström ﬁbre №\u00a07…", "Lódz Ångström fibre No 7..."),
        ("soft\u00adhyphen\u200b", "softhyphen"),
        ("e\u0301te\u0301", "été"),
        ("  twice  spaced ", "twice spaced"),
    ],
)
def test_what_the_charset_lacks_gets_its_nearest_writing(text: str, written: str):
    assert plain_text(text) == written


@pytest.mark.parametrize(("text", "code"), [("中", "4E2D"), ("a\x00b", "0000"), ("a\x85b", "0085"), ("☎", "260E")])
def test_a_character_without_writing_is_an_error_that_names_it(text: str, code: str):
    with pytest.raises(UnwritableCharacter, match=rf"U\+{code}"):
        plain_text(text)


@given(st.text())
def test_a_written_text_is_one_field_of_one_line_and_stays_as_it_is(text: str):
    try:
        written = plain_text(text)
    except UnwritableCharacter:
        return
    assert not set(written) & set('\t\r\n|";')
    assert written.encode(CHARSET).decode(CHARSET) == written
    assert plain_text(written) == written
    if "?" not in unicodedata.normalize("NFKD", text):  # '？' is one too
        assert "?" not in written
