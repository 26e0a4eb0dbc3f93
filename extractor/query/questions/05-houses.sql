-- en: Houses built, repaired and planned, by district (before July 2025) and commune (since)
-- vi: Nhà xây mới, sửa chữa và dự kiến theo huyện (trước 7/2025) và xã (từ 7/2025)
-- note en: The unit is the last one named before the count in its sentence, else the first one that the article is set in.
-- note vi: Đơn vị là nơi được nêu gần nhất trước con số trong câu, nếu không có thì là nơi đầu tiên của bài.
-- param year INTEGER NULL | this year alone | chỉ năm này
WITH houses AS (
  SELECT *, CASE WHEN published_at IS NULL THEN 'undated' WHEN published_at::DATE < DATE '2025-07-01' THEN 'before' ELSE 'since' END AS period
  FROM quantities_counted WHERE category = 'house' AND ($year IS NULL OR year = $year)
), said AS (
  SELECT h.*, a.status, before(t.text, h.sentence, h.start) AS told_before,
         lower(h.mention) || substr(after(t.text, h.sentence, h.start, h."end"), 1, 12) AS told_with FROM houses h JOIN articles t USING (article_id) LEFT JOIN activities a ON a.activity_id = h.activity_id
), placed AS (
  SELECT s.*, CASE WHEN s.period = 'since' THEN coalesce(c.commune_code_2025, t.commune_code_2025) ELSE coalesce(d.district_code, t.district_code) END AS code
  FROM said s JOIN told t USING (article_id)
  ASOF LEFT JOIN (SELECT article_id, sentence_no, start, district_code FROM locations WHERE district_code IS NOT NULL) d
    ON d.article_id = s.article_id AND d.sentence_no = s.sentence_no AND s.start >= d.start
  ASOF LEFT JOIN (SELECT article_id, sentence_no, start, commune_code_2025 FROM locations WHERE commune_code_2025 IS NOT NULL) c
    ON c.article_id = s.article_id AND c.sentence_no = s.sentence_no AND s.start >= c.start
)
SELECT p.period, p.code, u.name AS unit, p.year,
       CASE WHEN p.status = 'planned' OR regexp_matches(p.told_before, 'kế hoạch|chỉ tiêu|phấn đấu|dự kiến|sẽ ') THEN 'planned'
            WHEN regexp_matches(p.told_with, 'sửa|nâng cấp') THEN 'repaired' WHEN regexp_matches(p.told_with, 'xây|làm mới') THEN 'built'
            WHEN regexp_extract(p.told_before, '.*(sửa|nâng cấp|xây|làm mới|khởi công)', 1) IN ('sửa', 'nâng cấp') THEN 'repaired' ELSE 'built' END AS state,
       sum(p.value) FILTER (p.left_out IS NULL)::BIGINT AS houses, count(*) FILTER (p.left_out IS NULL) AS facts,
       count(*) FILTER (p.left_out IS NOT NULL) AS left_out, list(p.fact_id ORDER BY p.fact_id) FILTER (p.left_out IS NULL) AS fact_ids
FROM placed p
LEFT JOIN units u ON u.code = p.code AND u.system = if(p.period = 'since', '2025', '2024') AND u.level = if(p.period = 'since', 'commune', 'district')
GROUP BY ALL ORDER BY p.period, p.code NULLS LAST, p.year NULLS LAST, state
