"""Writes the devices' part of docs/profiles.md from the profiles: `make profiles`."""  # noqa: INP001

from importlib.resources import files
from pathlib import Path

import bcm_mqtt.profiles
from bcm_mqtt.profiles import FactorKind, Measure, Profile, shipped_profiles

PAGE = Path(__file__).parents[1] / "docs" / "profiles.md"
BEGIN = "<!-- from here on made by scripts/profiles_page.py -->\n"


def written() -> str:
    """The page as it should be: its own text, then every profile."""
    own, _, _ = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    profiles = shipped_profiles()
    listed = [
        "| profile | device | poles | unit ids | quantities |",
        "|---|---|---|---|---|",
        *(
            f"| [`{item.id}`](#{item.id}) | {item.title} | {len(item.channels)} |"
            f" {item.unit_count} | {', '.join(map(_name, item.measures))} |"
            for item in profiles.values()
        ),
    ]
    sections = [_section(item) for item in profiles.values()]
    return own + BEGIN + "\n## Shipped\n\n" + "\n".join(listed) + "\n\n" + "\n".join(sections)


def _section(profile: Profile) -> str:
    addressing = "as on the wire" if profile.address(1) else "one more than on the wire"
    if profile.sunspec:
        addressing = "counted from the first one of the model's block"
    lines = [
        f"### `{profile.id}`: {profile.title} {{ #{profile.id} }}",
        "",
        _notes(profile),
        "",
        f"Register numbers are {addressing}. {_requests(profile)}{_identification(profile)}",
        "",
        "| quantity | unit | function code | type | one count | registers, first and last pole |",
        "|---|---|---|---|---|---|",
        *(_row(profile, measure) for measure in profile.measures),
        "",
    ]
    if profile.parameters:
        lines += [f"Parameters: {', '.join(f'`{name}`' for name in profile.parameters)}.", ""]
    lines += [f"Source: {profile.source}.", ""]
    if profile.checked:
        lines += [f"Checked against: {profile.checked}.", ""]
    if profile.uncertain:
        lines += [f"Uncertain: {profile.uncertain}.", ""]
    return "\n".join(lines)


def _row(profile: Profile, measure: Measure) -> str:
    registers = [
        register
        for channel in profile.channels
        if (register := profile.register(channel, measure)) is not None
    ]
    kind = measure.type.value
    if measure.type.registers > 1:
        kind += f", {measure.word_order}"
    scale = f"{measure.scale:f}"
    if factor := measure.factor:
        power = "10 to the power of " if factor.kind is FactorKind.EXPONENT else ""
        scale += f" times {power}register {factor.first_register}{' on' if factor.step else ''}"
        if factor.values:
            scale += f" ({', '.join(f'{code}: {one:f}' for code, one in factor.values)})"
    unit = "" if measure.quantity.unit == "1" else measure.quantity.unit
    parts = [
        _name(measure),
        unit,
        str(profile.code(registers[0], measure.function_code)),
        kind,
        scale,
    ]
    return f"| {' | '.join(parts)} | {registers[0]}, {registers[-1]} |"


def _name(measure: Measure) -> str:
    return measure.quantity.replace("_", " ")


def _requests(profile: Profile) -> str:
    text = f"A request asks for {profile.max_registers} registers at most"
    if profile.max_gap:
        text += f", and reads over gaps of up to {profile.max_gap}"
    return text + "."


def _identification(profile: Profile) -> str:
    found = profile.identification
    if found is None:
        return ""
    last = found.register + found.length - 1
    place = f"register {found.register}" + (f" to {last}" if found.length > 1 else "")
    code = profile.code(found.register, found.function_code)
    return f" It says what it is in {place} (function code {code}): {found.expected()}."


def _notes(profile: Profile) -> str:
    """The comment at the head of the profile's file: what it covers and what was left out."""
    text = (files(bcm_mqtt.profiles) / f"{profile.id}.yaml").read_text(encoding="utf-8")
    lines = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        note = line.removeprefix("#").removeprefix(" ")
        # A list starts after an empty line, or it would be read as text.
        if note.startswith("- ") and lines and lines[-1] and not lines[-1].startswith(("-", " ")):
            lines.append("")
        lines.append(note)
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8")
