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
# # Trước và sau ngày 1/7/2025
#
# Từ 1/7/2025 cả nước còn 34 tỉnh và bỏ cấp huyện. Mỗi địa điểm trong bảng có mã của cả hai hệ, nên số liệu cũ xem được theo đơn vị mới.
#
# *English summary: since 1 July 2025 there are 34 provinces and no districts. Every place has the codes of both systems, so that earlier figures can be told by the units of today; sites that went silent or were replaced, bodies of the Front before and since.*

# %%
import os
from functools import partial
from pathlib import Path

import altair as alt
import pandas as pd

from extractor.query import query
from extractor.query.asking import answer
from extractor.query.measures import by_province, province_names

data = Path(os.environ.get("MTTQ_DATA", "mttq-data"))
ask = partial(query, data)

# %% [markdown]
# ## Cùng số liệu, hai hệ đơn vị

# %%
old = pd.Series(by_province(ask, "facts", units=63)).rename(province_names(ask, 63))
new = pd.Series(by_province(ask, "facts", units=34)).rename(province_names(ask, 34))
assert old.sum() == new.sum()
pd.DataFrame({"63 tỉnh": old, "34 tỉnh": new}).fillna("")

# %% [markdown]
# ## Địa điểm nào chuyển được sang đơn vị mới?
# Xã nhập vào đúng một xã mới thì có `commune_code_2025`; huyện không còn đơn vị nối tiếp.

# %%
places = ask("""
    SELECT level, count(*) AS places, count(province_code_2025) AS with_province, count(commune_code_2025) AS with_commune
    FROM locations WHERE level IN ('province', 'district', 'commune') GROUP BY level ORDER BY level
""").to_pandas()
alt.Chart(places.melt("level", ["places", "with_province", "with_commune"])).mark_bar().encode(x=alt.X("value:Q", title="số lần nêu"), y=alt.Y("variable:N", title=None), row=alt.Row("level:N", title="cấp"))

# %% [markdown]
# ## Trang nào ngừng đăng, được thay?

# %%
answer(ask, "sites").to_pandas()

# %% [markdown]
# ## Tổ chức Mặt trận trước và sau

# %%
answer(ask, "front-bodies").to_pandas().groupby(["level", "period"], dropna=False)["name"].count().unstack(fill_value=0)
