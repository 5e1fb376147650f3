"""The read plan of a panel: which registers one request each brings, and what they mean."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from operator import itemgetter

from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.reading.reading import PER_UNIT, Thousandths
from bcm_mqtt.modbus.decode import (
    Coding,
    Decoding,
    Fraction,
    Number,
    ScaledValue,
    Scaling,
    Straight,
)
from bcm_mqtt.profiles import Channel, Factor, Measure, Profile, ValueType, WordOrder


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """One read of consecutive registers.

    Attributes:
        unit: Unit id.
        function_code: 3 or 4.
        address: Of the first register, as on the wire.
        count: Registers to read.
        poles: The pole of each value in it, in the order of the registers.
        values: Offset and length of each number that must not be cut, in that order.
    """

    unit: int
    function_code: int
    address: int
    count: int
    poles: tuple[int, ...]
    values: tuple[tuple[int, int], ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class PanelPlan:
    """All requests that make one snapshot of a panel.

    Attributes:
        panel: Panel id.
        pole_count: Poles of the panel, as far as they are read.
        requests: In the order of the profile's device ids.
        decoding: What becomes of the replies.
        delay_s: Seconds for which the line is left alone before each request.
        source: Of the panel's readings; "" where there is only one.
        poles: That it reads, where other plans read more of the panel; else ().
    """

    panel: str
    pole_count: int
    requests: tuple[ReadRequest, ...]
    decoding: Decoding
    delay_s: float = 0.0
    source: str = ""
    poles: tuple[int, ...] = ()

    @property
    def request_count(self) -> int:
        """Requests of a poll."""
        return len(self.requests)

    @property
    def without_current(self) -> Thousandths:
        """What a snapshot has for a current that is not read: of one of several, nothing."""
        return () if self.poles else (None,) * self.pole_count


@dataclass(frozen=True, slots=True, order=True)
class _Span:
    """Registers that must be read together."""

    device: int
    function_code: int
    address: int
    count: int


@dataclass(frozen=True, slots=True)
class _Value:
    """A value to read, before it is known which request brings it."""

    pole: int
    measure: Measure
    span: _Span
    factor: _Span | None


def read_plan(
    panel: str,
    profile: Profile,
    unit_ids: Sequence[int],
    pole_count: int,
    quantities: Iterable[Quantity] = Quantity,
    source: str = "",
    poles: tuple[int, ...] = (),
) -> PanelPlan:
    """The plan that reads each pole of a panel once.

    Args:
        panel: Panel id.
        profile: Register map, with the panel's overrides applied.
        unit_ids: Modbus addresses in the order of the profile's device ids.
        pole_count: Poles of the panel; channels beyond it are not read.
        quantities: To read, of those that the profile has.
        source: Of the panel's readings.
        poles: See `PanelPlan`.
    """
    chosen = set(quantities)
    measures = tuple(item for item in profile.measures if item.quantity in chosen)
    values = [
        value
        for measure in measures
        for value in _values(profile, measure)
        if value.pole <= pole_count
    ]
    brought = defaultdict[_Span, list[int]](list)
    for value in values:
        brought[value.span].append(value.pole)
        if value.factor:
            brought.setdefault(value.factor, [])
    blocks = _blocks(sorted(brought), profile)
    return PanelPlan(
        panel=panel,
        pole_count=pole_count,
        requests=tuple(
            ReadRequest(
                unit=unit_ids[block[0].device - 1],
                function_code=block[0].function_code,
                address=block[0].address,
                count=_end(block) - block[0].address,
                poles=tuple(pole for span in block for pole in brought[span]),
                values=tuple((span.address - block[0].address, span.count) for span in block),
            )
            for block in blocks
        ),
        decoding=_decoding(pole_count, measures, values, blocks),
        delay_s=profile.min_delay.total_seconds(),
        source=source,
        poles=poles,
    )


def _values(profile: Profile, measure: Measure) -> Iterable[_Value]:
    stated, factor = measure.function_code, measure.factor
    for channel in profile.channels:
        register = profile.register(channel, measure)
        if register is None:
            continue
        span = _span(profile, channel, register, stated, measure.type)
        scaling = None
        if factor:
            scale = factor.register(channel.channel)
            scaling = _span(profile, channel, scale, stated, factor.type)
        yield _Value(channel.pole, measure, span, scaling)


def _span(
    profile: Profile, channel: Channel, register: int, stated: int | None, kind: ValueType
) -> _Span:
    code, address = profile.code(register, stated), profile.address(register)
    return _Span(channel.device_id, code, address, kind.registers)


def _blocks(spans: list[_Span], profile: Profile) -> list[list[_Span]]:
    """Sorted spans in as few reads as the device allows; none is cut in two."""
    skipped = [(profile.address(low), profile.address(high)) for low, high in profile.skip]
    blocks = []
    for _, run in groupby(spans, key=lambda span: (span.device, span.function_code)):
        block: list[_Span] = []
        for span in run:
            if block and (
                span.address > _end(block) + profile.max_gap
                or span.address + span.count - block[0].address > profile.max_registers
                or any(low < span.address and _end(block) <= high for low, high in skipped)
            ):
                blocks.append(block)
                block = []
            block.append(span)
        blocks.append(block)
    return blocks


def _end(block: Sequence[_Span]) -> int:
    """The address after the last register of a block."""
    return max(span.address + span.count for span in block)


def _decoding(
    pole_count: int,
    measures: tuple[Measure, ...],
    values: list[_Value],
    blocks: list[list[_Span]],
) -> Decoding:
    places = {
        span: (request, span.address - block[0].address)
        for request, block in enumerate(blocks)
        for span in block
    }
    quantities = tuple(measure.quantity for measure in measures)
    plain: list[list[tuple[int, int, int]]] = [[] for _ in blocks]
    scaled, scalings = list[ScaledValue](), dict[Scaling, int]()
    for value in values:
        measure = value.measure
        index = quantities.index(measure.quantity) * pole_count + value.pole - 1
        request, offset = places[value.span]
        thousandths = _fraction(measure.scale * PER_UNIT)
        if _is_plain(measure, thousandths):
            plain[request].append((index, offset, thousandths[0]))
            continue
        scaling = None
        if measure.factor and value.factor:
            shared = _scaling(measure.factor, places[value.factor])
            scaling = scalings.setdefault(shared, len(scalings))
        number = _number(places[value.span], measure.type, measure.word_order, measure.invalid)
        most = measure.quantity.most
        scaled.append(ScaledValue(index, number, thousandths, most, scaling))
    straight = _straight(plain, blocks, len(quantities) * pole_count) if not scaled else None
    return Decoding(
        pole_count, quantities, tuple(map(tuple, plain)), tuple(scaled), tuple(scalings), straight
    )


def _straight(
    plain: list[list[tuple[int, int, int]]], blocks: list[list[_Span]], count: int
) -> Straight | None:
    begin, places = 0, dict[int, tuple[int, int]]()
    for block, values in zip(blocks, plain, strict=True):
        places |= {index: (begin + offset, factor) for index, offset, factor in values}
        begin += _end(block) - block[0].address
    if len(places) < max(count, 2):  # of one value itemgetter gives no tuple
        return None
    registers, factors = zip(*(places[index] for index in range(count)), strict=True)
    return Straight(itemgetter(*registers), factors)


def _is_plain(measure: Measure, thousandths: Fraction) -> bool:
    """Whether one multiplication makes the value: so it is with most, and 10 times faster."""
    return (
        measure.type is ValueType.UINT16
        and not measure.invalid
        and measure.factor is None
        and thousandths[1] == 1
        and 0xFFFF * thousandths[0] <= measure.quantity.most
    )


def _scaling(factor: Factor, place: tuple[int, int]) -> Scaling:
    return Scaling(
        number=_number(place, factor.type, factor.word_order),
        kind=factor.kind,
        values=tuple((code, _fraction(scale)) for code, scale in factor.values),
    )


def _number(
    place: tuple[int, int],
    kind: ValueType,
    order: WordOrder,
    invalid: tuple[tuple[int, int], ...] = (),
) -> Number:
    request, start = place
    coding = Coding.SIGNED if kind.signed else Coding.UNSIGNED
    if kind.significand_bits:
        coding = Coding.FLOAT
    low_first = order is WordOrder.LOW_FIRST
    return Number(request, start, start + kind.registers, coding, low_first, invalid)


def _fraction(number: Decimal) -> Fraction:
    return number.as_integer_ratio()
