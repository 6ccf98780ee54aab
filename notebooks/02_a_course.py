# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A course, and what "no detectable change" means
#
# Six sessions of one cheek, drawn with known truth, under a lamp that changes from visit to visit. Did the skin
# change, or did the photograph? And when the answer is "no detectable change": what does that say, and what
# not?

# %%
import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import pigtrack

plt.rcParams.update({"figure.dpi": 100, "font.size": 10, "axes.spines.top": False, "axes.spines.right": False})

COURSE = Path("..") / "sample_images" / "sample-course"
BLUE, GREY, BAND = "#0072b2", "0.45", "#e8edf2"

# %% [markdown]
# ## What the photographs show
#
# Three of the six, as they came from the camera: the light differs from visit to visit.

# %%
figure, axes = plt.subplots(1, 3, figsize=(9, 2.7), layout="constrained")
for ax, session in zip(axes, (1, 3, 6), strict=True):
    ax.imshow(pigtrack.read_photograph(COURSE / f"session-0{session}.jpg").pixels[::3, ::3])
    ax.set_title(f"session {session}")
    ax.set_axis_off()
plt.show()

# %% [markdown]
# ## What is measured
#
# One call: card, colours, one frame, one ruler, the same lesions through all sessions. Every number has its
# uncertainty, every change its interval.

# %%
course = pigtrack.measure_course(COURSE)
told = ["session", "days_from_baseline", "pigment_load", "load_change_percent", "load_change_ci_low"]
print(course.sessions[[*told, "load_change_ci_high", "load_detectable_percent", "verdict"]].to_string(index=False))

# %% [markdown]
# ## Beside the truth
#
# The course was drawn, so its true load is known: the black line. The pale band holds the changes that these
# photographs could not have told from none. A point outside the band, with its interval clear of zero, is a
# change. All five intervals hold the truth.

# %%
truth = [json.loads(path.read_text()) for path in sorted((COURSE / "truth").glob("session-*/truth.json"))]
load = np.array([sum(each["pigment_load"] for each in session["lesions"] if not each["control"]) for session in truth])
true = 100 * (load / load[0] - 1)
days = course.sessions["days_from_baseline"].to_numpy(dtype=float)
later = course.sessions.iloc[1:]
middle, low, high, detectable = (
    later[f"load_{name}"].to_numpy(dtype=float)
    for name in ("change_percent", "change_ci_low", "change_ci_high", "detectable_percent")
)

figure, axes = plt.subplots(figsize=(7.2, 3.8), layout="constrained")
axes.fill_between(days[1:], -detectable, detectable, color=BAND, label="too small to be told from no change")
axes.plot(days, true, color="black", linewidth=1.2, label="truth")
axes.errorbar(days[1:], middle, [middle - low, high - middle], fmt="o", color=BLUE, label="measured, 95 % interval")
axes.axhline(0, color="0.6", linewidth=0.8)
axes.set(xlabel="days from baseline", ylabel="pigment load, change in %", ylim=(-32, 8))
axes.legend(frameon=False, loc="lower left")
plt.show()

# %% [markdown]
# ## Spot by spot
#
# A single spot is harder than a whole session: fewer pixels, and its own bad luck. Here is each treated spot at
# the second session, the pale bar being what could not have been seen of *that* spot. Where the verdict is "no
# detectable change" the interval holds zero, or the fall is too small to be sure of among fifteen spots judged
# at once.

# %%
second = course.lesions[(course.lesions["session"] == 2) & course.lesions["load_change_percent"].notna()]
second = second.sort_values("load_change_percent", ascending=False).reset_index(drop=True)
place = np.arange(len(second))
change, least, most, unseen = (
    second[f"load_{name}"].to_numpy(dtype=float)
    for name in ("change_percent", "change_ci_low", "change_ci_high", "detectable_percent")
)
colours = {"improved": BLUE, "worsened": "#d55e00", "no_detectable_change": GREY}

figure, axes = plt.subplots(figsize=(7.2, 4.6), layout="constrained")
axes.barh(place, 2 * unseen, left=-unseen, color=BAND, height=0.8)
for verdict, colour in colours.items():
    of_it = second["verdict"].to_numpy() == verdict
    reach = [change[of_it] - least[of_it], most[of_it] - change[of_it]]
    label = verdict.replace("_", " ")
    axes.errorbar(change[of_it], place[of_it], xerr=reach, fmt="o", color=colour, markersize=5, label=label)
axes.axvline(0, color="0.6", linewidth=0.8)
names = [f"spot {each.lesion_id}, {each.diameter_mm:.1f} mm" for each in second.itertuples()]
axes.set(yticks=place, yticklabels=names, xlabel="pigment load, change in % after 14 days")
axes.legend(frameon=False, loc="upper right")
plt.show()

# %% [markdown]
# ## Not seen is not the same as not there
#
# "No detectable change" is a statement about the photographs: *a change of this size would have been called, a
# smaller one would not.* How small depends on the spot. Small and faint ones need a larger fall before anybody
# can be sure; the total of a session needs the smallest.

# %%
figure, axes = plt.subplots(figsize=(7.2, 3.4), layout="constrained")
amount = second["pigment_load"].to_numpy(dtype=float)
axes.scatter(amount, unseen, color=BLUE, label="single spots")
total = float(later["pigment_load"].iloc[0])
axes.scatter([total], [detectable[0]], marker="D", color="black", label="the session's total")
axes.set(xscale="log", yscale="log", xlabel="pigment load, mm²·MI", ylabel="smallest fall that is called, %")
axes.set_yticks([3, 5, 10, 20, 30], ["3", "5", "10", "20", "30"])
axes.minorticks_off()
axes.legend(frameon=False)
plt.show()

faintest = second.loc[second["pigment_load"].idxmin()]
print(f"the faintest spot must lose {faintest['load_detectable_percent']:.0f} % before it is called")
print(f"the session's total must lose {detectable[0]:.1f} %")

# %% [markdown]
# So the honest sentence of a report is never "nothing happened". It is: *no detectable change yet; a fall of
# more than so many percent would have been seen.* The faintest spot shows why: its interval reaches far to both
# sides of zero.
