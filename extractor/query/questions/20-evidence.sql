-- en: For any number: page, archived copy, sentence with the words marked, rule, day seen
-- vi: Với bất kỳ con số nào: trang, bản lưu, câu có đánh dấu, quy tắc, ngày thu thập
-- param fact VARCHAR NULL | fact_id | mã dữ kiện
-- param words WORDS NULL | words of the mention, such as "1,2 tỷ" | nguyên văn
-- param top INTEGER 50 | how many | số dòng
WITH wanted AS (
  SELECT f.*, a.published_at FROM facts f JOIN articles a USING (article_id)
  WHERE ($fact IS NULL OR f.fact_id = $fact) AND ($words IS NULL OR regexp_matches(f.mention, $words))
  ORDER BY a.published_at DESC NULLS LAST, a.article_id, f.start, f."table", f.fact_id LIMIT $top
)
SELECT f."table", f.mention, substr(f.sentence, 1, within(a.text, f.sentence, f.start)) || '«' || f.mention || '»'
         || substr(f.sentence, within(a.text, f.sentence, f.start) + 1 + f."end" - f.start) AS sentence, f.rule, f.confidence, a.title, a.url, f.published_at::DATE AS published,
       a.fetched_at, a.warc_file, a.warc_offset, [f.fact_id] AS fact_ids
FROM wanted f JOIN articles a USING (article_id)
ORDER BY f.published_at DESC NULLS LAST, f.article_id, f.start, f."table", f.fact_id
