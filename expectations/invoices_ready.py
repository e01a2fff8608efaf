"""Gate of drafts, before a person sees them: to the cent, complete, and few of them held."""

from great_expectations import expectations as gxe

CHECKS = {
    "billing.fct_drafts": [
        gxe.ExpectColumnValuesToBeUnique(
            column="draft_id", description="A draft stands once.", meta={"fr": "Un brouillon ne figure qu’une fois."}
        ),
        gxe.ExpectColumnValuesToNotBeNull(
            column="legal_name",
            description="Every draft names its legal buyer.",
            meta={"fr": "Chaque brouillon nomme son acheteur légal."},
        ),
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="""
                select draft_id, customer_code, net_amount, vat_amount, gross_amount from {batch}
                where gross_amount <> net_amount + vat_amount or gross_amount <= 0
            """,
            description="Net and VAT make the gross amount, and something is due.",
            meta={"fr": "HT et TVA font le TTC, et une somme est due."},
        ),
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="""
                select draft.draft_id, draft.customer_code, draft.net_amount, sum(line.net_amount) as lines_amount
                from {batch} as draft
                left join billing.fct_draft_lines as line on draft.draft_id = line.draft_id
                group by draft.draft_id, draft.customer_code, draft.net_amount
                having draft.net_amount is distinct from sum(line.net_amount)
            """,
            description="A draft is the sum of its lines, to the cent.",
            meta={"fr": "Un brouillon est la somme de ses lignes, au centime."},
        ),
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="""
                select draft.draft_id, draft.customer_code, draft.vat_amount, sum(band.vat_amount) as bands_amount
                from {batch} as draft
                left join billing.fct_draft_vat as band on draft.draft_id = band.draft_id
                group by draft.draft_id, draft.customer_code, draft.vat_amount
                having draft.vat_amount is distinct from sum(band.vat_amount)
            """,
            description="The VAT of a draft is the sum of its bands, to the cent.",
            meta={"fr": "La TVA d’un brouillon est la somme de ses taux, au centime."},
        ),
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="""
                select draft_id, customer_code, issued_on, due_on from {batch}
                where due_on < issued_on or period_end <= period_start
            """,
            description="No draft is due before its issue, no period is empty.",
            meta={"fr": "Aucune échéance ne précède l’émission, aucune période n’est vide."},
        ),
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="""
                select draft.bill_run_id, count(*) as draft_count, count(hold.draft_id) as held_count
                from {batch} as draft
                left join register.draft_holds as hold
                    on draft.bill_run_id = hold.bill_run_id and draft.draft_id = hold.draft_id
                group by draft.bill_run_id
                having count(hold.draft_id) > 0.2 * count(*) and count(*) > 10
            """,
            description="At most a fifth of the drafts is held: more is a fault of ours.",
            meta={"fr": "Au plus un cinquième des brouillons est retenu\u00a0: au-delà, la faute est chez nous."},
        ),
    ],
    "billing.fct_draft_lines": [
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="""
                select draft_line_id, quantity, unit_price, net_amount from {batch}
                where round(quantity * unit_price, 2) <> net_amount
            """,
            description="Quantity times price is the line, to the cent.",
            meta={"fr": "Quantité × prix = montant de la ligne, au centime."},
        ),
    ],
}
