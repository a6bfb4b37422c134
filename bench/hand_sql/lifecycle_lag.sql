-- Different customer-weeks, each beside the customer's week before it.
WITH each AS (
    SELECT DISTINCT customer_id, (ts::DATE - DATE '1969-12-29') // 7 - {first_week} AS i
    FROM events WHERE customer_id IS NOT NULL AND ts < TIMESTAMP '{end}'
), told AS (
    SELECT i, lag(i) OVER (PARTITION BY customer_id ORDER BY i) AS before FROM each WHERE i < {weeks}
), counted AS (
    SELECT i, count(*) AS active, count(*) FILTER (before IS NULL) AS new, count(*) FILTER (before = i - 1) AS "returning"
    FROM told GROUP BY i
), full_range AS (
    SELECT range AS i, coalesce(active, 0) AS active, coalesce(new, 0) AS new, coalesce("returning", 0) AS "returning"
    FROM range({weeks}) LEFT JOIN counted ON range = i
)
SELECT i, active, new, "returning", active - new - "returning" AS resurrecting,
       lag(active, 1, 0) OVER (ORDER BY i) - "returning" AS dormant
FROM full_range ORDER BY i
