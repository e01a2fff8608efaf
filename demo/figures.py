"""What a billed month comes to, read from the tables, and whether its parts agree."""

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

FIGURES = """
with files as (
    select
        count(*) as file_count, count(hold_reason) as held_file_count, sum(record_count) as record_count,
        sum(rejected_count) as rejected_count, sum(rated_count) as rated_count, sum(held_count) as held_count,
        sum(duplicate_count) as duplicate_count, sum(not_billable_count) as not_billable_count,
        count(*) filter (where not is_balanced) as unbalanced_file_count
    from rate.rpt_file_conservation
),

rated as (
    select sum(duration_seconds) as rated_seconds, sum(supplier_amount) as supplier_amount from rate.fct_rated_usage
),

issued as (
    select
        count(*) as invoice_count, count(distinct customer_code) as customer_count, min(invoice_number) as first_number,
        max(invoice_number) as last_number, sum(net_amount) as net_amount, sum(vat_amount) as vat_amount,
        sum(gross_amount) as gross_amount
    from register.invoices
),

lines as (select sum(net_amount) as line_amount from register.invoice_lines),

bands as (select sum(net_amount + vat_amount) as band_amount from register.invoice_vat),

proofs as (
    select
        count(*) filter (where kind = 'factur-x') as document_count,
        count(*) filter (where kind = 'factur-x' and verdicts @> '[{"errors": []}]') as proved_count
    from register.documents
),

delivered as (
    select
        count(*) filter (where channel = 'email' and state = 'sent') as mailed_count,
        count(*) filter (where channel = 'chorus' and state = 'accepted') as accepted_count,
        count(*) filter (where state not in ('sent', 'accepted')) as undelivered_count
    from register.deliveries
),

booked as (
    select
        count(*) as posting_count, count(distinct (siren, fiscal_year, entry_number)) as entry_count,
        sum(debit) as debit_amount, sum(credit) as credit_amount,
        coalesce(sum(debit) filter (where account_number like '411%'), 0) as receivable_amount
    from ledger.fct_ledger_entries
),

exported as (select count(*) as exported_count, sum(gross_amount) as exported_amount from export.exp_invoices)

select * from files, rated, issued, lines, bands, proofs, delivered, booked, exported
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts and EUR amounts of the register and of what surrounds it."""

    file_count: int
    held_file_count: int
    record_count: int
    rejected_count: int
    rated_count: int
    held_count: int
    duplicate_count: int
    not_billable_count: int
    unbalanced_file_count: int
    rated_seconds: int
    supplier_amount: Decimal
    invoice_count: int
    customer_count: int
    first_number: str
    last_number: str
    net_amount: Decimal
    vat_amount: Decimal
    gross_amount: Decimal
    line_amount: Decimal
    band_amount: Decimal
    document_count: int
    proved_count: int
    mailed_count: int
    accepted_count: int
    undelivered_count: int
    posting_count: int
    entry_count: int
    debit_amount: Decimal
    credit_amount: Decimal
    receivable_amount: Decimal
    exported_count: int
    exported_amount: Decimal

    def lines(self) -> list[str]:
        """The figures, a line a step."""
        kept = self.rejected_count + self.held_count
        return [
            f"landed         {self.record_count:,} records from {self.file_count} files"
            f"    {kept:,} rejected or held, kept with their reason",
            f"rated          {self.rated_count:,} records, {self.rated_seconds:,} s of calls"
            f"    {self.duplicate_count} duplicates, {self.not_billable_count} not billable",
            f"consolidated   {self.invoice_count} invoices for {self.customer_count} customers"
            f"    {self.net_amount:,} EUR net, {self.vat_amount:,} EUR VAT",
            f"issued         {self.first_number} to {self.last_number}"
            f"    {self.proved_count} of {self.document_count} documents proved by the official validators",
            f"delivered      {self.mailed_count} by e-mail, {self.accepted_count} accepted by Chorus Pro",
            f"booked         {self.entry_count} entries, {self.debit_amount:,} EUR debit = "
            f"{self.credit_amount:,} EUR credit",
        ]

    def faults(self) -> list[str]:
        """Sentences on what does not agree; none when the month is whole."""
        found = []
        if self.unbalanced_file_count:
            found.append(f"{self.unbalanced_file_count} files do not balance; see rate.rpt_file_conservation")
        amounts = {
            "invoices": self.gross_amount,
            "VAT bands": self.band_amount,
            "ledger": self.receivable_amount,
            "export": self.exported_amount,
        }
        if len(set(amounts.values())) > 1 or self.line_amount != self.net_amount:
            found.append("amounts differ: " + ", ".join(f"{name} {amount}" for name, amount in amounts.items()))
        if self.debit_amount != self.credit_amount:
            found.append(f"the journal is not balanced: {self.debit_amount} and {self.credit_amount}")
        if (
            not self.invoice_count
            == self.document_count
            == self.proved_count
            == self.exported_count
            == self.entry_count
        ):
            found.append(
                f"{self.invoice_count} invoices, {self.proved_count} proved documents, {self.entry_count} entries"
            )
        if self.undelivered_count or self.mailed_count + self.accepted_count != self.invoice_count:
            found.append(f"{self.undelivered_count} invoices are not delivered; see register.deliveries")
        return found

    def as_text(self) -> dict[str, str]:
        """Every figure as text, for the golden file."""
        return {name: str(value) for name, value in asdict(self).items()}


def read_figures(conn: Connection[Any]) -> Figures:
    """Read the figures of everything that was issued so far."""
    with conn.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(FIGURES).fetchone()
    assert row is not None  # a select of aggregates has one row
    return Figures(**row)
