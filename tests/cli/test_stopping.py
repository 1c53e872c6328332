"""Signals while a verb gets ready, and while it trains."""

import signal

import pytest

from neocog.cli.stopping import SIGNALS, stop_on_signals


class Struck:
    """Something whose destructor is where the signal lands; Python drops what a destructor raises."""

    def __init__(self, number: signal.Signals) -> None:
        self.number = number

    def __del__(self) -> None:
        signal.raise_signal(self.number)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_that_python_drops_is_answered_before_the_first_step(number: signal.Signals) -> None:
    with stop_on_signals() as stop:
        struck = Struck(number)
        del struck
        with pytest.raises(KeyboardInterrupt):
            stop.arm()


@pytest.mark.parametrize("number", SIGNALS)
def test_before_the_first_step_it_ends_at_once_and_later_it_asks(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with stop_on_signals() as stop, pytest.raises(KeyboardInterrupt):
        signal.raise_signal(number)
    with stop_on_signals() as stop:
        stop.arm()
        assert not stop()
        signal.raise_signal(number)
        assert stop()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
    assert signal.getsignal(number) == before
