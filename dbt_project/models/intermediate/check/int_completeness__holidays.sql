-- one row per French public holiday, from 2000 to 2100: a source that promises working days promises nothing then
with years as (select cast(year_number as integer) as year_number from generate_series(2000, 2100) as numbers (year_number)),

-- Easter by the anonymous Gregorian computus (Meeus, Astronomical Algorithms, chapter 8)
golden as (
    select
        year_number,
        year_number % 19 as a,
        year_number / 100 as b,
        year_number % 100 as c
    from years
),

epact as (
    select
        *,
        (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30 as h
    from golden
),

weekday as (
    select
        *,
        (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7 as l
    from epact
),

correction as (
    select
        *,
        (a + 11 * h + 22 * l) / 451 as m
    from weekday
),

easter as (
    select
        year_number,
        make_date(year_number, (h + l - 7 * m + 114) / 31, (h + l - 7 * m + 114) % 31 + 1) as easter_day
    from correction
),

fixed (month_number, day_number) as (
    values (1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)
),

moving (days_after_easter) as (
    values (1), (39), (50) -- Easter Monday, Ascension, Whit Monday
)

select make_date(years.year_number, fixed.month_number, fixed.day_number) as local_day
from years
cross join fixed

union -- a holiday may fall on another: Ascension of 2008 is the first of May

select easter.easter_day + moving.days_after_easter as local_day
from easter
cross join moving
