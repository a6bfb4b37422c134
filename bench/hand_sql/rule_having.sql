-- Three views in 90 days, no order in 30, at least 100 spent in 365: one grouping per relation, conditions in HAVING.
SELECT c.customer_id
FROM customers c
JOIN (SELECT customer_id FROM activity
      WHERE name IN ('Product Viewed', 'Order Completed') AND day < DATE '{end}' AND day >= DATE '{end}' - 90
      GROUP BY 1
      HAVING sum(n) FILTER (name = 'Product Viewed') >= 3
         AND coalesce(sum(n) FILTER (name = 'Order Completed' AND day >= DATE '{end}' - 30), 0) = 0
     ) a USING (customer_id)
JOIN (SELECT customer_id FROM orders WHERE day < DATE '{end}' AND day >= DATE '{end}' - 365
      GROUP BY 1 HAVING sum(value) >= 100) o USING (customer_id)
WHERE c.first_seen < TIMESTAMP '{end}' AND c.identified
