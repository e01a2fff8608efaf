"""What people read of an alert: French, whole, ranked, and never a thousand pages."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from invoicing.watching import MOST_DETAILED, RULES, FraudAlert, mail_body, mail_subject, webhook_body

ALERT = FraudAlert(
    alert_key="0cbcd643", line_id="+33199002011", subject_label="+33199002011", customer_code="C005",
    customer_name="Garage Messidor", local_day=date(2025, 9, 6), rule_codes="overlap_foreign, velocity_1h",
    first_at=datetime(2025, 9, 6, 0, 10, tzinfo=UTC), last_at=datetime(2025, 9, 6, 3, 5, tzinfo=UTC), line_count=1,
    call_count=1204, duration_seconds=4025, cost_so_far=Decimal("5982.1849"), is_cost_estimated=False,
    cost_per_hour=Decimal("264.1512"), source_codes="fructidor", destinations="Maldives, Cuba",
    top_numbers="+960 20 00 XXXX (77), +53 20 00 XXXX (62)",
)  # fmt: skip


def lines_of(alert: FraudAlert) -> list[str]:
    return mail_body([alert]).replace("\u00a0", " ").replace("\u202f", " ").split("\n")


def test_the_subject_of_one_alert_names_the_line_and_what_it_cost():
    assert "Fraude possible\u00a0: ligne 01\u00a099\u00a000\u00a020\u00a011, 5\u202f982,18\u00a0€" == mail_subject(
        [ALERT]
    )


def test_an_alert_says_who_when_how_much_why_and_whom_to_phone():
    text = lines_of(ALERT)
    assert "— Ligne 01 99 00 20 11, 6 septembre 2025" in text
    assert "Client : Garage Messidor (C005)" in text
    assert "Motif : appels simultanés vers un même préfixe étranger ; coût élevé en une heure" in text
    assert "Premier appel : 06/09/2025 à 02 h 10" in text  # Paris
    assert "Volume : 1 204 appels, 1 h 07 min 05 s" in text
    assert "Coût à ce jour : 5 982,18 €, soit 264,15 € par heure" in text
    assert "Numéros les plus coûteux (appels) : +960 20 00 XXXX (77), +53 20 00 XXXX (62)" in text
    assert "Fournisseur à appeler : fructidor" in text
    assert any("couper" in line for line in text)


def test_an_estimate_a_repeat_and_an_answer_are_said():
    text = lines_of(
        replace(ALERT, is_cost_estimated=True, told_cost=Decimal("2000"), last_word="close, fraude (a.martin)")
    )
    assert "Coût à ce jour : 5 982,18 €, en partie estimé, soit 264,15 € par heure" in text
    assert "Déjà signalée à 2 000,00 € ; le coût a doublé depuis." in text
    assert "Dernière réponse : close, fraude (a.martin)" in text


def test_a_range_rung_back_has_several_customers_and_a_line_of_nobody_says_so():
    rung = replace(ALERT, line_id=None, subject_label="+222 340 XXXX", customer_code=None, line_count=5)
    assert "— Tranche +222 340 XXXX, 6 septembre 2025" in lines_of(rung)
    assert "Client : plusieurs" in lines_of(rung)
    assert "Volume : 1 204 appels, 1 h 07 min 05 s, 5 lignes" in lines_of(rung)
    assert "Client : inconnu, la ligne n’est affectée à personne" in lines_of(replace(ALERT, customer_code=None))


def test_a_mail_details_the_dearest_alerts_and_counts_the_others():
    body = mail_body([replace(ALERT, alert_key=f"key-{place:02d}") for place in range(MOST_DETAILED + 3)])
    assert f"key-{MOST_DETAILED - 1:02d}" in body
    assert f"key-{MOST_DETAILED:02d}" not in body
    assert "Et 3 autres" in body


def test_every_rule_has_french_words():
    assert 19 == len(RULES)
    assert not [words for words in RULES.values() if "_" in words or words != words.strip()]


def test_a_webhook_gets_amounts_as_texts_and_instants_in_utc():
    [alert] = webhook_body([ALERT])["alerts"]
    assert ("5982.18", "2025-09-06T00:10:00+00:00", ["overlap_foreign", "velocity_1h"]) == (
        alert["cost_so_far"], alert["first_at"], alert["rules"],
    )  # fmt: skip
