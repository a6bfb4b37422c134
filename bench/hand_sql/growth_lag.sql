-- Monthly growth accounting: each customer's months in order, each beside the one before it.
WITH pairs AS (SELECT DISTINCT customer_id, (year(day) * 12 + month(day) - {first_month})::INTEGER AS i FROM {days}),
steps AS (SELECT i, lag(i) OVER (PARTITION BY customer_id ORDER BY i) AS before FROM pairs),
counts AS (
    SELECT i, count(*) AS active, count(*) FILTER (before IS NULL) AS new, count(*) FILTER (before = i - 1) AS retained
    FROM steps GROUP BY i
)
SELECT i, active, new, retained, active - new - retained AS resurrected,
       coalesce(lag(active) OVER (ORDER BY i), 0) - retained AS churned
FROM counts WHERE i < {months} ORDER BY i
