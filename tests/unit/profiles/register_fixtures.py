"""Registers as each shipped device would answer, and what they are worth, by hand.

Registers that are not given read 0. Values are thousandths of the quantity's unit by pole.
Floats: 0x41480000 12.5, 0x43660000 230, 0x44BB8000 1500, 0xC4BB8000 -1500, 0x42F68000 123.25,
0x40500000 3.25, 0x3E800000 0.25, 0x3F600000 0.875, 0x42480000 50, 0x447A0000 1000, 0x7FC00000 NaN,
0xFF800000 minus infinity.
"""

from unit.profiles.answers import Answers, Values
from unit.profiles.meter_fixtures import METERS

__all__ = ["FIXTURES", "Answers", "Values"]

FIXTURES: dict[str, Answers] = METERS | {
    "bg08": Answers(
        requests=[(unit, 3, 501, 6) for unit in range(1, 9)],
        registers={1: {501: [123, 0, 65535]}, 8: {504: [7]}},
        current={1: 12_300, 3: 0, 5: 6_553_500, 44: 700, 48: 0},
    ),
    "e30": Answers(
        requests=[
            (1, 3, 999, 125),
            (1, 3, 1124, 1),
            (1, 3, 1167, 125),
            (1, 3, 1292, 85),
        ],
        registers={
            1: {
                999: [0xFFFE, 0xFFFF, 0x8000],  # 10^-2, 10^-1, rubbish
                1335: [1234, 0xFFFF, 5, 0x8000],
                1041: [0xFFFD],  # 10^-3 kW
                1251: [1500],
                1124: [0xFFFF],  # of channel 42: 10^-1 kWh
                1249: [0x0001, 0x0000],  # of channel 42: 65536
                1376: [3],
                1293: [950, 0xFC18, 0x8000],
            }
        },
        current={1: 12_340, 2: -100, 3: None, 4: None, 5: 0, 42: 3_000},
        power={1: 1_500_000, 42: 0},
        energy={1: 0, 42: 6_553_600},
        power_factor={1: 950, 2: -1000, 3: None, 42: 0},
    ),
    "em24": Answers(
        requests=[
            (1, 4, 0, 6),
            (1, 4, 12, 10),
            (1, 4, 22, 10),
            (1, 4, 32, 4),
            (1, 4, 50, 6),
            (1, 4, 70, 6),
        ],
        registers={
            1: {
                0: [2301, 0, 0, 0x7FFF, 2299, 0],  # 230.1 V, an overflow, 229.9 V
                12: [0x86A0, 0x0001, 5000, 0, 0, 0],  # 100.000 A, 5 A
                18: [0xFFFF, 0xFFFF, 11_500, 0, 7, 0],  # -0.1 W, 1150 W, 0.7 W
                24: [11_600, 0, 8, 0, 0, 0],
                30: [0xFFFE, 0xFFFF, 12, 0, 0, 0x8000],  # -0.2 var, 1.2 var, an overflow below 0
                50: [981, 0xFFFF, 1000, 7, 7, 500],
                70: [0, 1, 12, 0, 0x1234, 0x7FFF],  # 6553.6 kWh, 1.2 kWh, an overflow
            }
        },
        current={1: 100_000, 2: None, 3: 5_000, 5: 0},
        power={1: -100, 3: 1_150_000, 5: 700},
        voltage={1: 230_100, 3: None, 5: 229_900},
        energy={1: 6_553_600, 3: 1_200, 5: None},
        power_factor={1: 981, 3: -1, 5: 1000},
        reactive_power={1: -200, 3: 1_200, 5: None},
        apparent_power={1: 1_160_000, 3: 800, 5: 0},
        frequency={1: 50_000, 3: 50_000, 5: 50_000},
    ),
    "generic": Answers(
        requests=[(1, 3, 0, 42)],
        registers={1: {0: [100], 41: [1]}},
        current={1: 10_000, 2: 0, 42: 100},
    ),
    "iem3000": Answers(
        requests=[
            (1, 3, 2999, 6),
            (1, 3, 3027, 6),
            (1, 3, 3053, 6),
            (1, 3, 3109, 2),
            (1, 3, 3517, 12),
        ],
        registers={
            1: {
                2999: [0x4148, 0, 0x7FC0, 0, 0x3E80, 0],
                3027: [0x4366, 0, 0x4366, 0, 0x7FC0, 0],
                3053: [0x4050, 0, 0x3E80, 0, 0xFF80, 0],  # kW
                3109: [0x4248, 0],
                3517: [0, 0, 0x0001, 0x86A0, 0, 0, 0, 999, 0x8000, 0, 0, 0],  # Wh
            }
        },
        current={1: 12_500, 3: None, 5: 250},
        power={1: 3_250_000, 3: 250_000, 5: None},
        voltage={1: 230_000, 3: 230_000, 5: None},
        energy={1: 100_000, 3: 999, 5: None},
        frequency={1: 50_000, 5: 50_000},
    ),
    "map12e": Answers(
        requests=[
            (1, 4, 0x1000 * channel + register, count)
            for channel in range(1, 5)
            for register, count in (
                (0x0BD, 3),
                *([(0x0F8, 1)] if channel == 1 else []),
                *((0x204, 12), (0x302, 6), (0x30A, 6), (0x312, 6)),
                (0x410, 12) if channel == 1 else (0x416, 6),
            )
        ],
        registers={
            1: {
                # 40,960,000 x 2.44141e-7 = 10.00001536 A
                0x1416: [0x0271, 0x0000],
                0x2416: [0x0271, 0x0000],
                0x441A: [0x0271, 0x0000],  # channel 4 L3 is pole 12
                # 1,507,328,000 x 1.52588e-7 = 230.000... V: 230.0001649
                0x1410: [0x59D8, 0x0000, 0xFFFF, 0xFFFF],
                # 100,000 x 0.00512 = 512 W; -100,000
                0x1302: [0x0001, 0x86A0],
                0x2302: [0xFFFE, 0x7960],
                0x130A: [0xFFFE, 0x7960],
                0x430E: [0x0001, 0x86A0],
                0x1312: [0x0001, 0x86A0],
                0x10F8: [4998],
                0x10BD: [1000],
                0x40BF: [0xFE0C],
                # 2^32 + 5 counts of 10 mWh: 42949.67301 kWh, low word first
                0x1204: [5, 0, 1, 0],
            }
        },
        current={1: 10_000, 2: 10_000, 3: 0, 12: 10_000},
        power={1: 512_000, 2: -512_000},
        voltage={1: 230_000, 2: 230_000, 7: 230_000, 3: None, 4: None, 5: 0},
        energy={1: 42_949_673, 3: 0},
        power_factor={1: 1000, 12: -500},
        reactive_power={1: -512_000, 2: 0, 12: 512_000},
        apparent_power={1: 512_000, 3: 0},
        frequency={1: 49_980, 12: 49_980},
    ),
    "pac1600": Answers(
        requests=[
            (1, 3, 1, 12),
            (1, 3, 19, 24),
            (1, 3, 49, 2),
            (1, 3, 6707, 2),
            (1, 3, 6727, 2),
            (1, 3, 6747, 2),
        ],
        registers={
            1: {
                1: [0, 23_010],  # 230.10 V
                7: [0x0001, 0x86A0, 0, 15, 0, 14],  # 10 A, 1.5 mA, 1.4 mA
                19: [0, 50_000, 0xFFFF, 0xFFFF],  # 500 W, -0.01 W
                25: [0, 10_000, 0xFFFF, 0xFFFE],
                31: [0, 51_000],
                37: [0, 9804, 0xFFFF, 0xD8F0],
                49: [0, 5998],
                6727: [0x0001, 0x0001],  # 65537 Wh
            }
        },
        current={1: 10_000, 3: 2, 5: 1},
        power={1: 500_000, 3: -10},
        voltage={1: 230_100, 3: 0},
        energy={1: 0, 3: 65_537},
        power_factor={1: 980, 3: -1000},
        reactive_power={1: 100_000, 3: -20},
        apparent_power={1: 510_000, 5: 0},
        frequency={1: 59_980, 5: 59_980},
    ),
    "powerscout18": Answers(
        requests=[
            request for unit in range(1, 7) for request in ((unit, 3, 4021, 40), (unit, 3, 4301, 1))
        ],
        registers={
            1: {
                4301: [1],
                4021: [6001],
                4022: [0x86A0, 0x0001],  # 100,000 of 1 Wh
                4028: [1500],  # of 1 W
                4037: [300],
                4046: [1600],
                4052: [94],
                4055: [134, 10],  # of 0.1 A
                4058: [1203],
            },
            2: {4301: [2], 4022: [7, 0], 4028: [3], 4055: [55], 4060: [1199]},
            3: {4301: [9], 4021: [6001], 4022: [7, 0], 4028: [3], 4055: [55], 4058: [1200]},
            4: {4301: [4], 4022: [5, 0], 4028: [1], 4055: [12], 4058: [120]},  # 1 kW, A and V
            5: {4301: [0], 4022: [5, 0], 4028: [9], 4055: [1234], 4058: [1200]},
        },
        current={1: 13_400, 3: 1_000, 2: 5_500, 7: None, 8: 12_000, 13: 12_340, 14: 0},
        power={1: 1_500_000, 2: 30_000, 7: None, 8: 1_000_000, 13: None},
        voltage={1: 120_300, 6: 119_900, 7: None, 8: 120_000, 13: 120_000},
        energy={1: 100_000, 2: 70, 7: None, 8: 5_000, 13: None},
        power_factor={1: 940, 2: 0, 7: 0},
        reactive_power={1: 300_000, 2: 0, 7: None, 13: None},
        apparent_power={1: 1_600_000, 2: 0, 7: None, 13: None},
        frequency={1: 60_010, 3: 60_010, 5: 60_010, 2: 0},
    ),
    "powerscout24": Answers(
        requests=[
            request for unit in range(1, 9) for request in ((unit, 3, 4021, 40), (unit, 3, 4601, 1))
        ],
        registers={
            1: {4601: [1], 4022: [9, 0], 4028: [7], 4055: [134, 10], 4058: [1203]},
            8: {
                4601: [6],
                4021: [5999],
                4022: [3, 0],  # of 100 kWh
                4028: [2],
                4037: [1],
                4046: [2],
                4052: [99],
                4055: [400],
                4060: [277],
            },
        },
        current={1: 13_400, 3: 1_000, 20: 400_000, 24: 0},
        power={1: 7_000, 20: 200_000_000},
        voltage={1: 120_300, 24: 277_000},
        energy={1: 9, 20: 300_000},
        power_factor={20: 990},
        reactive_power={20: 100_000_000},
        apparent_power={20: 200_000_000},
        frequency={1: 0, 24: 59_990},
    ),
    "powerscout3": Answers(
        requests=[(1, 3, 4021, 40), (1, 3, 4601, 1)],
        registers={
            1: {
                4601: [3],
                4021: [5000],
                4022: [0, 1],  # 65,536 of 0.1 kWh
                4028: [23],
                4037: [4, 0xFFFF],
                4046: [24],
                4052: [97, 0xFF9D],
                4055: [1050],
                4058: [2301],
            }
        },
        current={1: 105_000, 3: 0},
        power={1: 2_300_000, 3: 0},
        voltage={1: 230_100, 3: 0},
        energy={1: 6_553_600, 3: 0},
        power_factor={1: 970, 3: -990},
        reactive_power={1: 400_000, 3: -100_000},
        apparent_power={1: 2_400_000},
        frequency={1: 50_000, 5: 50_000},
    ),
    "sdm630": Answers(
        requests=[(1, 4, 0, 36), (1, 4, 70, 2), (1, 4, 346, 6)],
        registers={
            1: {
                0: [0x4366, 0, 0x4366, 0x199A, 0x7FC0, 0],  # the second is 230.1 of a float
                6: [0x4148, 0, 0x4148, 0],
                12: [0xC4BB, 0x8000, 0x44BB, 0x8000],
                18: [0x44BB, 0x8000],
                24: [0xC4BB, 0x8000],
                30: [0x3F60, 0, 0xBF60, 0],
                70: [0x4248, 0],
                346: [0x42F6, 0x8000, 0x447A, 0],
            }
        },
        current={1: 12_500, 2: None, 3: 12_500, 5: 0},
        power={1: -1_500_000, 3: 1_500_000},
        voltage={1: 230_000, 3: 230_100, 5: None},
        energy={1: 123_250, 3: 1_000_000},
        power_factor={1: 875, 3: -875, 5: 0},
        reactive_power={1: -1_500_000, 3: 0},
        apparent_power={1: 1_500_000, 5: 0},
        frequency={1: 50_000, 5: 50_000},
    ),
    "shelly-pro-3em": Answers(
        requests=[
            (1, 4, 1020, 10),
            (1, 4, 1040, 10),
            (1, 4, 1060, 10),
            (1, 4, 1182, 2),
            (1, 4, 1202, 2),
            (1, 4, 1222, 2),
        ],
        registers={
            1: {
                1020: [0, 0x4366, 0, 0x4148, 0x8000, 0x44BB, 0x8000, 0x44BB, 0, 0x3F60],
                1042: [0, 0x7FC0],
                1182: [0, 0x447A],  # 1000 Wh
                1222: [0x8000, 0x42F6],  # 123.25 Wh
            }
        },
        current={1: 12_500, 3: None, 5: 0},
        power={1: 1_500_000},
        voltage={1: 230_000, 3: 0},
        energy={1: 1_000, 3: 0, 5: 123},
        power_factor={1: 875, 3: 0},
        apparent_power={1: 1_500_000, 5: 0},
    ),
}
