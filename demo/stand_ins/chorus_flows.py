"""The memory of the Chorus Pro stand-in: deposited flows, whose states follow from the time that has passed."""

import json
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from demo.stand_ins.chorus_reading import Receiver, Unreadable, read_factur_x, rejection_labels

JUST_DEPOSITED = "IN_DEPOT_PORTAIL_EN_ATTENTE_TRAITEMENT_SE_CPP"
PROCESSING = "IN_EN_COURS_TRAITEMENT_CPP"
INTEGRATED, REJECTED, INCIDENT = "IN_INTEGRE", "IN_REJETE", "IN_INCIDENTE"
STATUSES = (
    "DEPOSEE", "EN_COURS_ACHEMINEMENT", "MISE_A_DISPOSITION", "SERVICE_FAIT", "MANDATEE", "MISE_EN_PAIEMENT",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Flow:
    """One deposit, and the verdict that it will get."""

    flow_number: str
    deposited_at: float
    file_name: str
    syntax: str
    sha256: str
    invoice: dict[str, str]
    labels: list[str]
    is_incident: bool = False
    shown_state: str = ""  # instead of the usual state while it is processed


@dataclass(slots=True)
class Flows:
    """All deposits, kept in `state_file` when there is one. Safe for the threads of the server."""

    receivers: dict[str, Receiver]
    processing_seconds: float = 2.0
    state_file: Path | None = None
    advance: float = 0.0  # seconds by which the clock was moved on
    flows: list[Flow] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        if self.state_file is not None and self.state_file.exists():
            kept = json.loads(self.state_file.read_text(encoding="utf-8"))
            self.flows = [Flow(**row) for row in kept["flows"]]
            self.advance = kept["advance"]

    def now(self) -> float:
        return time.time() + self.advance

    def advance_clock(self, seconds: float) -> None:
        with self.lock:
            self.advance += seconds
            self._save()

    def deposit(self, content: bytes, sha256: str, file_name: str, syntax: str, **marks: Any) -> Flow:
        """Take a file. What is in it decides later: the depositor only gets a number."""
        try:
            invoice = read_factur_x(content)
            labels = rejection_labels(invoice, self.receivers)
        except Unreadable as error:
            invoice, labels = {}, [str(error)]
        with self.lock:
            flow = Flow(
                flow_number=f"CPP{len(self.flows) + 1:022d}", deposited_at=self.now(), file_name=file_name,
                syntax=syntax, sha256=sha256, invoice=invoice, labels=labels, **marks,
            )  # fmt: skip
            self.flows.append(flow)
            self._save()
        return flow

    def find(self, flow_number: str) -> Flow | None:
        return next((flow for flow in self.flows if flow.flow_number == flow_number), None)

    def labels(self, flow: Flow) -> list[str]:
        """Why a flow is rejected; the same number of the same supplier is taken once."""
        if flow.labels or flow.is_incident:
            return flow.labels
        for earlier in self.flows[: self.flows.index(flow)]:
            same = all(earlier.invoice.get(name) == flow.invoice.get(name) for name in ("supplier", "number"))
            if same and self.verdict(earlier) == INTEGRATED:
                return [f"Le numéro de facture {flow.invoice['number']} existe déjà pour ce fournisseur"]
        return []

    def verdict(self, flow: Flow) -> str:
        if flow.is_incident:
            return INCIDENT
        return REJECTED if self.labels(flow) else INTEGRATED

    def state(self, flow: Flow) -> str:
        """A flow is queued, received, processed, then has its verdict."""
        elapsed = self.now() - flow.deposited_at
        if elapsed >= self.processing_seconds:
            return self.verdict(flow)
        if elapsed < self.processing_seconds / 4:
            return JUST_DEPOSITED
        return flow.shown_state or ("IN_RECU" if elapsed < self.processing_seconds / 2 else PROCESSING)

    def statuses(self, flow: Flow) -> list[str]:
        """Statuses that the integrated invoice has had, one more each `processing_seconds`; [] before."""
        if self.state(flow) != INTEGRATED:
            return []
        since = self.now() - flow.deposited_at - self.processing_seconds
        steps = int(since / self.processing_seconds) if self.processing_seconds else 0
        return list(STATUSES[: min(steps + 1, len(STATUSES))])

    def integrated(self) -> list[Flow]:
        return [flow for flow in self.flows if self.statuses(flow)]

    def _save(self) -> None:
        if self.state_file is None:
            return
        partial = self.state_file.with_name(self.state_file.name + ".partial")
        kept = {"advance": self.advance, "flows": [asdict(flow) for flow in self.flows]}
        partial.write_text(json.dumps(kept, ensure_ascii=False, indent=1), encoding="utf-8")
        partial.replace(self.state_file)
