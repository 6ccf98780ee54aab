# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # How far to trust it
#
# A measurement that always finds an improvement is worthless. So the first question is not how well a change is
# seen but **what is said of skin that did not change** while the light did. This notebook draws such skin,
# measures it, and then looks at the record: how often the intervals hold the truth, what is called wrongly, and
# for whom it is worse.

# %%
import json
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import pigtrack

plt.rcParams.update({"figure.dpi": 100, "font.size": 10, "axes.spines.top": False, "axes.spines.right": False})
BLUE, ORANGE, BAND = "#0072b2", "#d55e00", "#e8edf2"

# %% [markdown]
# ## Skin that does not change, under light that does
#
# A phantom: skin drawn from a physical model, its truth known. Four photographs of the same unchanged skin;
# lamp and exposure differ from one to the next.

# %%
work = tempfile.TemporaryDirectory()
folder = pigtrack.render_phantom(
    out=Path(work.name) / "unchanged",
    seed=41,
    scenario="ward",
    tone="light",
    sessions=4,
    change="static",
    nuisances=["lamp", "exposure"],
    megapixels=1.0,
)
photographs = [pigtrack.read_photograph(path).pixels for path in sorted(folder.glob("session-*.jpg"))]

figure, axes = plt.subplots(1, 4, figsize=(9.6, 2.2), layout="constrained")
for number, (ax, pixels) in enumerate(zip(axes, photographs, strict=True), start=1):
    ax.imshow(pixels[::2, ::2])
    ax.set_title(f"session {number}")
    ax.set_axis_off()
plt.show()

# %% [markdown]
# ## What the pixels say, and what the measurement says
#
# The brightness of the skin's red channel, by which many melanin indices go, wanders by many percent: read as
# pigment, it would be a story of darkening and paling. The measured load stays where it is, its intervals hold
# the truth, which is 0, and the verdict is "no detectable change" each time.

# %%
course = pigtrack.measure_course(folder)
later = course.sessions.iloc[1:]
percent, least, most, detectable = (
    later[f"load_{name}"].to_numpy(dtype=float)
    for name in ("change_percent", "change_ci_low", "change_ci_high", "detectable_percent")
)
region = np.array(course.result.course.region)
left, top = region.min(axis=0).astype(int)
right, bottom = region.max(axis=0).astype(int)
red = np.array([np.median(pixels[top:bottom, left:right, 0]) for pixels in photographs], dtype=float)
raw = 100 * (red[1:] / red[0] - 1)

sessions = np.arange(2, 5)
figure, (one, other) = plt.subplots(1, 2, figsize=(8.4, 3.2), sharey=True, layout="constrained")
one.bar(sessions, raw, color=ORANGE, width=0.5)
one.set(title="red channel of the pixels", ylabel="change against session 1, %", xlabel="session")
other.bar(sessions, 2 * detectable, bottom=-detectable, color=BAND, width=0.7, label="too small to be told")
other.errorbar(sessions, percent, [percent - least, most - percent], fmt="o", color=BLUE, label="load, 95 % interval")
other.set(title="measured pigment load", xlabel="session")
other.legend(frameon=False, loc="lower left")
for ax in (one, other):
    ax.axhline(0, color="0.5", linewidth=0.8)
    ax.set_xticks(sessions)
plt.show()
print(", ".join(later["verdict"]))

# %% [markdown]
# ## A clinic's own repeatability
#
# The noise between sessions is taken from phantoms until a clinic tells its own: three shots of the same skin,
# set up anew each time, or sessions of skin that surely did not change. `pigtrack repeatability` turns them
# into a standard deviation, with its interval, and into the smallest fall that one and three shots can show.
# Four sessions tell little, and the intervals say so.

# %%
repeat = pigtrack.repeatability(courses=[folder], unchanged=True)
for each in repeat.found.endpoints:
    (_, one_shot, *_), (_, three_shots, *_) = each.smallest
    spread = f"{100 * each.total.value:.1f} % ({100 * each.total.low:.1f} to {100 * each.total.high:.1f})"
    print(f"{each.endpoint.value:9} repeats to {spread}")
    print(f"          sees falls of {one_shot:.1f} % by one shot a session, {three_shots:.1f} % by three")

