"""Meters of one and three phases as they would answer, and what that is worth, by hand.

As in `register_fixtures`. Floats of 64 bits: 0x408F400000000000 1000, 0x405ED00000000000 123.25.
"""

from unit.profiles.answers import Answers

V230, A12_5, W1500 = [0x4366, 0], [0x4148, 0], [0x44BB, 0x8000]
MINUS_1500, PF, HZ50 = [0xC4BB, 0x8000], [0x3F60, 0], [0x4248, 0]
A250M, F1000, F123_25, NAN = [0x3E80, 0], [0x447A, 0], [0x42F6, 0x8000], [0x7FC0, 0]
KW3_25 = [0x4050, 0]


def turned(*numbers: list[int]) -> list[int]:
    """With the low word first."""
    return [word for number in numbers for word in reversed(number)]


METERS: dict[str, Answers] = {
    "sunspec-meter": Answers(
        requests=[(1, 3, 40_072, 30), (1, 3, 40_117, 7)],
        registers={
            1: {
                # of model 203, which begins at 40069: 10^-2 A and Hz, 10^-1 V, 10^1 W, VA, var
                40_072: [1250, 25, 0x8000, 0xFFFE],
                40_077: [2301, 2299, 0x8000],
                40_084: [0xFFFF, 5001, 0xFFFE],
                40_088: [150, 0xFFFF, 0, 1],
                40_093: [160, 0, 0, 1],
                40_098: [0xFFFB, 0, 0, 1],
                40_117: [0x0001, 0x86A0, 0, 7, 0, 0, 1],  # of 10 Wh
            }
        },
        current={1: 12_500, 3: 250, 5: None},
        power={1: 1_500_000, 3: -10_000, 5: 0},
        voltage={1: 230_100, 3: 229_900, 5: None},
        energy={1: 1_000_000, 3: 70, 5: 0},
        reactive_power={1: -50_000, 3: 0},
        apparent_power={1: 1_600_000, 5: 0},
        frequency={1: 50_010, 5: 50_010},
    ),
    "sunspec-meter-float": Answers(
        requests=[(1, 3, 40_073, 48), (1, 3, 40_139, 6)],
        registers={
            1: {
                # of model 213, which begins at 40069
                40_073: [*A12_5, *A250M],
                40_081: [*V230, *V230, *NAN],
                40_095: HZ50,
                40_099: W1500,
                40_107: W1500,
                40_115: MINUS_1500,
                40_139: [*F123_25, *F1000, *NAN],  # Wh
            }
        },
        current={1: 12_500, 3: 250, 5: 0},
        power={1: 1_500_000, 3: 0},
        voltage={1: 230_000, 3: 230_000, 5: None},
        energy={1: 123, 3: 1_000, 5: None},
        reactive_power={1: -1_500_000, 3: 0},
        apparent_power={1: 1_500_000, 5: 0},
        frequency={1: 50_000, 5: 50_000},
    ),
    "sdm120": Answers(
        requests=[(1, 4, 0, 32), (1, 4, 70, 4)],
        registers={
            1: {
                0: V230,
                6: A12_5,
                12: MINUS_1500,
                18: W1500,
                24: MINUS_1500,
                30: [0xBF60, 0],
                70: [*HZ50, *F123_25],
            }
        },
        current={1: 12_500},
        power={1: -1_500_000},
        voltage={1: 230_000},
        energy={1: 123_250},
        power_factor={1: -875},
        reactive_power={1: -1_500_000},
        apparent_power={1: 1_500_000},
        frequency={1: 50_000},
    ),
    "sdm72d": Answers(
        requests=[(1, 4, 0, 36), (1, 4, 70, 2)],
        registers={
            1: {
                0: [*V230, *V230, *V230, *A12_5, *A12_5, *NAN],
                12: [*W1500, *MINUS_1500, 0, 0, *W1500, *W1500],
                24: [*MINUS_1500, 0, 0, 0, 0, *PF, 0xBF60],
                70: HZ50,
            }
        },
        current={1: 12_500, 2: None, 3: 12_500, 5: None},
        power={1: 1_500_000, 3: -1_500_000, 5: 0},
        voltage={1: 230_000, 3: 230_000, 5: 230_000},
        power_factor={1: 875, 3: -875, 5: 0},
        reactive_power={1: -1_500_000, 3: 0},
        apparent_power={1: 1_500_000, 3: 1_500_000, 5: 0},
        frequency={1: 50_000, 5: 50_000},
    ),
    "em340": Answers(
        requests=[
            *((1, 4, 0, 6), (1, 4, 12, 8), (1, 4, 20, 8), (1, 4, 28, 8)),
            *((1, 4, 46, 3), (1, 4, 51, 1), (1, 4, 64, 6)),
        ],
        registers={
            1: {
                0: [2301, 0, 0, 0x7FFF, 2299, 0],
                12: [0x86A0, 0x0001, 5000, 0, 0, 0],  # 100.000 A, 5 A
                18: [0xFFFF, 0xFFFF, 11_500, 0, 7, 0],
                24: [11_600, 0, 8, 0, 0xFFFF, 0x7FFF],
                30: [0xFFFE, 0xFFFF, 12, 0, 0, 0],
                46: [981, 0xFFFF, 1000],
                51: [500],
                64: [0, 1, 12, 0, 0xFFFF, 0x7FFF],  # 6553.6 kWh, 1.2 kWh, an overflow
            }
        },
        current={1: 100_000, 2: None, 3: 5_000, 5: 0},
        power={1: -100, 3: 1_150_000, 5: 700},
        voltage={1: 230_100, 3: None, 5: 229_900},
        energy={1: 6_553_600, 3: 1_200, 5: None},
        power_factor={1: 981, 3: -1, 5: 1000},
        reactive_power={1: -200, 3: 1_200, 5: 0},
        apparent_power={1: 1_160_000, 3: 800, 5: None},
        frequency={1: 50_000, 3: 50_000, 5: 50_000},
    ),
    "em112": Answers(
        requests=[(1, 4, 0, 4), (1, 4, 4, 4), (1, 4, 8, 2), (1, 4, 14, 4)],
        registers={
            1: {
                0: [2305, 0, 0x3039, 0, 0xFFF6, 0xFFFF, 28_000, 0, 0xFFFE, 0xFFFF],
                14: [0xFC3F, 499, 0x86A0, 0x0001],  # 10,000.0 kWh
            }
        },
        current={1: 12_345},
        power={1: -1_000},
        voltage={1: 230_500},
        energy={1: 10_000_000},
        power_factor={1: -961},
        reactive_power={1: -200},
        apparent_power={1: 2_800_000},
        frequency={1: 49_900},
    ),
    "eq-b21": Answers(
        requests=[
            *((1, 3, 0x5000, 4), (1, 3, 0x5B00, 2), (1, 3, 0x5B0C, 2)),
            *((1, 3, 0x5B14, 2), (1, 3, 0x5B2C, 1), (1, 3, 0x5B3A, 1)),
        ],
        registers={
            1: {
                0x5000: [0, 0, 0x0001, 0x86A0],  # 1000.00 kWh
                0x5B00: [0, 2301],
                0x5B0C: [0, 1234],
                0x5B14: [0xFFFF, 0xFC18],
                0x5B2C: [4999],
                0x5B3A: [0x7FFF],
            }
        },
        current={1: 12_340},
        power={1: -10_000},
        voltage={1: 230_100},
        energy={1: 1_000_000},
        power_factor={1: None},
        frequency={1: 49_990},
    ),
    "eq-b23": Answers(
        requests=[
            *((1, 3, 0x5460, 12), (1, 3, 0x5B00, 6), (1, 3, 0x5B0C, 6)),
            *((1, 3, 0x5B16, 6), (1, 3, 0x5B2C, 1), (1, 3, 0x5B3B, 3)),
        ],
        registers={
            1: {
                0x5460: [0, 1, 0, 0, *[0, 0, 0x0001, 0x86A0], *[0xFFFF] * 4],
                0x5B00: [0, 2301, 0xFFFF, 0xFFFF, 0, 2299],
                0x5B0C: [0, 1234, 0xFFFF, 0xFFFF, 0, 0],
                0x5B16: [0x0001, 0x86A0, 0x7FFF, 0xFFFF, 0xFFFF, 0xFFFF],
                0x5B2C: [5001],
                0x5B3B: [981, 0x7FFF, 0xFC18],
            }
        },
        current={1: 12_340, 3: None, 5: 0},
        power={1: 1_000_000, 3: None, 5: -10},
        voltage={1: 230_100, 3: None, 5: 229_900},
        energy={1: 42_949_672_960, 3: 1_000_000, 5: None},
        power_factor={1: 981, 3: None, 5: -1000},
        frequency={1: 50_010, 5: 50_010},
    ),
    "pm5000": Answers(
        requests=[
            *((1, 3, 2999, 6), (1, 3, 3027, 6), (1, 3, 3053, 6)),
            *((1, 3, 3061, 6), (1, 3, 3069, 6), (1, 3, 3109, 2)),
        ],
        registers={
            1: {
                2999: [*A12_5, *NAN, *A250M],
                3027: [*V230, *V230, *NAN],
                3053: [*A250M, *KW3_25, *[0xFF80, 0]],  # kW
                3061: [0xBE80, 0],
                3069: A250M,
                3109: HZ50,
            }
        },
        current={1: 12_500, 3: None, 5: 250},
        power={1: 250_000, 3: 3_250_000, 5: None},
        voltage={1: 230_000, 3: 230_000, 5: None},
        reactive_power={1: -250_000, 3: 0},
        apparent_power={1: 250_000, 5: 0},
        frequency={1: 50_000, 5: 50_000},
    ),
    "umg96": Answers(
        requests=[(1, 3, 19000, 52), (1, 3, 19062, 6)],
        registers={
            1: {
                19000: [*V230, *V230, *NAN],
                19012: [*A12_5, *A250M],
                19020: W1500,
                19028: W1500,
                19036: MINUS_1500,
                19044: [*PF, *[0xBF60, 0]],
                19050: HZ50,
                19062: [*F1000, *F123_25, *NAN],  # Wh
            }
        },
        current={1: 12_500, 3: 250, 5: 0},
        power={1: 1_500_000, 3: 0},
        voltage={1: 230_000, 3: 230_000, 5: None},
        energy={1: 1_000, 3: 123, 5: None},
        power_factor={1: 875, 3: -875, 5: 0},
        reactive_power={1: -1_500_000, 3: 0},
        apparent_power={1: 1_500_000, 5: 0},
        frequency={1: 50_000, 5: 50_000},
    ),
    "pac3200": Answers(
        requests=[(1, 4, 1, 42), (1, 4, 55, 2)],
        registers={
            1: {
                1: [*V230, *NAN, *V230],
                13: [*A12_5, *A12_5],
                19: W1500,
                25: [*W1500, *MINUS_1500],
                31: MINUS_1500,
                37: PF,
                55: HZ50,
            }
        },
        current={1: 12_500, 2: None, 3: 12_500, 5: 0},
        power={1: 1_500_000, 3: -1_500_000, 5: 0},
        voltage={1: 230_000, 3: None, 5: 230_000},
        power_factor={1: 875, 3: 0},
        reactive_power={1: -1_500_000, 5: 0},
        apparent_power={1: 1_500_000, 5: 0},
        frequency={1: 50_000, 5: 50_000},
    ),
    "pac2200": Answers(
        requests=[(1, 4, 1, 42), (1, 4, 55, 2), (1, 4, 841, 4), (1, 4, 881, 4), (1, 4, 921, 4)],
        registers={
            1: {
                1: [*V230, *V230, *V230],
                13: [*A12_5, *A250M],
                19: W1500,
                25: W1500,
                31: W1500,
                37: PF,
                55: HZ50,
                841: [0x408F, 0x4000, 0, 0],
                881: [0x405E, 0xD000, 0, 0],
                921: [0x7FF8, 0, 0, 0],
            }
        },
        current={1: 12_500, 3: 250, 5: 0},
        power={1: 1_500_000, 3: 0},
        voltage={1: 230_000, 5: 230_000},
        energy={1: 1_000, 3: 123, 5: None},
        power_factor={1: 875, 3: 0},
        reactive_power={1: 1_500_000, 5: 0},
        apparent_power={1: 1_500_000, 5: 0},
        frequency={1: 50_000, 5: 50_000},
    ),
    "wattnode": Answers(
        requests=[(1, 3, 1010, 14), (1, 3, 1032, 2), (1, 3, 1106, 6), (1, 3, 1140, 28)],
        registers={
            1: {
                1010: turned(W1500, MINUS_1500),
                1018: turned(V230, V230, NAN),
                1032: turned(HZ50),
                1106: turned(F123_25, F1000),
                1140: turned(PF),
                1148: turned(MINUS_1500),
                1156: turned(W1500),
                1162: turned(A12_5, A12_5),
            }
        },
        current={1: 12_500, 3: 12_500, 5: 0},
        power={1: 1_500_000, 3: -1_500_000, 5: 0},
        voltage={1: 230_000, 3: 230_000, 5: None},
        energy={1: 123_250, 3: 1_000_000, 5: 0},
        power_factor={1: 875, 3: 0},
        reactive_power={1: -1_500_000, 3: 0},
        apparent_power={1: 1_500_000, 5: 0},
        frequency={1: 50_000, 5: 50_000},
    ),
    "dtsu666": Answers(
        requests=[
            *((1, 3, 0x2006, 12), (1, 3, 0x2014, 6), (1, 3, 0x201C, 6)),
            *((1, 3, 0x202C, 6), (1, 3, 0x2044, 2)),
        ],
        registers={
            1: {
                # 2301.0 tenths of a volt, 12500 mA, 15,000 tenths of a watt
                0x2006: [0x450F, 0xD000, 0x450F, 0xD000, *NAN, *[0x4643, 0x5000] * 2],
                0x2014: [0x466A, 0x6000, 0xC66A, 0x6000],
                0x201C: W1500,
                0x202C: [0x445A, 0xC000, 0xC45A, 0xC000],  # 875 and -875 thousandths
                0x2044: [0x459C, 0x4000],  # 5000 hundredths
            }
        },
        current={1: 12_500, 2: None, 3: 12_500, 5: 0},
        power={1: 1_500_000, 3: -1_500_000, 5: 0},
        voltage={1: 230_100, 3: 230_100, 5: None},
        power_factor={1: 875, 3: -875, 5: 0},
        reactive_power={1: 150_000, 3: 0},
        frequency={1: 50_000, 5: 50_000},
    ),
    "countis-e34": Answers(
        requests=[(1, 3, 0xC558, 14), (1, 3, 0xC570, 24)],
        registers={
            1: {
                0xC558: [0, 23_010, 0, 22_990, 0, 0, 0, 5000, 0, 12_345, 0x0001, 0x86A0],
                0xC570: [0, 150, 0xFFFF, 0xFFF6],  # of 10 W
                0xC576: [0xFFFF, 0xFFFF],
                0xC57C: [0, 160],
                0xC582: [0, 981, 0xFFFF, 0xFC2B],
            }
        },
        current={1: 12_345, 3: 100_000, 5: 0},
        power={1: 1_500_000, 3: -100_000, 5: 0},
        voltage={1: 230_100, 3: 229_900, 5: 0},
        power_factor={1: 981, 3: -981, 5: 0},
        reactive_power={1: -10_000, 3: 0},
        apparent_power={1: 1_600_000, 5: 0},
        frequency={1: 50_000, 5: 50_000},
    ),
    "map6s": Answers(
        requests=[
            *((1, 4, 0x10BD, 3), (1, 4, 0x10D9, 1), (1, 4, 0x10F8, 1), (1, 4, 0x1204, 12)),
            *((1, 4, 0x1302, 6), (1, 4, 0x130A, 6), (1, 4, 0x1312, 6), (1, 4, 0x1416, 6)),
            *((1, 4, 0x20BD, 3), (1, 4, 0x2204, 12), (1, 4, 0x2302, 6)),
            *((1, 4, 0x230A, 6), (1, 4, 0x2312, 6), (1, 4, 0x2416, 6)),
        ],
        registers={
            1: {
                0x10BF: [981],
                0x10D9: [23_010],
                0x10F8: [5001],
                0x120C: [0x86A0, 0x0001, 0, 0],  # 1 kWh of channel 1
                0x1306: [0x0052, 0x0000],  # 5,373,952 of 0.000244141 W
                0x130E: [0xFFFF, 0xFC18],
                0x1316: [0x0052, 0x0000],
                0x141A: [0x0271, 0],
                0x2416: [0x0271, 0],
                0x2302: [0xFFFF, 0x0000],
                0x2204: [100, 0, 0, 0],
            }
        },
        current={1: 10_000, 2: 0, 3: None, 14: 10_000},
        power={1: 1_312_002, 2: 0, 14: -16_000},
        voltage={1: 230_100, 7: 230_100, 14: 230_100},
        energy={1: 1_000, 13: 0, 14: 1},
        power_factor={1: 981, 14: 0},
        reactive_power={1: -244, 14: 0},
        apparent_power={1: 1_312_002},
        frequency={1: 50_010, 14: 50_010},
    ),
    "map3e": Answers(
        requests=[
            *((1, 4, 0x10BD, 3), (1, 4, 0x10F8, 1), (1, 4, 0x1204, 12), (1, 4, 0x1302, 6)),
            *((1, 4, 0x130A, 6), (1, 4, 0x1312, 6), (1, 4, 0x1410, 12)),
        ],
        registers={
            1: {
                0x10BD: [981, 0xFC18],
                0x10F8: [5001],
                0x1204: [0x86A0, 0x0001, 0, 0],  # 1 kWh
                0x1302: [0x0004, 0x93E0, 0xFFFF, 0xFF38],  # 300,000 and -200 of 5.12 mW
                0x130A: [0, 1000],
                0x1312: [0x0004, 0x93E0],
                0x1410: [0x59D8, 0, 0xFFFF, 0xFFFF, 0, 0, 0x0271, 0],
            }
        },
        current={1: 10_000, 2: None, 3: 0},
        power={1: 1_536_000, 3: -1_024, 5: 0},
        voltage={1: 230_000, 3: None, 5: 0},
        energy={1: 1_000, 3: 0},
        power_factor={1: 981, 3: -1000, 5: 0},
        reactive_power={1: 5_120, 3: 0},
        apparent_power={1: 1_536_000, 5: 0},
        frequency={1: 50_010, 5: 50_010},
    ),
}
