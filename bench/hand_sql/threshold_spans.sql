-- Customers with at least 3 active days in the 28 up to each of 90 days: from each third day on until it is too old.
WITH active AS (
    SELECT DISTINCT customer_id, day FROM activity WHERE day > DATE '{end}' - 91 - 28 AND day < DATE '{end}'
),
spans AS (
    SELECT greatest(day, DATE '{end}' - 90) AS since,
           least(coalesce(lead(day) OVER w, DATE '2999-01-01'),
                 coalesce(lag(day, 2) OVER w + 28, DATE '1970-01-01')) AS until
    FROM active WINDOW w AS (PARTITION BY customer_id ORDER BY day)
),
changes AS (
    SELECT since AS day, 1 AS step FROM spans WHERE until > since
    UNION ALL SELECT until, -1 FROM spans WHERE until > since
),
steps AS (SELECT day, sum(step) AS step FROM changes GROUP BY day),
days AS (SELECT unnest(range(DATE '{end}' - 90, DATE '{end}', INTERVAL 1 DAY))::DATE AS day)
SELECT d.day, sum(coalesce(s.step, 0)) OVER (ORDER BY d.day) AS y
FROM days d LEFT JOIN steps s USING (day) ORDER BY d.day
