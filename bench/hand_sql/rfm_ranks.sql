-- RFM by fifths, ties sharing their average rank: twice the average rank is 2 rank + ties - 1, all in whole numbers.
WITH people AS (
    SELECT customer_id, max(day) AS last, count(*) AS often, sum(value) AS spent FROM {orders} GROUP BY customer_id
), ranked AS (
    SELECT customer_id, count(*) OVER () AS size,
           2 * rank() OVER (ORDER BY last) + count(*) OVER (PARTITION BY last) - 1 AS r,
           2 * rank() OVER (ORDER BY often) + count(*) OVER (PARTITION BY often) - 1 AS f,
           2 * rank() OVER (ORDER BY spent) + count(*) OVER (PARTITION BY spent) - 1 AS m
    FROM people
), scored AS (
    SELECT customer_id, (5 * r + 2 * size - 1) // (2 * size) AS r, (5 * f + 2 * size - 1) // (2 * size) AS f,
           (5 * m + 2 * size - 1) // (2 * size) AS m
    FROM ranked
)
SELECT customer, r, f, m, r + f + m AS total FROM scored JOIN customers USING (customer_id)
