"""The report that a person reads before numbers are drawn: what is about to be issued, and what changed."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from invoicing.documents.french import day, money

Row = Mapping[str, Any]


def approval_report(run: Row, report: Mapping[str, Sequence[Row]]) -> str:
    """Write the report in Markdown, in French.

    Args:
        run: the row of `register.bill_runs`.
        report: `customers` (drafts, net and gross now, net last period), `held_drafts`, `held_usage`, `unbilled`.
    """
    customers = report["customers"]
    net = sum((row["net_amount"] for row in customers), Decimal(0))
    gross = sum((row["gross_amount"] for row in customers), Decimal(0))
    parts = [
        f"**{run['draft_count']} factures** à émettre le **{day(run['issued_on'])}**, "
        f"période du {day(run['period_start'])} au {day(run['period_end'])} (exclu) : "
        f"**{money(net)} HT**, {money(gross)} TTC.",
        _table(
            "Par client",
            ["Client", "Factures", "HT", "TTC", "HT période précédente", "Écart"],
            [
                [
                    f"{row['customer_code']} {row['customer_name']}",
                    str(row["draft_count"]),
                    money(row["net_amount"]),
                    money(row["gross_amount"]),
                    money(row["previous_net_amount"]),
                    money(row["difference_amount"]),
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
            ["Prestation", "Client", "Libellé"],
            [[row["service_code"], row["customer_code"], row["service_name"]] for row in report["unbilled"]],
        ),
        f"Empreinte des brouillons : `{run['drafts_digest']}`. "
        "Approuver fige ces montants ; si un brouillon change ensuite, l’émission est refusée.",
    ]
    return "\n\n".join(parts)


def _table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return f"### {title}\n\nAucune ligne."
    lines = [header, ["---"] * len(header), *rows]
    return f"### {title}\n\n" + "\n".join(
        "| " + " | ".join(cell.replace("|", "/") for cell in row) + " |" for row in lines
    )
