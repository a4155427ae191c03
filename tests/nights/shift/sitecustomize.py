"""Moves the clock of a Python process: MINGCHA_SHIFT seconds on. Nothing of the program is replaced.

Python runs this file at its start when its folder is on PYTHONPATH; processes started by it do the same. Only the wall
clock moves: what waits and what measures durations uses the monotonic one.
"""

from __future__ import annotations

import datetime as dt
import os

import time_machine

if shift := float(os.environ.get("MINGCHA_SHIFT", "0")):
    time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=shift), tick=True).start()
