WITH one AS (
    SELECT customer_id, min(ts) AS t1 FROM events
    WHERE name = {step_1} AND customer_id IS NOT NULL AND ts < TIMESTAMP '{end}' GROUP BY customer_id
), two AS (
    SELECT one.customer_id, any_value(t1) AS t1, min(ts) AS t2
    FROM one JOIN events ON events.customer_id = one.customer_id AND ts > t1
    WHERE name = {step_2} AND ts <= t1 + INTERVAL {days} DAY AND ts < TIMESTAMP '{end}' GROUP BY one.customer_id
), three AS (
    SELECT two.customer_id, any_value(t1) AS t1, any_value(t2) AS t2, min(ts) AS t3
    FROM two JOIN events ON events.customer_id = two.customer_id AND ts > t2
    WHERE name = {step_3} AND ts <= t1 + INTERVAL {days} DAY AND ts < TIMESTAMP '{end}' GROUP BY two.customer_id
), four AS (
    SELECT three.customer_id, any_value(t1) AS t1, any_value(t3) AS t3, min(ts) AS t4
    FROM three JOIN events ON events.customer_id = three.customer_id AND ts > t3
    WHERE name = {step_4} AND ts <= t1 + INTERVAL {days} DAY AND ts < TIMESTAMP '{end}' GROUP BY three.customer_id
)
SELECT 1 AS step, count(*) AS reached, NULL::DOUBLE AS step_median, NULL::DOUBLE AS total_median FROM one
UNION ALL SELECT 2, count(*), median(epoch_us(t2) - epoch_us(t1)) / 1e6, median(epoch_us(t2) - epoch_us(t1)) / 1e6 FROM two
UNION ALL SELECT 3, count(*), median(epoch_us(t3) - epoch_us(t2)) / 1e6, median(epoch_us(t3) - epoch_us(t1)) / 1e6 FROM three
UNION ALL SELECT 4, count(*), median(epoch_us(t4) - epoch_us(t3)) / 1e6, median(epoch_us(t4) - epoch_us(t1)) / 1e6 FROM four
