-- The same, a relation for each condition.
SELECT c.customer_id
FROM customers c
SEMI JOIN (SELECT customer_id FROM activity WHERE name = 'Product Viewed' AND day < DATE '{end}'
           AND day >= DATE '{end}' - 90 GROUP BY 1 HAVING sum(n) >= 3) v USING (customer_id)
SEMI JOIN (SELECT customer_id FROM orders WHERE day < DATE '{end}' AND day >= DATE '{end}' - 365
           GROUP BY 1 HAVING sum(value) >= 100) o USING (customer_id)
ANTI JOIN (SELECT customer_id FROM activity WHERE name = 'Order Completed' AND day < DATE '{end}'
           AND day >= DATE '{end}' - 30) b USING (customer_id)
WHERE c.first_seen < TIMESTAMP '{end}' AND c.identified
