# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # One photograph, from card to melanin map
#
# A photograph shows skin, a lamp and a camera, all at once. This notebook takes them apart, step by step, on
# one photograph of the sample course: the card tells what camera and lamp did, and what is left is the skin:
# how much pigment where, and how much blood.
#
# The skin is drawn (a *phantom*), so nobody's face is shown and the truth is known. Only promised names are
# used: `import pigtrack`, nothing below it.

# %%
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import pigtrack

plt.rcParams.update({"figure.dpi": 100, "font.size": 10, "axes.spines.top": False, "axes.spines.right": False})

PHOTO = Path("..") / "sample_images" / "sample-course" / "session-01.jpg"
REGION = [(71.5, 56.1), (1134.7, 56.5), (1138.6, 1608.9), (90.6, 1625.1)]  # the treated skin, as in course.toml

# %% [markdown]
# ## The photograph and its card
#
# `map_pigment` does with one photograph what `pigtrack measure` does with each: it looks for the card, fits the
# colours and the scale, and reads the pigment. The 24 dots are where it found the patches. They are in the
# card's own order, whichever way the card lies.

# %%
view = pigtrack.map_pigment(PHOTO, card_patch_pitch_mm=9.0, region=REGION)
photo = view.photograph

figure, axes = plt.subplots(figsize=(7.2, 5.4), layout="constrained")
axes.imshow(photo.pixels)
axes.plot(*np.vstack([REGION, REGION[:1]]).T, color="white", linewidth=1.2, linestyle="--")
axes.scatter(*view.card.centres.T, s=16, facecolor="white", edgecolor="black", linewidth=0.7)
for number in (1, 6, 19, 24):
    axes.annotate(
        str(number),
        view.card.centres[number - 1],
        xytext=(6, 6),
        textcoords="offset points",
        color="white",
        bbox={"facecolor": "black", "edgecolor": "none", "alpha": 0.65, "pad": 1.2},
    )
axes.set_axis_off()
plt.show()

print(f"{photo.pixels.shape[1]} x {photo.pixels.shape[0]} pixels, {photo.capture.camera}")
print(f"a pixel is {1000 * view.mm_per_px:.1f} micrometres of skin; grid error {view.card.centre_error_px:.2f} pixels")

# %% [markdown]
# ## What camera and lamp did to the card
#
# Each patch has a known colour. Left half of each square: how the photograph shows it; right half: its
# reference under daylight (D65). A correction is fitted to these pairs and judged by **leaving out one patch at
# a time** and predicting it from the others. That error is what is reported, never the residual of the fit,
# which can be made as small as one likes.

# %%
card = pigtrack.load_card("colorchecker-classic")
fit = pigtrack.fit_colour_correction(np.where(view.card.clipped[:, None], np.nan, view.card.patches), card)

TO_SRGB = np.array([[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]])


def for_the_eye(linear):
    """Encode linear sRGB for a screen."""
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


