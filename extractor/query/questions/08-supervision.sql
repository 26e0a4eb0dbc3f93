-- en: Supervision sessions, chaired and joined, by level and year
-- vi: Số cuộc giám sát chủ trì và phối hợp theo cấp và năm
-- note en: An article that gives no number tells of one session. Joined: the sentence says "phối hợp" or "tham gia" before the supervision.
-- note vi: Bài không nêu số thì tính một cuộc. "joined": trước từ giám sát có "phối hợp" hoặc "tham gia".
-- param year INTEGER NULL | this year alone | chỉ năm này
WITH sessions AS (
  SELECT a.article_id, a.fact_id, a.occurrences, t.source_level AS level, coalesce(year(a.date_end), t.year) AS year,
         if(regexp_matches(before(x.text, a.sentence, a.start), '(phối hợp|tham gia)[^.;]{0,60}$'), 'joined', 'chaired') AS role
  FROM activities a JOIN told t USING (article_id) JOIN articles x USING (article_id) WHERE a.type = 'supervision' AND a.status = 'done' AND t.first_told
), counted AS (
  SELECT article_id, level, year, role, occurrences, min(fact_id) AS fact_id FROM sessions WHERE occurrences IS NOT NULL GROUP BY ALL
  UNION ALL
  SELECT article_id, level, min(year), min(role), 1, min(fact_id) FROM sessions GROUP BY article_id, level HAVING count(occurrences) = 0
)
SELECT level, year, role, sum(occurrences)::BIGINT AS sessions, count(DISTINCT article_id) AS articles, list(fact_id ORDER BY fact_id) AS fact_ids
FROM counted WHERE $year IS NULL OR year = $year GROUP BY ALL ORDER BY level, year NULLS LAST, role
