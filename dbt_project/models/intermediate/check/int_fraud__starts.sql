-- one row per start of called numbers and span of the lists: what a minute costs about, and whether a list names it
{{ config(post_hook="{{ rate_analyze() }}") }}

with prices as (select * from {{ ref('estimated_prices') }}),

risks as (select * from {{ ref('watched_prefixes') }}),

-- lists change on few days: a call is priced as of the last change before it
changes as (
    select valid_from as changed_on from prices
    union
    select valid_until from prices
    union
    select valid_from from risks
    union
    select valid_until from risks
),

spans as (
    select
        changed_on as valid_from,
        coalesce(lead(changed_on) over (order by changed_on), 'infinity') as valid_until
    from changes
    where changed_on < 'infinity' -- neither 'for ever' nor an empty end
),

-- the lists' prefixes fit into it, and there are far fewer starts than numbers
number_starts as (
    select distinct
        left(usage.called_number, {{ fraud_start_length() }}) as number_start,
        spans.valid_from,
        spans.valid_until
    from {{ ref('int_fraud__usage') }} as usage
    inner join spans
        on
            usage.local_day >= spans.valid_from
            and usage.local_day < spans.valid_until
),

starts as (
    select
        number_starts.number_start,
        number_starts.valid_from,
        lengths.n as prefix_length,
        left(number_starts.number_start, lengths.n) as called_prefix
    from number_starts
    cross join generate_series(1, {{ fraud_start_length() }}) as lengths (n)
    where length(number_starts.number_start) >= lengths.n
),

priced as (
    select distinct on (starts.number_start, starts.valid_from)
        starts.number_start,
        starts.valid_from,
        prices.called_prefix,
        prices.country_code,
        prices.destination,
        prices.minute_price,
        prices.call_price
    from starts
    inner join prices
        on
            starts.called_prefix = prices.called_prefix
            and starts.valid_from >= prices.valid_from
            and starts.valid_from < coalesce(prices.valid_until, 'infinity')
    order by starts.number_start asc, starts.valid_from asc, starts.prefix_length desc
),

risky as (
    select distinct on (starts.number_start, starts.valid_from)
        starts.number_start,
        starts.valid_from,
        risks.called_prefix,
        risks.risk
    from starts
    inner join risks
        on
            starts.called_prefix = risks.called_prefix
            and starts.valid_from >= risks.valid_from
            and starts.valid_from < coalesce(risks.valid_until, 'infinity')
    order by starts.number_start asc, starts.valid_from asc, starts.prefix_length desc
)

select
    number_starts.number_start,
    number_starts.valid_from,
    number_starts.valid_until,
    priced.called_prefix as price_prefix,
    priced.country_code,
    priced.destination,
    priced.minute_price,
    priced.call_price,
    risky.called_prefix as risk_prefix,
    risky.risk
from number_starts
left join priced
    on
        number_starts.number_start = priced.number_start
        and number_starts.valid_from = priced.valid_from
left join risky
    on
        number_starts.number_start = risky.number_start
        and number_starts.valid_from = risky.valid_from
