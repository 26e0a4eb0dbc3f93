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
# # Tiền theo quỹ và tỉnh, có bản đồ
#
# Quỹ nào nhận được bao nhiêu, ở tỉnh nào, mỗi khoản chỉ tính một lần. Tỉnh để trống là chưa có dữ liệu, không phải là không có tiền.
#
# *English summary: money by fund and province, each sum counted once, and a choropleth of the 34 provinces of today. A blank province has no record; that is not zero.*

# %%
import os
from functools import partial
from pathlib import Path

import altair as alt
import pandas as pd

from extractor.query import query
from extractor.query.asking import answer
from extractor.query.measures import by_province
from extractor.report.outline import outlines

data = Path(os.environ.get("MTTQ_DATA", "mttq-data"))
ask = partial(query, data)

# %% [markdown]
# ## Theo quỹ

# %%
funds = ask("""
    SELECT coalesce(fund, '(không nêu quỹ)') AS fund, flow, sum(amount)::DOUBLE AS total, count(*) AS facts
    FROM money_counted WHERE left_out IS NULL AND currency = 'VND' AND flow IN ('raised', 'given') GROUP BY ALL ORDER BY total DESC
""").to_pandas()
assert (funds["total"] > 0).all()
alt.Chart(funds).mark_bar().encode(x=alt.X("total:Q", title="đồng"), y=alt.Y("fund:N", sort="-x", title=None), color=alt.Color("flow:N", title="dòng tiền"), tooltip=["fund", "flow", "total", "facts"]).properties(width=420)

# %% [markdown]
# ## Theo tỉnh và năm
# Các cấp để riêng: số của tỉnh thường đã gồm số của huyện.

# %%
answer(ask, "fund-totals", {"units": "34"}).to_pandas().drop(columns="fact_ids")

# %% [markdown]
# ## Bản đồ 34 tỉnh
# Quần đảo Hoàng Sa thuộc thành phố Đà Nẵng, quần đảo Trường Sa thuộc tỉnh Khánh Hòa.

# %%
raised = by_province(ask, "raised", units=34)
shapes = [{**shape, "figure": float(raised[shape["id"]]) if shape["id"] in raised else None} for shape in outlines()["34"]["features"]]
assert sum(shape["figure"] is not None for shape in shapes) == len(raised) > 0
land = (
    alt.Chart(alt.Data(values=shapes))
    .mark_geoshape(stroke="gray", strokeWidth=0.4)
    .encode(
        color=alt.condition("isValid(datum.figure)", alt.Color("figure:Q", title="vận động (đồng)", scale=alt.Scale(scheme="reds")), alt.value("#eeeeee")),
        tooltip=[alt.Tooltip("properties.name:N", title="tỉnh"), alt.Tooltip("figure:Q", title="đồng")],
    )
)
names = pd.DataFrame([{"name": label["name"], "lon": label["at"][0], "lat": label["at"][1]} for label in outlines()["labels"]])
islands = alt.Chart(names).mark_text(fontSize=10).encode(longitude="lon:Q", latitude="lat:Q", text="name:N")
(land + islands).project(type="identity", reflectY=True).properties(width=420, height=480)
