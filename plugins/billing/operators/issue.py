"""Issue: try drafts against the rules before a number exists, then draw and archive their documents."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from airflow.sdk import BaseOperator, Context

from billing.hooks.archive import ArchiveHook
from billing.hooks.register import Document, RegisterStore
from billing.hooks.warehouse import WarehouseHook
from invoicing.documents.cii import build_xml
from invoicing.documents.gate import Gate


class RehearseDraftsOperator(BaseOperator):
    """Hold each draft whose document would be refused, so that no number is drawn for it; the others go on."""

    template_fields: Sequence[str] = ("bill_run_id",)

    def __init__(self, *, bill_run_id: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bill_run_id = bill_run_id

    def execute(self, context: Context) -> dict[str, int]:
        store, gate = RegisterStore(WarehouseHook().get_conn), Gate()
        drafts = store.drafts(self.bill_run_id)
        holds: dict[str, str] = {}
        for draft_id, invoice in drafts:
            reason = refusal(gate, invoice)
            if reason:
                holds[draft_id] = reason
                self.log.warning("Held the draft of %s: %s", invoice.buyer.legal_name, reason)
        store.replace_draft_holds(self.bill_run_id, holds)
        self.log.info("%d drafts pass every rule, %d are held", len(drafts) - len(holds), len(holds))
        return {"drafts": len(drafts), "held": len(holds)}


def refusal(gate: Gate, invoice: Any) -> str | None:
    """Why the document of a draft would be refused, or None. A fault of one draft is its own: it never stops a run."""
    try:
        verdicts = gate.check(invoice, build_xml(invoice))
    except (ValueError, TypeError) as error:
        return f"no document can be written: {error}"
    errors = [f"{verdict.validator}: {error}" for verdict in verdicts for error in verdict.errors]
    return "; ".join(errors[:5]) or None


class RenderInvoicesOperator(BaseOperator):
    """Draw, prove and archive the documents of some invoices. Those that have one are left alone."""

    template_fields: Sequence[str] = ("invoice_numbers",)

    def __init__(self, *, invoice_numbers: Sequence[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.invoice_numbers = invoice_numbers

    def execute(self, context: Context) -> int:
        from invoicing.documents.annex_csv import annex_csv
        from invoicing.documents.pdf import render_factur_x  # WeasyPrint takes 0.5 s to load

        store, gate, archive = RegisterStore(WarehouseHook().get_conn), Gate(), ArchiveHook()
        drawn = 0
        for number in self.invoice_numbers:
            if store.has_document(number):
                continue
            invoice = store.invoice(number)
            pdf, _, verdicts = render_factur_x(invoice, gate)
            proofs = json.loads(json.dumps([asdict(verdict) for verdict in verdicts]))
            documents = [Document("factur-x", f"{number}.pdf", archive.keep(f"{number}.pdf", pdf), pdf, proofs)]
            if invoice.usage:
                annex = annex_csv(invoice)
                documents.append(
                    Document("annex-csv", f"{number}.csv", archive.keep(f"{number}.csv", annex), annex, [])
                )
            store.register_documents(number, documents)
            drawn += 1
            self.log.info("Archived %s: %d bytes, %d validators", number, len(pdf), len(verdicts))
        return drawn
