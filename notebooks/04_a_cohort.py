# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A cohort
#
# One course tells of one person. A clinic that keeps its courses can put them side by side: by product,
# technique, cause or skin type. This notebook does so with a sample cohort of made-up products and drawn skin,
# and says at each step what such a comparison can show, and what it never can.

# %%
import io
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import pigtrack

plt.rcParams.update({"figure.dpi": 100, "font.size": 10, "axes.spines.top": False, "axes.spines.right": False})

COHORT = Path("..") / "sample_images" / "sample-cohort"
COLOURS = {"Product A": "#0072b2", "Product B": "#d55e00", "Product C": "#777777"}

# %% [markdown]
# ## What lies in the folder
#
# Each course is a folder that `pigtrack measure` has written: its `course.toml` and its tables. The photographs
# are not needed any more. Every line below is one course; its points carry the 95 % intervals of their
# photographs.

# %%
truth = pd.read_csv(COHORT / "truth.csv")
courses = {
    row.course: pd.read_csv(COHORT / row.course / "results" / "sessions.csv") for row in truth.itertuples(index=False)
}

figure, axes = plt.subplots(figsize=(7.2, 4), layout="constrained")
told = set()
for row in truth.itertuples(index=False):
    table = courses[row.course]
    table = table[(table["session"] == 1) | table["load_change_percent"].notna()].fillna({"load_change_percent": 0})
    percent, least, most = (table[f"load_change_{name}"] for name in ("percent", "ci_low", "ci_high"))
    reach = [(percent - least).fillna(0), (most - percent).fillna(0)]
    label = None if row.product in told else row.product
    told.add(row.product)
    axes.errorbar(
        table["days_from_baseline"], percent, reach, color=COLOURS[row.product], linewidth=0.9, alpha=0.8, label=label
    )
axes.axhline(0, color="0.6", linewidth=0.8)
axes.set(xlabel="days from baseline", ylabel="pigment load, change in %")
axes.legend(frameon=False, loc="lower left")
plt.show()

print(f"{len(truth)} courses of {truth['patient'].nunique()} patients; two have both cheeks in it")

# %% [markdown]
# Two things meet the eye. The intervals are short beside the distance from line to line: patients differ from
# one another far more than photographs do. And some lines end early: people stop coming, and now and then a
# photograph can't be used.
#
# ## The comparison
#
# A mixed model: each group has its course over time, each patient a rate of their own around it, each session
# its own measurement uncertainty, and two courses of one patient share that patient's rate. Groups stand in the
# order of the alphabet; there is no ranking and no winner.

# %%
compared = pigtrack.compare_courses(COHORT, by="product")
for line in compared.summary:
    print(line)

# %%
chart = plt.imread(io.BytesIO(compared.chart_png))
figure, axes = plt.subplots(figsize=(8, 8 * chart.shape[0] / chart.shape[1]), layout="constrained")
axes.imshow(chart)
axes.set_axis_off()
plt.show()

# %% [markdown]
# **Small groups are hidden.** Three patients were treated with product C: fewer than five, so no figure of
# theirs is shown, not even a number of courses. With so few, a figure would tell of a person.
#
# ## Beside the truth
#
# The patients' rates were drawn, so the true mean of each group is known: the black mark. The thick bar is the
# 95 % interval of the group's mean; the thin one is where the next patient is expected. That one is much wider,
# and it is what a person in the waiting room wants to know.

# %%
groups = compared.groups
shown = groups[(groups["axis"] == "days") & ~groups["hidden"].astype(bool)].reset_index(drop=True)
rates = truth.drop_duplicates("patient").groupby("product")["log_slope_per_30_days"].mean()
true = [100 * np.expm1(rates[row.group] * row.at / 30) for row in shown.itertuples()]

figure, axes = plt.subplots(figsize=(7.2, 2.4), layout="constrained")
for at, row in enumerate(shown.itertuples()):
    colour = COLOURS[row.group]
    axes.plot([row.patients_low, row.patients_high], [at, at], color=colour, linewidth=1.5)
    axes.plot([row.change_ci_low, row.change_ci_high], [at, at], color=colour, linewidth=6, solid_capstyle="butt")
axes.plot(true, np.arange(len(true)), "|", color="black", markersize=22, markeredgewidth=2, label="true mean")
axes.axvline(0, color="0.6", linewidth=0.8)
axes.set(yticks=np.arange(len(shown)), yticklabels=shown["group"], ylim=(len(shown) - 0.4, -0.6))
axes.set(xlabel=f"pigment load, change in % after {shown['at'][0]:.0f} days")
axes.legend(frameon=False, loc="upper left", markerscale=0.5)
plt.show()

difference = compared.differences[compared.differences["axis"] == "days"].iloc[0]
print(f"{difference['group_first']} against {difference['group_second']}: {difference['difference_percent']:+.1f} %")
print(f"95 % interval {difference['difference_ci_low']:+.1f} to {difference['difference_ci_high']:+.1f} %")
print(difference["note"])

# %% [markdown]
# ## What this does not show
#
# The patients were not assigned by chance. Whoever got product A may have differed in skin, sun, season or hope
# from whoever got product B, and no model of the tables can take that out. Spots come to treatment at their
# worst and pale without any; a season does the same to freckles. So the sentence to carry home is never "A is
# better than B". It is: *in these patients, who were not randomised, the two differed by so much, give or take
# so much.*
