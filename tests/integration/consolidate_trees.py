"""The customer trees that the consolidate tests bill, and the issue of one of them, written straight to the tables."""

import random
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

import psycopg
from psycopg import sql

START, END = date(2026, 10, 1), date(2026, 11, 1)
RANDOM_TREES = [f"RANDOM-{number}" for number in range(8)]


class Planter:
    """Fills the master tables and the rated usage that the rate step would have left."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        self.usage_numbers = count(1)

    def row(self, table: str, **columns: Any) -> None:
        self.connection.execute(
            sql.SQL("insert into {} ({}) values ({})").format(
                sql.Identifier(*table.split(".")),
                sql.SQL(", ").join(map(sql.Identifier, columns)),
                sql.SQL(", ").join([sql.Placeholder()] * len(columns)),
            ),
            list(columns.values()),
        )

    def dated(self, table: str, **columns: Any) -> None:
        self.row(f"master.{table}", **{"valid_from": date(2026, 1, 1), "known_from": datetime(2026, 1, 1), **columns})

    def customer(self, code: str) -> None:
        self.dated("customers", customer_code=code, customer_name=f"Client {code}", seller_code="BRUMAIRE")

    def node(self, customer: str, code: str, parent: str | None = None, flags: str = "", **columns: Any) -> None:
        """`flags`: 'b' an invoice starts here, 's' a subtotal starts here."""
        self.dated(
            "nodes",
            customer_code=customer,
            node_code=f"{customer}/{code}",
            node_name=code,
            is_billing="b" in flags,
            parent_node_code=parent and f"{customer}/{parent}",
            is_section="s" in flags,
            **columns,
        )

    def service(self, node: str, code: str, product: str, price: str, **columns: Any) -> None:
        self.dated(
            "services",
            **{
                "service_code": code,
                "node_code": node,
                "product_code": product,
                "service_name": f"Service {code}",
                "charge_kind": "recurring",
                "quantity": 1,
                "unit_code": "MON",
                "unit_price": Decimal(price),
                **columns,
            },
        )

    def usage(self, service: str, amount: str, component: str = "calls", **columns: Any) -> None:
        number = next(self.usage_numbers)
        self.row(
            "rate.fct_rated_usage",
            **{
                "usage_id": f"u{number}",
                "file_id": "f1",
                "source_file": "appels.csv",
                "source_line": number,
                "source_code": "demo",
                "line_id": "+33199001008",
                "service_code": service,
                "usage_type": "voice",
                "called_number": "+33639980001",
                "called_masked": "06 39 98 XX XX",
                "is_hidden": False,
                "started_at": datetime(2026, 10, 5, 8),
                "started_local": datetime(2026, 10, 5, 10),
                "local_day": date(2026, 10, 5),
                "period_start": START,
                "period_end": END,
                "duration_seconds": 61,
                "grid_version_id": "PRO-1",
                "prefix": "336",
                "destination": "France mobile",
                "price_component": component,
                "component_label": "Appels vers les mobiles",
                "connection_fee": 0,
                "unit_price": 0,
                "billed_seconds": 61,
                "allowance_seconds": 0,
                "rated_amount": Decimal(amount),
                "currency_code": "EUR",
                **columns,
            },
        )

    def two_sites(self, customer: str, placing: Mapping[str, str]) -> None:
        """The same services for every shape: a phone and a link that starts on the 12th, on each of two sites."""
        for site in "AB":
            phone, link = f"{customer}-phone-{site}", f"{customer}-link-{site}"
            self.service(f"{customer}/{placing['phone' + site]}", phone, "line", "30", quantity=2)
            self.service(f"{customer}/{placing['link' + site]}", link, "line", "40", valid_from=date(2026, 10, 12))
            for _ in range(3):
                self.usage(phone, "0.333")


def block(name: str, **columns: Any) -> dict[str, Any]:
    return {
        "buyer_kind": "business",
        "legal_name": name,
        "street": "1 rue des Essais",
        "postcode": "35000",
        "city": "Rennes",
        "country_code": "FR",
        **columns,
    }


def plant_everything(plant: Planter) -> None:
    plant.dated("grid_versions", grid_version_id="PRO-1", grid_code="PRO", currency_code="EUR")
    for code, is_goods in (("line", False), ("phone_set", True)):
        plant.dated(
            "products",
            product_code=code,
            product_name=code,
            product_family="telephony",
            is_goods=is_goods,
            vat_rate=Decimal("0.20"),
            sales_account="706100",
        )
    for customer in ("SITES", "SITE-KINDS", "KINDS", "GROUP", "TOWN", "ABROAD", "FAULTY", "CURRENCY", *RANDOM_TREES):
        plant.customer(customer)

    plant.node("SITES", "head", **block("Sites SAS"))
    for site in "AB":
        plant.node("SITES", site, "head", "b")
    plant.two_sites("SITES", {"phoneA": "A", "linkA": "A", "phoneB": "B", "linkB": "B"})

    plant.node("SITE-KINDS", "head", **block("Sites et Natures SAS"))
    for site in "AB":
        plant.node("SITE-KINDS", site, "head")
        for kind in ("phone", "link"):
            plant.node("SITE-KINDS", kind + site, site, "b")
    plant.two_sites("SITE-KINDS", {kind + site: kind + site for kind in ("phone", "link") for site in "AB"})

    plant.node("KINDS", "head", **block("Natures SAS"))
    for kind in ("phone", "link"):
        plant.node("KINDS", kind, "head", "b")
        for site in "AB":
            plant.node("KINDS", kind + site, kind, "s")
    plant.two_sites("KINDS", {kind + site: kind + site for kind in ("phone", "link") for site in "AB"})

    plant.node("GROUP", "holding", None, "bs", **block("Groupe SA", siren="123456782"))
    plant.node("GROUP", "subsidiary", "holding", "b", **block("Filiale SARL"))
    plant.node("GROUP", "A", "subsidiary", "s")
    plant.node("GROUP", "B", "holding", "s")
    plant.two_sites("GROUP", {"phoneA": "A", "linkA": "A", "phoneB": "B", "linkB": "B"})

    plant.node("TOWN", "hall", None, "b", **block("Ville", buyer_kind="public"), channel="chorus", payment_means="58")
    plant.service("TOWN/hall", "town-set", "phone_set", "99.90", charge_kind="one_off", valid_from=date(2026, 10, 31))
    plant.service("TOWN/hall", "town-idle", "line", "0", charge_kind="usage_only")
    plant.service("TOWN/hall", "town-line", "line", "0", charge_kind="usage_only")
    plant.usage("town-line", "0", "free", is_hidden=True, called_masked=None, destination="Écoute", prefix="33800")
    plant.usage("town-line", "0", usage_id="allowed", allowance_code="FREE", allowance_seconds=61)

    plant.node("ABROAD", "office", None, "b", **block("Bureau GmbH", buyer_kind="eu_business", country_code="DE"))
    plant.service("ABROAD/office", "abroad-line", "line", "10")

    plant_faults(plant)

    plant.node("CURRENCY", "office", None, "b", **block("Frontalière SAS"))
    plant.service("CURRENCY/office", "currency-line", "line", "0", charge_kind="usage_only")
    plant.usage("currency-line", "1")
    plant.usage("currency-line", "2", currency_code="CHF")

    for seed, customer in enumerate(RANDOM_TREES):
        plant_random_tree(plant, customer, random.Random(seed))


def plant_faults(plant: Planter) -> None:
    """Everything that the ERP may get wrong about one customer, beside a service that is right."""
    plant.node("FAULTY", "right", None, "b", **block("Juste SAS"))
    plant.service("FAULTY/right", "faulty-none", "line", "10")
    plant.service("FAULTY/right", "faulty-twice", "line", "100")
    plant.service("FAULTY/right", "faulty-twice", "line", "120", valid_from=date(2026, 10, 16))
    plant.service("FAULTY/right", "faulty-product", "no such product", "5")
    plant.service("FAULTY/right", "faulty-known-later", "line", "7", known_from=datetime(2026, 12, 1))
    plant.usage("faulty-gone", "3")
    plant.node("FAULTY", "nobody", None, "b")
    plant.service("FAULTY/nobody", "faulty-buyer", "line", "20")
    plant.node("FAULTY", "unbilled")
    plant.service("FAULTY/unbilled", "faulty-node", "line", "5")
    plant.node("FAULTY", "refund", None, "b", **block("Remise SAS"))
    plant.service("FAULTY/refund", "faulty-refund", "line", "-5")


def plant_random_tree(plant: Planter, customer: str, chance: random.Random) -> None:
    """The same ten services, hung anywhere on a tree of any shape and any flags below a billing root."""
    plant.node(customer, "0", None, "b", **block("Hasard SAS"))
    size = chance.randint(1, 9)
    for number in range(1, size):
        flags = "".join(flag for flag in "bs" if chance.random() < 0.4)
        plant.node(customer, str(number), str(chance.randrange(number)), flags)
    for number in range(10):
        node, code = f"{customer}/{chance.randrange(size)}", f"{customer}-{number}"
        plant.service(node, code, "line", "9.99", quantity=number + 1, valid_from=date(2026, 9, 25 - number * 2))
        plant.service(node, f"{code}-new", "line", "7.77", valid_from=date(2026, 10, 3 + number * 2))
        for _ in range(number):
            plant.usage(code, "0.123456789")


# As the issue step fills the register: every column comes from the drafts, one to one.
ISSUE_THE_TOWN = (
    """
    insert into register.bill_runs (
        bill_run_id, run_key, seller_code, period_start, period_end, as_of, issued_on, code_version
    )
    select bill_run_id, 'a run', seller_code, period_start, period_end, now(), issued_on, 'test'
    from billing.fct_drafts where customer_code = 'TOWN'
    """,
    """
    insert into register.invoices (
        invoice_number, draft_id, bill_run_id, seller_code, series, series_position, customer_code, node_code,
        type_code, rendering, channel, issued_on, due_on, period_start, period_end, currency_code, net_amount,
        vat_amount, gross_amount, parties
    )
    select
        'FA-2026-000001', draft_id, bill_run_id, seller_code, 'FA-2026-', 1, customer_code, node_code,
        type_code, rendering, channel, issued_on, due_on, period_start, period_end, currency_code, net_amount,
        vat_amount, gross_amount, '{}'
    from billing.fct_drafts where customer_code = 'TOWN'
    """,
    """
    insert into register.invoice_lines
    select
        draft_line_id, 'FA-2026-000001', line_position, section_codes, section_names, node_code, service_code,
        price_component, line_name, line_note, quantity, unit_code, unit_price, net_amount, vat_category, vat_rate,
        sales_account, is_goods, period_start, period_end
    from billing.fct_draft_lines where node_code = 'TOWN/hall'
    """,
    """
    insert into register.charges
    select charge_id, draft_line_id, net_amount from billing.fct_draft_lines where node_code = 'TOWN/hall'
    """,
    """
    insert into register.usage_corrections
    select draft_line_id, usage_id, allowance_seconds, rated_amount from billing.fct_draft_corrections
    """,
    """
    insert into register.invoiced_usage
    select
        draft_line_id, file_id, source_line, usage_id, line_id, called_masked, is_hidden, destination, started_at,
        local_day, duration_seconds, page_count, billed_seconds, allowance_seconds, grid_version_id, prefix,
        rated_amount, supplier_amount
    from billing.fct_draft_usage
    where draft_line_id in (select invoice_line_id from register.invoice_lines)
    """,
)
ISSUE_THE_TOWN_AGAIN = tuple(
    statement.replace("FA-2026-000001", "FA-2026-000002")
    .replace("'FA-2026-', 1", "'FA-2026-', 2")
    .replace("a run", "run 2")
    for statement in ISSUE_THE_TOWN
)
