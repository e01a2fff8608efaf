"""Numbers as the world writes them: country code first. France by its own plan, the others by `phonenumbers`.

A range that nobody attributed stays a number of its country: fraud uses such ranges, and hides in none that we refuse.
"""

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, PhoneNumber, region_code_for_number

from invoicing.usage.memo import Memo
from invoicing.usage.number_plan import Called, dialled_at_home

GLOBAL = "001"  # satellites and other networks of no country
OVERSEAS = ("262", "590", "594", "596")  # the nine digits after them are those of the French writing
NORTH_AMERICA = "1"


def from_abroad(digits: str) -> Called | None:
    """What `447700900123` is, without plus or `00`; None when no country code fits or France has no such number."""
    if not (7 <= len(digits) <= 15 and digits.isdigit() and digits.isascii()) or digits[0] == "0":
        return None
    if digits.startswith("33"):  # home again, overseas included; some write +33 (0)1
        return dialled_at_home(digits[2:] if digits[2:3] == "0" else "0" + digits[2:])
    code = digits[:3]
    if code in OVERSEAS:
        return _confirmed("0" + digits[3:], digits) or _foreign(digits)
    if code == "508":
        return _confirmed("0508" + digits[3:], digits) or _confirmed("0708" + digits[3:], digits) or _foreign(digits)
    return _foreign(digits)


def is_possible(digits: str) -> bool:
    """Whether a number of this country code may have that many digits: enough to tell it from a damaged one."""
    code = _country_code(digits)
    return code is not None and len(digits) - len(code) in POSSIBLE_LENGTHS[code]


def is_too_short(digits: str) -> bool:
    """Whether no number of this country code has so few digits: it is damaged."""
    code = _country_code(digits)
    return code is not None and len(digits) - len(code) < min(POSSIBLE_LENGTHS[code], default=0)


def is_in_use(digits: str) -> bool:
    """Whether the plan of its country has such a number, not only its length."""
    code = _country_code(digits)
    return code is not None and _region(int(code), digits[len(code) :]) is not None


def _confirmed(at_home: str, digits: str) -> Called | None:
    """The number of the French plan, if E.164 writes it so."""
    called = dialled_at_home(at_home)
    return called if called and called.number == "+" + digits else None


def _foreign(digits: str) -> Called | None:
    code = _country_code(digits)
    if code is None:
        return None
    regions = COUNTRY_CODE_TO_REGION_CODE[int(code)]
    if len(regions) == 1:
        country = regions[0]
    elif code == NORTH_AMERICA:
        country = NORTH_AMERICAN_AREA[digits[1:4]]
    else:
        country = _region(int(code), digits[len(code) :]) or regions[0]
    return Called("+" + digits, "global" if country == GLOBAL else "international", country)


def _country_code(digits: str) -> str | None:
    for length in (1, 2, 3):  # no country code begins another
        if int(digits[:length]) in COUNTRY_CODE_TO_REGION_CODE:
            return digits[:length]
    return None


def _region(code: int, rest: str) -> str | None:
    zeros = len(rest) - len(rest.lstrip("0"))  # Italy's are part of the number
    return region_code_for_number(
        PhoneNumber(
            country_code=code,
            national_number=int(rest),
            italian_leading_zero=zeros > 0 or None,
            number_of_leading_zeros=zeros if zeros > 1 else None,
        )
    )


def _possible_lengths(code: str) -> tuple[int, ...]:
    """How many digits may follow a country code."""
    region = COUNTRY_CODE_TO_REGION_CODE[int(code)][0]
    metadata = (
        PhoneMetadata.metadata_for_nongeo_region(int(code), None)
        if region == GLOBAL
        else PhoneMetadata.metadata_for_region(region, None)
    )
    return metadata.general_desc.possible_length if metadata and metadata.general_desc else ()


POSSIBLE_LENGTHS = Memo(_possible_lengths)
# +1 is 25 countries, told by the area code alone: any subscriber number asks, so fictional ones have their country too.
NORTH_AMERICAN_AREA = Memo[str](lambda area: _region(1, area + "2345678") or "US")
