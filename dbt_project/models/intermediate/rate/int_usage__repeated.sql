-- one row per record whose identity comes more than once, or is taken back: which copy stands, and what the others are
{{ config(post_hook="{{ rate_analyze() }}") }}

-- only what repeats is sorted and compared: windows do not parallelise
with copies as (
    select
        records.file_number,
        records.file_id,
        records.source_line,
        records.usage_id,
        records.identity_key,
        records.is_cancellation,
        records.has_identity,
        records.is_replaced_by_version,
        coalesce(records.version_key, '') as version_key,
        records.content_key,
        -- without an identity of its own, a line that stands twice in one file happened twice
        case
            when records.has_identity then 1
            else row_number() over (
                partition by records.identity_key, records.file_number
                order by records.source_line
            )
        end as occurrence,
        case when invoiced.usage_id is null then 1 else 0 end as invoiced_first
    from {{ ref('stg_usage__records') }} as records
    inner join {{ ref('int_usage__identities') }} as identities on records.identity_key = identities.identity_key
    left join {{ ref('stg_register__invoiced_usage') }} as invoiced
        on
            coalesce(records.call_key, records.usage_id) = invoiced.usage_id
            and records.file_id = invoiced.file_id
            and records.source_line = invoiced.source_line
    where
        not records.is_file_held
        and records.usage_type <> 'meter'
),

groups as (
    select
        identity_key,
        occurrence,
        max(case when is_replaced_by_version then 1 else 0 end) as is_versioned,
        max(version_key) as latest_version,
        max(case when is_cancellation then 0 else 1 end) as has_record
    from copies
    group by identity_key, occurrence
),

-- the supplier's own version says which one is later, never the order of arrival
versioned as (
    select
        copies.*,
        groups.has_record,
        case when groups.is_versioned = 0 or copies.version_key = groups.latest_version then 1 else 0 end as is_latest
    from copies
    inner join groups
        on
            copies.identity_key = groups.identity_key
            and copies.occurrence = groups.occurrence
),

verdicts as (
    select
        identity_key,
        occurrence,
        max(case when is_cancellation then 1 else 0 end) as is_cancelled,
        min(case when has_identity and not is_cancellation then content_key end)
        <> max(case when has_identity and not is_cancellation then content_key end) as is_conflict
    from versioned
    where is_latest = 1
    group by identity_key, occurrence
),

-- the copy that an invoice used stays the one; otherwise the choice does not depend on which came first
placed as (
    select
        versioned.*,
        verdicts.is_cancelled,
        verdicts.is_conflict,
        row_number() over (
            partition by
                versioned.identity_key, versioned.occurrence, versioned.is_latest, versioned.is_cancellation,
                case when versioned.has_identity then versioned.content_key end
            order by versioned.invoiced_first, versioned.file_id, versioned.source_line
        ) as copy_position
    from versioned
    inner join verdicts
        on
            versioned.identity_key = verdicts.identity_key
            and versioned.occurrence = verdicts.occurrence
)

select
    file_number,
    source_line,
    identity_key,
    occurrence,
    version_key,
    content_key,
    case when occurrence = 1 then usage_id else md5(usage_id || '|' || occurrence) end as usage_id,
    case
        when is_cancelled = 1 and copy_position > 1 then 'duplicate'
        when is_cancelled = 1 and has_record = 1 then 'not_billable'
        when is_cancelled = 1 then 'waiting'
        when is_latest = 0 then 'duplicate'
        when is_conflict then 'held'
        when copy_position > 1 then 'duplicate'
    end as outcome,
    case
        when is_cancelled = 1 and copy_position > 1 then 'delivered_again'
        when is_cancelled = 1 and has_record = 1 then 'cancelled'
        when is_cancelled = 1 then 'waiting_for_cancelled'
        when is_latest = 0 then 'replaced'
        when is_conflict then 'conflict'
        when copy_position > 1 then 'delivered_again'
    end as reason
from placed
