-- Events, customers and money of each day from raw events: two groupings, first by day and customer.
WITH days AS (
    SELECT day, customer_id, count(*) AS n, sum(value) AS value FROM {source} GROUP BY ALL
)
SELECT day, sum(n)::BIGINT AS events, count(*) AS customers, sum(value) AS money FROM days GROUP BY day ORDER BY day
