"""The one registry of what may be said about the quality of a result."""

from enum import StrEnum


class QualityFlag(StrEnum):
    """A named reason to trust a number less, or why a number is missing.

    Each member carries ``meaning`` and ``remedy``, both one sentence for the person who took the photograph.
    """

    meaning: str
    remedy: str

    def __new__(cls, value: str, meaning: str, remedy: str) -> "QualityFlag":
        """Build a member from its name in the tables, its meaning and its remedy."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        member.remedy = remedy
        return member

    # photograph
    NO_CARD = (
        "no_card",
        "No known colour card was found.",
        "Retake with the whole card in frame, flat, sharp and without glare.",
    )
    CARD_UNUSABLE = (
        "card_unusable",
        "A card is there but cannot be read as it should.",
        "Retake with the whole card uncovered, evenly lit and without glare.",
    )
    CARD_CLIPPED = (
        "card_clipped",
        "Some card patches are blown out or black.",
        "Lower the exposure until the white patch shows detail.",
    )
    CARD_SIZE_UNKNOWN = (
        "card_size_unknown",
        "The size of this card is not known, so nothing is in millimetres.",
        "Measure from patch centre to patch centre and give card_patch_pitch_mm.",
    )
    CALIBRATION_POOR = (
        "calibration_poor",
        "The colours of the card are matched badly.",
        "Use one light source, no filter, and keep the card clean.",
    )
    CALIBRATION_FALLBACK = (
        "calibration_fallback",
        "The course's colour method failed here; another was used.",
        "Retake with the card evenly lit.",
    )
    UNEVEN_LIGHT = (
        "uneven_light",
        "The light is not even over the card and the skin.",
        "Light from two sides, or turn away from the window.",
    )
    GLARE = ("glare", "Shiny reflections lie on the skin.", "Dry the skin, move the lamp, or cross-polarise.")
    BLUR = ("blur", "The photograph is less sharp than it should be.", "Focus on the skin and hold still.")
    EXPOSURE = ("exposure", "The photograph is too dark or too bright.", "Set the exposure on the grey patches.")
    CLIPPED_SKIN = ("clipped_skin", "Parts of the skin are blown out or black.", "Lower the exposure.")
    CARD_TILT = ("card_tilt", "The card is tilted against the camera.", "Lay the card flat beside the spot.")
    LOW_RESOLUTION = ("low_resolution", "Too few pixels lie on a millimetre of skin.", "Move closer.")
    PROCESSED = (
        "processed",
        "The file tells of processing that bends colours (HDR, portrait, edited).",
        "Turn HDR, portrait and beauty modes off and send the file as it left the camera.",
    )
    CARD_WORN = (
        "card_worn",
        "Patches of the card are scratched, dirty or no longer of the colour they had.",
        "Clean the card; replace it where it is scratched or faded.",
    )
    CARD_SHADOW = (
        "card_shadow",
        "A shadow lies over part of the card.",
        "Keep hand, head and phone out of the light; the whole card must be lit alike.",
    )
    LOCAL_TONE = (
        "local_tone",
        "The camera brightened dark and dimmed bright parts of the picture each by its surroundings (HDR).",
        "Turn HDR, smart tone and scene modes off, or use raw.",
    )
    NOISE = ("noise", "The photograph is grainy.", "Add light, or lower the ISO.")
    LITTLE_SKIN = (
        "little_skin",
        "Little of the photograph is skin.",
        "Fill the frame with the site and its surrounding skin, the card beside it.",
    )
    OTHER_PLACE = (
        "other_place",
        "The baseline's skin was not found again: another site, the other side, or a mirrored picture.",
        "Photograph the site and side of the baseline, with the baseline as a ghost image.",
    )
    OTHER_VIEW = (
        "other_view",
        "The camera looked from another side or distance than at the baseline.",
        "Hold the camera as then, with the baseline as a ghost image.",
    )
    LIGHT_DIFFERS = (
        "light_differs",
        "Card and skin are lit differently from the baseline.",
        "Lay the card beside the spot, use the same lamps, and let no shadow fall on either.",
    )
    TEXTURE_LOST = (
        "texture_lost",
        "The skin's texture is fainter than at the baseline, as under make-up or behind a filter.",
        "Wash off make-up, cream and sunscreen; turn beauty filters off.",
    )
    SKIN_TONE = (
        "skin_tone",
        "The skin around the spots is darker or paler than at the baseline, as with a tan.",
        "Ask about sun and self-tanner, and clean the skin.",
    )
    BRUISE = (
        "bruise",
        "Patches of the skin look bruised or flushed.",
        "Photograph when the bruise has gone, and say so in course.toml (skin_state).",
    )
    NOT_REGISTERED = (
        "not_registered",
        "The photograph could not be laid over the baseline.",
        "Retake from the same place with the baseline as a ghost image.",
    )
    REGISTRATION_POOR = (
        "registration_poor",
        "The photograph lies over the baseline only roughly.",
        "Retake from the same place, the skin relaxed as in the baseline.",
    )
    SCALE_MISMATCH = (
        "scale_mismatch",
        "The card's scale and the skin's own scale disagree.",
        "Lay the card in the plane of the skin, beside the spot.",
    )
    OVERLAP_LOW = (
        "overlap_low",
        "Much of the region is outside this photograph.",
        "Frame the site as in the baseline.",
    )
    OTHER_DEVICE = ("other_device", "Camera or lens differ from the baseline's.", "Keep to one camera for a course.")
    LEFT_OUT_BY_HAND = (
        "left_out_by_hand",
        "A person left this photograph out.",
        "See the reason in course.toml; take the correction out to use the photograph again.",
    )
    UNDATED = ("undated", "The file carries no capture time.", "Give the date in course.toml.")
    # session
    AFTER_PROCEDURE = (
        "after_procedure",
        "Photographed after the procedure of that day; kept out of the trend.",
        "Photograph before the procedure.",
    )
    SOON_AFTER_TREATMENT = (
        "soon_after_treatment",
        "Within the days of redness after a treatment; kept out of the trend.",
        "Photograph at the next visit, before the procedure.",
    )
    SKIN_STATE = (
        "skin_state",
        "The skin was not clean (make-up, sunscreen, self-tanner, tan or bruise).",
        "Photograph clean skin.",
    )
    NO_USABLE_PHOTOGRAPH = (
        "no_usable_photograph",
        "No photograph of this session passed its checks.",
        "See photos.csv for each photograph's reason.",
    )
    NO_SPOT = (
        "no_spot",
        "No treated spot was found both here and at the baseline, so there is nothing to total.",
        "Check the drawn region and the pictures in overlays.",
    )
    EXPLORATORY = (
        "exploratory",
        "Without a calibrated baseline the numbers are relative and carry no verdict.",
        "Photograph every session with the card in frame.",
    )
    TAN = (
        "tan",
        "Treated region and control skin moved alike, as with a tan.",
        "Ask about sun; read contrasts, not colours.",
    )
    SURROUND_MOVED = (
        "surround_moved",
        "The skin around the spots moved against the control skin.",
        "Compare with the control patch before reading a change.",
    )
    NO_CONTROL = (
        "no_control",
        "No control patch was drawn, so a shift of the surrounding skin cannot be told.",
        "Draw an untreated patch as control in course.toml.",
    )
    REDNESS = ("redness", "The skin is redder than at the baseline.", "Photograph when redness has gone.")
    TREATMENT_MARKS = (
        "treatment_marks",
        "Tiny points of blood or crusts that only this session shows were left out.",
        "Photograph before the procedure, or when the skin has healed.",
    )
    CORRECTED_BY_HAND = (
        "corrected_by_hand",
        "Corrected by hand: what the program found alone is another result.",
        "Nothing to do: course.toml tells each correction with its reason.",
    )
    CORRECTION_NOT_PLACED = (
        "correction_not_placed",
        "A correction of this course could not be applied.",
        "Read the warning; set its point on a spot of the first usable photograph.",
    )
    # lesion
    BELOW_LIMIT = (
        "below_limit",
        "The spot is too faint to outline; the baseline's footprint is used.",
        "Nothing to do: the spot is near the limit of what this photograph shows.",
    )
    NOT_VISIBLE = (
        "not_visible",
        "The spot is outside the usable part of the photograph.",
        "Frame the site as in the baseline.",
    )
    SPLIT = ("split", "The spot has come apart; its parts are summed in this row.", "Nothing to do.")
    MERGED = (
        "merged",
        "The spot has grown together with a neighbour; pixels are shared by the baseline's outlines.",
        "Nothing to do.",
    )
    AT_EDGE = (
        "at_edge",
        "The spot touches the edge of the region or of the photograph.",
        "Frame the spot with skin all around.",
    )
    SMALL = ("small", "The spot covers too few pixels for a dependable area.", "Move closer.")
    HAIR = ("hair", "Hair lies over the spot or the skin.", "Move the hair aside.")
    REFERRAL = (
        "referral",
        "This spot grew or darkened: have it looked at.",
        "Have a professional look at the spot.",
    )
    PALER_THAN_RING = (
        "paler_than_ring",
        "The spot is paler than the skin around it, which is no improvement.",
        "Have a professional look at the spot.",
    )
    POPULATION = (
        "population",
        "One of many small spots, which are told together and get no verdict one by one.",
        "Read the freckle columns of sessions.csv.",
    )
    DOUBTFUL_MARK = (
        "doubtful_mark",
        "Only one session shows this spot, and it is red or one of many tiny ones: perhaps a mark of the treatment.",
        "Look at the picture, and at the next visit.",
    )
    DECOY = (
        "decoy",
        "The spot does not look like epidermal pigment; it is left out of the totals.",
        "Check the picture; exclude it in course.toml if it is a mole, tattoo or scar.",
    )
    EXCLUDED_BY_HAND = (
        "excluded_by_hand",
        "A person left this spot out: it is in no total and gets no verdict.",
        "Nothing to do: course.toml tells the reason.",
    )
