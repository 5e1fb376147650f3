"""Starts bcm-mqtt as a Home Assistant add-on: first files, access to the broker, first user."""  # noqa: INP001

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

HERE = Path(__file__).parent
SUPERVISOR = os.environ.get("SUPERVISOR_URL", "http://supervisor")
CONFIGURATION = Path(os.environ.get("CONFIGURATION_FOLDER", "/config"))
OPTIONS = Path(os.environ.get("OPTIONS_FILE", "/data/options.json"))
COLUMNS = "panel,poles,description,customer,rating,connection,power_factor,valid_from\n"


def say(text: str) -> None:
    """A line of the add-on's log."""
    sys.stderr.write(f"{text}\n")


def write_first_files() -> None:
    """A person's own are left alone."""
    shipped = (HERE / "bcm.yaml").read_text(encoding="utf-8")
    for name, text in (("bcm.yaml", shipped), ("circuits.csv", COLUMNS)):
        file = CONFIGURATION / name
        if not file.exists():
            file.write_text(text, encoding="utf-8")
            say(f"{file} was made: change it to your site and start again")


def broker_access() -> dict[str, str]:
    """User and password of the Mosquitto add-on; nothing where there is none."""
    token = os.environ.get("SUPERVISOR_TOKEN", "")
    headers = {"Authorization": f"Bearer {token}"}
    request = Request(f"{SUPERVISOR}/services/mqtt", headers=headers)  # noqa: S310 - never input
    try:
        with urlopen(request, timeout=10) as answer:  # noqa: S310
            found = json.load(answer)["data"]
        return {
            "BCM_MQTT_USERNAME": found["username"],
            "BCM_MQTT_PASSWORD": found["password"],
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        say(
            f"Home Assistant knows no broker ({error}): install the Mosquitto add-on, "
            "or write host, username and password of your own below mqtt in bcm.yaml"
        )
        return {}


def program(*arguments: str) -> list[str]:
    """A command line of bcm-mqtt."""
    file = CONFIGURATION / "bcm.yaml"
    return [sys.executable, "-m", "bcm_mqtt", *arguments, "-c", str(file)]


def add_first_user(password: str, environment: dict[str, str]) -> None:
    """The page has no door but its users: while there is none, the option makes `admin`."""
    # The first start makes the database, the first one of a new version changes it.
    subprocess.run(program("db", "upgrade"), env=environment, check=True)  # noqa: S603
    listed = program("web", "user", "list", "--format", "json")
    users = subprocess.run(listed, env=environment, check=True, stdout=subprocess.PIPE)  # noqa: S603
    if not json.loads(users.stdout):
        add = program("web", "user", "add", "admin", "--role", "admin")
        subprocess.run(add, env=environment, check=True, input=password.encode())  # noqa: S603


def main() -> None:
    """Becomes the program."""
    write_first_files()
    options: dict[str, Any] = json.loads(OPTIONS.read_text(encoding="utf-8"))
    environment = {**os.environ, **broker_access()}
    try:
        add_first_user(options["administrator_password"], environment)
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)  # which has said why
    command = program("run", *["--verbose"] * options["verbose"])
    os.execve(command[0], command, environment)  # noqa: S606


if __name__ == "__main__":
    main()
