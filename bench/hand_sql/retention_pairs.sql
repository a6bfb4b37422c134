-- Weekly retention: different customer-weeks, each beside the customer's first one.
WITH pairs AS (
    SELECT DISTINCT customer_id, ((day - DATE '1969-12-29') // 7 - {first_week})::INTEGER AS week FROM {source}
), starts AS (
    SELECT customer_id, min(week) AS cohort FROM pairs GROUP BY 1
), sizes AS (
    SELECT cohort, count(*) AS size FROM starts GROUP BY 1
), came AS (
    SELECT cohort, week - cohort AS bucket, count(*) AS retained FROM pairs JOIN starts USING (customer_id) GROUP BY 1, 2
)
SELECT
    DATE '1969-12-29' + ((cohort + {first_week}) * 7)::INTEGER AS cohort, bucket, size,
    coalesce(retained, 0) AS retained, coalesce(retained, 0) / size AS rate
FROM sizes CROSS JOIN range({buckets}) AS every(bucket) LEFT JOIN came USING (cohort, bucket)
WHERE cohort + bucket < {over}
ORDER BY ALL
