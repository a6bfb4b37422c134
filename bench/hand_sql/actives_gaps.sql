-- Actives of 1, 7 and 28 days for each day, in one pass: how long each active day goes on counting follows from the gap
-- to the customer's next one, for every window at once.
WITH gaps AS (
    SELECT day, least(coalesce(lead(day) OVER (PARTITION BY customer_id ORDER BY day) - day, 28), 28) AS gap FROM {days}
),
kinds AS (SELECT day, gap, count(*) AS n FROM gaps GROUP BY ALL),
windows AS (SELECT unnest([1, 7, 28]) AS w),
changes AS (
    SELECT day, w, sum(n) AS n FROM (
        SELECT day, w, n FROM kinds, windows
        UNION ALL SELECT day + least(gap, w)::INTEGER, w, -n FROM kinds, windows
    ) GROUP BY ALL
),
days AS (SELECT unnest(generate_series(DATE '{first}', DATE '{end}' - 1, INTERVAL 1 DAY))::DATE AS day),
totals AS (
    SELECT day, w, sum(coalesce(n, 0)) OVER (PARTITION BY w ORDER BY day) AS actives
    FROM (SELECT day, w FROM days, windows) LEFT JOIN changes USING (day, w)
)
SELECT day, max(actives) FILTER (w = 1) AS actives_1d, max(actives) FILTER (w = 7) AS actives_7d,
       max(actives) FILTER (w = 28) AS actives_28d
FROM totals GROUP BY day ORDER BY day
