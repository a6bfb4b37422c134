-- The same with each customer's days as a sorted list, so that nothing need be sorted over all rows.
WITH people AS (
    SELECT list_sort(list_distinct(list(day))) AS days FROM activity
    WHERE day > DATE '{end}' - 91 - 28 AND day < DATE '{end}' GROUP BY customer_id
),
spans AS (
    SELECT greatest(days[i], DATE '{end}' - 90) AS since,
           least(coalesce(days[i + 1], DATE '2999-01-01'), days[i - 2] + 28) AS until
    FROM (SELECT days, unnest(range(3, len(days) + 1)) AS i FROM people WHERE len(days) >= 3)
),
steps AS (
    SELECT day, sum(step) AS step FROM (
        SELECT since AS day, count(*) AS step FROM spans WHERE until > since GROUP BY 1
        UNION ALL SELECT until, -count(*) FROM spans WHERE until > since GROUP BY 1
    ) GROUP BY day
),
days AS (SELECT unnest(range(DATE '{end}' - 90, DATE '{end}', INTERVAL 1 DAY))::DATE AS day)
SELECT d.day, sum(coalesce(s.step, 0)) OVER (ORDER BY d.day) AS y
FROM days d LEFT JOIN steps s USING (day) ORDER BY d.day
