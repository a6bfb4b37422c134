-- The first ten events of each customer as a list, by an aggregate that keeps the least ten.
SELECT step, event, count(*) AS paths
FROM (
    SELECT unnest(names) AS event, unnest(range(1, len(names) + 1)) AS step
    FROM (
        SELECT arg_min(name, (ts, event_id), 10) AS names
        FROM events WHERE customer_id IS NOT NULL AND ts < TIMESTAMP '{end}' GROUP BY customer_id
    )
) GROUP BY step, event ORDER BY step, event
