"""Calibration: the circuits behind a revenue meter, scaled to what the meter measured.

Owns: what a calibration states, the factor of each quarter hour, the energy of circuits scaled by
it.
Does not own: the loads of circuits and meters, which are validated and estimated before.
Invariants: in a calibrated quarter hour the circuits and the stated parts add up to the meter
exactly, in any other one each circuit is as it was; what is not below 0 stays so; the energy of a
panel depends on its own circuits and its target alone, so that panels are computed anywhere and in
any order.
"""
