"""Issue: try drafts against the rules before a number exists, then draw and archive their documents."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from airflow.sdk import BaseOperator, Context

from billing.hooks.archive import ArchiveHook
from billing.hooks.register import Document, Draft, RegisterStore
from billing.hooks.warehouse import WarehouseHook
from invoicing.delivery import Channel, route
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
        for draft in drafts:
            reason = refusal(gate, draft)
            if reason:
                holds[draft.draft_id] = reason
                self.log.warning("Held a draft of %s: %s", draft.head["customer_code"], reason)
        store.replace_draft_holds(self.bill_run_id, holds)
        self.log.info("%d drafts pass every rule, %d are held", len(drafts) - len(holds), len(holds))
        return {"drafts": len(drafts), "held": len(holds)}


def refusal(gate: Gate, draft: Draft) -> str | None:
    """Why a draft could not be issued and delivered, or None. A fault of one draft is its own: it never stops a run."""
    try:
        invoice = draft.invoice()
        way = route(draft.ctc_emission_from(), invoice.issued_on, invoice.buyer.kind, draft.channel)
        verdicts = gate.check(invoice, build_xml(invoice))
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        return f"{type(error).__name__}: {error}"
    errors = [f"{verdict.validator}: {error}" for verdict in verdicts for error in verdict.errors]
    if way.rendering != invoice.rendering:
        errors.insert(0, f"{way.channel} reads the rendering {way.rendering}, the draft is {invoice.rendering}")
    if way.channel is Channel.EMAIL and not invoice.buyer.email:
        errors.insert(0, "the buyer has no e-mail address; fill the billing node")
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
