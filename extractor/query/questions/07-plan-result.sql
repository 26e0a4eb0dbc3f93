-- en: Plan against result: who met the target
-- vi: Chỉ tiêu và kết quả: nơi nào đạt
-- note en: basis "sentence": plan and result stand in one sentence; "share": the text states the percentage of the plan; "year": the largest plan of a site for a fund and year against what it tells as raised.
-- note vi: "sentence": chỉ tiêu và kết quả trong một câu; "share": bài nêu tỷ lệ so với chỉ tiêu; "year": chỉ tiêu lớn nhất của trang cho quỹ và năm, so với số vận động.
-- param year INTEGER NULL | this year alone | chỉ năm này
WITH money AS (
  SELECT * FROM money_counted WHERE (left_out IS NULL OR left_out = 'restated') AND first_told AND currency = 'VND' AND ($year IS NULL OR year = $year)
), pairs AS (
  SELECT 'sentence' AS basis, r.source, r.year, r.fund, p.amount AS planned, r.amount AS result, try_cast(r.amount * 100 / p.amount AS DECIMAL(12, 2)) AS percent, [r.fact_id, p.fact_id] AS fact_ids
  FROM money r JOIN money p USING (article_id, sentence_no)
  WHERE r.flow = 'raised' AND p.flow = 'planned' AND p.amount > 0
  QUALIFY row_number() OVER (PARTITION BY r.fact_id ORDER BY abs(p.start - r.start)) = 1
), shares AS (
  SELECT 'share', r.source, r.year, r.fund, NULL, r.amount, (q.value + if(regexp_matches(before(a.text, q.sentence, q.start), '(vượt|tăng)[^,.;]{0,12}$'), 100, 0))::DECIMAL(12, 2),
         [r.fact_id, q.fact_id]
  FROM money r JOIN quantities q USING (article_id, sentence_no) JOIN articles a USING (article_id)
  WHERE r.flow = 'raised' AND q.unit = '%' AND q.start > r.start AND regexp_matches(lower(q.mention) || substr(after(a.text, q.sentence, q.start, q."end"), 1, 30), '^[^.;]*(chỉ tiêu|kế hoạch)')
  QUALIFY row_number() OVER (PARTITION BY q.fact_id ORDER BY q.start - r.start) = 1
), years AS (
  SELECT 'year', source, year, fund, max(amount) FILTER (flow = 'planned') AS planned, sum(amount) FILTER (flow = 'raised' AND left_out IS NULL) AS result,
         try_cast(result * 100 / nullif(planned, 0) AS DECIMAL(12, 2)), list(fact_id ORDER BY fact_id)
  FROM money WHERE fund IS NOT NULL AND flow IN ('raised', 'planned') GROUP BY source, year, fund
  HAVING count(*) FILTER (flow = 'planned') > 0 AND count(*) FILTER (flow = 'raised') > 0 AND count(DISTINCT article_id) > 1
)
SELECT basis, source, year, fund, planned, result, percent, percent >= 100 AS met, fact_ids
FROM (FROM pairs UNION ALL FROM shares UNION ALL FROM years)
ORDER BY source, year NULLS LAST, basis, fund NULLS LAST, result, fact_ids
