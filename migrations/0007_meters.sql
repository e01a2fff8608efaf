-- What a person said of a meter: each difference of readings that cannot be billed as it stands is a task, and waits
-- for one of these. Never changed: the last answer for a reading counts, and an earlier `as_of` still sees the one before.
create table landing.meter_decisions (
    decision_id bigint generated always as identity primary key,
    line_id text not null, -- the machine's serial number, in any writing
    read_at timestamptz not null, -- of the reading that is answered for; of an entered one, when the counter stood there
    usage_type text, -- the counter; null: every counter of the machine
    answer text not null,
    quantity bigint, -- replace: the pages; enter: what the counter showed
    reason text not null,
    decided_by text not null,
    decided_at timestamptz not null default now(),
    constraint answer_is_known check (
        answer in (
            'accept', -- the difference is right; a first reading is where counting starts
            'replace', -- so many pages since the reading before
            'enter', -- the counter showed this: a start, a missing reading, a reading set right
            'discard', -- the reading is wrong, and takes no part
            'withdraw' -- the answer before is taken back
        )
    ),
    constraint a_quantity_names_its_counter check (
        (answer in ('replace', 'enter')) = (quantity is not null)
        and (quantity is null or usage_type is not null)
    ),
    constraint quantity_is_one_of_pages check (quantity between 0 and 2000000000)
);

create index meter_decisions_by_line on landing.meter_decisions (line_id, read_at);
