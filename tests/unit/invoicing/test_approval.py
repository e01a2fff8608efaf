"""The approval report."""

from datetime import date
from decimal import Decimal

from invoicing.approval import approval_report

RUN = {
    "draft_count": 2,
    "issued_on": date(2026, 11, 2),
    "period_start": date(2026, 10, 1),
    "period_end": date(2026, 11, 1),
    "drafts_digest": "abc123",
}
CUSTOMER = {
    "customer_code": "C001",
    "customer_name": "Ateliers | Vercors",
    "draft_count": 2,
    "net_amount": Decimal("1234.50"),
    "gross_amount": Decimal("1481.40"),
    "previous_net_amount": Decimal("1000.00"),
    "difference_amount": Decimal("234.50"),
    "currency_code": "EUR",
}


def test_the_report_shows_totals_customers_and_the_digest_that_is_approved():
    text = approval_report(
        RUN,
        {
            "customers": [CUSTOMER],
            "held_drafts": [],
            "held_usage": [],
            "unbilled": [],
            "excluded": [],
            "late_usage": [],
            "late": [],
        },
    )

    assert "**2\u00a0factures**" in text
    assert "1\u202f234,50" in text
    assert "`abc123`" in text


def test_what_is_held_is_named_with_its_reason():
    held = {"customer_code": "C002", "node_code": "C002-1", "reason": "BT-47: no SIREN"}
    usage = {"outcome": "held", "reason": "unknown_line", "record_count": 7, "supplier_amount": Decimal("0.31")}

    text = approval_report(
        RUN,
        {
            "customers": [],
            "held_drafts": [held],
            "held_usage": [usage],
            "unbilled": [],
            "excluded": [],
            "late_usage": [],
            "late": [],
        },
    )

    assert "BT-47: no SIREN" in text
    assert "unknown\\_line" in text


def test_a_name_can_neither_break_the_table_nor_be_markup():
    hostile = CUSTOMER | {"customer_name": "A | B\n# <img src=x> ![p](http://evil.example)"}
    text = approval_report(
        RUN,
        {
            "customers": [hostile],
            "held_drafts": [],
            "held_usage": [],
            "unbilled": [],
            "excluded": [],
            "late_usage": [],
            "late": [],
        },
    )

    [row] = [line for line in text.splitlines() if line.startswith("| C001")]
    assert r"A \| B \# \<img src=x\> \!\[p\](http://evil.example)" in row


def test_currencies_are_never_added():
    dollars = CUSTOMER | {"currency_code": "USD", "net_amount": Decimal("10.00")}
    text = approval_report(
        RUN,
        {
            "customers": [CUSTOMER, dollars],
            "held_drafts": [],
            "held_usage": [],
            "unbilled": [],
            "excluded": [],
            "late_usage": [],
            "late": [],
        },
    )

    assert "1\u202f234,50" in text.splitlines()[0]
    assert "10,00" in text.splitlines()[0]
