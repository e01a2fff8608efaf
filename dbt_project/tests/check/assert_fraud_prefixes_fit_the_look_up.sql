-- a prefix longer than what is looked up would never be met
select called_prefix from {{ ref('estimated_prices') }}
where length(called_prefix) > {{ fraud_start_length() }}

union all

select called_prefix from {{ ref('watched_prefixes') }}
where length(called_prefix) > {{ fraud_start_length() }}
