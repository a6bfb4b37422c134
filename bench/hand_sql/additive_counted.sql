-- The same, with each day's customers counted as distinct.
WITH daily AS (
    SELECT day, count(DISTINCT customer_id) AS n FROM activity
    WHERE day > DATE '{end}' - 91 - 28 AND day < DATE '{end}' GROUP BY day
),
days AS (SELECT unnest(range(DATE '{end}' - 90, DATE '{end}', INTERVAL 1 DAY))::DATE AS day)
SELECT d.day, sum(daily.n) AS y FROM days d JOIN daily ON daily.day > d.day - 28 AND daily.day <= d.day
GROUP BY d.day ORDER BY d.day
