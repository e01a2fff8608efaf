"""Telling records for rating, one rule each, and the small master that they meet."""

from datetime import UTC, date, datetime

from tests.integration.rate_rows import Row, a_call, a_price, a_reject, a_service, at, pages

LINE, MOVED, ENDED, PRICELESS, COPIER = "+33199001001", "+33199001002", "+33199001003", "+33199001004", "CP-1"
FIXED, MOBILE, UK_MOBILE = "+33261910001", "+33639980012", "+447700900123"


TELLING = [
    a_call("half", LINE, FIXED, at(1), duration_seconds=70),
    a_call("crossing", LINE, MOBILE, at(2), duration_seconds=70),
    a_call("beyond", LINE, MOBILE, at(3), duration_seconds=7),
    a_call("abroad", LINE, UK_MOBILE, at(1, 9)),
    a_call("helpline", LINE, "3919", at(1)),
    a_call("free", LINE, "+33800123456", at(1)),
    a_call("italy", LINE, "+391900000000", at(1)),
    a_call("before", MOVED, FIXED, at(14, 23, 59)),
    a_call("after", MOVED, FIXED, at(15, 0, 1)),
    a_call("october", LINE, UK_MOBILE, datetime(2026, 9, 30, 22, 30, tzinfo=UTC)),
    a_call("ended", ENDED, FIXED, at(20)),
    a_call("priceless", PRICELESS, FIXED, at(20)),
    a_call("stranger", "+33199009999", FIXED, at(20)),
    a_call("nowhere", LINE, "+12125550123", at(20)),
    a_call("silent", LINE, FIXED, at(20), duration_seconds=None),
    a_call("unanswered", LINE, FIXED, at(20), duration_seconds=0, not_billable_reason="zero_duration"),
    a_call("twice", MOVED, UK_MOBILE, at(20)),
    a_call("twice", MOVED, UK_MOBILE, at(20)),
    a_call("other", MOVED, UK_MOBILE, at(20), supplier_label="one"),
    a_call("other", MOVED, UK_MOBILE, at(20), supplier_label="another"),
    pages("black", COPIER, 250, at(31)),
    a_reject("impossible_date: 31/11/2026 25:00:00"),
]
MASTER: dict[str, list[Row]] = {
    "lines": [
        {"line_id": LINE, "service_code": "S1"},
        {"line_id": MOVED, "service_code": "S1", "valid_until": date(2026, 10, 15)},
        {"line_id": MOVED, "service_code": "S2", "valid_from": date(2026, 10, 15)},
        {"line_id": ENDED, "service_code": "S3"},
        {"line_id": PRICELESS, "service_code": "S4"},
        {"line_id": COPIER, "service_code": "S5"},
    ],
    "services": [
        a_service("S1", "PRO", "F100"),
        a_service("S2", "PRO"),
        a_service("S3", "PRO", valid_until=date(2026, 10, 20)),
        a_service("S4", None),
        a_service("S5", "COPIES"),
    ],
    "grid_versions": [
        {"grid_version_id": "PRO-1", "grid_code": "PRO", "currency_code": "EUR"},
        {"grid_version_id": "COPIES-1", "grid_code": "COPIES", "currency_code": "EUR"},
    ],
    "grid_prices": [
        a_price("PRO-1", "33", "calls_fixed", "0.015"),
        a_price("PRO-1", "336", "calls_mobile", "0.06", connection_fee="0.02"),
        a_price("PRO-1", "44", "calls_abroad", "0.03"),
        a_price("PRO-1", "447", "calls_abroad", "0.11", connection_fee="0.05", first_increment=60),
        a_price("PRO-1", "33800", "calls_free", "0"),
        a_price("PRO-1", "3919", "calls_free", "0"),
        a_price("PRO-1", "39", "calls_abroad", "0.09"),
        a_price("COPIES-1", "", "pages_black", "0.0068", usage_type="page_black"),
    ],
    "allowances": [
        {"allowance_code": "F100", "price_component": "calls_fixed", "included_seconds": 100},
        {"allowance_code": "F100", "price_component": "calls_mobile", "included_seconds": 100},
    ],
}
