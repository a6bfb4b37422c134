WITH one AS (
    SELECT customer_id, min(ts) AS t1 FROM events
    WHERE name = {step_1} AND customer_id IS NOT NULL AND ts < TIMESTAMP '{end}' GROUP BY customer_id
), inside AS MATERIALIZED (
    SELECT events.customer_id, name, ts, t1 FROM one JOIN events ON events.customer_id = one.customer_id AND ts > t1
    WHERE ts <= t1 + INTERVAL {days} DAY AND ts < TIMESTAMP '{end}'
    AND name IN ({step_2}, {step_3}, {step_4})
), two AS (
    SELECT customer_id, any_value(t1) AS t1, min(ts) AS t2 FROM inside WHERE name = {step_2} GROUP BY customer_id
), three AS (
    SELECT inside.customer_id, any_value(inside.t1) AS t1, any_value(t2) AS t2, min(ts) AS t3
    FROM inside JOIN two ON two.customer_id = inside.customer_id AND ts > t2
    WHERE name = {step_3} GROUP BY inside.customer_id
), four AS (
    SELECT inside.customer_id, any_value(inside.t1) AS t1, any_value(t3) AS t3, min(ts) AS t4
    FROM inside JOIN three ON three.customer_id = inside.customer_id AND ts > t3
    WHERE name = {step_4} GROUP BY inside.customer_id
)
SELECT 1 AS step, count(*) AS reached, NULL::DOUBLE AS step_median, NULL::DOUBLE AS total_median FROM one
UNION ALL SELECT 2, count(*), median(epoch_us(t2) - epoch_us(t1)) / 1e6, median(epoch_us(t2) - epoch_us(t1)) / 1e6 FROM two
UNION ALL SELECT 3, count(*), median(epoch_us(t3) - epoch_us(t2)) / 1e6, median(epoch_us(t3) - epoch_us(t1)) / 1e6 FROM three
UNION ALL SELECT 4, count(*), median(epoch_us(t4) - epoch_us(t3)) / 1e6, median(epoch_us(t4) - epoch_us(t1)) / 1e6 FROM four
