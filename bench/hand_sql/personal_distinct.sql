-- Active days in 28 days, orders and money in 365 days before each customer's own moment: one join, one grouping.
SELECT p.point, count(DISTINCT e.ts::DATE) FILTER (e.ts >= p.moment - INTERVAL 28 DAY) AS active_days,
       count(*) FILTER (e.name = 'Order Completed') AS orders,
       coalesce(sum(e.value) FILTER (e.name = 'Order Completed'), 0) AS spent
FROM {points} p
LEFT JOIN events e ON e.customer_id = p.customer_id AND e.ts < p.moment AND e.ts >= p.moment - INTERVAL 365 DAY
GROUP BY p.point
