-- The same with the days of the window as bits: as many as are set.
SELECT c.customer, coalesce(a.days, 0) AS active_days, date_diff('day', a.last, DATE '{end}') AS recency,
       coalesce(o.spent, 0) AS monetary
FROM customers c
LEFT JOIN (SELECT customer_id, max(day) AS last,
                  bit_count(bit_or(1::BIGINT << least(DATE '{end}' - 1 - day, 28)::BIGINT) & 268435455) AS days
           FROM activity WHERE day < DATE '{end}' GROUP BY 1) a USING (customer_id)
LEFT JOIN (SELECT customer_id, sum(value) AS spent FROM orders
           WHERE day < DATE '{end}' AND day >= DATE '{end}' - 365 GROUP BY 1) o USING (customer_id)
WHERE c.first_seen < TIMESTAMP '{end}' AND c.identified
