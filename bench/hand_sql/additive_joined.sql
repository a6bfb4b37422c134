-- Active days of all customers in the 28 days up to each of 90: daily counts, joined to the days they count for.
WITH daily AS (
    SELECT day, count(*) AS n FROM (
        SELECT DISTINCT customer_id, day FROM activity WHERE day > DATE '{end}' - 91 - 28 AND day < DATE '{end}'
    ) GROUP BY day
),
days AS (SELECT unnest(range(DATE '{end}' - 90, DATE '{end}', INTERVAL 1 DAY))::DATE AS day)
SELECT d.day, sum(daily.n) AS y FROM days d JOIN daily ON daily.day > d.day - 28 AND daily.day <= d.day
GROUP BY d.day ORDER BY d.day
