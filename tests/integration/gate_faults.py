"""A good day's landing, the faults that each expectation of the gates must see, and what lies within the limits."""

RUN = "scheduled__2026-10-04T05:00:00+00:00"

# Four files of forty calls each, one of them held: what a good day looks like. Before it, a run in which all went
# wrong: the gate has seen it, stopped it, and must not look at it again.
LANDED = f"""
insert into landing.usage_files (
    file_id, source_code, source_file, sealed_path, byte_count, line_count, control_line_count, record_count,
    hold_reason, landing_run_id
)
select 'file-' || f, 'messidor', 'messidor_' || f || '.csv', 'sealed/' || f, 4000, 42, 2, 40,
    case when f = 5 then 'trailer: says 41 records, the file has 40' end, '{RUN}'
from generate_series(1, 5) as f;

insert into landing.file_deliveries (file_id, source_file, delivered_at, source_code, landing_run_id)
select file_id, source_file, '2026-10-04 04:00Z', source_code, landing_run_id from landing.usage_files;

insert into landing.control_lines (file_id, source_line, raw_text)
select file_id, line, 'control' from landing.usage_files, (values (1), (42)) as control (line);

insert into landing.usage_records (
    file_number, source_line, raw_text, usage_id, usage_type, line_id, called_number, number_category, country_code,
    direction, started_at, local_day, duration_seconds, supplier_amount
)
select file_number, n + 1, 'raw', file_number || '-' || n, 'voice', '+33199001008', '+33639980012', 'mobile', 'FR',
    'outgoing', '2026-10-03 08:15Z'::timestamptz + n * interval '1 minute', '2026-10-03', 60, 0.019
from landing.usage_files, generate_series(1, 40) as n;

insert into checks.source_prices
select 'land_usage', 'run-' || n, 'check', 'messidor', 'voice', 500, n * 0.019 / 120, now()
from generate_series(1, 3) as n;

insert into landing.usage_files (
    file_id, source_code, source_file, sealed_path, byte_count, line_count, control_line_count, record_count,
    hold_reason, landing_run_id
)
select 'before-' || f, 'messidor', 'before_' || f || '.csv', 'sealed/before-' || f, 4000, 500, 0, 500,
    'header: expected ID_TICKET', 'the day before'
from generate_series(1, 40) as f;

insert into landing.usage_records (file_number, source_line, raw_text, reject_reason)
select file_number, n, 'raw', 'impossible_date: 31/11/2026'
from landing.usage_files, generate_series(1, 500 - 10) as n where landing_run_id <> '{RUN}';

-- The tables refuse some faults by themselves; the gate looks all the same.
alter table landing.usage_files drop constraint lines_are_control_lines_or_records;
alter table landing.usage_records drop constraint a_record_is_complete;
vacuum (analyze) landing.usage_records;
"""

_RECORDS = "update landing.usage_records set "
_TODAY = " and usage_id is not null"  # the records of the good day

