-- en: Training: classes and trainees, by province and year
-- vi: Tập huấn: số lớp và số người theo tỉnh và năm
-- note en: An article on training that gives no number tells of one class.
-- note vi: Bài về tập huấn không nêu số lớp thì tính một lớp.
-- param year INTEGER NULL | this year alone | chỉ năm này
-- param units INTEGER 63 | provinces: 63 (before July 2025) or 34 | 63 hoặc 34 tỉnh
WITH told_of AS (
  SELECT a.article_id, a.sentence_no, a.fact_id, a.occurrences, a.status, t.province_code, t.year
  FROM activities a JOIN told t USING (article_id) WHERE a.type = 'training' AND t.first_told
), here AS (
  SELECT DISTINCT article_id, sentence_no, province_code, year FROM told_of WHERE status = 'done'
), counted AS (
  SELECT article_id, province_code, year, 'classes' AS what, coalesce(sum(DISTINCT occurrences), 1) AS n, list(fact_id ORDER BY fact_id) AS ids
  FROM told_of WHERE status = 'done' GROUP BY article_id, province_code, year
  UNION ALL
  SELECT p.article_id, h.province_code, h.year, if(p.unit = 'attendance', 'attendances', 'trainees'), p.count, [p.fact_id]
  FROM participants_counted p JOIN here h USING (article_id, sentence_no)
  WHERE p.left_out IS NULL AND p.role IN ('attendee', 'member') AND p.unit IN ('person', 'attendance')
)
SELECT if($units = 34, p.code_2025, p.code) AS code, if($units = 34, p.name_2025, p.name) AS province, c.year,
       sum(n) FILTER (what = 'classes')::BIGINT AS classes, sum(n) FILTER (what = 'trainees')::BIGINT AS trainees,
       sum(n) FILTER (what = 'attendances')::BIGINT AS attendances, count(DISTINCT c.article_id) AS articles, list_sort(flatten(list(ids))) AS fact_ids
FROM counted c LEFT JOIN provinces p ON p.code = c.province_code
WHERE $year IS NULL OR c.year = $year GROUP BY 1, 2, 3 ORDER BY province NULLS LAST, c.year NULLS LAST
