"""Called numbers as COPY takes them: number, category and country, side by side.

Most are French, and new in each record: the plan is asked once for each prefix, and the other digits just follow.
"""

from collections.abc import Sequence

from invoicing.usage.columns import NumberColumn, NumberWriting
from invoicing.usage.copy_text import NULL
from invoicing.usage.memo import Memo
from invoicing.usage.number_plan import DEEPEST, Called
from invoicing.usage.numbers import called_reader

FILLS = ("called_number", "number_category", "country_code")
ABROAD = ("international", "global")
LONGEST_SHORT = 6
HOME_NATURE = "3"
# How many digits of a French number decide, with its length, what it is: the plan looks at no more, `0` included.
DECISIVE = {
    NumberWriting.BY_NATURE: DEEPEST - 1,
    NumberWriting.NATIONAL: DEEPEST,
    NumberWriting.E164_WITHOUT_PLUS: DEEPEST + 2,  # '33', and a zero that some leave behind it
}

# Of the numbers of one prefix: how long they are, what each begins and ends with.
Template = tuple[int, str, str]


class CalledRows:
    """Reads the called numbers of one file, a block at a time."""

    def __init__(self, column: NumberColumn) -> None:
        self._read = called_reader(column)
        self._decisive = 0 if column.ignored_signs else DECISIVE.get(column.writing, 0)
        self._writing = column.writing
        self._is_by_nature = column.writing is NumberWriting.BY_NATURE
        self._templates: dict[str, Template] = {}
        self._rows: Memo[Memo[str | None]] = Memo(lambda nature: Memo(lambda text: self._row(text, nature)))

    def read(self, texts: Sequence[str], natures: Sequence[str] | None) -> list[str | None]:
        """One text for each number; None for one that cannot be understood."""
        cut, template_of, rows = self._decisive, self._templates.get, self._rows
        is_home = cut > 0 and (together := "".join(texts)).isdecimal() and together.isascii()
        if natures is None:
            told = rows[""]
            if not is_home:
                return list(map(told.__getitem__, texts))
            return [
                f"{found[1]}{text[cut:]}{found[2]}"
                if (found := template_of(text[:cut])) and found[0] == len(text)
                else told[text]
                for text in texts
            ]
        if not is_home:
            return [rows[nature][text] for nature, text in zip(natures, texts, strict=True)]
        return [
            f"{found[1]}{text[cut:]}{found[2]}"
            if nature == HOME_NATURE and (found := template_of(text[:cut])) and found[0] == len(text)
            else rows[nature][text]
            for nature, text in zip(natures, texts, strict=True)
        ]

    def _row(self, text: str, nature: str) -> str | None:
        called = self._read(text, nature)
        if called is None:
            return None
        self._learn(text, nature, called)
        return f"{called.number or NULL}\t{called.category}\t{called.country_code or NULL}"

    def _learn(self, text: str, nature: str, called: Called) -> None:
        """Keep what the other numbers of this prefix and length will be."""
        rest = text[self._decisive :]
        is_home = (
            self._decisive > 0
            and len(text) > LONGEST_SHORT
            and text.isdecimal()
            and text.isascii()
            and called.number is not None
            and called.category not in ABROAD
            and called.number.endswith(rest)
            and (nature == HOME_NATURE if self._is_by_nature else self._is_at_home(text))
        )
        if is_home and called.number:
            before, after = called.number[: -len(rest)], f"\t{called.category}\t{called.country_code or NULL}"
            self._templates[text[: self._decisive]] = len(text), before, after

    def _is_at_home(self, text: str) -> bool:
        """'00' is dialled before a country code: the plan is only asked after it."""
        return self._writing is not NumberWriting.NATIONAL or (text[0] == "0" and text[1] != "0")
