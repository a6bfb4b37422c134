-- Each event beside the four after it; only those that open a visit are kept, and what lies beyond the visit is cut.
WITH beside AS (
    SELECT customer_id, ts, lag(ts) OVER one AS before, name AS n1, lead(ts, 1) OVER one AS t2, lead(name, 1) OVER one AS n2,
           lead(ts, 2) OVER one AS t3, lead(name, 2) OVER one AS n3, lead(ts, 3) OVER one AS t4, lead(name, 3) OVER one AS n4,
           lead(ts, 4) OVER one AS t5, lead(name, 4) OVER one AS n5
    FROM events WHERE customer_id IS NOT NULL AND ts < TIMESTAMP '{end}'
    WINDOW one AS (PARTITION BY customer_id ORDER BY ts, event_id)
), paths AS (
    SELECT customer_id, n1 AS step_1, t2 - ts < INTERVAL 30 MINUTE AS in2, t3 - t2 < INTERVAL 30 MINUTE AS in3,
           t4 - t3 < INTERVAL 30 MINUTE AS in4, t5 - t4 < INTERVAL 30 MINUTE AS in5, CASE WHEN in2 THEN n2 END AS step_2,
           CASE WHEN in2 AND in3 THEN n3 END AS step_3, CASE WHEN in2 AND in3 AND in4 THEN n4 END AS step_4,
           CASE WHEN in2 AND in3 AND in4 AND in5 THEN n5 END AS step_5
    FROM beside WHERE before IS NULL OR ts - before >= INTERVAL 30 MINUTE
)
SELECT step_1, step_2, step_3, step_4, step_5, count(*) AS paths, count(DISTINCT customer_id) AS customers
FROM paths GROUP BY step_1, step_2, step_3, step_4, step_5 ORDER BY paths DESC, step_1, step_2, step_3, step_4, step_5 LIMIT 20
