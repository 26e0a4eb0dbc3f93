-- en: Social criticism: conferences, drafts and opinions, by level and year
-- vi: Phản biện xã hội: hội nghị, dự thảo và ý kiến theo cấp và năm
-- note en: Drafts and opinions are those of sentences on social criticism, or of articles with it in the headline.
-- note vi: Dự thảo và ý kiến trong câu nói về phản biện hoặc trong bài có tiêu đề về phản biện.
-- param year INTEGER NULL | this year alone | chỉ năm này
WITH told_of AS (
  SELECT a.article_id, a.sentence_no, a.fact_id, a.occurrences, a.status, regexp_matches(lower(coalesce(t.title, '')), 'phản biện') AS whole, t.source_level AS level, t.year
  FROM activities a JOIN told t USING (article_id) WHERE a.type = 'social_criticism' AND t.first_told
), held AS (
  SELECT article_id, level, year, 'conferences' AS what, coalesce(sum(DISTINCT occurrences), 1) AS n, list(fact_id ORDER BY fact_id) AS ids
  FROM told_of WHERE status = 'done' GROUP BY article_id, level, year
), counted AS (
  SELECT q.article_id, q.source_level AS level, o.year, if(q.category = 'opinion', 'opinions', 'drafts') AS what, q.value AS n, [q.fact_id] AS ids
  FROM quantities_counted q JOIN (SELECT article_id, any_value(year) AS year, bool_or(whole) AS whole, list(sentence_no) AS here FROM told_of GROUP BY article_id) o USING (article_id)
  WHERE q.left_out IS NULL AND (o.whole OR list_contains(o.here, q.sentence_no))
    AND (q.category = 'opinion' OR regexp_matches(lower(q.mention), 'dự thảo'))
)
SELECT level, year, sum(n) FILTER (what = 'conferences')::BIGINT AS conferences, sum(n) FILTER (what = 'drafts')::BIGINT AS drafts,
       sum(n) FILTER (what = 'opinions')::BIGINT AS opinions, count(DISTINCT article_id) AS articles, list_sort(flatten(list(ids))) AS fact_ids
FROM (FROM held UNION ALL FROM counted) WHERE $year IS NULL OR year = $year GROUP BY level, year ORDER BY level, year NULLS LAST
