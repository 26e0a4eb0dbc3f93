-- en: Largest organisations among the donors: how much, when, where
-- vi: Các đơn vị ủng hộ nhiều nhất: bao nhiêu, khi nào, ở đâu
-- note en: The donor is the body named last before the amount in its sentence. Bodies of the Front, who receive, are no donors here; nor is what is only pledged counted.
-- note vi: Đơn vị ủng hộ là tổ chức được nêu gần nhất trước số tiền trong câu; không tính các cơ quan Mặt trận là bên tiếp nhận và khoản mới đăng ký.
-- param top INTEGER 50 | how many | số đơn vị
-- param year INTEGER NULL | this year alone | chỉ năm này
WITH named AS (
  SELECT m.*, o.name, o.kind, o.fact_id AS body
  FROM money_counted m
  ASOF JOIN (SELECT article_id, sentence_no, start, name, kind, fact_id FROM organisations) o
    ON o.article_id = m.article_id AND o.sentence_no = m.sentence_no AND m.start >= o.start
  JOIN articles a ON a.article_id = m.article_id
  LEFT JOIN money whole ON whole.fact_id = m.part_of
  WHERE m.flow IN ('raised', 'given') AND m.currency = 'VND' AND (m.left_out IS NULL OR (m.left_out = 'part' AND o.start > whole.start)) AND m.first_told AND NOT regexp_matches(before(a.text, m.sentence, m.start), 'đăng ký|cam kết')
    AND ($year IS NULL OR m.year = $year)
)
SELECT n.name AS donor, n.kind, sum(n.amount) AS total, count(*) AS gifts, max(n.amount) AS largest, min(n.published_at)::DATE AS first, max(n.published_at)::DATE AS last,
       list_sort(list_distinct(list(coalesce(p.name, n.source)))) AS places, list_sort(flatten(list([n.fact_id, n.body]))) AS fact_ids
FROM named n LEFT JOIN provinces p ON p.code = n.province_code
WHERE n.kind <> 'front' AND (n.flow = 'raised' OR n.kind NOT IN ('party', 'government', 'council'))
GROUP BY n.name, n.kind ORDER BY total DESC, donor LIMIT $top
