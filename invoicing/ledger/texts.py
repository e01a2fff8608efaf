"""Texts for accounting software: ISO-8859-15 and no separators inside. What it lacks is transliterated, never lost."""

import unicodedata

CHARSET = "iso8859-15"

# What separates fields or breaks the tax office's tester is replaced by its nearest harmless neighbour.
SEPARATORS = {"\t": " ", "\r": " ", "\n": " ", "\u2028": " ", "\u2029": " ", "|": "/", '"': "'", ";": ","}
# French typography and letters without a decomposition. Signs that look like spaces become spaces.
NEIGHBOURS = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u02bc\u2032\u2033\u00b4", "'"),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2022", "-"),
    **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", ""),
    "\u00a0": " ", "\u2026": "...", "\u2044": "/", "\u00a6": "/",
    "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ħ": "h", "Ħ": "H", "ı": "i", "ĸ": "k", "ŋ": "n", "Ŋ": "N",
    "ẞ": "SS",
}  # fmt: skip


class UnwritableCharacter(ValueError):
    """A character has no writing in ISO-8859-15, and no transliteration."""


def plain_text(text: str) -> str:
    """Write a text with what ISO-8859-15 has: 'L’Œuvre – Łódź' becomes "L'Œuvre - Lódz".

    Separators (tab, pipe, quote, semicolon, line breaks) are replaced, runs of spaces made one, ends trimmed.

    Raises:
        UnwritableCharacter: naming the character. It is never written as '?'.
    """
    written = "".join(_plain(char) for char in unicodedata.normalize("NFC", text))
    return " ".join(written.split())


def _plain(char: str) -> str:
    neighbour = SEPARATORS.get(char, NEIGHBOURS.get(char))
    if neighbour is not None:
        return neighbour
    if _is_writable(char):
        return char
    decomposed = [part for part in unicodedata.normalize("NFKD", char) if not unicodedata.combining(part)]
    if not decomposed or decomposed == [char]:
        name = unicodedata.name(char, "control character")
        raise UnwritableCharacter(f"{name} (U+{ord(char):04X}) cannot be written in ISO-8859-15")
    return "".join(_plain(part) for part in decomposed)


def _is_writable(char: str) -> bool:
    if unicodedata.category(char) == "Cc":
        return False
    try:
        char.encode(CHARSET)
    except UnicodeEncodeError:
        return False
    return True