# Suite, expectation, statement that breaks it, rows that it must count, and what else the same fault breaks.
BREAKS = [
    (
        "usage_landed", "Every file names the run that landed it: its gate finds it by that.",
        "update landing.usage_files set landing_run_id = null, landed_at = now() where file_id = 'file-2'", 1, set(),
    ),
    (
        "usage_landed", "Every record of every file has its row.",
        "delete from landing.usage_records where source_line = 7 and file_number in (1, 5)", 2, set(),
    ),
    (
        "usage_landed", "Lines = control lines + records, for every file.",
        "delete from landing.control_lines where source_line = 42 and file_id in ('file-1', 'file-2', 'file-5')", 3,
        set(),
    ),
    (
        "usage_landed", "Every file has its delivery in the log.",
        "delete from landing.file_deliveries where file_id = 'file-3'", 1, set(),
    ),
    (
        "usage_landed", "At most half of a source's files are held: more is a changed layout, not a broken file.",
        "update landing.usage_files set hold_reason = 'header' where source_file <> 'messidor_1.csv'", 1, set(),
    ),
    (
        "usage_landed", "At most 5 % of a source's records are unreadable: more is a changed layout.",
        _RECORDS + "reject_reason = 'impossible_date: 31/11/2026' where source_line in (2, 3, 4)" + _TODAY, 1, set(),
    ),
    (
        "usage_landed", "At most 1 % of a source's records start after they landed: its clock is read rightly.",
        _RECORDS + "started_at = landed_at + interval '2 days',"
        " local_day = ((landed_at + interval '2 days') at time zone 'Europe/Paris')::date where source_line = 2", 1, set(),
    ),
    (
        "usage_landed", "No record starts before 2000: an empty date or another epoch is no start.",
        _RECORDS + "started_at = '1970-01-01 00:00Z', local_day = '1970-01-01' where source_line = 2", 4, set(),
    ),
    (
        "usage_landed", "The local day is the Paris day of the start.",
        _RECORDS + "started_at = '2026-10-03 22:10Z' where source_line = 2", 4, set(),
    ),
    (
        "usage_landed", "Every kind of usage is known.",
        _RECORDS + "usage_type = 'pages' where source_line <= 3", 8, set(),
    ),
    *(
        (
            "usage_landed", "Every usage has the quantity of its kind: a call seconds, a message its count, data bytes.",
            _RECORDS + f"usage_type = '{usage_type}', duration_seconds = {seconds} where source_line <= 3", 8, set(),
        )
        for usage_type, seconds in [
            ("voice", "null"), ("sms", "60"), ("data", "60"), ("fax", "null"), ("page_black", "null"),
            ("page_colour_a3", "null"), ("scan", "null"), ("meter", "null"), ("unit", "null"),
        ]
    ),
    (
        "usage_landed", "No quantity is negative.",
        _RECORDS + "duration_seconds = -60 where source_line = 3", 4, set(),
    ),
    *(
        ("usage_landed", "A called number is in E.164, or short.", _RECORDS + f"called_number = '{number}' where source_line = 3", 4, set())
        for number in ("0639980012", "33639980012", "anonymous", "s", "")
    ),
    (
        "usage_landed", "A called number is in E.164, or short.",
        _RECORDS + "called_number = '+0639980012' where source_line = 3", 4, set(),
    ),
    *(
        ("usage_landed", "A called number has its country and its category.", _RECORDS + f"{column} = null where source_line = 3", 4, set())
        for column in ("country_code", "number_category")
    ),
    (
        "usage_landed", "At most half of a file's records repeat an identity: its columns tell calls apart.",
        "insert into landing.usage_records (file_number, source_line, raw_text, usage_id, usage_type, line_id, started_at,"
        " local_day, duration_seconds) select 1, n, 'raw', 'same', 'voice', '+33199001008', '2026-10-03 08:00Z',"
        " '2026-10-03', 60 from generate_series(43, 142) as n; update landing.usage_files set record_count = 140,"
        " line_count = 142 where file_number = 1", 1, set(),
    ),
    (
        "usage_landed", "Some of a source's usage is billable: durations and directions are read rightly.",
        _RECORDS + "not_billable_reason = 'zero_duration' where reject_reason is null", 1, set(),
    ),
    (
        "usage_landed", "The middle minute of a source costs at most 10: its decimal sign is read rightly.",
        "delete from checks.source_prices; " + _RECORDS + "supplier_amount = 19 where reject_reason is null", 1, set(),
    ),
    (
        "usage_landed", "The middle price of a source is within 50 times of its runs before.",
        _RECORDS + "supplier_amount = 1.9 where reject_reason is null", 1, set(),
    ),
    (
        "usage_landed", "The middle price of a source is within 50 times of its runs before.",
        _RECORDS + "supplier_amount = 0.00019 where reject_reason is null", 1, set(),
    ),
    (
        "invoices_ready", "A draft stands once.",
        "insert into billing.fct_drafts select * from billing.fct_drafts where customer_code = 'C001'", 2,
        {"A draft is the sum of its lines, to the cent.", "The VAT of a draft is the sum of its bands, to the cent."},
    ),
    (
        "invoices_ready", "Every draft names its legal buyer.",
        "update billing.fct_drafts set legal_name = null where customer_code in ('C003', 'C004')", 6, set(),
    ),
    (
        "invoices_ready", "Net and VAT make the gross amount, and something is due.",
        "update billing.fct_drafts set gross_amount = gross_amount + 0.01", 22, set(),
    ),
    (
        "invoices_ready", "A draft is the sum of its lines, to the cent.",
        "delete from billing.fct_draft_lines where draft_id in"
        " (select draft_id from billing.fct_drafts where customer_code = 'C002')", 3, set(),
    ),
    (
        "invoices_ready", "The VAT of a draft is the sum of its bands, to the cent.",
        "update billing.fct_draft_vat set vat_amount = vat_amount + 0.01 where draft_id in"
        " (select draft_id from billing.fct_drafts where customer_code = 'C003')", 4, set(),
    ),
    (
        "invoices_ready", "No draft is due before its issue, no period is empty.",
        "update billing.fct_drafts set due_on = issued_on - 1 where customer_code = 'C005'", 3, set(),
    ),
    (
        "invoices_ready", "At most a fifth of the drafts is held: more is a fault of ours.",
        "insert into register.draft_holds select bill_run_id, draft_id, 'BT-47' from billing.fct_drafts limit 5", 1, set(),
    ),
    (
        "invoices_ready", "Quantity times price is the line, to the cent.",
        "update billing.fct_draft_lines set unit_price = unit_price + 0.01 where service_code = 'S0001'", 1, set(),
    ),
]  # fmt: skip

