-- Weekly retention: first week ever, and in which of the 53 weeks from it on was the customer back?
-- One grouping by customer with the weeks as bits, then customers with the same weeks as one row.
WITH weeks AS (
    SELECT customer_id, (day - DATE '1969-12-29') // 7 - {first_week} AS week FROM {source}
), courses AS (
    SELECT customer_id, min(week) AS cohort, bit_or(1::BIGINT << week) AS course FROM weeks GROUP BY 1
), sizes AS (
    SELECT cohort, count(*) AS size FROM courses GROUP BY 1
), alike AS (
    SELECT cohort, course, count(*) AS members FROM courses GROUP BY 1, 2
), came AS (
    SELECT cohort, week - cohort AS bucket, sum(members)::BIGINT AS retained
    FROM alike, range({weeks}) AS every(week)
    WHERE (course >> week) & 1 = 1 GROUP BY 1, 2
)
SELECT
    DATE '1969-12-29' + ((cohort + {first_week}) * 7)::INTEGER AS cohort, bucket, size,
    coalesce(retained, 0) AS retained, coalesce(retained, 0) / size AS rate
FROM sizes CROSS JOIN range({buckets}) AS every(bucket) LEFT JOIN came USING (cohort, bucket)
WHERE cohort + bucket < {over}
ORDER BY ALL
