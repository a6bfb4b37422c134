-- The same, each relation joined by itself with no more rows than it needs: days from 28 days, money from orders.
WITH days AS (
    SELECT p.point, e.ts::DATE AS day FROM {points} p
    JOIN events e ON e.customer_id = p.customer_id AND e.ts < p.moment AND e.ts >= p.moment - INTERVAL 28 DAY
    GROUP BY ALL
),
active AS (SELECT point, count(*) AS active_days FROM days GROUP BY point),
money AS (
    SELECT p.point, count(*) AS orders, sum(o.value) AS spent FROM {points} p
    JOIN orders o ON o.customer_id = p.customer_id AND o.ts < p.moment AND o.ts >= p.moment - INTERVAL 365 DAY
    GROUP BY p.point
)
SELECT point, coalesce(active_days, 0) AS active_days, coalesce(orders, 0) AS orders, coalesce(spent, 0) AS spent
FROM {points} p LEFT JOIN active USING (point) LEFT JOIN money USING (point)
