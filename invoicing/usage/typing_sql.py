"""A description compiled to SQL: from a file's all-text rows to typed, refused and identified usage records.

One INSERT a file, because a bad value must refuse its record and not the file.
"""

from invoicing.usage.clock import iso_sql
from invoicing.usage.durations import duration_sql
from invoicing.usage.numbers import called_sql, dialled_sql, line_sql
from invoicing.usage.sealing import UNKNOWN
from invoicing.usage.source import IdentityScope, Quantity, Source, UsageTypeColumn

PARIS = "Europe/Paris"  # usage carries its Paris day, whatever the supplier's clock
BAD_BYTE = "\ufffd"  # what stands for a byte that is no text
UNIT_SEPARATOR = "chr(31)"

INSERT = """insert into landing.usage_records (
    file_id, source_line, source_file, source_code, raw_text, is_rejected, reject_reason, usage_id, content_digest,
    usage_type, line_id, called_number, started_at, local_day, is_time_guessed, duration_seconds, page_count,
    supplier_label, supplier_amount, not_billable_reason
)"""

TYPING_UNKNOWN = f"""insert into landing.usage_records (
    file_id, source_line, source_file, source_code, raw_text, is_rejected, reject_reason
)
select
    %(file_id)s, source_line, %(source_file)s, '{UNKNOWN}', raw_text,
    true, 'unknown_layout: no source description matches this name'
from landing_text
"""


def text_table_sql(source: Source | None) -> str:
    """The temporary table that takes a file's rows as text, in the order of `SealedFile.text_blocks`.

    Columns are named by their position, c2 for the second.
    """
    columns = "".join(f", c{position} text" for position in (source.positions if source else ()))
    start = ", start_text text" if source else ""
    return (
        "create temporary table landing_text"
        f" (source_line integer, raw_text text, column_count integer{start}{columns}) on commit drop"
    )


def typing_sql(source: Source | None) -> str:
    """The INSERT that types the rows of `landing_text` into `landing.usage_records`.

    Args:
        source: the description; None for a file whose name nobody described: each record is refused.

    Returns:
        A statement with two parameters, `file_id` and `source_file`.

    A start in the hour that comes twice belongs to the first pass until the file steps back from one such start to an
    earlier one, then to the second; every such start is marked as guessed. A start in the hour that never comes is
    refused.
    """
    if source is None:
        return TYPING_UNKNOWN
    names = {position: f"c{position}" for position in source.positions}
    zone = _text(source.start.time_zone)
    return f"""{INSERT}
with texts as materialized (
    select
        *,
        {dialled_sql(source.line, names)} as line_dialled,
        {dialled_sql(source.called, names) if source.called else "null"} as called_dialled,
        {iso_sql(source.start, "start_text")} as start_iso
    from landing_text
),

lines as ( -- a number is read once, not at each of its calls
    select line_dialled, {line_sql(source.line, "line_dialled")} as line_id
    from texts
    group by line_dialled
),

numbers as (
    select called_dialled, {called_sql("called_dialled")} as called_number
    from texts
    group by called_dialled
),

readings as materialized (
    select
        texts.*,
        lines.line_id,
        numbers.called_number,
        case when pg_input_is_valid(start_iso, 'timestamp') then start_iso::timestamp end as local_start,
        {_duration(source)} as duration_seconds,
        {_pages(source)} as page_count,
        {_amount(source)} as supplier_amount,
        {f"btrim(c{source.label_at})" if source.label_at else "null"} as supplier_label,
        {_usage_type(source)} as usage_type
    from texts
    left join lines on texts.line_dialled = lines.line_dialled
    left join numbers on texts.called_dialled = numbers.called_dialled
),

days_of_change as ( -- not 24 hours long: the clock moves
    select local_day
    from (select local_start::date as local_day from readings group by local_start::date) as days
    where
        (local_day + 1)::timestamp at time zone {zone} - local_day::timestamp at time zone {zone}
        <> interval '24 hours'
),

moved as ( -- PostgreSQL reads an hour that comes twice as its second pass, winter time
    select
        source_line,
        local_start,
        local_start at time zone {zone} at time zone {zone} <> local_start as is_skipped,
        (local_start at time zone {zone} - interval '1 hour') at time zone {zone} = local_start as comes_twice
    from readings
    where local_start::date in (select local_day from days_of_change)
),

steps as (
    select
        *,
        comes_twice and local_start < lag(local_start) over file_order and lag(comes_twice) over file_order as is_back
    from moved
    window file_order as (partition by local_start::date order by source_line)
),

passes as (
    select
        source_line,
        is_skipped,
        comes_twice,
        bool_or(is_back) over (partition by local_start::date order by source_line) as is_second
    from steps
),

judged as materialized (
    select
        readings.*,
        coalesce(passes.comes_twice, false) as is_time_guessed,
        case
            when passes.is_skipped then null
            when passes.comes_twice and passes.is_second is not true
                then local_start at time zone {zone} - interval '1 hour'
            else local_start at time zone {zone}
        end as started_at,
        case
            {_refusals(source)}
        end as reject_reason
    from readings
    left join passes on readings.source_line = passes.source_line
)

select
    %(file_id)s,
    source_line,
    %(source_file)s,
    {_text(source.source_code)},
    raw_text,
    reject_reason is not null,
    reject_reason,
    case when reject_reason is null then {_usage_id(source)} end,
    case when reject_reason is null then {CONTENT_DIGEST} end,
    usage_type,
    line_id,
    called_number,
    started_at,
    (started_at at time zone '{PARIS}')::date,
    is_time_guessed,
    duration_seconds,
    page_count,
    supplier_label,
    supplier_amount,
    case when reject_reason is null then {_not_billable(source)} end
from judged
"""


