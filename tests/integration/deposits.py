"""A small Factur-X and a running Chorus Pro stand-in, for the tests of deliveries."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import requests
from pypdf import PdfWriter

from billing.hooks.chorus import ChorusHook, ChorusSettings
from demo.stand_ins.chorus import RECEIVERS, Server
from demo.stand_ins.chorus_flows import Flows
from demo.stand_ins.chorus_protocol import DEVELOPMENT_CREDENTIALS, StandIn
from demo.stand_ins.chorus_reading import read_receivers

SUPPLIER = "00010260800015"
RECEIVER = "12345678200051"  # demands nothing

CII = """<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
 xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
 xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100">
 <rsm:ExchangedDocumentContext><ram:BusinessProcessSpecifiedDocumentContextParameter><ram:ID>{process}</ram:ID>
 </ram:BusinessProcessSpecifiedDocumentContextParameter></rsm:ExchangedDocumentContext>
 <rsm:ExchangedDocument><ram:ID>{number}</ram:ID><ram:IssueDateTime>
  <udt:DateTimeString format="102">20261102</udt:DateTimeString></ram:IssueDateTime></rsm:ExchangedDocument>
 <rsm:SupplyChainTradeTransaction><ram:ApplicableHeaderTradeAgreement>
  <ram:BuyerReference>{service}</ram:BuyerReference>
  <ram:SellerTradeParty><ram:SpecifiedLegalOrganization><ram:ID>{supplier}</ram:ID></ram:SpecifiedLegalOrganization>
  </ram:SellerTradeParty>
  <ram:BuyerTradeParty><ram:Name>Commune</ram:Name>
   <ram:SpecifiedLegalOrganization><ram:ID>{receiver}</ram:ID></ram:SpecifiedLegalOrganization></ram:BuyerTradeParty>
  <ram:BuyerOrderReferencedDocument><ram:IssuerAssignedID>{engagement}</ram:IssuerAssignedID>
  </ram:BuyerOrderReferencedDocument>
 </ram:ApplicableHeaderTradeAgreement>
 <ram:ApplicableHeaderTradeSettlement>
  <ram:SpecifiedTradeSettlementPaymentMeans><ram:TypeCode>{means}</ram:TypeCode>
  </ram:SpecifiedTradeSettlementPaymentMeans>
  <ram:SpecifiedTradeSettlementHeaderMonetarySummation><ram:GrandTotalAmount>{total}</ram:GrandTotalAmount>
  </ram:SpecifiedTradeSettlementHeaderMonetarySummation>
 </ram:ApplicableHeaderTradeSettlement></rsm:SupplyChainTradeTransaction></rsm:CrossIndustryInvoice>"""


def a_factur_x(number: str = "FA-2026-000001", **terms: str) -> bytes:
    """A PDF with just the terms that Chorus Pro looks at; give one to make it wrong."""
    usual = {
        "number": number, "process": "A1", "supplier": SUPPLIER, "receiver": RECEIVER, "service": "",
        "engagement": "", "means": "30", "total": "120.00",
    }  # fmt: skip
    writer = PdfWriter()
    writer.add_blank_page(width=200, height=200)
    writer.add_attachment("factur-x.xml", CII.format(**{**usual, **terms}).encode())
    buffer = BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


class RunningStandIn:
    """The stand-in in a thread: its address, and its routes for tests."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.root = f"http://127.0.0.1:{server.server_address[1]}"

    def flows(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = requests.get(f"{self.root}/stand-in/flows", timeout=10).json()["flows"]
        return rows

    def fault(self, **fault: Any) -> None:
        requests.post(f"{self.root}/stand-in/faults", json=fault, timeout=10).raise_for_status()

    def advance(self, seconds: float) -> None:
        body = {"advance_seconds": seconds}
        requests.post(f"{self.root}/stand-in/clock", json=body, timeout=10).raise_for_status()

    def settings(self, **changes: Any) -> ChorusSettings:
        usual: dict[str, Any] = {
            "api_url": f"{self.root}/cpro", "oauth_url": f"{self.root}/api/oauth/token", **DEVELOPMENT_CREDENTIALS,
            "doubt_seconds": 0.4, "poll_seconds": (0.05, 0.1), "timeout_seconds": 5.0,
        }  # fmt: skip
        return ChorusSettings(**{**usual, **changes})

    def hook(self, **changes: Any) -> ChorusHook:
        return ChorusHook(settings=self.settings(**changes))

    def connection(self, **extra: Any) -> dict[str, Any]:
        """The Airflow connection `chorus_pro` that reaches it."""
        settings = self.settings()
        return {
            "conn_type": "http", "host": settings.api_url, "login": settings.login, "password": settings.password,
            "extra": {
                "oauth_url": settings.oauth_url, "client_id": settings.client_id,
                "client_secret": settings.client_secret, "doubt_seconds": settings.doubt_seconds,
                "poll_seconds": list(settings.poll_seconds), "timeout_seconds": settings.timeout_seconds, **extra,
            },
        }  # fmt: skip


@contextmanager
def running_stand_in(
    *, processing_seconds: float = 0.0, token_seconds: float = 3600.0, state_file: Path | None = None
) -> Iterator[RunningStandIn]:
    """Serve on a free loopback port until the end of the block."""
    flows = Flows(read_receivers(RECEIVERS), processing_seconds, state_file)
    stand_in = StandIn(flows, dict(DEVELOPMENT_CREDENTIALS), token_seconds)
    with Server(("127.0.0.1", 0), stand_in, is_quiet=True) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield RunningStandIn(server)
        finally:
            server.shutdown()
            thread.join()
