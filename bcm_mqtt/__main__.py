"""`python -m bcm_mqtt` is the command line."""

import sys

from bcm_mqtt.cli import main

sys.exit(main())
