"""The report that a person reads before numbers are drawn: what is about to be issued, and what changed."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from invoicing.documents.french import day, money, period

Row = Mapping[str, Any]


def approval_report(run: Row, report: Mapping[str, Sequence[Row]]) -> str:
    """Write the report in Markdown, in French.

    Args:
        run: the row of `register.bill_runs`.
        report: `customers` (drafts, net and gross now, net last period), `held_drafts`, `held_usage`,
            `unbilled`, `excluded` (held out of drafts), `late_usage` (of periods billed before, on these drafts) and
            `late` (sales and subscriptions that came after their period was billed).
    """
    customers = report["customers"]
    last_day = run["period_end"] - timedelta(days=1)
    parts = [
        f"**{plural(run['draft_count'], 'facture')}** à émettre le **{day(run['issued_on'])}**, "
        f"période {period(run['period_start'], last_day)}\u00a0: {_totals(customers)}.",
        _table(
            "Par client",
            ["Client", "Factures", "HT", "TTC", "HT période précédente", "Écart"],
            [
                [
                    f"{row['customer_code']} {row['customer_name']}",
                    str(row["draft_count"]),
                    money(row["net_amount"], row["currency_code"]),
                    money(row["gross_amount"], row["currency_code"]),
                    money(row["previous_net_amount"], row["currency_code"]),
                    money(row["difference_amount"], row["currency_code"]),
                ]
                for row in customers
            ],
        ),
        _table(
            "Factures retenues",
            ["Client", "Fiche", "Motif"],
            [[row["customer_code"], row["node_code"], row["reason"]] for row in report["held_drafts"]],
        ),
        _table(
            "Usages retenus ou rejetés",
            ["État", "Motif", "Lignes", "Montant fournisseur HT"],
            [
                [row["outcome"], row["reason"], str(row["record_count"]), money(row["supplier_amount"] or Decimal(0))]
                for row in report["held_usage"]
            ],
        ),
        _table(
            "Prestations en service et non facturées",
            ["Prestation", "Client", "Libellé", "Motif"],
            [
                [row["service_code"], row["customer_code"], row["service_name"], row["reason"]]
                for row in report["unbilled"]
            ],
        ),
        _table(
            "Montants écartés",
            ["Client", "Prestation", "Motif", "HT"],
            [
                [row["customer_code"], row["service_code"], row["exclusion_reason"], money(row["net_amount"])]
                for row in report["excluded"]
            ],
        ),
        _table(
            "Usages arrivés après la facture de leur période, facturés ici à leur date",
            ["Client", "Prestation", "Ligne", "Détail", "HT"],
            [
                [
                    row["customer_code"],
                    row["service_code"],
                    row["line_name"],
                    row["line_note"] or "",
                    money(row["net_amount"], row["currency_code"]),
                ]
                for row in report["late_usage"]
            ],
        ),
        _table(
            "Prestations arrivées après la facturation de leur période, jamais facturées",
            ["Client", "Prestation", "Période", "Nature", "HT"],
            [
                [
                    row["customer_code"],
                    row["service_code"],
                    day(row["period_start"]),
                    row["late_kind"],
                    money(row["amount"]),
                ]
                for row in report["late"]
            ],
        ),
        f"Empreinte des brouillons\u00a0: `{run['drafts_digest']}`. "
        "Approuver fige ces montants\u00a0; si un brouillon change ensuite, l’émission est refusée.",
    ]
    return "\n\n".join(parts)


def plural(count: int, noun: str) -> str:
    """'1 facture', '22 factures'."""
    return f"{count}\u00a0{noun}{'s' if count > 1 else ''}"


def _totals(customers: Sequence[Row]) -> str:
    """Net and gross, a currency at a time: currencies are never added together."""
    sums: dict[str, tuple[Decimal, Decimal]] = {}
    for row in customers:
        net, gross = sums.get(row["currency_code"], (Decimal(0), Decimal(0)))
        sums[row["currency_code"]] = (net + row["net_amount"], gross + row["gross_amount"])
    return ", ".join(
        f"**{money(net, currency)} HT**, {money(gross, currency)} TTC"
        for currency, (net, gross) in sorted(sums.items())
    )


def _cell(text: str) -> str:
    """A name is the ERP's: it may hold whatever Markdown or HTML would act upon, and must only be read."""
    return re.sub(r"([\\`*_\[\]<>!#|&])", r"\\\1", text.replace("\n", " ").replace("\r", " "))


def _table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return f"### {title}\n\nAucune ligne."
    lines = [header, ["---"] * len(header), *([_cell(text) for text in row] for row in rows)]
    return f"### {title}\n\n" + "\n".join("| " + " | ".join(row) + " |" for row in lines)