seen, true = for_the_eye(view.card.patches), for_the_eye(card.xyz @ TO_SRGB.T)
figure, (squares, bars) = plt.subplots(1, 2, figsize=(8.4, 2.9), layout="constrained")
for k in range(24):
    x, y = k % 6, -(k // 6)
    squares.fill([x, x + 0.44, x + 0.44, x], [y, y, y + 0.88, y + 0.88], color=seen[k])
    squares.fill([x + 0.44, x + 0.88, x + 0.88, x + 0.44], [y, y, y + 0.88, y + 0.88], color=true[k])
squares.set(aspect="equal", title="photographed | reference")
squares.set_axis_off()
left_out = fit.loo_delta_e00
bars.bar(np.arange(1, 25), left_out, color=true, edgecolor="0.4", linewidth=0.6)
bars.set(xlabel="patch", ylabel="CIEDE2000 when left out", title=f"method: {view.calibration.method}")
plt.show()

print(f"left-out error: {np.nanmean(left_out):.2f} CIEDE2000 on average, {np.nanmax(left_out):.2f} at worst")

# %% [markdown]
# The first two patches are paint in the colour of skin. The correction is made for *skin*, so paint may come
# out somewhat different: that is by design, and why saturated patches stand higher here than skin does.
#
# ## The skin, as it would look in daylight, and three densities
#
# Light that passes pigment is lost in proportion, so the *logarithm* of the light is what adds up: the optical
# density `D = -log10(light)`. Melanin shows in all three channels, most in blue; blood mostly in green. That
# difference is what lets them be told apart.

# %%
linear = np.where(view.skin / 255 <= 0.04045, view.skin / 255 / 12.92, ((view.skin / 255 + 0.055) / 1.055) ** 2.4)
density = np.where(np.isfinite(view.melanin)[..., None], -np.log10(np.maximum(linear, 2e-3)), np.nan)

figure, axes = plt.subplots(1, 4, figsize=(9.6, 3.9), layout="constrained")
axes[0].imshow(view.skin)
axes[0].set_title("calibrated")
for ax, channel, name in zip(axes[1:], range(3), ("red", "green", "blue"), strict=True):
    usual = np.nanmedian(density[..., channel])
    shown = ax.imshow(density[..., channel] - usual, cmap="cividis", vmin=-0.05, vmax=0.25)
    ax.set_title(f"density, {name}")
for ax in axes:
    ax.set_axis_off()
figure.colorbar(shown, ax=axes[1:], shrink=0.7, label="above the usual skin")
plt.show()

# %% [markdown]
# ## Melanin and redness
#
# The three densities are read along melanin and along blood, at this skin's own tone, and sent back through the
# model of skin. The melanin index (MI) is 100 times the red density that this melanin alone would make; the
# erythema index (EI) likewise for blood and green.

# %%
figure, axes = plt.subplots(1, 2, figsize=(8.4, 5.2), layout="constrained")
usual = np.nanmedian(view.melanin), np.nanmedian(view.redness)
for ax, index, middle, name, colours in zip(
    axes, (view.melanin, view.redness), usual, ("melanin, MI", "redness, EI"), ("YlOrBr", "Reds"), strict=True
):
    shown = ax.imshow(index - middle, cmap=colours, vmin=-3, vmax=20)
    ax.plot([30, 30 + 10 / view.mm_per_px], [index.shape[0] - 40] * 2, color="black", linewidth=3)
    ax.text(30, index.shape[0] - 55, "10 mm")
    ax.set_title(name)
    ax.set_axis_off()
    figure.colorbar(shown, ax=ax, shrink=0.6, location="bottom", label="above the usual skin")
plt.show()

# %% [markdown]
# ## A line across a spot
#
# The spot stands far out of the melanin map and hardly shows in the redness map. A blush would do the opposite.
# Counting how dark the photograph is (L*, or the red channel) would have called both of them pigment.

# %%
inside = view.melanin > usual[0] + 5
rows, columns = np.nonzero(inside & (view.melanin > np.nanpercentile(view.melanin[inside], 90)))
row = int(np.median(rows))
line = slice(max(int(np.median(columns[np.abs(rows - row) < 30])) - 200, 0), None)
line = slice(line.start, line.start + 400)
along = np.arange(400)[: view.melanin[row, line].size] * view.mm_per_px
melanin_line = np.nanmean(view.melanin[row - 4 : row + 5, line], axis=0) - usual[0]
redness_line = np.nanmean(view.redness[row - 4 : row + 5, line], axis=0) - usual[1]

figure, axes = plt.subplots(figsize=(7.2, 2.9), layout="constrained")
axes.plot(along, melanin_line, color="#7a4a10", label="melanin, MI")
axes.plot(along, redness_line, color="#c0392b", linestyle="--", label="redness, EI")
axes.axhline(0, color="0.7", linewidth=0.8)
axes.set(xlabel="mm along the line", ylabel="above the usual skin")
axes.legend(frameon=False)
plt.show()

height, reddening = float(np.nanmax(melanin_line)), float(np.nanmax(np.abs(redness_line)))
print(f"the spot stands {height:.1f} MI above its skin; redness moves by at most {reddening:.1f} EI on the same line")

# %% [markdown]
# The maps of *one* photograph stand on a ruler fitted to that photograph. To compare photographs they must
# share one ruler, one frame and one scale: that is a course, and the next notebook.
