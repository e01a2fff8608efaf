"""The statements of `billing.hooks.watch`."""

from psycopg import sql

FACTS = (
    "alert_key", "line_id", "subject_label", "customer_code", "customer_name", "local_day", "rule_codes", "first_at",
    "last_at", "line_count", "call_count", "duration_seconds", "cost_so_far", "is_cost_estimated", "cost_per_hour",
    "source_codes", "destinations", "top_numbers",
)  # fmt: skip

KEEP_ALERTS = sql.SQL("""
insert into watch.alerts as kept ({facts})
select {facts} from watch_reports.fct_fraud_alerts
on conflict (alert_key) do update set ({facts}, changed_at) = row({excluded}, now())
where row({kept}) is distinct from row({excluded})
returning kept.opened_at = now() as is_new
""").format(
    facts=sql.SQL(", ").join(map(sql.Identifier, FACTS)),
    kept=sql.SQL(", ").join(sql.Identifier("kept", fact) for fact in FACTS),
    excluded=sql.SQL(", ").join(sql.Identifier("excluded", fact) for fact in FACTS),
)

# What was evidence once stays: a rerun with an earlier `as_of` holds the same records.
KEEP_EVIDENCE = """
insert into watch.evidence as kept (alert_key, usage_id, rule_code, holds_usage)
select alert_key, usage_id, rule_code, bool_or(holds_usage)
from "check".int_fraud__evidence
where status = 'alert'
group by alert_key, usage_id, rule_code
on conflict (alert_key, usage_id, rule_code) do nothing
"""

KEEP_RUN = """
insert into watch.runs (watched_until)
select max(landed_until) from "check".int_fraud__days having max(landed_until) is not null
"""

# Told again when the cost has doubled; what a person answered before anybody was told is known.
DUE = sql.SQL("""
select {facts}, told.told_cost,
    case when words.alert_key is not null then
        concat(case words.status when 'acknowledged' then 'prise en compte'
            else 'close, ' || case words.verdict when 'fraud' then 'fraude' else 'appels légitimes' end end,
            ' (', words.decided_by, ')')
    end as last_word
from watch.alerts as alerts
left join (
    select alert_key, max(cost_so_far) as told_cost from watch.notifications
    where channel = %(channel)s group by alert_key
) as told using (alert_key)
left join (
    select distinct on (alert_key) alert_key, status, verdict, decided_by from watch.decisions
    order by alert_key, decided_at desc, decision_id desc
) as words using (alert_key)
where case
    when told.told_cost is null then words.alert_key is null
    else alerts.cost_so_far >= 2 * greatest(told.told_cost, 1)
end
order by alerts.cost_so_far desc, alerts.cost_per_hour desc, alert_key
""").format(
    facts=sql.SQL(", ").join(
        sql.Identifier("alerts", fact) if fact != "alert_key" else sql.Identifier(fact) for fact in FACTS
    )
)

MARK_TOLD = """
insert into watch.notifications (alert_key, channel, cost_so_far, notified_at)
values (%(alert_key)s, %(channel)s, %(cost_so_far)s, clock_timestamp())
"""

LAST_WORD = """
select status, verdict, decided_by, reason from watch.decisions
where alert_key = %s order by decided_at desc, decision_id desc limit 1
"""

DECIDE = """
insert into watch.decisions (alert_key, status, verdict, decided_by, reason)
values (%(alert_key)s, %(status)s, %(verdict)s, %(decided_by)s, %(reason)s)
returning decision_id
"""

# Lists of people: a file is the whole table, but the shipped default of a rule stays until a row replaces it.
LIST_COLUMNS = """
select column_name from information_schema.columns
where table_schema = 'watch' and table_name = %s and column_name not in ('known_from', 'known_until')
order by ordinal_position
"""
CREATE_INCOMING = sql.SQL("""
create temp table {incoming} (like {table} including defaults) on commit drop
""")
END_KNOWLEDGE = sql.SQL("""
update {table} as kept set known_until = now()
where known_until = 'infinity' and {replaceable}
    and row({columns})::text not in (select row({columns})::text from {incoming})
""")
START_KNOWLEDGE = sql.SQL("""
insert into {table} ({columns})
select {columns} from {incoming} except select {columns} from {table} where known_until = 'infinity'
""")
ALL_ROWS = sql.SQL("true")
NOT_A_KEPT_DEFAULT = sql.SQL("""
(kept.customer_code is not null
    or kept.rule_code in (select rule_code from {incoming} where customer_code is null))
""")
