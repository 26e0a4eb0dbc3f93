-- en: Which sites went silent, moved or were replaced after July 2025
-- vi: Trang nào ngừng đăng, chuyển địa chỉ hoặc được thay sau 7/2025
-- note en: Silent: no article in the last days of the record. Moved: the newest article stands on another host than the oldest. replaced_by: sites of the same province that began after 1 July 2025, of the same level or, for a district, of a commune. A site that was not crawled again looks silent, too.
-- note vi: "silent": không có bài trong những ngày cuối của dữ liệu. "moved": bài mới nhất ở tên miền khác bài cũ nhất. replaced_by: trang cùng tỉnh bắt đầu sau 1/7/2025. Trang chưa thu thập lại cũng trông như ngừng đăng.
-- param days INTEGER 90 | days without an article | số ngày không có bài
WITH placed AS (
  SELECT a.source, a.source_level, a.url, a.published_at::DATE AS day, p.code_2025 AS province
  FROM articles a LEFT JOIN provinces p ON p.code = a.source_province_code WHERE a.kind = 'article' AND a.source IS NOT NULL AND a.published_at IS NOT NULL
), sites AS (
  SELECT source, any_value(source_level) AS level, any_value(province) AS province, min(day) AS first, max(day) AS last, count(*) FILTER (day < DATE '2025-07-01') AS before,
         count(*) FILTER (day >= DATE '2025-07-01') AS since, regexp_extract(arg_min(url, day), '//([^/]+)', 1) AS old_host, regexp_extract(arg_max(url, day), '//([^/]+)', 1) AS new_host
  FROM placed GROUP BY source
), fresh AS (
  SELECT o.source, list(n.source ORDER BY n.source) AS sites
  FROM sites o JOIN sites n ON n.province = o.province AND n.before = 0 AND (n.level = o.level OR (o.level = 'district' AND n.level = 'commune'))
  WHERE o.before > 0 GROUP BY o.source
)
SELECT s.source, s.first, s.last, s.before, s.since, s.old_host, s.new_host,
       CASE WHEN s.old_host <> s.new_host THEN 'moved' WHEN s.last < (SELECT max(last) FROM sites) - $days THEN if(f.sites IS NOT NULL, 'replaced', 'silent')
            WHEN s.before = 0 THEN 'new' ELSE 'active' END AS state,
       f.sites AS replaced_by
FROM sites s LEFT JOIN fresh f USING (source) ORDER BY s.source
