-- en: Received by a fund, by province and year, each sum counted once
-- vi: Số tiền quỹ nhận được theo tỉnh và năm, mỗi khoản tính một lần
-- note en: The levels stand apart: a province's total often holds its districts', so they are not to be added. left_out counts what was told and is no sum of its own: rates, parts, tellings again, earlier states of running totals, shorter times inside a period.
-- note vi: Các cấp để riêng: số của tỉnh thường đã gồm số của huyện, không cộng với nhau. left_out đếm các khoản không tính: mức, phần của tổng, nói lại, số lũy kế cũ, kỳ ngắn nằm trong kỳ dài.
-- param fund WORDS 'Vì người nghèo' | name of the fund | tên quỹ
-- param year INTEGER NULL | this year alone | chỉ năm này
-- param units INTEGER 63 | provinces: 63 (before July 2025) or 34 | 63 hoặc 34 tỉnh
WITH received AS (
  SELECT m.*, if($units = 34, p.code_2025, p.code) AS code, if($units = 34, p.name_2025, p.name) AS province
  FROM money_counted m LEFT JOIN provinces p ON p.code = m.province_code
  WHERE m.flow = 'raised' AND regexp_matches(m.fund, $fund) AND ($year IS NULL OR m.year = $year)
)
SELECT code, province, source_level AS level, year, currency, sum(amount) FILTER (left_out IS NULL) AS total, count(*) FILTER (left_out IS NULL) AS facts,
       count(*) FILTER (left_out IS NOT NULL) AS left_out, list(fact_id ORDER BY fact_id) FILTER (left_out IS NULL) AS fact_ids
FROM received GROUP BY ALL ORDER BY province NULLS LAST, level, year NULLS LAST, currency
