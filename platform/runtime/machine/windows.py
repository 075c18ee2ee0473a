"""`only during`: whether a thread may have an effect now. Owns making it rest until it may."""

from __future__ import annotations

from treadle.runtime.machine.passing import Passing
from treadle.runtime.machine.state import Rest
from treadle.runtime.machine.threads import Place
from treadle.runtime.windows import opens_at


class Windowed(Passing):
    """See `Passing`."""

    __slots__ = ()

    def shut(self, place: Place) -> bool:
        """Whether the window is shut; then the thread rests until it opens. A call that is open goes on."""
        during = self.program.graph.during
        if during is None or place.attempt is not None:
            return False
        zone = self.program.zone
        if self.program.zone_of_window is not None:
            zone = str(self.program.zone_of_window(self.scope(place)) or zone)
        calendar = self.program.graph.calendars.get(during.calendar or "")
        opens = opens_at(during, zone, calendar, self.present, self.spread)
        if opens is not None:
            place.rest = Rest("window", opens)
        return opens is not None
