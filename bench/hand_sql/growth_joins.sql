-- Monthly growth accounting by hash joins: the first month of each customer, and the month before.
WITH pairs AS MATERIALIZED (
    SELECT DISTINCT customer_id, (year(day) * 12 + month(day) - {first_month})::INTEGER AS i FROM {days}
),
active AS (SELECT i, count(*) AS active FROM pairs GROUP BY i),
new AS (SELECT i, count(*) AS new FROM (SELECT min(i) AS i FROM pairs GROUP BY customer_id) GROUP BY i),
retained AS (
    SELECT p.i, count(*) AS retained
    FROM pairs p SEMI JOIN pairs q ON p.customer_id = q.customer_id AND q.i = p.i - 1 GROUP BY p.i
)
SELECT i, active, coalesce(new, 0) AS new, coalesce(retained, 0) AS retained,
       active - coalesce(new, 0) - coalesce(retained, 0) AS resurrected,
       coalesce(lag(active) OVER (ORDER BY i), 0) - coalesce(retained, 0) AS churned
FROM active LEFT JOIN new USING (i) LEFT JOIN retained USING (i) WHERE i < {months} ORDER BY i
