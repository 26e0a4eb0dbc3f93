-- en: Who got how much in each tranche
-- vi: Mỗi đợt phân bổ cho ai, bao nhiêu
-- note en: The recipient is the place, and the people are those, that stand nearest to the amount in its sentence.
-- note vi: Nơi nhận và người nhận là tên gần số tiền nhất trong câu.
-- param tranche VARCHAR NULL | number of the tranche | số của đợt
-- param year INTEGER NULL | this year alone | chỉ năm này
WITH paid AS (
  SELECT m.*, regexp_extract(before(a.text, m.sentence, m.start), '.*đợt (?:thứ )?(\d+|[ivx]+)\b', 1) AS tranche
  FROM money_counted m JOIN articles a USING (article_id)
  WHERE m.flow IN ('given', 'planned') AND m.left_out IS NULL AND contains(lower(m.sentence), 'đợt') AND ($year IS NULL OR year = $year)
), place AS (
  SELECT p.fact_id, arg_min(l.name, least(abs(l.start - p."end"), abs(p.start - l."end"))) AS recipient
  FROM paid p JOIN locations l USING (article_id, sentence_no) WHERE l.level IN ('province', 'district', 'commune', 'village') GROUP BY ALL
), people AS (
  SELECT p.fact_id, arg_min(w.mention, abs(w.start - p.start)) AS people
  FROM paid p JOIN participants w USING (article_id, sentence_no) WHERE w.role = 'beneficiary' GROUP BY ALL
)
SELECT p.tranche, l.recipient, w.people, p.flow, p.amount, p.currency, p.source, p.published_at::DATE AS published, [p.fact_id] AS fact_ids
FROM paid p LEFT JOIN place l USING (fact_id) LEFT JOIN people w USING (fact_id)
WHERE p.tranche <> '' AND ($tranche IS NULL OR p.tranche = lower($tranche))
ORDER BY p.source, published NULLS LAST, p.tranche, p.amount DESC, p.fact_id
