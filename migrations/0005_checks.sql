-- What the gates said of each run. Written in a transaction of its own, also when the gate stops the run; a retry
-- replaces what the attempt before it said.
create schema checks;

create table checks.results (
    dag_id text not null,
    run_id text not null,
    task_id text not null,
    position integer not null, -- in the suite, from 1
    suite text not null, -- usage_landed, invoices_ready…
    table_name text not null,
    expectation text not null, -- its kind: unexpected_rows_expectation…
    description text not null, -- what must be true, as the log says it
    description_fr text not null, -- and as the page says it
    success boolean not null,
    row_count bigint, -- rows that were looked at; null: they could not be
    unexpected_count bigint, -- null: not counted
    examples jsonb not null default '[]', -- of a failure, numbers masked
    checked_at timestamptz not null,
    primary key (dag_id, run_id, task_id, position)
);

create index results_by_time on checks.results (checked_at); -- the latest runs

-- The middle price of each source and kind of usage in the runs that passed: what the next runs are held against.
create table checks.source_prices (
    dag_id text not null,
    run_id text not null,
    task_id text not null,
    source_code text not null,
    usage_type text not null,
    record_count bigint not null, -- with a price
    median_price numeric not null, -- supplier amount of one second, page, message, byte or unit
    checked_at timestamptz not null,
    primary key (dag_id, run_id, task_id, source_code, usage_type)
);

create index source_prices_by_source on checks.source_prices (source_code, usage_type, checked_at);
