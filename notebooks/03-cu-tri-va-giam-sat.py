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
# # Tiếp xúc cử tri, giám sát và phản biện
#
# Bao nhiêu cuộc, bao nhiêu người dự, bao nhiêu ý kiến. Người và lượt người không cộng với nhau; ô trống là bài không nêu.
#
# *English summary: meetings with voters, supervision and social criticism by level and year. Persons and attendances are never added; an empty cell means that nothing was told.*

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
meetings = answer(ask, "voter-meetings").to_pandas()
meetings.drop(columns="fact_ids")

# %%
answer(ask, "social-criticism").to_pandas().drop(columns="fact_ids")

# %% [markdown]
# ## Giám sát: chủ trì và phối hợp

# %%
supervision = answer(ask, "supervision").to_pandas()
assert set(supervision["role"]) <= {"chaired", "joined"}
alt.Chart(supervision.drop(columns="fact_ids")).mark_bar().encode(x=alt.X("year:O", title="năm"), y=alt.Y("sessions:Q", title="số cuộc"), color=alt.Color("role:N", title="vai trò"), column=alt.Column("level:N", title="cấp"))

# %% [markdown]
# ## Câu nào nói vậy?
# Trước khi trích một con số, đọc câu của nó.

# %%
for fact in evidence(ask, [i for ids in meetings["fact_ids"] for i in ids])[:8]:
    print(fact["published"], marked(fact))
