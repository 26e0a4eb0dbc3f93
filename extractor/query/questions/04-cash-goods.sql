-- en: Cash and goods, raised and given, by year and level
-- vi: Tiền mặt và hiện vật vận động, hỗ trợ theo năm và cấp
-- note en: "not_said": the text does not say whether it was cash or goods.
-- note vi: "not_said": bài không nói là tiền hay hiện vật.
-- param year INTEGER NULL | this year alone | chỉ năm này
SELECT year, source_level AS level, flow, coalesce(form, 'not_said') AS form, currency, sum(amount) FILTER (left_out IS NULL) AS total,
       count(*) FILTER (left_out IS NULL) AS facts, count(*) FILTER (left_out IS NOT NULL) AS left_out,
       list(fact_id ORDER BY fact_id) FILTER (left_out IS NULL) AS fact_ids
FROM money_counted
WHERE flow IN ('raised', 'given') AND ($year IS NULL OR year = $year)
GROUP BY ALL ORDER BY year NULLS LAST, level, flow, form, currency