# %% [markdown]
# ## The record
#
# One course proves little. The record is `pigtrack bench accuracy --full`: hundreds of phantom courses on seeds
# that were never used to tune anything. First: do the 95 % intervals hold the truth in 95 of 100 cases? By
# scenario and skin tone, with 95 % intervals over courses.

# %%
record = json.loads((Path("..") / "docs" / "figures" / "accuracy.json").read_text())
figures = {group: {each["name"]: each for each in told} for group, told in record["figures"].items()}
pairs = [f"{scenario} {tone}" for scenario in ("studio", "ward", "phone") for tone in ("light", "tan", "dark")]


def dots(ax, name, colour, label, shift=0.0):
    """One figure of all pairs with its intervals."""
    told = [figures[pair][name] for pair in pairs]
    value, low, high = (np.array([each[key] for each in told], dtype=float) for key in ("value", "low", "high"))
    at = np.arange(len(pairs)) + shift
    ax.errorbar(value, at, xerr=[value - low, high - value], fmt="o", color=colour, markersize=4, label=label)


figure, (covered, called) = plt.subplots(1, 2, figsize=(9, 3.9), sharey=True, layout="constrained")
dots(covered, "95 % interval of load covers, sessions", BLUE, "load, a session", -0.15)
dots(covered, "95 % interval of area covers, lesions", ORANGE, "area, a lesion", 0.15)
covered.axvline(95, color="0.5", linewidth=0.8)
covered.set(yticks=np.arange(len(pairs)), yticklabels=pairs, xlabel="intervals that hold the truth, %")
covered.set(ylim=(8.6, -0.6), xlim=(80, 101))
dots(called, "unchanged: session wrongly improved", BLUE, "called improved")
called.axvline(2.5, color="0.5", linewidth=0.8)
called.set(xlabel="unchanged sessions called improved, %")
covered.legend(frameon=False, loc="lower left", fontsize=8)
plt.show()
print(f"{record['courses']} courses; change stage version {record['algorithms']['change']}")

# %% [markdown]
# The grey lines are the goals. Phones fall short: on light skin unchanged sessions are called improved too
# often, and on dark skin the intervals of single areas are too narrow. That is said wherever a figure is
# quoted.
#
# Second: how large must a true change be before it is called? For a session's load a fall of about 10 % is
# nearly always called, one of 5 % in about half of the cases; a single faint spot needs far more.

# %%
falls = ("2.5 to 7.5", "7.5 to 12.5", "12.5 to 17.5", "17.5 to 25", "25 to 35", "35 to 50")
middle = [5, 10, 15, 21, 30, 42]
kinds = {
    "session load fall of {} % called": ("a session's load", BLUE, "o"),
    "lesion (5 dE00 and 3 mm up) load fall of {} % called": ("a clear spot", "#009e73", "s"),
    "fainter or smaller lesion load fall of {} % called": ("a faint or small spot", ORANGE, "^"),
}
figure, axes = plt.subplots(figsize=(7.2, 3.6), layout="constrained")
power = {}
for pattern, (label, colour, marker) in kinds.items():
    told = [figures["all"][pattern.format(fall)] for fall in falls]
    value, low, high = (np.array([each[key] for each in told], dtype=float) for key in ("value", "low", "high"))
    power[label] = value
    axes.errorbar(middle, value, [value - low, high - value], marker=marker, color=colour, label=label)
axes.set(xlabel="true fall, %", ylabel="called, %", ylim=(-3, 105))
axes.legend(frameon=False, loc="lower right")
plt.show()

# %% [markdown]
# ## What this does not show
#
# Phantoms are kinder than clinics: no lamp ages, no skin swells, and the ruler shares its model of skin with
# the drawing. No patient is in the record. Absolute loads read too high on dark skin, which goes out of a
# change but not out of a comparison between people:

# %%
for tone in ("light", "tan", "dark"):
    bias = figures[tone]["load bias, median"]
    interval = f"({bias['low']:+.1f} to {bias['high']:+.1f})"
    print(f"{tone:6} load bias {bias['value']:+.1f} % {interval}, {bias['courses']} courses")
work.cleanup()
