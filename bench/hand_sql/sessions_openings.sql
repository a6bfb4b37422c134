-- Running counts in one window; only the rows that open a session are kept, and each is set against the next of them.
WITH counted AS (
    SELECT customer_id, ts, event_id, view, goal, lag(ts) OVER one AS before,
           sum(view) OVER upto AS views, sum(goal) OVER upto AS goals,
           max(ts) OVER whole AS last_ts, sum(view) OVER whole AS all_views, sum(goal) OVER whole AS all_goals
    FROM (
        SELECT customer_id, ts, event_id, (name IN ({views}))::INT AS view,
               (name = {goal})::INT AS goal
        FROM events WHERE customer_id IS NOT NULL AND ts < TIMESTAMP '{end}'
    )
    WINDOW one AS (PARTITION BY customer_id ORDER BY ts, event_id), whole AS (PARTITION BY customer_id),
           upto AS (PARTITION BY customer_id ORDER BY ts, event_id ROWS UNBOUNDED PRECEDING)
), each AS (
    SELECT customer_id, ts AS begin, epoch_us(coalesce(lead(before) OVER one, last_ts)) - epoch_us(ts) AS lasted,
           coalesce(lead(views - view) OVER one, all_views) - (views - view) AS views,
           coalesce(lead(goals - goal) OVER one, all_goals) - (goals - goal) AS goals
    FROM counted WHERE before IS NULL OR ts - before >= INTERVAL 30 MINUTE
    WINDOW one AS (PARTITION BY customer_id ORDER BY ts, event_id)
)
SELECT date_trunc('month', begin)::DATE AS month, count(*) AS sessions, count(DISTINCT customer_id) AS customers,
       sum(lasted)::BIGINT / 60000000 AS minutes, median(lasted) / 60000000 AS median_minutes, sum(views)::BIGINT AS views,
       count(*) FILTER (lasted > 10000000 OR goals > 0 OR views >= 2) AS engaged
FROM each GROUP BY month ORDER BY month
