-- What the questions share: units, articles by place and year, names by sentence. {units} is the gazetteer's file. A TABLE is worked out
-- once a connection: what many views build on.

-- Where a fact's words begin in its sentence: the same words may stand in it twice, so it is worked out from their place in the text.
CREATE MACRO within(text, sentence, start) AS
  start - greatest(0, start + 1 - length(sentence)) - instr(substr(text, greatest(0, start + 1 - length(sentence)) + 1, 2 * length(sentence)), sentence) + 1;
CREATE MACRO before(text, sentence, start) AS lower(substr(sentence, 1, within(text, sentence, start)));
CREATE MACRO after(text, sentence, start, stop) AS lower(substr(sentence, within(text, sentence, start) + 1 + stop - start));

-- The gazetteer; Huế was the province Thừa Thiên Huế in the system of before July 2025.
CREATE VIEW units AS
SELECT system, level, code, type, CASE WHEN system = '2024' AND level = 'province' AND code = '46' THEN 'Thừa Thiên Huế' ELSE name END AS name,
       province, district, successor
FROM read_csv({units}, delim = '\t', header = true, all_varchar = true, comment = '#', quote = '', nullstr = '\0', strict_mode = false, null_padding = true);

CREATE VIEW provinces AS
SELECT o.code, o.name, n.code AS code_2025, n.name AS name_2025
FROM units o JOIN units n ON n.system = '2025' AND n.level = 'province' AND n.code = o.successor
WHERE o.system = '2024' AND o.level = 'province';

-- One row an article: its place and whether it is the first telling. The owner's province comes first, then the first place that the text is set in.
CREATE TABLE told AS
WITH placed AS (
  SELECT article_id,
         arg_min(province_code, start + if(role = 'setting', 0, 1000000)) FILTER (province_code IS NOT NULL) AS province_code,
         arg_min(district_code, start + if(role = 'setting', 0, 1000000)) FILTER (district_code IS NOT NULL) AS district_code,
         arg_min(commune_code_2025, start + if(role = 'setting', 0, 1000000)) FILTER (commune_code_2025 IS NOT NULL) AS commune_code_2025
  FROM locations GROUP BY article_id
), pages AS MATERIALIZED (
  SELECT article_id, source, source_level, source_province_code, published_at, url, title, damage, content_sha256, duplicate_of FROM articles WHERE kind = 'article'
), told_twice AS (
  SELECT content_sha256 FROM pages WHERE content_sha256 <> '' GROUP BY content_sha256 HAVING count(*) > 1
), again AS (
  SELECT article_id FROM pages SEMI JOIN told_twice USING (content_sha256)
  QUALIFY row_number() OVER (PARTITION BY content_sha256 ORDER BY duplicate_of IS NOT NULL, published_at NULLS LAST, article_id) > 1
)
SELECT a.article_id, a.source, a.source_level, coalesce(a.source_province_code, p.province_code) AS province_code, p.district_code, p.commune_code_2025,
       a.published_at, year(a.published_at) AS year, a.url, a.title, a.damage, a.duplicate_of IS NULL AND a.article_id NOT IN (FROM again) AS first_told
FROM pages a LEFT JOIN placed p USING (article_id);

-- Whom and where a sentence names: what tells a second gift of the same size from the same gift told again.
CREATE TABLE names AS
SELECT article_id, sentence_no, name FROM organisations
UNION ALL SELECT article_id, sentence_no, name FROM people
UNION ALL SELECT article_id, sentence_no, name FROM locations WHERE level IN ('district', 'commune', 'village');
