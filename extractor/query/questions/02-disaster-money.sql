-- en: Pledged, raised and given for one disaster, by day
-- vi: Đăng ký, vận động và hỗ trợ cho một thiên tai theo ngày
-- note en: A running total ("tính đến …") is the state of its day: the columns running_total and single are never to be added. Articles are those that name the disaster.
-- note vi: Số lũy kế ("tính đến …") là trạng thái của ngày đó: không cộng running_total với single. Chỉ tính các bài có nêu tên thiên tai.
-- param event WORDS 'bão số 3' | words that name the disaster | tên thiên tai
-- param year INTEGER NULL | this year alone | chỉ năm này
WITH about AS (
  SELECT article_id, text FROM articles WHERE regexp_matches(text, $event) OR regexp_matches(title, $event)
)
SELECT coalesce(m.as_of, m.end_date, m.published_at::DATE) AS day, m.source,
       CASE WHEN regexp_matches(before(b.text, m.sentence, m.start), 'đăng ký|cam kết') THEN 'pledged' ELSE m.flow END AS flow, m.currency,
       max(m.amount) FILTER (m.as_of IS NOT NULL) AS running_total, sum(m.amount) FILTER (m.as_of IS NULL) AS single,
       count(*) AS facts, list(m.fact_id ORDER BY m.fact_id) AS fact_ids
FROM money_counted m JOIN about b USING (article_id)
WHERE m.flow IN ('raised', 'given', 'planned') AND (m.left_out IS NULL OR m.left_out = 'superseded') AND ($year IS NULL OR m.year = $year)
GROUP BY ALL ORDER BY day NULLS LAST, source, flow, currency
