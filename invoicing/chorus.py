"""Chorus Pro's words: the bodies of our requests, and what its answers mean for a delivery."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

FACTUR_X = "IN_DP_E2_CII_FACTURX"  # syntaxeFlux of a PDF/A-3 with embedded CII
NOT_A_SERVICE = "FACTURES_PUBLIQUES"  # in every list of services, never an addressee
LABEL_LENGTH = 500  # of all labels together, as kept in the register


class FlowOutcome(StrEnum):
    """What the state of a flow means for the invoice in it."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    INCIDENT = "incident"  # nothing was processed: deposit the same file again
    UNKNOWN = "unknown"  # a state that we do not know: kept polling, logged, never taken for success


OUTCOMES = {
    "IN_DEPOT_PORTAIL_EN_ATTENTE_TRAITEMENT_SE_CPP": FlowOutcome.PENDING,
    "IN_RECU": FlowOutcome.PENDING,
    "IN_TRAITE_SE_CPP": FlowOutcome.PENDING,
    "IN_EN_ATTENTE_TRAITEMENT_CPP": FlowOutcome.PENDING,
    "IN_EN_COURS_TRAITEMENT_CPP": FlowOutcome.PENDING,
    "IN_EN_ATTENTE_RETRAITEMENT_CPP": FlowOutcome.PENDING,  # until somebody at the AIFE resumes it
    "IN_INTEGRE": FlowOutcome.ACCEPTED,
    "IN_INTEGRE_PARTIEL": FlowOutcome.ACCEPTED,  # of a batch; rejected when the report names our number
    "IN_REJETE": FlowOutcome.REJECTED,
    "IN_INCIDENTE": FlowOutcome.INCIDENT,
}


@dataclass(frozen=True, slots=True)
class FlowReport:
    """One look at a flow: `state` and `labels` are Chorus Pro's own words."""

    outcome: FlowOutcome
    state: str
    labels: tuple[str, ...]

    @property
    def text(self) -> str:
        """State and labels on one line, for the register."""
        return " · ".join((self.state, *self.labels))[:LABEL_LENGTH]


@dataclass(frozen=True, slots=True)
class FoundInvoice:
    """An invoice that Chorus Pro already holds under our number."""

    flow_number: str | None
    chorus_id: int | None  # identifiantFactureCPP
    status: str  # DEPOSEE, MISE_A_DISPOSITION…
    gross_amount: Decimal | None


def deposit_body(file_name: str, content: bytes) -> dict[str, Any]:
    """Body of `factures/v1/deposer/flux` for one Factur-X: the exact bytes, in base64."""
    return {
        "fichierFlux": base64.b64encode(content).decode("ascii"),
        "nomFichier": file_name,
        "syntaxeFlux": FACTUR_X,
        "avecSignature": False,
    }


def search_body(invoice_number: str, page: int, per_page: int = 50) -> dict[str, Any]:
    """Body of `factures/v1/rechercher/fournisseur` for one page, from 1."""
    return {
        "numeroFacture": invoice_number,
        "rechercheFactureParFournisseur": {"nbResultatsParPage": per_page, "pageResultatDemandee": page},
    }


def structure_body(siret: str) -> dict[str, Any]:
    """Body of `structures/v1/rechercher`."""
    return {"structure": {"identifiantStructure": siret, "typeIdentifiantStructure": "SIRET"}}


def services_body(structure_id: int, page: int, per_page: int = 100) -> dict[str, Any]:
    """Body of `structures/v1/rechercher/services` for one page, from 1."""
    return {
        "idStructure": structure_id,
        "parametresRechercherServicesStructure": {"nbResultatsParPage": per_page, "pageResultatDemandee": page},
    }


def read_flow(answer: Mapping[str, Any], invoice_number: str) -> FlowReport:
    """Understand an answer of `consulterCRDetaille` for the one invoice of the flow."""
    state = str(answer.get("etatCourantDepotFlux") or "")
    errors = [row for row in answer.get("listeErreurDP") or [] if isinstance(row, Mapping)]
    technical = [row for row in answer.get("listeErreurTechnique") or [] if isinstance(row, Mapping)]
    outcome = OUTCOMES.get(state, FlowOutcome.UNKNOWN)
    if state == "IN_INTEGRE_PARTIEL" and any(row.get("numeroDP") == invoice_number for row in errors):
        outcome = FlowOutcome.REJECTED
    labels = [row.get("libelleErreurDP") for row in errors] + [row.get("libelleErreur") for row in technical]
    return FlowReport(outcome, state or "(no state)", tuple(str(label) for label in labels if label))


def find_invoice(rows: Sequence[Mapping[str, Any]], invoice_number: str, supplier_siret: str) -> FoundInvoice | None:
    """Find our invoice among `listeFactures`: the exact number (a search may match more loosely) of this supplier.

    A supplier's code that is no SIRET tells nothing against the invoice: taking ours for a stranger's would deposit
    it twice.
    """
    for row in rows:
        supplier = str(row.get("codeFournisseur") or "")
        is_stranger = len(supplier) == 14 and supplier[:9] != supplier_siret[:9]
        if row.get("numeroFacture") == invoice_number and not is_stranger:
            total = row.get("montantTTC")
            return FoundInvoice(
                flow_number=row.get("numeroFluxDepot") or None,
                chorus_id=row.get("identifiantFactureCPP"),
                status=str(row.get("statut") or ""),
                gross_amount=None if total is None else Decimal(str(total)),
            )
    return None


def service_codes(rows: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """Codes of the active services among `listeServices`."""
    codes = {str(row["codeService"]) for row in rows if row.get("codeService") and row.get("estActif")}
    return frozenset(codes - {NOT_A_SERVICE})