CONTENT_DIGEST = f"""md5(concat_ws(
        {UNIT_SEPARATOR}, usage_type, line_id, coalesce(called_number, ''), extract(epoch from started_at)::bigint,
        coalesce(duration_seconds, -1), coalesce(page_count, -1), coalesce(supplier_label, ''),
        coalesce(supplier_amount::text, '')
    ))"""


def _usage_id(source: Source) -> str:
    scope = ["%(file_id)s"] if source.identity_scope is IdentityScope.FILE else []
    parts = [_text(source.source_code), *scope, *(f"c{position}" for position in source.identity)]
    return f"md5(concat_ws({UNIT_SEPARATOR}, {', '.join(parts)}))"


def _refusals(source: Source) -> str:
    """One `when` per fault, the first one wins; each says a code, then the supplier's own words."""
    zone, count = source.start.time_zone, source.column_count
    is_hurt = f"strpos(raw_text, '{BAD_BYTE}') > 0"  # seldom: one look a line
    kept = {source.line.at, *source.start.at, *source.identity}
    kept |= {column.at for column in (source.called, source.duration, source.amount, source.pages) if column}
    refusals = [
        (f"column_count <> {count}", f"'wrong_column_count: ' || column_count || ' of {count}'"),
        *(
            (f"{is_hurt} and strpos(c{at}, '{BAD_BYTE}') > 0", f"'unreadable_bytes: column {at}'")
            for at in sorted(kept)
        ),
        ("local_start is null", "'impossible_date: ' || start_text"),
        ("is_skipped", f"'impossible_date: ' || start_text || ' does not exist in ' || {_text(zone)}"),
        ("line_id is null", f"'unreadable_line: ' || c{source.line.at}"),
    ]
    if source.called:
        refusals.append(("called_number is null", f"'unreadable_number: ' || c{source.called.at}"))
    if source.duration:
        refusals.append(("duration_seconds is null", f"'unreadable_duration: ' || c{source.duration.at}"))
    if source.pages:
        refusals.append(("page_count is null", f"'unreadable_pages: ' || c{source.pages.at}"))
    if source.amount:
        refusals.append(("supplier_amount is null", f"'unreadable_amount: ' || c{source.amount.at}"))
    if isinstance(source.usage_type, UsageTypeColumn):
        refusals.append(("usage_type is null", f"'unknown_usage_type: ' || c{source.usage_type.at}"))
    return "\n            ".join(f"when {fault}\n                then {words}" for fault, words in refusals)


def _duration(source: Source) -> str:
    return duration_sql(source.duration.writing, f"c{source.duration.at}") if source.duration else "null::integer"


def _pages(source: Source) -> str:
    if not source.pages:
        return "null::integer"
    text = f"c{source.pages.at}"
    if source.pages.thousands_sign:
        text = f"replace({text}, {_text(source.pages.thousands_sign)}, '')"
    return f"case when {text} ~ '^[0-9]{{1,9}}$' then ({text})::integer end"


def _amount(source: Source) -> str:
    if not source.amount:
        return "null::numeric"
    text = f"c{source.amount.at}"
    pattern = f"^-?[0-9]{{1,10}}(?:[{source.amount.decimal_signs}][0-9]{{1,10}})?$"
    return f"case when {text} ~ '{pattern}' then translate({text}, ',', '.')::numeric(20, 10) end"


def _usage_type(source: Source) -> str:
    if not isinstance(source.usage_type, UsageTypeColumn):
        return _text(source.usage_type)
    words = " ".join(f"when {_text(word)} then {_text(usage_type)}" for word, usage_type in source.usage_type.values)
    return f"case c{source.usage_type.at} {words} end"


def _not_billable(source: Source) -> str:
    names = {Quantity.DURATION: "duration_seconds", Quantity.PAGES: "page_count"}
    rules = " ".join(
        f"when {names[rule.quantity]} = {rule.value} then {_text(rule.reason)}" for rule in source.not_billable
    )
    return f"case {rules} end" if rules else "null"


def _text(value: str) -> str:
    """A text as an SQL literal inside a statement with psycopg's parameters."""
    return "'" + value.replace("'", "''").replace("%", "%%") + "'"
