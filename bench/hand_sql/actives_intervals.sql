-- Actives of 1, 7 and 28 days for each day: each active day covers until the customer's next one or the window's end,
-- whichever is first; then running sums of +1 and -1.
WITH spans AS MATERIALIZED (
    SELECT day, lead(day) OVER (PARTITION BY customer_id ORDER BY day) AS next FROM {days}
),
starts AS (SELECT day, count(*) AS n FROM spans GROUP BY day),
changes AS (
    SELECT day, sum(n1) AS n1, sum(n7) AS n7, sum(n28) AS n28 FROM (
        SELECT day, n AS n1, n AS n7, n AS n28 FROM starts
        UNION ALL SELECT day + 1, -n, 0, 0 FROM starts
        UNION ALL SELECT least(coalesce(next, day + 7), day + 7), 0, -count(*), 0 FROM spans GROUP BY 1
        UNION ALL SELECT least(coalesce(next, day + 28), day + 28), 0, 0, -count(*) FROM spans GROUP BY 1
    ) GROUP BY day
),
days AS (SELECT unnest(generate_series(DATE '{first}', DATE '{end}' - 1, INTERVAL 1 DAY))::DATE AS day)
SELECT day, sum(n1) OVER w AS actives_1d, sum(n7) OVER w AS actives_7d, sum(n28) OVER w AS actives_28d
FROM (SELECT day, coalesce(n1, 0) AS n1, coalesce(n7, 0) AS n7, coalesce(n28, 0) AS n28 FROM days LEFT JOIN changes USING (day))
WINDOW w AS (ORDER BY day) ORDER BY day
