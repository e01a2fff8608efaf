-- A late record takes its place in an allowance that was invoiced: what that moved in records invoiced before, billed on
-- the correction line of a later invoice. The first invoice never changes; both together say what the record costs.
create table register.usage_corrections (
    invoice_line_id text not null references register.invoice_lines,
    usage_id text not null references register.invoiced_usage,
    allowance_seconds integer not null, -- moved since it was last billed: negative leaves the allowance
    rated_amount numeric(38, 12) not null, -- the same, before VAT
    primary key (invoice_line_id, usage_id)
);

create index usage_corrections_by_usage on register.usage_corrections (usage_id);

create trigger append_only before update or truncate on register.usage_corrections
for each statement execute function register.refuse_change();
