-- What was approved, issued and delivered. Append-only where the law says so; written by issue and deliver.
create schema register;

create table register.bill_runs (
    bill_run_id text primary key, -- 'BRUMAIRE-2026-10-01-1': seller, start of the period, running number
    run_key text not null unique, -- the Airflow run that opened it: a retry opens no second one
    seller_code text not null,
    period_start date not null,
    period_end date not null, -- excluded
    as_of timestamptz not null,
    issued_on date not null,
    state text not null default 'computed' check (state in ('computed', 'checked', 'approved', 'rejected', 'numbered', 'issued', 'empty')),
    drafts_digest text, -- SHA-256 of the drafts that were checked
    draft_count integer,
    approved_by text,
    approved_at timestamptz,
    approved_digest text, -- the digest that the person saw
    code_version text not null,
    opened_at timestamptz not null default now()
);

-- A draft that its own documents' rules refuse is held, with the reason; the others are issued.
create table register.draft_holds (
    bill_run_id text not null references register.bill_runs,
    draft_id text not null,
    reason text not null,
    primary key (bill_run_id, draft_id)
);

create table register.series (
    seller_code text not null,
    series text not null, -- 'FA-2026-'
    last_number integer not null default 0,
    last_issued_on date,
    primary key (seller_code, series)
);

create table register.closed_periods (
    seller_code text not null,
    period_start date not null,
    period_end date not null, -- excluded; nothing is issued inside
    primary key (seller_code, period_start)
);

create table register.invoices (
    invoice_number text primary key check (invoice_number ~ '^[A-Z0-9-]{1,20}$'),
    draft_id text not null unique, -- one draft, one number, however often the task runs
    bill_run_id text not null references register.bill_runs,
    seller_code text not null,
    series text not null,
    series_position integer not null,
    customer_code text not null,
    node_code text not null,
    type_code text not null, -- BT-3: 380
    rendering text not null check (rendering in ('ctc', 'chorus')),
    channel text not null,
    issued_on date not null,
    due_on date not null,
    period_start date not null,
    period_end date not null, -- excluded
    currency_code text not null,
    net_amount numeric(18, 2) not null,
    vat_amount numeric(18, 2) not null,
    gross_amount numeric(18, 2) not null,
    parties jsonb not null, -- seller and buyer as they were
    numbered_at timestamptz not null default now(),
    unique (seller_code, series, series_position),
    check (gross_amount = net_amount + vat_amount)
);

create table register.invoice_lines (
    invoice_line_id text primary key,
    invoice_number text not null references register.invoices,
    line_position integer not null,
    section_codes text[] not null, -- section nodes from the billing node down
    section_names text[] not null,
    node_code text not null,
    service_code text not null,
    price_component text not null,
    line_name text not null,
    line_note text,
    quantity numeric(18, 4) not null,
    unit_code text not null,
    unit_price numeric(20, 6) not null,
    net_amount numeric(18, 2) not null,
    vat_category text not null,
    vat_rate numeric(5, 4) not null,
    sales_account text not null,
    is_goods boolean not null,
    period_start date not null,
    period_end date not null, -- excluded
    unique (invoice_number, line_position)
);

create table register.invoice_vat (
    invoice_number text not null references register.invoices,
    vat_category text not null,
    vat_rate numeric(5, 4) not null,
    net_amount numeric(18, 2) not null,
    vat_amount numeric(18, 2) not null,
    exemption_code text, -- BT-121
    exemption_reason text, -- BT-120
    primary key (invoice_number, vat_category, vat_rate)
);

-- The rated rows that an issued line used, as they were: recomputing writes beside, never over.
create table register.invoiced_usage (
    invoice_line_id text not null references register.invoice_lines,
    file_id text not null,
    source_line integer not null,
    usage_id text not null,
    line_id text not null,
    called_masked text, -- whole numbers live in landing and rate only; null when is_hidden
    is_hidden boolean not null, -- a free helpline: counted, never shown
    destination text not null,
    started_at timestamptz not null,
    local_day date not null,
    duration_seconds integer,
    page_count integer,
    billed_seconds integer,
    allowance_seconds integer not null,
    grid_version_id text not null,
    prefix text not null,
    rated_amount numeric(38, 12) not null,
    supplier_amount numeric(20, 10),
    primary key (usage_id)
);

create index invoiced_usage_by_line on register.invoiced_usage (invoice_line_id);

create table register.charges (
    charge_id text primary key, -- service, price component and period: billed once
    invoice_line_id text not null references register.invoice_lines,
    net_amount numeric(18, 2) not null
);

create table register.documents (
    document_position bigint generated always as identity,
    invoice_number text not null references register.invoices,
    kind text not null check (kind in ('factur-x', 'annex-csv')),
    file_name text not null,
    archive_path text not null,
    byte_count bigint not null,
    sha256 text not null,
    previous_sha256 text, -- chain_sha256 of the document registered before this one
    chain_sha256 text not null, -- digest of previous_sha256, invoice, kind and sha256
    verdicts jsonb not null, -- each validator, its version and what it said
    archived_at timestamptz not null default now(),
    primary key (invoice_number, kind)
);

create table register.deliveries (
    delivery_id text primary key, -- invoice, channel and SHA-256 of what is sent
    invoice_number text not null references register.invoices,
    channel text not null check (channel in ('email', 'chorus')),
    sha256 text not null,
    state text not null check (
        state in ('requested', 'sending', 'in_doubt', 'sent', 'deposited', 'accepted', 'rejected', 'failed')
    ),
    attempt_count integer not null default 0,
    recipient text not null, -- an address, or a SIRET
    flow_number text, -- numeroFluxDepot
    message_id text,
    status_text text, -- the other side's words
    requested_at timestamptz not null default now(),
    changed_at timestamptz not null default now()
);

create unique index one_live_delivery on register.deliveries (invoice_number, channel)
where state not in ('rejected', 'failed');

create function register.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '%.% is append-only: an issued invoice never changes; correct it with a credit note',
        tg_table_schema, tg_table_name;
end
$$;

create trigger append_only before update or delete or truncate on register.invoices
for each statement execute function register.refuse_change();
create trigger append_only before update or delete or truncate on register.invoice_lines
for each statement execute function register.refuse_change();
create trigger append_only before update or delete or truncate on register.invoice_vat
for each statement execute function register.refuse_change();
create trigger append_only before update or delete or truncate on register.documents
for each statement execute function register.refuse_change();
create trigger append_only before update or delete or truncate on register.charges
for each statement execute function register.refuse_change();
-- Traffic data is purged when the law says, by delete; until then it never changes.
create trigger append_only before update or truncate on register.invoiced_usage
for each statement execute function register.refuse_change();

create function register.refuse_going_back() returns trigger language plpgsql as $$
begin
    if new.last_number < old.last_number or new.last_issued_on < old.last_issued_on then
        raise exception 'series % of % never goes back: % was drawn on %',
            old.series, old.seller_code, old.last_number, old.last_issued_on;
    end if;
    return new;
end
$$;

create trigger only_forward before update on register.series
for each row execute function register.refuse_going_back();
create trigger append_only before delete or truncate on register.series
for each statement execute function register.refuse_change();
