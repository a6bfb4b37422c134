-- Events numbered within their customer, counted by number and name.
SELECT step, name AS event, count(*) AS paths
FROM (
    SELECT name, row_number() OVER (PARTITION BY customer_id ORDER BY ts, event_id) AS step
    FROM events WHERE customer_id IS NOT NULL AND ts < TIMESTAMP '{end}' QUALIFY step <= 10
) GROUP BY step, name ORDER BY step, name
