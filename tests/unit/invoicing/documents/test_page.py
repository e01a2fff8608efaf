from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from invoicing.documents.page import build_page
from invoicing.documents.sections import section_tree
from invoicing.invoice import BuyerKind
from tests.unit.invoicing.documents import samples

paths = st.lists(st.sampled_from(["Lyon", "Grenoble", "Téléphonie"]), max_size=3).map(tuple)


def plain(text):
    return text.replace("\u202f", " ").replace("\u00a0", " ")


def test_sections_nest_as_the_tree_does():
    rows = build_page(samples.with_sites(1)).rows

    assert [(row.kind, row.depth, row.name) for row in rows if row.kind != "line"] == [
        ("heading", 1, "Site de Lyon Gerland"),
        ("heading", 2, "Internet"),
        ("heading", 2, "Téléphonie"),
        ("subtotal", 2, "Téléphonie"),
        ("subtotal", 1, "Site de Lyon Gerland"),
        ("heading", 1, "Copieurs"),
        ("subtotal", 1, "Copieurs"),
        ("heading", 1, "Autres prestations et fournitures"),
        ("subtotal", 1, "Autres prestations et fournitures"),
    ]


def test_a_subtotal_adds_what_stands_under_its_heading():
    rows = build_page(samples.with_sites(1)).rows

    [subtotal] = [row for row in rows if row.kind == "subtotal" and row.name == "Site de Lyon Gerland"]

    assert subtotal.amount == "108,33"


@given(st.lists(st.tuples(paths, st.decimals(0, 100, places=2, allow_nan=False)), max_size=12))
def test_sections_keep_every_line_once(drawn):
    lines = [
        samples.a_line(position=index, section=path, unit_price=price) for index, (path, price) in enumerate(drawn)
    ]
    root = section_tree(lines)

    assert sorted(line.position for line in root.all_lines()) == list(range(len(lines)))
    assert root.net_amount == sum((line.net_amount for line in lines), Decimal(0))


def test_few_lines_stand_beside_the_totals_and_many_get_a_summary_that_adds_up():
    invoice = samples.with_sites(8)
    summary = build_page(invoice).summary

    assert build_page(samples.with_sites(2)).summary == ()
    assert len(summary) == 10
    total = sum(Decimal(row.amount.replace("\u202f", "").replace(",", ".")) for row in summary)
    assert total == invoice.net_amount


def test_a_line_of_another_period_says_so():
    line = samples.a_line(period_start=date(2026, 10, 12), note="Prorata : 20 jours sur 31")
    [row] = build_page(samples.an_invoice([line])).rows

    assert [plain(note) for note in row.notes] == ["Du 12 au 31 octobre 2026", "Prorata : 20 jours sur 31"]


def test_the_legal_sentences_are_all_there():
    page = build_page(samples.with_sites())
    words = plain(" ".join(page.mentions))

    for expected in (
        "Catégorie de l’opération : Livraisons de biens et prestations de services",
        "Option pour le paiement de la taxe d’après les débits",
        "Payable à 30 jours, au plus tard le 2 décembre 2026",
        "Pas d’escompte",
        "Pénalités de retard",
        "40 €",
    ):
        assert expected in words
    assert plain(page.footer) == (
        "Ardèle Télécom, SAS au capital de 150 000 € · RCS Grenoble 123 456 782"
        " · SIRET 123 456 782 00010 · TVA FR11123456782"
    )
    assert "SIREN 123 987 653" in [plain(text) for text in page.buyer_ids]


def test_a_consumer_reads_neither_forty_euros_nor_trade_interest():
    words = " ".join(build_page(samples.for_buyer(BuyerKind.CONSUMER)).mentions)

    assert "40" not in words
    assert "BCE" not in words
    assert "client non professionnel" in words


def test_a_seller_on_receipts_says_when_vat_falls_due():
    seller = replace(samples.SELLER, is_vat_on_debits=False)

    assert "exigible à l’encaissement" in " ".join(build_page(samples.an_invoice(seller=seller)).mentions)


def test_a_reverse_charge_names_its_law_and_both_vat_numbers():
    page = build_page(samples.for_buyer(BuyerKind.EU_BUSINESS))

    assert "Autoliquidation" in page.exemptions[0]
    assert "259-1" in page.exemptions[0]
    assert "TVA DE111110000" in page.buyer_ids
    assert page.buyer_lines[-1] == "Allemagne"


def test_an_operator_that_buys_traffic_reads_its_own_law():
    invoice = samples.an_invoice([samples.a_line(vat_category="AE", vat_rate=Decimal(0))])

    assert "283-2 octies" in build_page(invoice).exemptions[0]


def test_a_public_body_reads_its_engagement_and_service():
    labels = dict(build_page(samples.for_buyer(BuyerKind.PUBLIC)).references)

    assert labels["N° d’engagement"] == "EJ-4500012345"
    assert labels["Code service"] == "SERV-INFO"
    assert labels["Marché"] == "2026-MAPA-07"
