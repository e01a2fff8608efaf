-- Who is billed, for what, at which price: landed from the ERP's files. Every table keeps two times:
-- valid_from/valid_until (dates in the world, end excluded) and known_from/known_until (when we knew).
create schema master;

create table master.sellers (
    seller_code text not null,
    legal_name text not null,
    legal_form text not null, -- 'SAS'
    share_capital text not null, -- printed: '50 000 €'
    siren text not null,
    siret text not null,
    rcs_city text not null,
    vat_number text not null,
    street text not null,
    postcode text not null,
    city text not null,
    country_code text not null,
    electronic_address text not null, -- BT-34, scheme 0225
    email text not null,
    phone text not null,
    website text,
    iban text not null,
    bic text not null,
    is_vat_on_debits boolean not null,
    late_penalty_terms text not null, -- note PMD
    recovery_terms text not null, -- note PMT
    discount_terms text not null, -- note AAB
    ctc_emission_from date not null, -- from this day, French businesses are invoiced through an approved platform
    invoice_series text not null, -- 'FA'
    valid_from date not null,
    valid_until date not null default 'infinity',
    known_from timestamptz not null default now(),
    known_until timestamptz not null default 'infinity',
    primary key (seller_code, valid_from, known_from)
);

create table master.customers (
    customer_code text not null,
    customer_name text not null,
    seller_code text not null,
    valid_from date not null,
    valid_until date not null default 'infinity',
    known_from timestamptz not null default now(),
    known_until timestamptz not null default 'infinity',
    primary key (customer_code, valid_from, known_from)
);

-- The customer tree. A service is invoiced at its nearest billing node, itself included; empty buyer columns are
-- inherited from the nearest ancestor that fills legal_name, as one block.
create table master.nodes (
    node_code text not null,
    customer_code text not null,
    parent_node_code text, -- null: a root
    node_name text not null, -- printed as the heading of a section
    is_billing boolean not null,
    is_section boolean not null,
    buyer_kind text check (buyer_kind in ('business', 'public', 'consumer', 'eu_business')),
    legal_name text,
    siren text,
    siret text,
    vat_number text,
    street text,
    postcode text,
    city text,
    country_code text,
    electronic_address text, -- BT-49, scheme 0225
    email text,
    order_reference text, -- BT-13, engagement number of a public body
    buyer_reference text, -- BT-10, service code of a public body
    contract_reference text, -- BT-12
    channel text check (channel in ('email', 'chorus')),
    payment_means text check (payment_means in ('30', '58')), -- UNTDID 4461: transfer, SEPA transfer
    payment_days integer, -- net days after the issue date
    has_usage_annex boolean,
    valid_from date not null,
    valid_until date not null default 'infinity',
    known_from timestamptz not null default now(),
    known_until timestamptz not null default 'infinity',
    primary key (node_code, valid_from, known_from)
);

create table master.products (
    product_code text not null,
    product_name text not null,
    product_family text not null, -- telephony, internet, mobile, hosting, copier, hardware: the ledger's key
    is_goods boolean not null,
    vat_rate numeric(5, 4) not null, -- in metropolitan France: 0.20
    sales_account text not null, -- '706100'
    valid_from date not null,
    valid_until date not null default 'infinity',
    known_from timestamptz not null default now(),
    known_until timestamptz not null default 'infinity',
    primary key (product_code, valid_from, known_from)
);

-- What a customer subscribed or bought. valid_from/valid_until are its commissioning and its end: they prorate.
create table master.services (
    service_code text not null,
    node_code text not null,
    product_code text not null,
    service_name text not null, -- printed
    charge_kind text not null check (charge_kind in ('recurring', 'one_off', 'usage_only')),
    quantity numeric(18, 4) not null,
    unit_code text not null, -- UN/ECE rec 20: C62, MON
    unit_price numeric(20, 10) not null, -- before VAT; a month's price when recurring
    grid_code text, -- prices its usage; null: no usage
    allowance_code text,
    valid_from date not null, -- of a one-off: the day of the sale
    valid_until date not null default 'infinity',
    known_from timestamptz not null default now(),
    known_until timestamptz not null default 'infinity',
    primary key (service_code, valid_from, known_from)
);

create table master.lines (
    line_id text not null, -- E.164, or a serial number
    service_code text not null,
    valid_from date not null,
    valid_until date not null default 'infinity',
    known_from timestamptz not null default now(),
    known_until timestamptz not null default 'infinity',
    primary key (line_id, valid_from, known_from)
);

create table master.grid_versions (
    grid_version_id text not null, -- 'PRO-2026-10'
    grid_code text not null,
    currency_code text not null,
    valid_from date not null, -- in the grid's time zone, Europe/Paris
    valid_until date not null default 'infinity',
    known_from timestamptz not null default now(),
    known_until timestamptz not null default 'infinity',
    primary key (grid_version_id, valid_from, known_from)
);

create table master.grid_prices (
    grid_version_id text not null,
    usage_type text not null, -- voice, page_black, page_colour
    prefix text not null, -- voice: digits of the E.164 number without '+', or a whole short number; otherwise ''
    destination text not null, -- 'France mobile'
    price_component text not null, -- one charge, one invoice line each: 'calls_mobile'
    component_label text not null, -- printed: 'Appels vers les mobiles'
    connection_fee numeric(20, 10) not null,
    unit_price numeric(20, 10) not null, -- a minute, or a page
    first_increment integer not null, -- seconds; 1 for pages
    next_increment integer not null,
    known_from timestamptz not null default now(),
    known_until timestamptz not null default 'infinity',
    primary key (grid_version_id, usage_type, prefix, known_from)
);

create table master.allowances (
    allowance_code text not null,
    price_component text not null, -- the components that draw on it
    included_seconds integer not null, -- a line's share each period, shared by the components of the code
    known_from timestamptz not null default now(),
    known_until timestamptz not null default 'infinity',
    primary key (allowance_code, price_component, known_from)
);
