-- en: What a house costs: amounts a house as told, and totals divided by houses, with spread and outliers
-- vi: Chi phí một căn nhà: mức nêu trong bài và tổng chia số căn, độ tản và số bất thường
-- note en: "rate" is an amount told for one house; "total" is an amount divided by the houses of a sentence that has just one of each. An outlier lies more than 1.5 quartile ranges outside the quartiles.
-- note vi: "rate" là mức cho một căn; "total" là tổng tiền chia số căn khi câu chỉ có một số mỗi loại. Bất thường: ngoài khoảng tứ phân vị quá 1,5 lần.
-- param year INTEGER NULL | this year alone | chỉ năm này
WITH houses AS MATERIALIZED (
  SELECT article_id, sentence_no, any_value(value) AS value, any_value(fact_id) AS fact_id
  FROM quantities_counted WHERE left_out IS NULL AND category = 'house' GROUP BY article_id, sentence_no HAVING count(*) = 1 AND any_value(value) > 0
), rates AS (
  SELECT 'rate' AS basis, year, fact_id, [fact_id] AS ids, amount AS cost, before(a.text, m.sentence, m.start) || m.mention || substr(after(a.text, m.sentence, m.start, m."end"), 1, 12) AS words
  FROM money_counted m JOIN articles a USING (article_id)
  WHERE currency = 'VND' AND left_out = 'rate' AND regexp_matches(per, '^(căn|nhà|ngôi)') AND flow IN ('given', 'worth', 'planned', 'raised')
), single AS (
  SELECT article_id, sentence_no, any_value(year) AS year, any_value(amount) AS amount, any_value(fact_id) AS fact_id, any_value(sentence) AS sentence, any_value(start) AS start
  FROM money_counted SEMI JOIN houses USING (article_id, sentence_no) WHERE currency = 'VND' AND left_out IS NULL GROUP BY article_id, sentence_no HAVING count(*) = 1
), costs AS (
  SELECT * FROM rates
  UNION ALL
  SELECT 'total', s.year, s.fact_id, [s.fact_id, h.fact_id], s.amount / h.value, before(a.text, s.sentence, s.start) FROM single s JOIN houses h USING (article_id, sentence_no) JOIN articles a USING (article_id)
), kinds AS (
  SELECT *, if(regexp_extract(words, '.*(sửa|nâng cấp|xây|làm mới)', 1) IN ('sửa', 'nâng cấp'), 'repaired', 'built') AS state FROM costs WHERE $year IS NULL OR year = $year
), spread AS (
  SELECT *, quantile_cont(cost, 0.25) OVER kind AS low, quantile_cont(cost, 0.75) OVER kind AS high FROM kinds WINDOW kind AS (PARTITION BY basis, state, year)
)
SELECT basis, state, year, count(*) AS facts, min(cost)::BIGINT AS least, any_value(low)::BIGINT AS lower_quartile, median(cost)::BIGINT AS middle,
       any_value(high)::BIGINT AS upper_quartile, max(cost)::BIGINT AS most,
       count(*) FILTER (cost < low - 1.5 * (high - low) OR cost > high + 1.5 * (high - low)) AS outliers, list_sort(flatten(list(ids))) AS fact_ids
FROM spread GROUP BY basis, state, year ORDER BY basis, state, year NULLS LAST
