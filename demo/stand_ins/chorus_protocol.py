"""The documented protocol of PISTE and Chorus Pro, as the stand-in speaks it: bodies in, bodies out."""

import base64
import binascii
import hmac
import secrets
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from demo.stand_ins.chorus_flows import Flow, Flows

SYNTAXES = {
    "IN_DP_E1_UBL_INVOICE", "IN_DP_E1_CII", "IN_DP_E1_CII_16B", "IN_DP_E1_XCBL", "IN_DP_E1_PES_FACTURE",
    "IN_DP_E2_UBL_INVOICE_MIN", "IN_DP_E2_CII_MIN", "IN_DP_E2_CII_MIN_16B", "IN_DP_E2_PES_FACTURE_MIN",
    "IN_DP_E2_CPP_FACTURE_MIN", "IN_DP_E2_CII_FACTURX",
}  # fmt: skip
DONE = {"codeRetour": 0, "libelle": "TRA_MSG_00.000"}
# Used when no --credentials file is given: they open nothing but this stand-in.
DEVELOPMENT_CREDENTIALS = {
    "client_id": "stand-in-client", "client_secret": "stand-in-secret",
    "login": "TECH_1_stand_in@cpro.example", "password": "stand-in-password",
}  # fmt: skip


class Answer(Exception):
    """An answer other than the usual one."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(status)
        self.status, self.body = status, body


@dataclass(slots=True)
class StandIn:
    """What the requests share: credentials, tokens, faults to inject, and the deposited flows."""

    flows: Flows
    credentials: dict[str, str] = field(default_factory=lambda: dict(DEVELOPMENT_CREDENTIALS), repr=False)
    token_seconds: float = 3600.0
    tokens: dict[str, float] = field(default_factory=dict, repr=False)  # token → end, on the monotonic clock
    faults: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def token(self, form: dict[str, list[str]]) -> dict[str, Any]:
        """PISTE's answer to client credentials; an unknown client and a wrong secret look the same."""
        if form.get("grant_type") != ["client_credentials"]:
            raise Answer(400, {"error": "unsupported_grant_type"})
        given = [(form.get(name) or [""])[0] for name in ("client_id", "client_secret")]
        known = [self.credentials[name] for name in ("client_id", "client_secret")]
        if not all(hmac.compare_digest(a.encode(), b.encode()) for a, b in zip(given, known, strict=True)):
            raise Answer(400, {"error": "invalid_client"})
        token = secrets.token_urlsafe(24)
        self.tokens[token] = time.monotonic() + self.token_seconds
        return {"access_token": token, "token_type": "Bearer", "expires_in": self.token_seconds, "scope": "openid"}

    def check_headers(self, authorization: str, account: str) -> None:
        token = authorization.removeprefix("Bearer ")
        if self.tokens.get(token, 0.0) < time.monotonic():
            raise Answer(401, {"error": "invalid_token"})
        wanted = f"{self.credentials['login']}:{self.credentials['password']}".encode()
        if not hmac.compare_digest(account.encode(), base64.b64encode(wanted)):
            raise Answer(401, {"error": "invalid_account"})

    def take_fault(self, path: str) -> dict[str, Any]:
        """The next fault meant for this route, once; {} when there is none."""
        with self.lock:
            for fault in self.faults:
                if fault.get("route", "deposer/flux") in path and fault["times"] > 0:
                    fault["times"] -= 1
                    return fault
        return {}

    def add_fault(self, fault: dict[str, Any]) -> dict[str, Any]:
        if fault.get("kind") == "forget_tokens":
            self.tokens.clear()
        else:
            with self.lock:
                self.faults.append({"times": 1, **fault})
        return {"faults": self.faults}

    def deposit(self, body: dict[str, Any], fault: dict[str, Any]) -> dict[str, Any]:
        try:
            content = base64.b64decode(body["fichierFlux"], validate=True)
            name, syntax = str(body["nomFichier"]), body["syntaxeFlux"]
        except (KeyError, TypeError, binascii.Error):
            return _refused("fichierFlux, nomFichier et syntaxeFlux sont obligatoires")
        if syntax not in SYNTAXES:
            return _refused("syntaxeFlux n'est pas dans la liste des valeurs admises")
        if not name.isascii() or len(name) > 50 or body.get("avecSignature") is not False:
            return _refused("nomFichier ou avecSignature n'est pas admis")
        flow = self.flows.deposit(
            content, sha256(content).hexdigest(), name, syntax,
            is_incident=fault.get("kind") == "incident",
            shown_state=fault.get("state", "") if fault.get("kind") == "state" else "",
        )  # fmt: skip
        return {
            **DONE, "numeroFluxDepot": flow.flow_number, "dateDepot": _day(flow.deposited_at), "syntaxeFlux": syntax,
        }  # fmt: skip

    def flow_report(self, body: dict[str, Any]) -> dict[str, Any]:
        flow = self.flows.find(str(body.get("numeroFluxDepot")))
        if flow is None:
            return _refused("Aucun flux ne porte ce numéro")
        state = self.flows.state(flow)
        labels = self.flows.labels(flow) if state == "IN_REJETE" else []
        technical = [{"codeErreur": "INC", "libelleErreur": "Incident de traitement", "natureErreur": "TECHNIQUE"}]
        return {
            **DONE,
            "etatCourantDepotFlux": state,
            "dateDepotFlux": _day(flow.deposited_at),
            "dateHeureEtatCourantFlux": datetime.fromtimestamp(self.flows.now(), UTC).isoformat(),
            "nomFichier": flow.file_name,
            "codeInterfaceDepotFlux": "FSO1117A",
            "listeErreurDP": [
                {
                    "numeroDP": flow.invoice.get("number"), "identifiantFournisseur": flow.invoice.get("supplier"),
                    "identifiantDestinataire": flow.invoice.get("receiver"), "libelleErreurDP": label,
                }
                for label in labels
            ],
            "listeErreurTechnique": technical if state == "IN_INCIDENTE" else [],
        }  # fmt: skip

    def search(self, body: dict[str, Any]) -> dict[str, Any]:
        """Integrated invoices by flow, or by a part of their number."""
        flow_number, number = body.get("numeroFluxDepot"), body.get("numeroFacture") or ""
        rows = [
            self._invoice(flow)
            for flow in self.flows.integrated()
            if flow_number in (None, flow.flow_number) and number in flow.invoice["number"]
        ]
        return _page(rows, "listeFactures", body.get("rechercheFactureParFournisseur"))

    def _invoice(self, flow: Flow) -> dict[str, Any]:
        return {
            "numeroFacture": flow.invoice["number"],
            "identifiantFactureCPP": self.flows.flows.index(flow) + 1,
            "numeroFluxDepot": flow.flow_number,
            "codeFournisseur": flow.invoice["supplier"],
            "codeDestinataire": flow.invoice["receiver"],
            "designationDestinataire": flow.invoice["receiver_name"],
            "dateDepot": _day(flow.deposited_at),
            "montantTTC": float(flow.invoice["total"] or 0),
            "statut": self.flows.statuses(flow)[-1],
        }

    def history(self, body: dict[str, Any]) -> dict[str, Any]:
        for flow in self.flows.integrated():
            if self.flows.flows.index(flow) + 1 == body.get("idFacture"):
                statuses = self.flows.statuses(flow)
                return {
                    **DONE,
                    "idFacture": body["idFacture"],
                    "numeroFacture": flow.invoice["number"],
                    "statutCourantCode": statuses[-1],
                    "historiquesDesStatuts": {"histoStatut": [{"histoStatutCode": status} for status in statuses]},
                }
        return _refused("Aucune facture ne porte cet identifiant")

    def structures(self, body: dict[str, Any]) -> dict[str, Any]:
        siret = (body.get("structure") or {}).get("identifiantStructure")
        rows = [
            {"idStructureCPP": number, "identifiantStructure": one.siret, "designationStructure": one.name}
            for number, one in enumerate(self.flows.receivers.values(), start=1)
            if one.siret == siret
        ]
        return _page(rows, "listeStructures", body.get("parametres"))

    def structure(self, body: dict[str, Any]) -> dict[str, Any]:
        receivers = dict(enumerate(self.flows.receivers.values(), start=1))
        receiver = receivers.get(body.get("idStructureCPP", 0))
        if receiver is None:
            return _refused("Aucune structure ne porte cet identifiant")
        return {
            **DONE,
            "idStructureCPP": body["idStructureCPP"],
            "parametres": {
                "codeServiceDoitEtreRenseigne": receiver.needs_service,
                "numeroEJDoitEtreRenseigne": receiver.needs_engagement,
                "gestionNumeroEJOuCodeService": receiver.needs_either,
            },
        }

    def services(self, body: dict[str, Any]) -> dict[str, Any]:
        receivers = dict(enumerate(self.flows.receivers.values(), start=1))
        receiver = receivers.get(body.get("idStructure", 0))
        services = {"FACTURES_PUBLIQUES": True, **receiver.services} if receiver else {}
        rows = [
            {"idService": number, "codeService": code, "libelleService": code, "estActif": is_active}
            for number, (code, is_active) in enumerate(services.items(), start=1)
        ]
        return _page(rows, "listeServices", body.get("parametresRechercherServicesStructure"))

    def business(self, path: str, body: dict[str, Any], fault: dict[str, Any]) -> dict[str, Any]:
        if path == "/cpro/factures/v1/deposer/flux":
            return self.deposit(body, fault)
        routes = {
            "/cpro/transverses/v1/consulterCRDetaille": self.flow_report,
            "/cpro/factures/v1/rechercher/fournisseur": self.search,
            "/cpro/factures/v1/consulter/historique": self.history,
            "/cpro/structures/v1/rechercher": self.structures,
            "/cpro/structures/v1/consulter": self.structure,
            "/cpro/structures/v1/rechercher/services": self.services,
        }
        if path not in routes:
            raise Answer(403, {"error": "the subscription has no such route"})
        return routes[path](body)


def _refused(words: str) -> dict[str, Any]:
    return {"codeRetour": 20000, "libelle": words}


def _page(rows: list[dict[str, Any]], name: str, wanted: dict[str, Any] | None) -> dict[str, Any]:
    size = max(1, int((wanted or {}).get("nbResultatsParPage") or 10))
    page = max(1, int((wanted or {}).get("pageResultatDemandee") or 1))
    pages = max(1, -(-len(rows) // size))
    counts = {"nbResultatsParPage": size, "pageCourante": page, "pages": pages, "total": len(rows)}
    return {**DONE, name: rows[(page - 1) * size : page * size], "parametresRetour": counts}


def _day(timestamp: float) -> str:
    return datetime.fromtimestamp(timestamp, UTC).date().isoformat()
