-- Each rated row explains itself: its amount follows from the columns beside it.
select
    usage_id,
    rated_amount
from {{ ref('fct_rated_usage') }}
where
    rated_amount <> case
        when usage_type = 'voice'
            then cast(
                connection_fee + cast((billed_seconds - allowance_seconds) * unit_price as numeric(38, 12)) / 60
                as numeric(38, 12)
            )
        when usage_type = 'sms' then connection_fee + event_count * unit_price
        when usage_type = 'unit' then cast(connection_fee + unit_count * unit_price as numeric(38, 12))
        else connection_fee + page_count * unit_price
    end
    or allowance_seconds < 0
    or allowance_seconds > coalesce(billed_seconds, 0)
    or rated_amount is null
