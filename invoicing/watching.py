"""What people are told of suspected fraud: an e-mail in French, the same facts for a webhook. Numbers are masked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from invoicing.documents.french import NARROW_SPACE, NO_BREAK_SPACE, count, duration, long_day, money, phone

PARIS = ZoneInfo("Europe/Paris")
MOST_DETAILED = 20  # an e-mail of a thousand alerts is read by nobody; the report has them all
COLON = f"{NO_BREAK_SPACE}: "

RULES = {
    "velocity_1h": "coût élevé en une heure",
    "velocity_24h": "coût élevé en 24 heures",
    "velocity_month": "mois bien au-dessus du mois médian",
    "off_hours": "appels vers l’étranger la nuit ou le week-end",
    "first_country": "pays jamais appelé par ce client",
    "overlap_foreign": "appels simultanés vers un même préfixe étranger",
    "overlap_channels": "plus d’appels simultanés que de canaux",
    "talk_time": "plus de conversation que n’en tient une journée",
    "wangiri": "rappel d’une même tranche étrangère par plusieurs lignes",
    "premium": "appels répétés vers un même numéro surtaxé",
    "short_calls": "rafale d’appels très courts",
    "sequential": "numéros composés à la suite",
    "long_call": "appel très long vers l’étranger",
    "test_number": "numéro d’essai connu des fraudeurs",
    "unknown_range": "tranche de numéros inconnue",
    "satellite": "satellite ou réseau mondial",
    "high_risk": "destination à risque",
    "drip": "longs appels nocturnes répétés, numéros toujours différents",
    "baseline": "dépense très supérieure au même jour des semaines passées",
}
TO_DO = (
    "Que faire"
    + COLON
    + "\n1. Joindre le client, et vérifier avec lui ces appels.\n"
    + f"2. S’il ne les reconnaît pas{COLON}demander au fournisseur de couper ces destinations ou la ligne, "
    + "changer les mots de passe du standard, conserver les traces.\n"
    + "3. Répondre à l’alerte dans Airflow, DAG answer_fraud_alert, avec sa référence. "
    + "Rien n’est coupé automatiquement."
)


@dataclass(frozen=True, slots=True)
class FraudAlert:
    """One alert, as `watch.alerts` keeps it. Costs are bought prices before VAT, in euros."""

    alert_key: str
    line_id: str | None  # None: a range of called numbers, rung back by many lines
    subject_label: str
    customer_code: str | None
    customer_name: str | None
    local_day: date
    rule_codes: str
    first_at: datetime
    last_at: datetime
    line_count: int
    call_count: int
    duration_seconds: int
    cost_so_far: Decimal
    is_cost_estimated: bool
    cost_per_hour: Decimal
    source_codes: str
    destinations: str
    top_numbers: str
    told_cost: Decimal | None = None  # what was told last on this channel
    last_word: str | None = None  # what a person answered, and who


def mail_subject(alerts: Sequence[FraudAlert]) -> str:
    """'Fraude possible : ligne 01 99 00 20 11, 5 982,18 €'; for several, their number."""
    what = _subject(alerts[0]) if len(alerts) == 1 else f"{count(len(alerts))}{NO_BREAK_SPACE}alertes"
    return f"Fraude possible{COLON}{what}, {_total(alerts)}"


def mail_body(alerts: Sequence[FraudAlert]) -> str:
    """Each alert in the order given, dearest first, then what to do."""
    plural = "s" if len(alerts) > 1 else ""
    parts = [
        f"{count(len(alerts))}{NO_BREAK_SPACE}alerte{plural}, {_total(alerts)} au prix d’achat hors taxes.",
        *(_alert(alert) for alert in alerts[:MOST_DETAILED]),
    ]
    if len(alerts) > MOST_DETAILED:
        rest = count(len(alerts) - MOST_DETAILED)
        parts.append(f"Et {rest} autres, dans le rapport watch_reports.rpt_fraud_alerts.")
    return "\n\n".join([*parts, TO_DO]) + "\n"


def webhook_body(alerts: Sequence[FraudAlert]) -> dict[str, Any]:
    """The same facts for a program: amounts as texts, instants in UTC."""
    return {
        "text": mail_subject(alerts),  # what chat services show
        "alerts": [
            {
                "alert_key": alert.alert_key,
                "line": alert.line_id,
                "subject": alert.subject_label,
                "customer_code": alert.customer_code,
                "customer_name": alert.customer_name,
                "local_day": alert.local_day.isoformat(),
                "rules": alert.rule_codes.split(", "),
                "first_at": alert.first_at.isoformat(),
                "last_at": alert.last_at.isoformat(),
                "lines": alert.line_count,
                "calls": alert.call_count,
                "seconds": alert.duration_seconds,
                "cost_so_far": f"{alert.cost_so_far:.2f}",
                "cost_is_estimated": alert.is_cost_estimated,
                "cost_per_hour": f"{alert.cost_per_hour:.2f}",
                "suppliers": alert.source_codes.split(", "),
                "destinations": alert.destinations,
                "top_numbers": alert.top_numbers,
            }
            for alert in alerts
        ],
    }


def _alert(alert: FraudAlert) -> str:
    """One alert, a fact a line."""
    estimated = ", en partie estimé" if alert.is_cost_estimated else ""
    called_by = f", {count(alert.line_count)} lignes" if alert.line_id is None else ""
    lines = [
        f"— {_subject(alert, capital=True)}, {long_day(alert.local_day)}",
        f"Client{COLON}{_customer(alert)}",
        f"Motif{COLON}{_reasons(alert.rule_codes)}",
        f"Premier appel{COLON}{_moment(alert.first_at)}",
        f"Dernier appel terminé{COLON}{_moment(alert.last_at)}",
        f"Volume{COLON}{count(alert.call_count)} appels, {duration(alert.duration_seconds)}{called_by}",
        f"Coût à ce jour{COLON}{money(alert.cost_so_far)}{estimated}, soit {money(alert.cost_per_hour)} par heure",
        f"Destinations{COLON}{alert.destinations}",
        f"Numéros les plus coûteux (appels){COLON}{alert.top_numbers}",
        f"Fournisseur à appeler{COLON}{alert.source_codes}",
        f"Référence{COLON}{alert.alert_key}",
    ]
    if alert.told_cost is not None:
        lines.insert(1, f"Déjà signalée à {money(alert.told_cost)}{NARROW_SPACE}; le coût a doublé depuis.")
    if alert.last_word is not None:
        lines.insert(1, f"Dernière réponse{COLON}{alert.last_word}")
    return "\n".join(lines)


def _subject(alert: FraudAlert, capital: bool = False) -> str:
    kind, label = ("tranche", alert.subject_label) if alert.line_id is None else ("ligne", phone(alert.subject_label))
    return f"{kind.capitalize() if capital else kind} {label}"


def _customer(alert: FraudAlert) -> str:
    if alert.line_id is None:
        return "plusieurs"
    if alert.customer_code is None:
        return "inconnu, la ligne n’est affectée à personne"
    return f"{alert.customer_name or alert.customer_code} ({alert.customer_code})"


def _reasons(rule_codes: str) -> str:
    return f"{NARROW_SPACE}; ".join(RULES.get(code, code) for code in rule_codes.split(", "))


def _moment(instant: datetime) -> str:
    return instant.astimezone(PARIS).strftime(f"%d/%m/%Y à %H{NO_BREAK_SPACE}h{NO_BREAK_SPACE}%M")


def _total(alerts: Sequence[FraudAlert]) -> str:
    return money(sum((alert.cost_so_far for alert in alerts), Decimal(0)))
