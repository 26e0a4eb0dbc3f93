# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#       jupytext_version: 1.19.6
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Bắt đầu với các bảng
#
# Mở thư mục dữ liệu, xem có những bảng nào, và đi từ một con số về đúng câu, đúng trang đã lưu. Chạy `mttq run` trước để có `mttq-data`.
#
# *English summary: open the tables with Arrow, pandas and SQL, look at what there is, and follow one figure back to its sentence and page. Needs `mttq run` first; set `MTTQ_DATA` to use another folder.*

# %%
import os
from functools import partial
from pathlib import Path

import altair as alt
import pandas as pd

from extractor import open_tables
from extractor.query import query
from extractor.query.asking import answer, evidence, marked

data = Path(os.environ.get("MTTQ_DATA", "mttq-data"))
ask = partial(query, data)

# %% [markdown]
# ## Các bảng
# Mỗi bảng là một thư mục Parquet; pandas, polars, DuckDB và Arrow đều đọc được mà không cần tùy chọn nào. Từ điển dữ liệu: `docs/reference/tables.md`.

# %%
tables = open_tables(data)
pd.DataFrame({name: [table.count_rows(), len(table.schema.names)] for name, table in tables.items()}, index=["số dòng", "số cột"]).T

# %%
money = tables["money"].to_table().to_pandas()
money[["mention", "amount", "modifier", "flow", "per", "fund"]].head(8)

# %% [markdown]
# ## Hỏi bằng SQL
# `money_counted` là bảng `money` kèm cột `left_out`: vì sao một khoản không được cộng vào tổng (bài lặp, mức cho một suất, phần của tổng, số lũy kế cũ, nói lại).

# %%
flows = ask("SELECT flow, coalesce(left_out, 'tính vào tổng') AS left_out, count(*) AS facts FROM money_counted GROUP BY ALL ORDER BY ALL").to_pandas()
alt.Chart(flows).mark_bar().encode(x=alt.X("facts:Q", title="số dữ kiện"), y=alt.Y("flow:N", title=None), color=alt.Color("left_out:N", title="trong tổng?")).properties(width=420)

# %% [markdown]
# ## Từ con số về câu
# Mỗi dòng của một câu hỏi có sẵn đều kèm mã các dữ kiện làm căn cứ.

# %%
totals = answer(ask, "fund-totals").to_pandas()
totals.drop(columns="fact_ids")

# %%
for fact in evidence(ask, [i for ids in totals["fact_ids"].dropna() for i in ids])[:5]:
    print(marked(fact), "→", fact["url"])
