-- Events, customers and money of each day from raw events: one grouping that keeps each day's customers.
SELECT day, count(*) AS events, count(DISTINCT customer_id) AS customers, sum(value) AS money
FROM {source} GROUP BY day ORDER BY day
