"""pyarrow, which is large and an extra: imported by whoever comes to need it."""

from types import ModuleType

from bcm_mqtt.errors import WorkError


def load_arrow() -> tuple[ModuleType, ModuleType]:
    """Modules pyarrow and pyarrow.parquet.

    Raises:
        WorkError: pyarrow is not installed.
    """
    try:
        import pyarrow  # noqa: PLC0415, ICN001 - as said above
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError:
        message = "Parquet needs pyarrow: install bcm-mqtt with the extra parquet"
        raise WorkError(message) from None
    return pyarrow, parquet


def check_installed() -> None:
    """Whether Parquet can be had.

    Raises:
        WorkError: pyarrow is not installed.
    """
    load_arrow()
