-- Events numbered within their visit; the first five of each laid out side by side.
WITH opened AS (
    SELECT customer_id, ts, event_id, name, lag(ts) OVER (PARTITION BY customer_id ORDER BY ts, event_id) AS before
    FROM events WHERE customer_id IS NOT NULL AND ts < TIMESTAMP '{end}'
), visits AS (
    SELECT customer_id, ts, event_id, name,
           sum((before IS NULL OR ts - before >= INTERVAL 30 MINUTE)::INT)
               OVER (PARTITION BY customer_id ORDER BY ts, event_id ROWS UNBOUNDED PRECEDING) AS visit
    FROM opened
), numbered AS (
    SELECT customer_id, visit, name, row_number() OVER (PARTITION BY customer_id, visit ORDER BY ts, event_id) AS step
    FROM visits QUALIFY step <= 5
), paths AS (
    SELECT customer_id, visit, max(name) FILTER (step = 1) AS step_1, max(name) FILTER (step = 2) AS step_2,
           max(name) FILTER (step = 3) AS step_3, max(name) FILTER (step = 4) AS step_4, max(name) FILTER (step = 5) AS step_5
    FROM numbered GROUP BY customer_id, visit
)
SELECT step_1, step_2, step_3, step_4, step_5, count(*) AS paths, count(DISTINCT customer_id) AS customers
FROM paths GROUP BY ALL ORDER BY paths DESC, step_1, step_2, step_3, step_4, step_5 LIMIT 20
