-- RFM by fifths, ties sharing their average rank: ranks of the different values from running counts, joined back.
WITH people AS MATERIALIZED (
    SELECT customer_id, max(day) AS last, count(*) AS often, sum(value) AS spent FROM {orders} GROUP BY customer_id
), size AS (SELECT count(*) AS size FROM people),
r AS (
    SELECT last, (5 * (2 * sum(n) OVER (ORDER BY last) - n + 1) + 2 * size - 1) // (2 * size) AS r
    FROM (SELECT last, count(*) AS n FROM people GROUP BY 1), size
), f AS (
    SELECT often, (5 * (2 * sum(n) OVER (ORDER BY often) - n + 1) + 2 * size - 1) // (2 * size) AS f
    FROM (SELECT often, count(*) AS n FROM people GROUP BY 1), size
), m AS (
    SELECT spent, (5 * (2 * sum(n) OVER (ORDER BY spent) - n + 1) + 2 * size - 1) // (2 * size) AS m
    FROM (SELECT spent, count(*) AS n FROM people GROUP BY 1), size
)
SELECT customer, r::BIGINT AS r, f::BIGINT AS f, m::BIGINT AS m, (r + f + m)::BIGINT AS total
FROM people JOIN r USING (last) JOIN f USING (often) JOIN m USING (spent) JOIN customers USING (customer_id)
