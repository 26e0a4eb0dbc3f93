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
# # Chất lượng dữ liệu: tin một con số đến đâu
#
# Con số nào là ước lượng, phép tính nào trong bài không khớp, dữ kiện nào kém chắc, nơi nào chưa có dữ liệu.
#
# *English summary: how far to trust a number: hedged figures, sums of the text that do not agree, confidence, coverage. What is left out of sums is counted with its reason.*

# %%
import os
from functools import partial
from pathlib import Path

import altair as alt

from extractor.query import query
from extractor.query.asking import answer, evidence, marked

data = Path(os.environ.get("MTTQ_DATA", "mttq-data"))
ask = partial(query, data)

# %%
quality = answer(ask, "quality").to_pandas()
quality.drop(columns="fact_ids")

# %% [markdown]
# ## Phép tính không khớp
# Bài tự nói một tổng mà các phần cộng lại không bằng. Phép kiểm tra không sửa giá trị nào: người đọc quyết định.

# %%
broken = quality[quality["measure"].str.startswith("agrees") & (quality["n"] < quality["of"])]
for fact in evidence(ask, [i for ids in broken["fact_ids"] for i in ids]):
    print(marked(fact))

# %% [markdown]
# ## Độ tin cậy theo bảng

# %%
confidence = ask('SELECT "table", confidence::DOUBLE AS confidence, count(*) AS facts FROM facts GROUP BY ALL').to_pandas()
assert confidence["confidence"].between(0, 1).all()
alt.Chart(confidence).mark_circle().encode(x=alt.X("confidence:Q", title="độ tin cậy", scale=alt.Scale(domain=[0, 1])), y=alt.Y("table:N", title=None), size=alt.Size("facts:Q", title="số dữ kiện"))

# %% [markdown]
# ## Vì sao một khoản không vào tổng

# %%
ask("SELECT left_out, count(*) AS facts, sum(amount)::DOUBLE AS would_add FROM money_counted WHERE left_out IS NOT NULL GROUP BY left_out ORDER BY facts DESC").to_pandas()

# %% [markdown]
# ## Độ phủ
# Tỷ lệ xã hiện nay có ít nhất một bài nhắc đến, theo tỉnh. Phần còn lại là chưa có dữ liệu.

# %%
coverage = answer(ask, "coverage").to_pandas()
assert coverage.loc[~coverage["recorded"], "articles"].isna().all()
share = coverage.groupby("province")["recorded"].mean().rename("share").reset_index()
alt.Chart(share[share["share"] > 0]).mark_bar().encode(x=alt.X("share:Q", title="tỷ lệ xã có dữ liệu", axis=alt.Axis(format="%")), y=alt.Y("province:N", sort="-x", title=None))
