-- en: The same event told by several sites: do the figures agree
-- vi: Cùng một sự kiện do nhiều trang đưa: số liệu có khớp không
-- note en: Taken for the same event: activities of one type on one day in one commune, told by at least two sites. agree compares what at least two of them state.
-- note vi: Coi là cùng sự kiện: hoạt động cùng loại, cùng ngày, cùng xã do ít nhất hai trang đưa. agree so các số mà ít nhất hai trang nêu.
-- param type VARCHAR NULL | type of activity, such as gift_giving | loại hoạt động
WITH events AS (
  SELECT a.type, coalesce(a.date_start, t.published_at::DATE) AS day, coalesce(l.commune_code_2025, t.commune_code_2025) AS commune, t.source, t.source_level AS level,
         a.fact_id, a.money_ids, a.participant_ids
  FROM activities a JOIN told t USING (article_id) LEFT JOIN locations l ON l.fact_id = a.location_fact_id
  WHERE a.status = 'done' AND ($type IS NULL OR a.type = $type)
), shared AS (
  SELECT * FROM events SEMI JOIN (
    SELECT type, day, commune FROM events WHERE commune IS NOT NULL AND day IS NOT NULL GROUP BY ALL HAVING count(DISTINCT source) > 1) USING (type, day, commune)
), paid AS (
  SELECT s.type, s.day, s.commune, s.source, max(m.amount) AS money, list(DISTINCT m.fact_id) AS ids
  FROM (SELECT type, day, commune, source, unnest(money_ids) AS id FROM shared) s JOIN money m ON m.fact_id = s.id WHERE m.per IS NULL AND m.part_of IS NULL GROUP BY ALL
), came AS (
  SELECT s.type, s.day, s.commune, s.source, max(p.count) AS people, list(DISTINCT p.fact_id) AS ids
  FROM (SELECT type, day, commune, source, unnest(participant_ids) AS id FROM shared) s JOIN participants p ON p.fact_id = s.id WHERE p.part_of IS NULL GROUP BY ALL
), told_by AS (
  SELECT s.type, s.day, s.commune, s.source, s.level, list(s.fact_id ORDER BY s.fact_id) AS ids FROM shared s GROUP BY ALL
)
SELECT b.type, b.day, u.name AS commune, b.level, b.source, p.money, c.people,
       coalesce(min(p.money) OVER event = max(p.money) OVER event, true) AND coalesce(min(c.people) OVER event = max(c.people) OVER event, true) AS agree,
       list_sort(list_distinct(list_concat(b.ids, coalesce(p.ids, []), coalesce(c.ids, [])))) AS fact_ids
FROM told_by b LEFT JOIN paid p USING (type, day, commune, source) LEFT JOIN came c USING (type, day, commune, source)
LEFT JOIN units u ON u.system = '2025' AND u.level = 'commune' AND u.code = b.commune
WINDOW event AS (PARTITION BY b.type, b.day, b.commune)
ORDER BY b.day, b.type, commune, b.source
