# %% [markdown]
# # A course of treatment, from photographs to a change with its interval
#
# The sample course holds six sessions of one cheek, drawn with known truth under a lamp that changes from visit to
# visit. This notebook measures it with the public names alone and asks the one question that counts: did the skin
# change, or did the photograph?
#
# Open it with any tool that reads the percent format (`jupytext --to ipynb notebooks/a_course.py`), or run it with
# `python notebooks/a_course.py`.

# %%
import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import pigtrack

COURSE = Path(__file__).parent.parent / "sample_images" / "sample-course"

# %% [markdown]
# ## One photograph: the card, and what it says of the colours
#
# The patches' reference values are known, so a fit from the camera's numbers to CIE XYZ can be checked on each patch
# by leaving that patch out. That error is reported, never the fit's own residual.

# %%
card = pigtrack.load_card("colorchecker-classic")
camera = np.array([[0.52, 0.31, 0.10], [0.20, 0.71, 0.06], [0.02, 0.14, 0.80]])  # an invented camera's mixing
fit = pigtrack.fit_colour_correction(card.xyz @ camera.T, card)
left_out = fit.loo_delta_e00
print(f"Leaving one patch out: {left_out.mean():.2f} CIEDE2000 on average, {left_out.max():.2f} at worst")

# %% [markdown]
# ## The course

# %%
course = pigtrack.measure_course(COURSE)
columns = ["session", "days_from_baseline", "area_total_mm2", "pigment_load", "load_change_percent"]
print(course.sessions[[*columns, "load_change_ci_low", "load_change_ci_high", "verdict"]].to_string(index=False))

# %% [markdown]
# ## Beside the truth
#
# The course was drawn, so its true load is known: the black line. A change inside the pale band of the report could
# not have been seen; "no detectable change" says just that, not that nothing happened.

# %%
truth = [json.loads(path.read_text()) for path in sorted((COURSE / "truth").glob("session-*/truth.json"))]
load = np.array([sum(each["pigment_load"] for each in session["lesions"] if not each["control"]) for session in truth])
days = course.sessions["days_from_baseline"].to_numpy(dtype=float)
later = course.sessions.iloc[1:]
middle = later["load_change_percent"].to_numpy(dtype=float)
low, high = (later[f"load_change_ci_{end}"].to_numpy(dtype=float) for end in ("low", "high"))

figure, axes = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
axes.plot(days, 100 * (load / load[0] - 1), color="black", label="truth, all treated spots")
bars = [middle - low, high - middle]
axes.errorbar(days[1:], middle, bars, fmt="o", color="#0072b2", label="measured, 95 % interval")
axes.axhline(0, color="0.6", linewidth=0.8)
axes.set(xlabel="days from baseline", ylabel="pigment load, change in %")
axes.legend(frameon=False)
figure  # shown below the cell
