-- What came in: sealed files, every delivery of them, and one row per physical line. Written by the land step.
create schema landing;

create table landing.usage_files (
    file_id text primary key, -- SHA-256 of the bytes, in hex: the same bytes are the same file
    source_code text not null,
    source_file text not null, -- the name of its first delivery
    sealed_path text not null, -- the untouched copy
    byte_count bigint not null,
    line_count integer not null, -- physical lines
    control_line_count integer not null, -- header, trailer, blank lines: not records
    record_count integer not null,
    hold_reason text, -- null: the file passed its own control lines
    landed_at timestamptz not null default now(),
    constraint lines_are_control_lines_or_records check (line_count = control_line_count + record_count)
);

create table landing.file_deliveries (
    file_id text not null references landing.usage_files,
    source_file text not null,
    delivered_at timestamptz not null, -- the file's own time, so that a retry logs nothing twice
    primary key (file_id, source_file, delivered_at)
);

create table landing.control_lines (
    file_id text not null references landing.usage_files on delete cascade,
    source_line integer not null,
    raw_text text not null,
    primary key (file_id, source_line)
);

create table landing.usage_records (
    file_id text not null, -- of usage_files: written with its file, in one transaction, and without a key to look up
    source_line integer not null, -- physical line, from 1
    source_file text not null,
    source_code text not null,
    raw_text text not null, -- as decoded, for the held queue
    is_rejected boolean not null,
    reject_reason text, -- a code and the words: 'impossible_date: 31/11/2026 25:00:00'
    usage_id text, -- digest of source and identity columns; null when rejected
    content_digest text, -- digest of all that matters: same identity, other content is a conflict
    usage_type text, -- voice, page_black, page_colour
    line_id text, -- the subscriber's line: E.164, or a serial number
    called_number text, -- E.164, or a short number as dialled
    started_at timestamptz,
    local_day date, -- Paris day of the start
    is_time_guessed boolean not null default false, -- the hour that comes twice, told by the order of the file
    duration_seconds integer,
    page_count integer,
    supplier_label text,
    supplier_amount numeric(20, 10), -- before VAT, as the supplier wrote it
    not_billable_reason text, -- a rule of the source: zero_duration, incoming…
    landed_at timestamptz not null default now(),
    primary key (file_id, source_line),
    constraint a_reject_has_a_reason check (is_rejected = (reject_reason is not null)),
    constraint a_record_is_complete check (
        is_rejected
        or (
            usage_id is not null and content_digest is not null and usage_type is not null
            and line_id is not null and started_at is not null and local_day is not null
        )
    )
);

create index usage_records_by_day on landing.usage_records using brin (local_day); -- usage lands about by day
