"""Whole numbers divided exactly, many at once: by the largest remainder they add up to their total.

Products of two energies in uWh need more than 64 bits. The quotient is taken in floating point,
which is right but for 1; its rest is taken modulo 2^64, as integers of numpy are, and is exact
there because the rest itself is small. By the rest the quotient is put right.
"""

import numpy as np

from bcm_mqtt.domain.interval.slots import Integers


def divided(
    amounts: Integers, times: Integers | int, by: Integers | int
) -> tuple[Integers, Integers]:
    """The floors of amounts x times / by, and the rests of these divisions.

    Args:
        amounts: Of 0 or more, one or several dimensions.
        times: Of 0 or more; the quotients are below 2^50.
        by: Above 0, below 2^61.
    """
    times, by = np.asarray(times, np.int64), np.asarray(by, np.int64)
    about = np.floor(amounts.astype(np.float64) * times / by).astype(np.int64)
    rests = amounts * times - about * by
    off = rests // by
    return about + off, rests - off * by


def apportioned(totals: Integers, weights: Integers) -> Integers:
    """Each total divided among rows by their weights; the rows add up to it exactly.

    What is left after rounding down goes to the greatest remainders, of equal ones to the first.

    Args:
        totals: int64, slots, of 0 or more; 0 where all weights are.
        weights: int64, rows x slots, of 0 or more.
    """
    sums = weights.sum(axis=0)
    floors, rests = divided(weights, totals, np.maximum(sums, 1))
    left = totals - floors.sum(axis=0)
    order = np.argsort(-rests, axis=0, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(len(weights))[:, None], axis=0)
    shares: Integers = floors + (rank < left)
    return shares
