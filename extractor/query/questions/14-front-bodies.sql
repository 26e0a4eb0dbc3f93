-- en: Bodies of the Front before and after 1 July 2025
-- vi: Các tổ chức Mặt trận trước và sau 1/7/2025
-- note en: By the day of the article that names the body; articles without a day are left out and counted as undated.
-- note vi: Theo ngày đăng của bài có nêu tên; bài không có ngày thì chỉ đếm ở cột undated.
-- param level VARCHAR NULL | province, district, commune, village or country | cấp
WITH named AS (
  SELECT o.name, o.level, o.fact_id, o.article_id, t.published_at::DATE AS day FROM organisations o JOIN told t USING (article_id) WHERE o.kind = 'front'
)
SELECT name, level, count(DISTINCT article_id) FILTER (day < DATE '2025-07-01') AS before, count(DISTINCT article_id) FILTER (day >= DATE '2025-07-01') AS since,
       count(DISTINCT article_id) FILTER (day IS NULL) AS undated, min(day) AS first_named, max(day) AS last_named,
       CASE WHEN before > 0 AND since > 0 THEN 'both' WHEN since > 0 THEN 'since' WHEN before > 0 THEN 'before' ELSE 'undated' END AS period,
       list(fact_id ORDER BY fact_id) AS fact_ids
FROM named WHERE $level IS NULL OR level = $level GROUP BY name, level ORDER BY level NULLS LAST, name
