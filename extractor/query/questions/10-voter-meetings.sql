-- en: Meetings with voters: how many, voters who came, opinions gathered and answered
-- vi: Tiếp xúc cử tri: số cuộc, cử tri tham dự, ý kiến và ý kiến được trả lời
-- note en: voters are persons, attendances ("lượt") may count one person twice: the two are never added. A column is empty where nothing is told: that is not zero.
-- note vi: "voters" là người, "attendances" là lượt người: không cộng với nhau. Ô trống là bài không nêu, không phải là 0.
-- param year INTEGER NULL | this year alone | chỉ năm này
WITH told_of AS (
  SELECT a.article_id, a.sentence_no, a.fact_id, a.occurrences, a.status, regexp_matches(lower(coalesce(t.title, '')), 'cử tri') AS whole, t.source_level AS level, t.year
  FROM activities a JOIN told t USING (article_id) WHERE a.type = 'voter_contact' AND t.first_told
), here AS (
  SELECT article_id, any_value(year) AS year, bool_or(whole) AS whole, list(sentence_no) AS sentences FROM told_of GROUP BY article_id
), counted AS (
  SELECT article_id, level, year, 'meetings' AS what, coalesce(sum(DISTINCT occurrences), 1) AS n, list(fact_id ORDER BY fact_id) AS ids
  FROM told_of WHERE status = 'done' GROUP BY article_id, level, year
  UNION ALL
  SELECT p.article_id, p.source_level, h.year, if(p.unit = 'attendance', 'attendances', 'voters'), p.count, [p.fact_id]
  FROM participants_counted p JOIN here h USING (article_id)
  WHERE p.left_out IS NULL AND p.role = 'attendee' AND p.unit IN ('person', 'attendance') AND (h.whole OR list_contains(h.sentences, p.sentence_no))
  UNION ALL
  SELECT q.article_id, q.source_level, h.year,
         if(regexp_matches(before(a.text, q.sentence, q.start), '(trả lời|giải quyết|giải trình|tiếp thu)[^.;]{0,40}$') OR regexp_matches(after(a.text, q.sentence, q.start, q."end"), '^[^.;]{0,40}(được trả lời|được giải quyết|đã giải quyết)'), 'answered', 'opinions'),
         q.value, [q.fact_id]
  FROM quantities_counted q JOIN here h USING (article_id) JOIN articles a USING (article_id)
  WHERE q.left_out IS NULL AND q.category = 'opinion' AND (h.whole OR list_contains(h.sentences, q.sentence_no))
)
SELECT level, year, sum(n) FILTER (what = 'meetings')::BIGINT AS meetings, sum(n) FILTER (what = 'voters')::BIGINT AS voters,
       sum(n) FILTER (what = 'attendances')::BIGINT AS attendances, sum(n) FILTER (what = 'opinions')::BIGINT AS opinions,
       sum(n) FILTER (what = 'answered')::BIGINT AS answered, count(DISTINCT article_id) AS articles, list_sort(flatten(list(ids))) AS fact_ids
FROM counted WHERE $year IS NULL OR year = $year GROUP BY level, year ORDER BY level, year NULLS LAST
