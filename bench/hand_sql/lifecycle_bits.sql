-- One bit per week and customer; customers with the same weeks are counted as one, then every week is read off.
WITH marks AS (
    SELECT customer_id, bit_or(1::BIGINT << ((ts::DATE - DATE '1969-12-29') // 7 - {first_week})) AS mask
    FROM events WHERE customer_id IS NOT NULL AND ts < TIMESTAMP '{end}' GROUP BY customer_id
), histories AS (
    SELECT mask, count(*) AS n FROM marks GROUP BY mask
), counted AS (
    SELECT i, coalesce(sum(n) FILTER (mask >> i & 1 = 1), 0)::BIGINT AS active,
           coalesce(sum(n) FILTER (mask >> i & 1 = 1 AND mask & ((1::BIGINT << i) - 1) = 0), 0)::BIGINT AS new,
           coalesce(sum(n) FILTER (mask >> i & 1 = 1 AND i > 0 AND mask >> greatest(i - 1, 0) & 1 = 1), 0)::BIGINT AS "returning"
    FROM histories, (SELECT range::INT AS i FROM range({weeks})) GROUP BY i
)
SELECT i, active, new, "returning", active - new - "returning" AS resurrecting,
       lag(active, 1, 0) OVER (ORDER BY i) - "returning" AS dormant
FROM counted ORDER BY i
