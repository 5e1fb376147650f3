"""What the API answers about the past; whatever is missing is null, never 0."""

from collections.abc import Iterator
from datetime import datetime
from math import isnan

from pydantic import BaseModel, Field

from bcm_mqtt.domain.history.points import Band, Floats, Points, TypicalWeek
from bcm_mqtt.domain.site.circuit import CircuitId
from bcm_mqtt.domain.site.panel import Connection
from bcm_mqtt.domain.time import from_ms
from bcm_mqtt.history.archive import History
from bcm_mqtt.history.pieces import Owner, Piece
from bcm_mqtt.history.query import Span

BASIS = (
    "Measured, nothing is estimated. Where the device does not measure power, kW and kWh are "
    "calculated from current, at the voltage and power factor that a companion measured, or else "
    "at nominal voltage and a stated power factor."
)
Values = list[float | None]


class BandOf(BaseModel):
    """A quantity by point."""

    min: Values
    mean: Values
    max: Values


class PoleAmps(BandOf):
    """Current of a pole."""

    pole: int
    phase: str


class VersionThen(BaseModel):
    """What a circuit was for some of the time."""

    start: datetime = Field(description="Since when it was so, as far as it is of this time.")
    end: datetime
    panel: str
    poles: list[int] = Field(description="None of a formula circuit.")
    formula: str = Field(description='Id of a formula circuit, else "".')
    description: str
    customer: str = Field(description='Whose it was; "" is unallocated.')
    rating: int | None = Field(description="Of the breaker, A.")
    connection: Connection


class PointsThen(BaseModel):
    """Points of time, by their place in the lists."""

    start: datetime
    end: datetime
    step: str = Field(description="Length of a point, such as 15min.")
    sources: list[str] = Field(description="What the points are made of.")
    basis: str = BASIS
    starts: list[datetime] = Field(description="Of each point.")
    kw: BandOf = Field(
        description="From snapshots min and max are of readings, else of 15-minute means."
    )
    kwh: Values = Field(description="Of the measured time of each point.")
    measured: Values = Field(description="Share of the time that is measured, 0 to 1.")
    total_kwh: float = Field(description="Of all the measured time.")
    below_zero: int = Field(description="So many points have a min kW below 0: nothing is cut.")
    versions: list[VersionThen] = Field(description="What the circuits were.")


class CircuitThen(PointsThen):
    """The past of a circuit."""

    panel: str
    pole: CircuitId = Field(description="Its first pole, or the id of a formula.")
    amps: list[PoleAmps] = Field(
        description="By pole; min and max are of readings. None of a formula circuit."
    )


class CustomerThen(PointsThen):
    """The past of a customer: the sum of the circuits that were his at the time."""

    customer: str


class Week(BaseModel):
    """The typical week: 7 lists, Monday first, of 24 hours by the site's clocks."""

    start: datetime
    end: datetime
    kw: list[Values] = Field(description="Mean of each hour.")
    hours: list[list[float]] = Field(description="How many measured hours it is the mean of.")


def circuit_then(history: History, customer_of: Owner) -> CircuitThen:
    """The answer about a circuit."""
    points, [piece] = history.points, history.pieces
    return CircuitThen.model_construct(
        **vars(_points(history, customer_of)),
        panel=piece.panel.id,
        pole=piece.pole,
        amps=[
            PoleAmps(pole=pole, phase=piece.panel.phase(pole), **_band(band, 1, 3))
            for pole, band in points.amps.items()
        ],
    )


def customer_then(customer: str, history: History, customer_of: Owner) -> CustomerThen:
    """The answer about a customer."""
    points = _points(history, customer_of)
    return CustomerThen.model_construct(**vars(points), customer=customer)


def week_of(span: Span, week: TypicalWeek) -> Week:
    """The answer about a typical week."""
    return Week(
        start=span.start,
        end=span.end,
        kw=[_values(day / 1000, 4) for day in week.watts],
        hours=week.hours.tolist(),
    )


def _points(history: History, customer_of: Owner) -> PointsThen:
    points = history.points
    return PointsThen(
        start=points.grid.start,
        end=points.grid.end,
        step=points.grid.step.name,
        sources=[source.value for source in points.sources],
        starts=[from_ms(ms) for ms in points.grid.starts_ms.tolist()],
        kw=BandOf(**_band(points.watts, 1000, 4)),
        kwh=_values(points.kwh, 4),
        measured=_values(points.measured_share, 4),
        total_kwh=round(points.total_kwh, 3),
        below_zero=int((points.watts.least < 0).sum()),
        versions=[
            version for piece in history.pieces for version in _versions(piece, points, customer_of)
        ],
    )


def _versions(piece: Piece, points: Points, customer_of: Owner) -> Iterator[VersionThen]:
    for span in piece.spans:
        start, end = max(span.start, points.grid.start), min(span.end, points.grid.end)
        if start < end:
            version = span.version
            yield VersionThen(
                start=start,
                end=end,
                panel=piece.panel.id,
                poles=list(version.poles),
                formula=version.formula,
                description=version.description,
                customer=customer_of(version),
                rating=version.rating_amps,
                connection=version.connection,
            )


def _band(band: Band, by: float, digits: int) -> dict[str, Values]:
    return {
        "min": _values(band.least / by, digits),
        "mean": _values(band.mean / by, digits),
        "max": _values(band.greatest / by, digits),
    }


def _values(values: Floats, digits: int) -> Values:
    return [None if isnan(value) else round(value, digits) for value in values.tolist()]
