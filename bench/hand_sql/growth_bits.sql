-- Monthly growth accounting with one bit per customer and month; customers with the same history count as one row.
WITH masks AS (
    SELECT mask, count(*) AS n FROM (
        SELECT customer_id, bit_or(1::BIGINT << (year(day) * 12 + month(day) - {first_month})) AS mask
        FROM {days} GROUP BY customer_id
    ) GROUP BY mask
),
months AS (SELECT range AS i FROM range({months})),
counts AS (
    SELECT i, sum(n) FILTER (mask >> i & 1 = 1) AS active,
           coalesce(sum(n) FILTER (mask >> i & 1 = 1 AND mask & ((1::BIGINT << i) - 1) = 0), 0) AS new,
           coalesce(sum(n) FILTER ((mask & (mask << 1)) >> i & 1 = 1), 0) AS retained
    FROM masks, months GROUP BY i
)
SELECT i, active, new, retained, active - new - retained AS resurrected,
       coalesce(lag(active) OVER (ORDER BY i), 0) - retained AS churned
FROM counts ORDER BY i
