-- Two windows by time alone, since which of two events of one moment is first changes no sum: a session is where the
-- pause is long, and every row is given the time at which its session began.
WITH opened AS (
    SELECT customer_id, ts, name IN ({views}) AS view, name = {goal} AS goal,
           lag(ts) OVER (PARTITION BY customer_id ORDER BY ts) AS before
    FROM events WHERE customer_id IS NOT NULL AND ts < TIMESTAMP '{end}'
), begun AS (
    SELECT customer_id, ts, view, goal,
           max(CASE WHEN before IS NULL OR ts - before >= INTERVAL 30 MINUTE THEN ts END)
               OVER (PARTITION BY customer_id ORDER BY ts RANGE UNBOUNDED PRECEDING) AS begin
    FROM opened
), each AS (
    SELECT customer_id, begin, epoch_us(max(ts)) - epoch_us(begin) AS lasted, sum(view::INT) AS views, sum(goal::INT) AS goals
    FROM begun GROUP BY customer_id, begin
)
SELECT date_trunc('month', begin)::DATE AS month, count(*) AS sessions, count(DISTINCT customer_id) AS customers,
       sum(lasted)::BIGINT / 60000000 AS minutes, median(lasted) / 60000000 AS median_minutes, sum(views)::BIGINT AS views,
       count(*) FILTER (lasted > 10000000 OR goals > 0 OR views >= 2) AS engaged
FROM each GROUP BY month ORDER BY month
