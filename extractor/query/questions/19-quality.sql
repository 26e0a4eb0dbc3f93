-- en: Quality: share of hedged figures, of sums that agree, of facts from damaged text
-- vi: Chất lượng: tỷ lệ số ước lượng, phép tính khớp, dữ kiện từ bài hỏng chữ
-- note en: Damaged: more than 2 % of the article's words lost letters. Low confidence: under 0.7.
-- note vi: Hỏng chữ: hơn 2 % số từ mất chữ. Độ tin cậy thấp: dưới 0,7.
WITH figures AS (
  SELECT 'money' AS "table", modifier, confidence, article_id, fact_id FROM money
  UNION ALL SELECT 'participants', modifier, confidence, article_id, fact_id FROM participants
  UNION ALL SELECT 'quantities', modifier, confidence, article_id, fact_id FROM quantities
), judged AS (
  SELECT f.*, t.damage FROM figures f JOIN told t USING (article_id)
), measures AS (
  SELECT 'hedged (trên, hơn, gần, khoảng …)' AS measure, "table", count(*) FILTER (modifier <> 'exact') AS n, count(*) AS of,
         list(fact_id ORDER BY fact_id) FILTER (modifier <> 'exact') AS fact_ids FROM judged GROUP BY "table"
  UNION ALL SELECT 'low confidence', "table", count(*) FILTER (confidence < 0.7), count(*), list(fact_id ORDER BY fact_id) FILTER (confidence < 0.7) FROM judged GROUP BY "table"
  UNION ALL SELECT 'from damaged text', "table", count(*) FILTER (damage > 0.02), count(*), list(fact_id ORDER BY fact_id) FILTER (damage > 0.02) FROM judged GROUP BY "table"
  UNION ALL SELECT 'agrees: ' || kind, 'checks', count(*) FILTER (holds), count(*), flatten(list(fact_ids ORDER BY check_id) FILTER (NOT holds)) FROM checks GROUP BY kind
)
SELECT measure, "table", n, of, (100 * n / of)::DECIMAL(5, 2) AS percent, fact_ids FROM measures ORDER BY measure, "table"
