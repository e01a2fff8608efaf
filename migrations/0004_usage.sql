-- Usage of any kind, by any road: narrower rows that name their file by a number, quantities of every kind, what ties
-- records to one another, every delivery, and what a person released from the held queue.

-- What SQL must know of a description; written by the land step from sources/*.yml each time it runs.
create table landing.sources (
    source_code text primary key,
    description_digest text not null,
    expected_every text, -- null: no rhythm promised
    lateness_hours integer, -- how long after its day a delivery may come before its silence is an alert
    is_sequence_continuous boolean not null default false, -- a hole in its numbers is a loss
    is_empty_day_a_file boolean not null default false, -- a day without calls comes as an empty file
    known_at timestamptz not null default now(),
    constraint rhythm_is_known check (expected_every in ('hour', 'day', 'weekday', 'week', 'month'))
);

alter table landing.usage_files
add column file_number bigint generated always as identity unique, -- what its records carry
add column landing_run_id text, -- the Airflow run that wrote its rows: its gate looks at these only
add column description_digest text, -- of the description that read it
add column currency_code text not null default 'EUR', -- of its supplier amounts
add column has_identity boolean not null default true, -- false: all columns are, and equal lines are counted
add column correction text not null default 'none', -- what the same identity with another content means
add column pair_limit_hours integer, -- how long a half waits for its other half
add column released_at timestamptz, -- a held file that a person let pass
add column released_by text,
add column release_reason text,
add constraint correction_is_known check (correction in ('none', 'replace'));

alter table landing.file_deliveries
add column source_code text,
add column road text not null default 'folder',
add column landing_run_id text,
add column named_day date, -- the day that the name says, null when it says none
add column sequence_number bigint, -- the number that the name or the header says
add constraint road_is_known check (road in ('folder', 'sftp', 'https', 'mailbox'));

update landing.file_deliveries as delivery
set source_code = file.source_code
from landing.usage_files as file
where delivery.file_id = file.file_id;

alter table landing.file_deliveries alter column source_code set not null;

alter table landing.usage_records rename to usage_records_before;
alter table landing.usage_records_before rename constraint usage_records_pkey to usage_records_before_pkey;
alter index landing.usage_records_by_day rename to usage_records_before_by_day;

create table landing.usage_records (
    file_number bigint not null, -- of usage_files: written with its file, in one transaction, and without a key to look up
    source_line integer not null, -- physical line, or the element's ordinal, from 1
    source_path text, -- where the element stands in JSON, XML or a sheet; null for a line
    raw_text text not null, -- as decoded, for the held queue
    reject_reason text, -- a code and the words: 'impossible_date: 31/11/2026 25:00:00'
    is_rejected boolean generated always as (reject_reason is not null) virtual,
    usage_id text, -- digest of source and identity columns; null when rejected
    usage_type text, -- voice, sms, data, fax, page_black, page_colour, page_black_a3, page_colour_a3, scan, meter, unit
    line_id text, -- the subscriber's line: E.164, an ICCID, a serial number
    called_number text, -- E.164, or a short number as dialled; null when withheld
    number_category text, -- of the called number: geographic, mobile, m2m, short, sva, emergency, international…
    country_code text, -- of the called number: ISO 3166, or 001 for a global network
    direction text, -- outgoing, incoming, transfer, internal
    zone text, -- as the supplier names it: where it was made, by which trunk
    started_at timestamptz,
    local_day date, -- Paris day of the start
    is_time_guessed boolean not null default false, -- the hour that comes twice, told by the order of the file
    duration_seconds integer,
    page_count integer,
    event_count integer, -- messages
    byte_count bigint, -- up and down together
    unit_count numeric(20, 6), -- anything else that is counted
    counters jsonb, -- a meter's readings by usage type
    reading_kind text, -- how a meter was read: measured, estimated, entered
    supplier_label text,
    supplier_amount numeric(20, 10), -- before VAT, as the supplier wrote it
    not_billable_reason text, -- a rule of the source: zero_duration, incoming…
    call_key text, -- digest of what records of one call, or the parts of one session, have in common
    call_half text, -- start or stop, where a call comes as two records
    version_key text, -- sorts the versions of one identity, where the source replaces: never the order of arrival
    is_cancellation boolean not null default false, -- takes its identity back
    landed_at timestamptz not null default now(), -- when it became known: of a replayed record, the replay
    primary key (file_number, source_line),
    constraint half_is_known check (call_half in ('start', 'stop')),
    constraint a_record_is_complete check (
        reject_reason is not null
        or (
            usage_id is not null and usage_type is not null
            and line_id is not null and started_at is not null and local_day is not null
        )
    )
);

insert into landing.usage_records (
    file_number, source_line, raw_text, reject_reason, usage_id, usage_type, line_id, called_number, started_at,
    local_day, is_time_guessed, duration_seconds, page_count, supplier_label, supplier_amount, not_billable_reason,
    landed_at
)
select
    file.file_number,
    record.source_line,
    record.raw_text,
    record.reject_reason,
    record.usage_id,
    record.usage_type,
    record.line_id,
    record.called_number,
    record.started_at,
    record.local_day,
    record.is_time_guessed,
    record.duration_seconds,
    record.page_count,
    record.supplier_label,
    record.supplier_amount,
    record.not_billable_reason,
    record.landed_at
from landing.usage_records_before as record
inner join landing.usage_files as file on record.file_id = file.file_id;

drop table landing.usage_records_before;

create index usage_records_by_day on landing.usage_records using brin (local_day); -- usage lands about by day

-- A person repaired the cause and read again what was held.
create table landing.replays (
    replay_id bigint generated always as identity primary key,
    replayed_at timestamptz not null default now(),
    replayed_by text not null,
    scope text not null, -- the source, file and reason that were asked for, in words
    record_count integer not null, -- read again
    readable_count integer not null -- of them, readable now
);

-- What a replay replaced: an earlier `as_of` still sees it.
create table landing.replayed_records (
    file_number bigint not null,
    source_line integer not null,
    raw_text text not null,
    reject_reason text not null,
    landed_at timestamptz not null,
    replay_id bigint not null references landing.replays,
    primary key (file_number, source_line, replay_id)
);
