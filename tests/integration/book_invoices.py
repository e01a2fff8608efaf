"""A register of a dozen issued invoices, written as issue would freeze them, for the books' tests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from invoicing.money import vat_breakdown
from tests.integration.rate_rows import insert

HIDDEN = "3114"  # a helpline that no file may show
SELLERS = {
    "BRUMAIRE": {"siren": "000102608", "legal_name": "Brumaire Télécom", "is_vat_on_debits": True},
    "FRIMAIRE": {"siren": "000300020", "legal_name": "Frimaire Réseaux", "is_vat_on_debits": False},
}
BUYERS = {
    "C001": {"buyer_kind": "business", "legal_name": "Ateliers de l’Œuvre SARL", "siren": "000200014"},
    "C006": {"buyer_kind": "public", "legal_name": "Commune de Saint-Orvain", "siret": "00020006300012"},
    "C007": {"buyer_kind": "consumer", "legal_name": "Hélène Marchandeau – d’Aubrac"},
    "C008": {"buyer_kind": "eu_business", "legal_name": "Lindehof Logistiek", "vat_number": "BE0000000196"},
    "C010": {"buyer_kind": "business", "legal_name": 'Imprimerie "Le Plomb" | Castelveyre', "siren": "000200105"},
}


@dataclass(frozen=True, slots=True)
class Sale:
    """A line: what it costs before VAT, and where it is posted."""

    net_amount: Decimal
    sales_account: str = "706100"
    vat_category: str = "S"
    vat_rate: Decimal = Decimal("0.2000")
    is_goods: bool = False
    currency_code: str = "EUR"


def sale(net: str, account: str = "706100", category: str = "S", rate: str = "0.2000", goods: bool = False) -> Sale:
    return Sale(Decimal(net), account, category, Decimal(rate), goods)


def issue(
    conn: psycopg.Connection[Any],
    number: str,
    customer: str,
    sales: Sequence[Sale],
    *,
    seller: str = "BRUMAIRE",
    type_code: str = "380",
    issued_on: date = date(2026, 11, 2),
    numbered_at: datetime = datetime(2026, 11, 2, 9, tzinfo=UTC),
) -> None:
    """Freeze one invoice. Its series is its number without the last six digits."""
    bands = vat_breakdown(sales)
    net, vat = sum((s.net_amount for s in sales), Decimal(0)), sum((b.vat_amount for b in bands), Decimal(0))
    buyer = {
        "siren": None, "siret": None, "vat_number": None, "country_code": "FR", "order_reference": None,
        "buyer_reference": None, "contract_reference": None, "payment_means": "58", **BUYERS[customer],
    }  # fmt: skip
    run = f"{seller}-2026-10-01-1"
    month = {"period_start": date(2026, 10, 1), "period_end": date(2026, 11, 1)}
    conn.execute(
        "insert into register.bill_runs (bill_run_id, run_key, seller_code, period_start, period_end, as_of, issued_on,"
        " code_version) values (%s, %s, %s, '2026-10-01', '2026-11-01', now(), %s, 'test') on conflict do nothing",
        [run, run, seller, issued_on],
    )
    insert(
        conn,
        "register.invoices",
        [
            {
                "invoice_number": number, "draft_id": f"draft of {number}", "bill_run_id": run, "seller_code": seller,
                "series": number[:-6], "series_position": int(number[-6:]), "customer_code": customer,
                "node_code": customer, "type_code": type_code,
                "rendering": "chorus" if buyer["buyer_kind"] == "public" else "ctc",
                "channel": "chorus" if buyer["buyer_kind"] == "public" else "email", "issued_on": issued_on,
                "due_on": issued_on, **month, "currency_code": "EUR", "net_amount": net, "vat_amount": vat,
                "gross_amount": net + vat, "parties": Jsonb({"seller": SELLERS[seller], "buyer": buyer}),
                "numbered_at": numbered_at,
            }
        ],
    )  # fmt: skip
    insert(
        conn,
        "register.invoice_lines",
        [
            {
                "invoice_line_id": f"{number}-{position}", "invoice_number": number, "line_position": position,
                "section_codes": ["N1"], "section_names": ["Site, « Nord »"], "node_code": customer,
                "service_code": f"S-{customer}", "price_component": f"component {position}",
                "line_name": "Abonnement", "line_note": None, "quantity": Decimal(1), "unit_code": "C62",
                "unit_price": each.net_amount, "net_amount": each.net_amount, "vat_category": each.vat_category,
                "vat_rate": each.vat_rate, "sales_account": each.sales_account, "is_goods": each.is_goods, **month,
            }
            for position, each in enumerate(sales, start=1)
        ],
    )  # fmt: skip
    insert(
        conn,
        "register.invoice_vat",
        [
            {
                "invoice_number": number, "vat_category": band.vat_category, "vat_rate": band.vat_rate,
                "net_amount": band.net_amount, "vat_amount": band.vat_amount,
                "exemption_code": "VATEX-EU-AE" if band.vat_category == "AE" else None,
                "exemption_reason": "Autoliquidation" if band.vat_category == "AE" else None,
            }
            for band in bands
        ],
    )  # fmt: skip


def use(conn: psycopg.Connection[Any], line: str, usage_id: str, called: str | None, amount: str) -> None:
    """Freeze one usage record under an invoice line; without a number shown, it called a helpline."""
    insert(
        conn,
        "register.invoiced_usage",
        [
            {
                "invoice_line_id": line, "file_id": "f1", "source_line": 12, "usage_id": usage_id,
                "line_id": "+33199001008", "called_masked": called, "is_hidden": called is None,
                "destination": "France mobile" if called else HIDDEN,
                "started_at": datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "local_day": date(2026, 10, 25),
                "duration_seconds": 61, "page_count": None, "billed_seconds": 61, "allowance_seconds": 0,
                "grid_version_id": "PRO-2026-10", "prefix": "336", "rated_amount": Decimal(amount),
                "supplier_amount": Decimal("0.01"),
            }
        ],
    )  # fmt: skip


def issue_a_dozen(conn: psycopg.Connection[Any]) -> None:
    """Businesses, a consumer, a public body, reverse charge; mixed rates; goods and services; a credit note; a gift."""
    november, december = datetime(2026, 11, 2, 9, tzinfo=UTC), datetime(2026, 12, 2, 9, tzinfo=UTC)
    issue(conn, "FA-2026-000001", "C001", [sale("60.00"), sale("40.00"), sale("7.35", "706200")])
    issue(conn, "FA-2026-000002", "C006", [sale("1250.10", "706300")])
    issue(conn, "FA-2026-000003", "C008", [sale("99.99", "706400", "AE", "0.0000")])
    issue(
        conn, "FA-2026-000004", "C010",
        [sale("0.12"), sale("0.12"), sale("10.00", "707100", rate="0.0550", goods=True), sale("3.33", rate="0.0210")],
    )  # fmt: skip
    issue(conn, "FA-2026-000005", "C007", [sale("30.00"), sale("-5.00", "706200")])
    issue(conn, "FA-2026-000006", "C010", [sale("450.00", "707100", goods=True), sale("90.00", "706600")])
    issue(conn, "FA-2026-000007", "C001", [sale("0.00")])  # a month offered: nothing to post
    issue(conn, "AV-2026-000001", "C010", [sale("0.12"), sale("0.12")], type_code="381", numbered_at=december)
    issue(conn, "FA-2026-000008", "C006", [sale("12.00", "706500")], issued_on=date(2026, 12, 2), numbered_at=december)
    january = {"issued_on": date(2027, 1, 4), "numbered_at": datetime(2027, 1, 4, 9, tzinfo=UTC)}
    issue(conn, "FA-2027-000001", "C001", [sale("60.00")], **january)
    issue(
        conn,
        "FR-2026-000001",
        "C010",
        [sale("30.00", "707100", goods=True), sale("70.07")],
        seller="FRIMAIRE",
        numbered_at=november,
    )
    issue(conn, "FR-2026-000002", "C007", [sale("19.99", "706300")], seller="FRIMAIRE", numbered_at=december)
    use(conn, "FA-2026-000001-1", "u1", "06 39 98 XX XX", "1.234567890123")
    use(conn, "FA-2026-000001-1", "u2", "01 99 00 XX XX", "0")
    use(conn, "FA-2026-000001-1", "u3", None, "0")
    conn.execute(
        "insert into register.documents (invoice_number, kind, file_name, archive_path, byte_count, sha256,"
        " chain_sha256, verdicts) values ('FA-2026-000001', 'factur-x', 'FA-2026-000001.pdf',"
        " 'invoices/FA-2026-000001.pdf', 12, 'd1', 'c1', '[]')"
    )
