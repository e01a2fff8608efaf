-- Fraud watching: limits and silences that people set, alerts and what they said of them. Written by the watch task of
-- the landing run, by the answer DAG and from the ERP's or an analyst's CSV files.
create schema watch;

-- Limits of the rules of dbt_project/models/intermediate/check, in two times. An empty column of a customer's row is the
-- default's value. What each column means for each rule: docs/how-to/fraud.md.
create table watch.thresholds (
    rule_code text not null,
    customer_code text, -- null: the default
    is_active boolean,
    holds_usage boolean, -- the records of its alerts wait at rating until a person calls them honest
    amount_limit numeric(18, 4), -- euros, bought price before VAT
    seconds_limit integer,
    count_limit integer, -- calls, lines, nights or channels: what the rule counts
    customer_limit integer, -- distinct customers
    share_limit numeric(8, 4), -- a fraction, or a factor
    price_limit numeric(20, 10), -- a minute, bought
    history_days integer, -- days of own history below which the rule says 'not enough history'
    valid_from date not null default '2000-01-01',
    valid_until date not null default 'infinity',
    known_from timestamptz not null default now(),
    known_until timestamptz not null default 'infinity',
    constraint one_limit_at_a_time unique nulls not distinct (rule_code, customer_code, valid_from, known_from)
);

insert into watch.thresholds (
    rule_code, amount_limit, seconds_limit, count_limit, customer_limit, share_limit, price_limit, history_days, known_from
) values
('velocity_1h', 20, null, null, null, null, null, null, '-infinity'),
('velocity_24h', 50, null, null, null, null, null, null, '-infinity'),
('velocity_month', 50, null, null, null, 3, null, 31, '-infinity'),
('off_hours', null, 1800, null, null, null, null, 14, '-infinity'),
('first_country', null, null, 3, null, null, 0.10, 30, '-infinity'),
('overlap_foreign', null, null, 3, null, null, 0.05, null, '-infinity'),
('overlap_channels', null, null, 10, null, null, null, null, '-infinity'),
('talk_time', null, null, 10, null, null, null, null, '-infinity'),
('wangiri', null, null, 5, 3, null, 0.10, 7, '-infinity'),
('premium', null, null, 10, null, null, null, null, '-infinity'),
('short_calls', null, 6, 50, null, 0.8, null, null, '-infinity'),
('sequential', null, null, 20, null, null, null, null, '-infinity'),
('long_call', null, 10800, null, null, null, null, null, '-infinity'),
('test_number', null, null, 1, null, null, null, null, '-infinity'),
('unknown_range', null, null, 1, null, null, null, null, '-infinity'),
('satellite', null, null, 1, null, null, null, null, '-infinity'),
('high_risk', 10, null, 5, null, null, null, 14, '-infinity'),
('drip', null, 600, 5, null, 0.8, 0.05, 14, '-infinity'),
('baseline', 10, null, null, null, 6, null, 56, '-infinity');

-- A silence has an author, a reason and an end.
create table watch.suppressions (
    rule_code text, -- null: every rule
    line_id text,
    customer_code text,
    author text not null,
    reason text not null,
    valid_from date not null,
    valid_until date not null, -- excluded; no silence is for ever
    known_from timestamptz not null default now(),
    known_until timestamptz not null default 'infinity',
    constraint silences_somebody check (line_id is not null or customer_code is not null),
    constraint has_words check (author <> '' and reason <> ''),
    constraint ends_after_it_began check (valid_until > valid_from and valid_until < 'infinity')
);

-- Lists of advertised test numbers are sold, not public: the operator lands its own.
create table watch.test_numbers (
    called_prefix text not null check (called_prefix ~ '^[+]?[0-9]{3,15}$'), -- '+' and the first digits, or a whole number
    list_name text not null,
    valid_from date not null default '2000-01-01',
    valid_until date not null default 'infinity',
    known_from timestamptz not null default now(),
    known_until timestamptz not null default 'infinity'
);

-- How far the watch has looked: the next run looks at days with records that landed since. Emptied, it looks at all.
create table watch.runs (
    run_id bigint generated always as identity primary key,
    watched_until timestamptz not null, -- landed_at of the last record that it saw
    ran_at timestamptz not null default now()
);

-- One alert per line (or per called range, for call-backs) and Paris day; the facts are those of the last look.
create table watch.alerts (
    alert_key text primary key,
    line_id text, -- null: a range of called numbers, rung back by many lines
    subject_label text not null, -- the line, or the masked range
    customer_code text,
    customer_name text,
    local_day date not null,
    rule_codes text not null,
    first_at timestamptz not null,
    last_at timestamptz not null, -- end of the last call
    line_count integer not null,
    call_count integer not null,
    duration_seconds bigint not null,
    cost_so_far numeric(38, 12) not null, -- bought, before VAT, in euros
    is_cost_estimated boolean not null,
    cost_per_hour numeric(38, 12) not null,
    source_codes text not null, -- the suppliers to phone
    destinations text not null, -- dearest first
    top_numbers text not null, -- masked, dearest first
    opened_at timestamptz not null default now(),
    changed_at timestamptz not null default now()
);

create table watch.evidence (
    alert_key text not null references watch.alerts,
    usage_id text not null,
    rule_code text not null,
    holds_usage boolean not null,
    known_from timestamptz not null default now(),
    primary key (alert_key, usage_id, rule_code)
);

create index evidence_that_holds on watch.evidence (usage_id) where holds_usage;

-- What people said; the last word counts. An earlier `as_of` still sees the earlier word, so no word is changed.
create table watch.decisions (
    decision_id bigint generated always as identity primary key,
    alert_key text not null references watch.alerts,
    status text not null check (status in ('acknowledged', 'closed')),
    verdict text check (verdict in ('fraud', 'honest')),
    decided_by text not null check (decided_by <> ''),
    reason text not null check (reason <> ''),
    decided_at timestamptz not null default now(),
    constraint closed_with_a_verdict check ((status = 'closed') = (verdict is not null))
);

create table watch.notifications (
    alert_key text not null references watch.alerts,
    channel text not null check (channel in ('email', 'webhook')),
    cost_so_far numeric(38, 12) not null, -- told; the next telling waits until it doubles
    notified_at timestamptz not null default now(),
    primary key (alert_key, channel, notified_at)
);

create function watch.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '%.% is append-only: rating with an earlier as_of must see the earlier word; add a new one',
        tg_table_schema, tg_table_name;
end
$$;

create trigger append_only before update or delete or truncate on watch.decisions
for each statement execute function watch.refuse_change();
