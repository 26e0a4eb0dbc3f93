-- What is told of each fact of {table} beyond its row, where anything is: the last date before it in its sentence, and `left_out`, why it
-- counts in no sum:
--   duplicate   the article repeats another one
--   rate        an amount for each of something, or a percentage
--   part        a part of a total that is told too
--   held        of a shorter time inside a period whose total for the fund the same site tells
--   superseded  a running total of which the same site tells a later state: not smaller, at most 62 days on
--   restated    the same value told before in the article, in a sentence that names nobody and no place that is new
CREATE TABLE {table}_judged AS
WITH own AS MATERIALIZED (
  SELECT f.fact_id, f.article_id, f.sentence_no, f.start, f.as_of, f.part_of IS NULL AS whole, {rate} AS rate, {columns},
         t.source, t.source_level, t.province_code, t.published_at, t.first_told
  FROM {table} f JOIN told t USING (article_id)
), dated AS (
  SELECT f.fact_id, arg_max({{start_date: d.start_date, end_date: d.end_date, granularity: d.granularity}}, d.start) AS said
  FROM own f JOIN dates d USING (article_id, sentence_no) WHERE d.start <= f.start GROUP BY f.fact_id
), told_twice AS (
  SELECT hash(article_id, {value}, {same}) AS telling FROM own GROUP BY telling HAVING count(*) > 1
), first AS (
  SELECT fact_id, article_id, sentence_no, first_value(sentence_no) OVER same AS first_sentence, first_value(fact_id) OVER same AS first_fact
  FROM own SEMI JOIN told_twice ON telling = hash(article_id, {value}, {same})
  WINDOW same AS (PARTITION BY article_id, {value}, {value}_max, {same}, rate, whole ORDER BY {better} sentence_no, start ROWS UNBOUNDED PRECEDING)
), again AS (
  SELECT fact_id, article_id, sentence_no, first_sentence FROM first WHERE fact_id <> first_fact AND sentence_no <> first_sentence
), anew AS (
  SELECT a.fact_id
  FROM again a JOIN names n USING (article_id, sentence_no)
  ANTI JOIN names o ON o.article_id = a.article_id AND o.sentence_no = a.first_sentence AND o.name = n.name
), superseded AS (
  SELECT fact_id FROM own WHERE as_of IS NOT NULL AND first_told AND whole AND NOT rate
  QUALIFY max({value}) OVER (PARTITION BY source, source_level, province_code, {series} ORDER BY as_of RANGE BETWEEN INTERVAL 1 DAY FOLLOWING AND INTERVAL 62 DAY FOLLOWING) >= {value}
          OR row_number() OVER (PARTITION BY source, source_level, province_code, {series}, as_of, {value} ORDER BY published_at NULLS LAST, article_id, start) > 1
), spans AS (
  SELECT own.*, said.start_date, said.end_date, said.granularity FROM own JOIN dated USING (fact_id)
), held AS (
  SELECT a.fact_id
  FROM spans a JOIN spans b ON a.source = b.source AND {held} AND a.fact_id <> b.fact_id AND a.{value} <= b.{value}
  WHERE b.granularity IN ('quarter', 'half', 'year', 'span') AND b.end_date - b.start_date <= 366 AND b.first_told AND b.whole
    AND a.start_date >= b.start_date AND a.end_date <= b.end_date AND a.end_date - a.start_date < b.end_date - b.start_date
)
SELECT fact_id, said.start_date, said.end_date, said.granularity,
       CASE WHEN NOT first_told THEN 'duplicate'
            WHEN rate THEN 'rate'
            WHEN NOT whole THEN 'part'
            WHEN fact_id IN (FROM held) THEN 'held'
            WHEN fact_id IN (FROM superseded) THEN 'superseded'
            WHEN fact_id IN (SELECT fact_id FROM again) AND fact_id NOT IN (FROM anew) THEN 'restated' END AS left_out
FROM own LEFT JOIN dated USING (fact_id)
WHERE said IS NOT NULL OR left_out IS NOT NULL;

-- Facts of {table} with `left_out`, NULL where a fact counts in a sum, and `year`: of the running total's day, else of the last date before
-- it in its sentence, else of the publication.
CREATE VIEW {table}_counted AS
SELECT f.*, t.source, t.source_level, t.province_code, t.published_at, t.first_told, t.url, j.start_date, j.end_date, j.granularity,
       coalesce(year(f.as_of), year(j.end_date), t.year) AS year, j.left_out
FROM {table} f JOIN told t USING (article_id) LEFT JOIN {table}_judged j ON j.fact_id = f.fact_id;
