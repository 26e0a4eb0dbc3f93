-- Facts of {table}, each with `left_out`: NULL where it counts in a sum, or why it does not.
--   duplicate   the article repeats another one
--   rate        an amount for each of something, or a percentage
--   part        a part of a total that is told too
--   held        of a shorter time inside a period whose total for the fund the same site tells
--   superseded  a running total of which the same site tells a later state: not smaller, at most 62 days on
--   restated    the same value told before in the article, in a sentence that names nobody and no place that is new
-- and `year`: of the running total's day, else of the last date before it in its sentence, else of the publication.
CREATE VIEW {table}_counted AS
WITH dated AS (
  SELECT f.*, t.source, t.source_level, t.province_code, t.published_at, t.first_told, t.url, d.start_date, d.end_date, d.granularity,
         coalesce(year(f.as_of), year(d.end_date), t.year) AS year
  FROM {table} f JOIN told t USING (article_id)
  ASOF LEFT JOIN (SELECT article_id, sentence_no, start, start_date, end_date, granularity FROM dates) d
    ON d.article_id = f.article_id AND d.sentence_no = f.sentence_no AND f.start >= d.start
), first AS (
  SELECT *, first_value(sentence_no) OVER same AS first_sentence, first_value(fact_id) OVER same AS first_fact
  FROM dated
  WINDOW same AS (PARTITION BY article_id, {value}, {value_max}, {same}, {rate}, part_of IS NULL ORDER BY {better} sentence_no, start ROWS UNBOUNDED PRECEDING)
), again AS (
  SELECT fact_id, article_id, sentence_no, first_sentence FROM first WHERE fact_id <> first_fact AND sentence_no <> first_sentence
), anew AS (
  SELECT DISTINCT a.fact_id
  FROM again a JOIN names n USING (article_id, sentence_no)
  ANTI JOIN names o ON o.article_id = a.article_id AND o.sentence_no = a.first_sentence AND o.name = n.name
), running AS (
  SELECT fact_id,
         max({value}) OVER (PARTITION BY {series} ORDER BY as_of RANGE BETWEEN INTERVAL 1 DAY FOLLOWING AND INTERVAL 62 DAY FOLLOWING) >= {value}
         OR row_number() OVER (PARTITION BY {series}, as_of, {value} ORDER BY published_at NULLS LAST, article_id, start) > 1 AS superseded
  FROM dated WHERE as_of IS NOT NULL AND first_told AND part_of IS NULL AND NOT ({rate})
), held AS (
  SELECT DISTINCT a.fact_id
  FROM dated a JOIN dated b ON a.source = b.source AND {held} AND a.fact_id <> b.fact_id AND a.{value} <= b.{value}
  WHERE b.granularity IN ('quarter', 'half', 'year', 'span') AND b.end_date - b.start_date <= 366 AND b.first_told AND b.part_of IS NULL
    AND a.start_date >= b.start_date AND a.end_date <= b.end_date AND a.end_date - a.start_date < b.end_date - b.start_date
)
SELECT f.* EXCLUDE (first_sentence, first_fact),
       CASE WHEN NOT f.first_told THEN 'duplicate'
            WHEN {rate} THEN 'rate'
            WHEN f.part_of IS NOT NULL THEN 'part'
            WHEN h.fact_id IS NOT NULL THEN 'held'
            WHEN r.superseded THEN 'superseded'
            WHEN a.fact_id IS NOT NULL AND n.fact_id IS NULL THEN 'restated' END AS left_out
FROM first f
LEFT JOIN again a ON a.fact_id = f.fact_id
LEFT JOIN anew n ON n.fact_id = f.fact_id
LEFT JOIN running r ON r.fact_id = f.fact_id
LEFT JOIN held h ON h.fact_id = f.fact_id;
