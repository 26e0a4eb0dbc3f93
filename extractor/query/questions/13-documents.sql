-- en: Which documents are cited, how often, by whom, first when
-- vi: Văn bản nào được viện dẫn, bao nhiêu lần, bởi ai, lần đầu khi nào
-- param number VARCHAR NULL | a number such as 217-QĐ/TW | số hiệu
WITH cited AS (
  SELECT d.*, upper(replace(d.number, ' ', '')) AS key, t.source, t.published_at FROM documents d JOIN told t USING (article_id) WHERE t.first_told
)
SELECT key AS number, mode(doc_type) AS doc_type, mode(issuer) AS issuer, count(*) AS citations, count(DISTINCT article_id) AS articles,
       min(published_at)::DATE AS first_cited, arg_min(source, published_at) AS first_by, max(published_at)::DATE AS last_cited,
       list_sort(list_distinct(list(source))) AS sites, list(fact_id ORDER BY fact_id) AS fact_ids
FROM cited WHERE $number IS NULL OR starts_with(key, upper(replace($number, ' ', '')))
GROUP BY key ORDER BY citations DESC, number
