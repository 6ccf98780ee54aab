"""Every check: its unit and meaning, where it warns and rejects, and what to do about it.

The limits are those of clinical photography guides where good photographs can hold them, and follow the measurement's
own tolerance elsewhere; ``benchmarks/checks.py`` shows for each how many injected faults it finds and how many good
photographs it blames.

References
----------
Finnane et al. 2017, doi:10.1001/jamadermatol.2016.6214 (photography of skin); the tolerance to blur and tilt is worked
out in ``docs/method.md``.
"""

from dataclasses import dataclass
from types import MappingProxyType

from pigtrack.model.flags import QualityFlag
from pigtrack.model.quality import QualityVerdict

_NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a check warns and where it rejects; ``above`` tells on which side worse lies.

    Attributes
    ----------
    unit, meaning : str
        What the value is, one sentence.
    remedy : str
        What to do at the camera where the finding gives nothing more exact; empty: the flag's remedy.
    """

    warn: float
    reject: float
    flag: QualityFlag
    unit: str
    meaning: str
    remedy: str = ""
    above: bool = True

    @property
    def usual_remedy(self) -> str:
        """What to do where the finding says nothing more exact."""
        return self.remedy or self.flag.remedy

    def judge(self, value: float) -> QualityVerdict:
        """Return the verdict on a value."""
        sign = 1.0 if self.above else -1.0
        if sign * value > sign * self.reject:
            return QualityVerdict.REJECT
        return QualityVerdict.WARN if sign * value > sign * self.warn else QualityVerdict.PASS


_CARD = {
    "card_found": Limits(
        0.5, 0.5, QualityFlag.NO_CARD, "", "1 if the card was found, else 0.", above=False,
    ),
    "card_patches_lost": Limits(
        6, 10, QualityFlag.CARD_CLIPPED, "", "Patches that are blown out or black.",
    ),
    "card_hidden_share": Limits(
        0.08, 0.16, QualityFlag.CARD_UNUSABLE, "1", "Share of the frame between the patches that something hides.",
    ),
    "card_blemishes": Limits(
        1, 8, QualityFlag.CARD_WORN, "", "Patches with a scratch, dirt, a glint or a shadow's edge on them.",
    ),
    "card_shadow": Limits(
        0.12, 0.16, QualityFlag.CARD_SHADOW, "1", "Depth of a shadow whose edge runs across the card.",
    ),
    "card_uneven_light": Limits(
        0.40, 1.50, QualityFlag.UNEVEN_LIGHT, "1", "Relative change of brightness from end to end of the card.",
    ),
    "card_mixed_light": Limits(
        0.25, 0.60, QualityFlag.UNEVEN_LIGHT, "1", "Relative change of red over blue from end to end of the card.",
        "Leave one kind of lamp on, and shut out daylight and coloured walls.",
    ),
    "local_tone": Limits(
        0.04, 0.12, QualityFlag.LOCAL_TONE, "",
        "Power by which brightness is bent away from that of its surroundings; 0: no tone mapping.",
    ),
    "calibration_loo_mean": Limits(
        3.0, 6.0, QualityFlag.CALIBRATION_POOR, "ΔE00", "Mean error of the patches, each told from the others.",
    ),
    "calibration_loo_max": Limits(
        9.0, 20.0, QualityFlag.CALIBRATION_POOR, "ΔE00", "Largest error of a patch told from the others.",
    ),
    "card_light_misfit": Limits(
        0.10, 0.20, QualityFlag.CARD_SHADOW, "1", "What a plane of light leaves of the card's bright patches.",
    ),
    "underexposure_l": Limits(
        14.0, 35.0, QualityFlag.EXPOSURE, "L*", "How far the brightest usable grey patch lies below its reference.",
        "Too dark: raise the exposure, or add light.",
    ),
    "overexposure_l": Limits(
        8.0, 16.0, QualityFlag.EXPOSURE, "L*", "How far the grey patches lie above their reference.",
        "Too bright: lower the exposure until the white patch shows detail.",
    ),
}  # fmt: skip

_SKIN = {
    "skin_share": Limits(
        0.20, 0.02, QualityFlag.LITTLE_SKIN, "1", "Share of the region (of all but the card) that has skin's colour.",
        above=False,
    ),
    "clipped_share": Limits(
        0.01, 0.05, QualityFlag.CLIPPED_SKIN, "1", "Share of the skin's pixels that are blown out or black.",
    ),
    "glare_share": Limits(
        0.002, 0.06, QualityFlag.GLARE, "1", "Share of the skin that is brighter and paler than the skin around it.",
    ),
    "uneven_light": Limits(
        0.45, 0.90, QualityFlag.UNEVEN_LIGHT, "1", "Relative change of brightness across the skin.",
    ),
    "mixed_light": Limits(
        0.12, 0.40, QualityFlag.UNEVEN_LIGHT, "1", "Relative change of red over blue across the skin.",
        "Leave one kind of lamp on, and shut out daylight and coloured walls.",
    ),
    "hair_share": Limits(
        0.006, 0.08, QualityFlag.HAIR, "1", "Share of the skin that hair covers.",
    ),
}  # fmt: skip

_CAMERA = {
    "noise": Limits(
        0.15, 0.50, QualityFlag.NOISE, "1", "Relative noise of a pixel, or of 0.1 mm, at mid grey.",
    ),
    "blur_mm": Limits(
        0.15, 0.40, QualityFlag.BLUR, "mm", "Standard deviation of the blur of the card's edges.",
    ),
    "blur_px": Limits(
        2.5, 6.0, QualityFlag.BLUR, "px", "The same in pixels; large where a file was enlarged.",
    ),
    "px_per_mm": Limits(
        8.0, 3.0, QualityFlag.LOW_RESOLUTION, "px/mm", "Pixels on a millimetre of skin.", above=False,
    ),
    "card_tilt_deg": Limits(
        10.0, 25.0, QualityFlag.CARD_TILT, "°", "Tilt of the card against the camera.",
    ),
    "sharpening": Limits(
        0.08, _NEVER, QualityFlag.PROCESSED, "1", "Height of the halo along the card's edges, as a share of the edge.",
        "Turn sharpening, clarity and beauty modes down in the camera.",
    ),
    "compression": Limits(
        2.2, _NEVER, QualityFlag.PROCESSED, "1", "How much larger steps are at the borders of JPEG's blocks, less 1.",
        "Set the camera to its best JPEG quality or to raw, and send the file as it left the camera.",
    ),
    "processing_traces": Limits(
        0.5, _NEVER, QualityFlag.PROCESSED, "", "Number of traces in processing.",
    ),
}  # fmt: skip

_PLACE = {
    "same_place": Limits(
        0.5, 0.5, QualityFlag.OTHER_PLACE, "", "1 if the baseline's skin was found again, else 0.", above=False,
    ),
    "registration_mm": Limits(
        0.4, 1.0, QualityFlag.REGISTRATION_POOR, "mm", "Root mean square distance of held-out matches after alignment.",
    ),
    "registration_px": Limits(
        6.0, 16.0, QualityFlag.REGISTRATION_POOR, "px", "The same in working pixels where the scale is unknown.",
    ),
    "overlap": Limits(
        0.8, 0.3, QualityFlag.OVERLAP_LOW, "1", "Share of the baseline's skin that this photograph shows.", above=False,
    ),
    "scale_against_baseline": Limits(
        0.10, 0.25, QualityFlag.OTHER_VIEW, "1", "Relative difference of the skin's size in the picture.",
    ),
    "view_tilt_deg": Limits(
        12.0, 25.0, QualityFlag.OTHER_VIEW, "°", "Tilt of the camera's view against the baseline's.",
    ),
    "view_roll_deg": Limits(
        10.0, _NEVER, QualityFlag.OTHER_VIEW, "°", "Turn of the picture in its own plane against the baseline's.",
    ),
}  # fmt: skip

_BESIDE = {
    "skin_light": Limits(
        0.10, 0.25, QualityFlag.LIGHT_DIFFERS, "1",
        "Relative brightness of the skin against the card, compared with the baseline; its colour stays.",
    ),
    "skin_sharpness": Limits(
        0.60, 0.30, QualityFlag.BLUR, "1", "Contrast of the skin's finest furrows over the baseline's.", above=False,
    ),
    "skin_texture": Limits(
        0.60, -_NEVER, QualityFlag.TEXTURE_LOST, "1", "Contrast of the skin's relief and mottling over the baseline's.",
        above=False,
    ),
    "tan_ita": Limits(
        3.0, 6.0, QualityFlag.SKIN_TONE, "°",
        "Difference of the spot-free skin's typology angle from the baseline's, light and blood evened out.",
    ),
    "redness_ei": Limits(
        2.5, 7.0, QualityFlag.REDNESS, "EI", "Rise of the erythema index since the baseline in the reddest tenth.",
    ),
    "bruise_share": Limits(
        0.004, _NEVER, QualityFlag.BRUISE, "1", "Share of the skin where blood rose far more than around.",
    ),
    "card_drift": Limits(
        1.8, 8.0, QualityFlag.CARD_WORN, "ΔE00", "Largest change of a patch's calibrated colour since the baseline.",
    ),
    "same_camera": Limits(
        0.5, -_NEVER, QualityFlag.OTHER_DEVICE, "", "1 if camera and lens are the baseline's (as far as told), else 0.",
        "Keep to one camera and lens for a course.", above=False,
    ),
    "same_flash": Limits(
        0.5, -_NEVER, QualityFlag.LIGHT_DIFFERS, "", "1 if the flash fired in both photographs or in neither, else 0.",
        "Use the flash at every visit or at none.", above=False,
    ),
}  # fmt: skip

OWN_LIMITS: MappingProxyType[str, Limits] = MappingProxyType({**_CARD, **_SKIN, **_CAMERA})
"""The checks of one photograph on its own, in the order in which they are told."""

BASELINE_LIMITS: MappingProxyType[str, Limits] = MappingProxyType({**_PLACE, **_BESIDE})
"""The checks of a photograph beside the baseline, likewise."""

LIMITS: dict[str, Limits] = {**OWN_LIMITS, **BASELINE_LIMITS}
"""All checks by name, in the order in which they are told.

Calibration: leave-one-patch-out means of good real photographs lie at 2 to 6 CIEDE2000 (the guide's 2 and 4 hold for a
studio only). Blur: an edge of 0.15 mm takes 1 % off a 3 mm spot, 0.4 mm about 7 %. Resolution: 8 pixels a millimetre
put 24 across a 3 mm spot, 3 put 9.
"""
