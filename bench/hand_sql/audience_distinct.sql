-- Active days in 28, days since the last one, money in 365: one grouping per relation, days counted as distinct.
SELECT c.customer, coalesce(a.days, 0) AS active_days, date_diff('day', a.last, DATE '{end}') AS recency,
       coalesce(o.spent, 0) AS monetary
FROM customers c
LEFT JOIN (SELECT customer_id, count(DISTINCT day) FILTER (day >= DATE '{end}' - 28) AS days, max(day) AS last
           FROM activity WHERE day < DATE '{end}' GROUP BY 1) a USING (customer_id)
LEFT JOIN (SELECT customer_id, sum(value) AS spent FROM orders
           WHERE day < DATE '{end}' AND day >= DATE '{end}' - 365 GROUP BY 1) o USING (customer_id)
WHERE c.first_seen < TIMESTAMP '{end}' AND c.identified
