"""A redundant pair of panels, feeds A and B: could either carry both loads?"""

from collections.abc import Mapping


def combined_load_percent(
    ours: Mapping[str, float | None], theirs: Mapping[str, float | None], smaller_rating: int
) -> float | None:
    """What the survivor would carry if the other feed failed, on its most loaded phase.

    Args:
        ours: A by phase letter.
        theirs: A by phase letter of the other panel.
        smaller_rating: Amps of the smaller of the two main breakers.

    Returns:
        % of the smaller rating; None where a phase's current is missing.
    """
    sums = []
    for letter, amps in ours.items():
        others = theirs.get(letter)
        if amps is None or others is None:
            return None
        sums.append(amps + others)
    return 100 * max(sums) / smaller_rating if sums else None
