"""What a gate shows of a failure: values that JSON can hold, in which no phone number is whole."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

# E.164, also inside a sentence; and a text that is nothing but digits, as dialled. Seven digits or more: up to six are
# a short number, which bills print whole. Days, digests and file names are left alone.
NUMBER_WITH_PLUS = re.compile(r"\+\d{3,}(?=\d{4})\d{4}")
DIGITS_ONLY = re.compile(r"\d{3,}\d{4}")
MASK = "XXXX"


def masked_text(text: str) -> str:
    """'+33639980012' → '+3363998XXXX', wherever it stands; '0639980012' only when it is the whole text."""
    if DIGITS_ONLY.fullmatch(text):
        return text[:-4] + MASK
    return NUMBER_WITH_PLUS.sub(lambda found: found.group()[:-4] + MASK, text)


def shown(value: Any) -> Any:
    """The value as an example: containers kept, numbers masked, times in ISO 8601, whatever else as masked text."""
    match value:
        case None | bool() | int():
            return value
        case Decimal():
            return format(value, "f")
        case datetime() | date():
            return value.isoformat()
        case dict():
            return {str(key): shown(each) for key, each in value.items()}
        case list() | tuple():
            return [shown(each) for each in value]
        case _:
            return masked_text(str(value))
