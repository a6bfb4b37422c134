-- Events, customers and money of each day by hand. A maintained day of one event name in one currency is one row per
-- customer, so customers are rows.
SELECT day, sum(n)::BIGINT AS events, count(*) AS customers, sum(value) AS money FROM {source} GROUP BY day ORDER BY day
