"""Opening files in several threads at a time."""

from __future__ import annotations

import os
import threading

from audio_subtract.files.opening import _hushed


def test_the_standard_error_is_back_after_threads_that_were_hushed_at_once() -> None:
    before = os.fstat(2)
    inside, hushed = threading.Event(), threading.Event()

    def first() -> None:
        with _hushed():
            inside.set()
            hushed.wait(0.2)  # until the other has begun, if nothing keeps it from that

    def second() -> None:
        inside.wait()
        with _hushed():
            hushed.set()
            thread.join(1.0)

    thread, other = threading.Thread(target=first), threading.Thread(target=second)
    for each in (thread, other):
        each.start()
    for each in (thread, other):
        each.join()
    assert os.path.samestat(before, os.fstat(2))
