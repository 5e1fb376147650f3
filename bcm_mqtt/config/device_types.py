"""Which profile each panel has: a shipped one or a file of the site, with its parameters."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bcm_mqtt.config.tables import unknown
from bcm_mqtt.errors import InputError, Problem
from bcm_mqtt.located import Document
from bcm_mqtt.profiles import Profile, load_profile, shipped_profiles, with_parameters

_FILE = ".yaml"


def profiles_of(
    document: Document, data: Mapping[str, Any], folder: Path
) -> tuple[dict[str, Profile], list[Problem]]:
    """The profile of each panel that has a good one, and what is wrong with the others.

    Args:
        document: For the places of the problems.
        data: Validated `panels`.
        folder: Of the main file: a profile that is a file's name is looked for here.
    """
    profiles: dict[str, Profile] = {}
    problems: list[Problem] = []
    for key, value in data.items():
        name = value["profile"]
        try:
            profile = (
                load_profile(folder / name)
                if name.endswith(_FILE)
                else shipped_profiles().get(name)
            )
        except InputError as error:
            problems += error.problems
            continue
        if profile is None:
            message = unknown("profile", name, shipped_profiles())
            problems.append(document.problem(("panels", key, "profile"), message))
            continue
        try:
            profiles[key] = with_parameters(profile, value["parameters"])
        except InputError as error:
            place = ("panels", key, "parameters")
            problems += [
                document.problem((*place, problem.key) if problem.key else place, problem.message)
                for problem in error.problems
            ]
    return profiles, problems


def profile_files(data: Mapping[str, Any], folder: Path) -> set[Path]:
    """The files that panels name as their profile.

    Args:
        data: Validated `panels`.
        folder: Of the main file.
    """
    names = (value["profile"] for value in data.values())
    return {folder / name for name in names if name.endswith(_FILE)}
