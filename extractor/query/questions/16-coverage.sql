-- en: Coverage: articles and facts by commune; where the record is empty
-- vi: Độ phủ: số bài và dữ kiện theo xã; nơi chưa có dữ liệu
-- note en: Empty means that nothing is recorded, not that nothing was done: the columns are then empty and not 0.
-- note vi: Ô trống nghĩa là chưa có dữ liệu, không phải là không có hoạt động, nên không ghi 0.
-- param province WORDS NULL | name of a province of today | tên tỉnh hiện nay
-- param recorded BOOLEAN NULL | true: with record alone; false: without | chỉ nơi có (true) hoặc chưa có (false)
WITH named AS (
  SELECT l.commune_code_2025 AS code, l.article_id, l.sentence_no, l.fact_id, t.published_at FROM locations l JOIN told t USING (article_id) WHERE l.commune_code_2025 IS NOT NULL AND t.first_told
), counted AS (
  SELECT n.code, count(*) AS facts FROM (SELECT DISTINCT code, article_id, sentence_no FROM named) n
  JOIN (SELECT article_id, sentence_no FROM money UNION ALL SELECT article_id, sentence_no FROM participants UNION ALL SELECT article_id, sentence_no FROM quantities) f USING (article_id, sentence_no)
  GROUP BY n.code
), seen AS (
  SELECT code, count(DISTINCT article_id) AS articles, min(published_at)::DATE AS first, max(published_at)::DATE AS last, list(fact_id ORDER BY fact_id) AS fact_ids FROM named GROUP BY code
)
SELECT p.name AS province, u.code, u.type, u.name AS commune, s.articles, if(s.articles IS NULL, NULL, coalesce(c.facts, 0)) AS facts, s.first, s.last, s.articles IS NOT NULL AS recorded, s.fact_ids
FROM units u JOIN units p ON p.system = '2025' AND p.level = 'province' AND p.code = u.province
LEFT JOIN seen s ON s.code = u.code LEFT JOIN counted c ON c.code = u.code
WHERE u.system = '2025' AND u.level = 'commune' AND ($province IS NULL OR regexp_full_match(p.name, $province)) AND ($recorded IS NULL OR (s.articles IS NOT NULL) = $recorded)
ORDER BY recorded DESC, province, commune, u.code
