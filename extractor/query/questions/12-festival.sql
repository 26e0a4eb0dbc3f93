-- en: Great Unity festival: residential areas that held it, attendance, delegations of leaders
-- vi: Ngày hội Đại đoàn kết: khu dân cư tổ chức, người dự, đoàn lãnh đạo
-- note en: areas and areas_total are told together ("161/170 khu dân cư"); share is of such counts alone, or as the text states it.
-- note vi: areas và areas_total đi cùng nhau ("161/170 khu dân cư"); share chỉ tính từ các số đó.
-- param year INTEGER NULL | this year alone | chỉ năm này
WITH here AS (
  SELECT DISTINCT a.article_id, a.sentence_no, t.source_level AS level, t.province_code, t.year
  FROM activities a JOIN told t USING (article_id) WHERE a.type = 'festival' AND t.first_told
), counted AS (
  SELECT h.*, 'areas' AS what, q.value AS n, q.total AS whole, q.fact_id
  FROM quantities_counted q JOIN here h USING (article_id, sentence_no)
  WHERE q.left_out IS NULL AND q.category = 'organisation' AND regexp_matches(lower(q.mention), 'khu dân cư|thôn|bản|ấp|khu phố|buôn|khóm')
  UNION ALL
  SELECT h.*, CASE WHEN p.unit = 'group' THEN 'delegations' WHEN p.unit = 'attendance' THEN 'attendances' ELSE 'people' END, p.count, NULL, p.fact_id
  FROM participants_counted p JOIN here h USING (article_id, sentence_no)
  WHERE p.left_out IS NULL AND ((p.role = 'attendee' AND p.unit IN ('person', 'attendance')) OR (p.unit = 'group' AND regexp_matches(lower(p.who), 'đoàn')))
)
SELECT p.name AS province, c.level, c.year, sum(n) FILTER (what = 'areas')::BIGINT AS areas, sum(whole)::BIGINT AS areas_total,
       (100 * sum(n) FILTER (what = 'areas' AND whole IS NOT NULL) / sum(whole))::DECIMAL(6, 2) AS share,
       sum(n) FILTER (what = 'people')::BIGINT AS people, sum(n) FILTER (what = 'attendances')::BIGINT AS attendances,
       sum(n) FILTER (what = 'delegations')::BIGINT AS delegations, count(DISTINCT c.article_id) AS articles, list(c.fact_id ORDER BY c.fact_id) AS fact_ids
FROM counted c LEFT JOIN provinces p ON p.code = c.province_code
WHERE $year IS NULL OR c.year = $year GROUP BY 1, 2, 3 ORDER BY 1 NULLS LAST, 2, 3 NULLS LAST