# What it is, suite, statement: nothing of it stops a run.
WITHIN_LIMITS = [
    (
        "half of the files held", "usage_landed",
        "delete from landing.control_lines where file_id = 'file-4'; delete from landing.file_deliveries where file_id ="
        " 'file-4'; delete from landing.usage_records where file_number = 4; delete from landing.usage_files where"
        " file_number = 4; update landing.usage_files set hold_reason = 'header' where file_id = 'file-3'",
    ),
    (
        "files that a person has let pass", "usage_landed",
        "update landing.usage_files set hold_reason = 'header', released_at = now() where landing_run_id like 'scheduled%'",
    ),
    (
        "a file that landed before runs were kept", "usage_landed",
        "update landing.usage_files set landing_run_id = null, landed_at = '2026-01-05 00:00Z' where file_id = 'before-1'",
    ),
    ("5 % of the records rejected", "usage_landed", _RECORDS + "reject_reason = 'x' where source_line in (2, 3)" + _TODAY),
    (
        "a held file whose every record is odd", "usage_landed",
        _RECORDS + "reject_reason = 'x', called_number = 's' where file_number = 5",
    ),
    (
        "a stray file that no description names", "usage_landed",
        "update landing.usage_files set source_code = 'unknown' where landing_run_id like 'scheduled%'; "
        + _RECORDS + "reject_reason = 'unknown_layout' where reject_reason is null",
    ),
    (
        "one clock that is ahead", "usage_landed",
        _RECORDS + "started_at = landed_at + interval '2 days',"
        " local_day = ((landed_at + interval '2 days') at time zone 'Europe/Paris')::date where usage_id = '1-1'",
    ),
    ("a short number", "usage_landed", _RECORDS + "called_number = '3919', country_code = null where source_line = 2" + _TODAY),
    ("a withheld number", "usage_landed", _RECORDS + "called_number = null, country_code = null where source_line = 2" + _TODAY),
    ("a start without its stop", "usage_landed", _RECORDS + "call_half = 'start', duration_seconds = null where usage_id = '1-1'"),
    ("a cancellation", "usage_landed", _RECORDS + "is_cancellation = true, duration_seconds = -60 where usage_id = '1-1'"),
    ("a credit", "usage_landed", _RECORDS + "supplier_amount = -190 where usage_id = '1-1'"),
    ("one dear call", "usage_landed", _RECORDS + "supplier_amount = 190 where usage_id = '1-1'"),
    (
        "a price that rose tenfold", "usage_landed",
        _RECORDS + "supplier_amount = 0.19 where reject_reason is null",
    ),
    (
        "less than a fifth of the drafts held", "invoices_ready",
        "insert into register.draft_holds select bill_run_id, draft_id, 'BT-47' from billing.fct_drafts limit 4",
    ),
]  # fmt: skip
