"""Who hears of what was measured, and when: thresholds, quotas, times and silence (TS 29.244 5.2.2)."""

from __future__ import annotations

from collections.abc import Callable

from pilot5g.datapath.lending import Allowance
from pilot5g.datapath.userspace.agenda import Agenda
from pilot5g.datapath.userspace.rules import Rule, SessionState
from pilot5g.datapath.userspace.usage import DUE, FOREVER, NO_LIMIT, REFUSED, Activity, Meter
from pilot5g.service.datapath import Counters, DatapathReports
from pilot5g.service.n4 import Usage

LEAST = 0.001
"""Seconds until a time is looked at again."""
News = Callable[[DatapathReports], None]


class Passed:
    """Packets and octets that were forwarded: what every packet counts, where that costs least."""

    __slots__ = ("downlink", "downlink_octets", "uplink", "uplink_octets")

    def __init__(self) -> None:
        self.uplink = self.uplink_octets = self.downlink = self.downlink_octets = 0


class Measuring:
    """The reports of a data path. They wait until nothing is half done: `tell` is called with an answer in
    mind, which may be another installation of the very session."""

    def __init__(
        self, agenda: Agenda, counters: Counters, find: Callable[[int], SessionState | None]
    ) -> None:
        """`find` gives a session by its SEID, as long as it is installed."""
        self._agenda = agenda
        self._counters = counters
        self._find = find
        self._due: list[tuple[int, Meter]] = []
        self.news: list[News] = []

    def passes(self, session: SessionState, rule: Rule, size: int, now: float, uplink: bool) -> bool:
        """Measure a packet for the rule's URRs; False where a quota is used up."""
        for meter in rule.meters:
            outcome = meter.add(size, now, uplink)
            if outcome and not self.noted(session.seid, meter, outcome, now):
                return False
        return True

    def noted(self, seid: int, meter: Meter | Activity, outcome: int, now: float) -> bool:
        """What a meter had to say of a packet, other than that it is counted. False where it may not pass."""
        if outcome == REFUSED:
            self._counters.dropped_quota += 1
            return False
        self._follow(seid, meter, outcome, now)
        return True

    def measured(
        self, seid: int, pdr_id: int, packets: int, octets: int, now: float, *, uplink: bool
    ) -> None:
        """Measure for the URRs of a rule what has passed elsewhere already, the last packet at that time.
        What comes of it is told by `tell`."""
        state = self._find(seid)
        if state is None:
            return
        urr_ids = next((pdr.urr_ids for pdr in state.session.pdrs if pdr.pdr_id == pdr_id), ())
        if urr_ids and not state.meters:
            state.measure()
        meters: list[Meter | Activity] = [meter for meter in state.meters if meter.urr.urr_id in urr_ids]
        if state.activity is not None:
            meters.append(state.activity)
        for meter in meters:
            outcome = meter.passed(octets, now, uplink, packets)
            if outcome:
                self._follow(state.seid, meter, outcome, now)

    def lend(self, seid: int, recall: Callable[[], None]) -> Allowance | None:
        """What of a session's quotas may pass elsewhere; `recall` is called before more is measured here."""
        state = self._find(seid)
        if state is None:
            return None
        if not state.meters:
            state.measure()
        limited = [meter for meter in state.meters if meter.limited]
        octets, until, idle, last = NO_LIMIT, FOREVER, FOREVER, 0.0
        for meter in limited:
            meter.recall = recall
            if not meter.shut:
                octets = min(octets, max(0, meter.limit - meter.uplink - meter.downlink))
            if meter.timed and not meter.shut:
                octets = 0 if meter.last is None else octets  # the first packet begins the time
                last = max(last, meter.last or 0.0)
                until = min(until, last + meter.due_in())
                idle = min(idle, FOREVER if meter.urr.inactivity is None else meter.urr.inactivity)
        shut = {meter.urr.urr_id for meter in limited if meter.shut}
        pdrs = (pdr for pdr in state.session.pdrs if shut.intersection(pdr.urr_ids))
        return Allowance(octets, until, idle, last, frozenset(pdr.pdr_id for pdr in pdrs))

    def _follow(self, seid: int, meter: Meter | Activity, outcome: int, now: float) -> None:
        """What comes of a packet that was measured."""
        if isinstance(meter, Activity):
            self._watch(seid, meter)
        elif outcome == DUE:
            self._due.append((seid, meter))
        else:
            self._time(seid, meter, now)

    def usage(self, seid: int, usage: Usage) -> None:
        """There is a usage to tell of."""
        self.news.append(lambda reports: reports.usage(seid, usage))

    def watch(self, state: SessionState, now: float) -> None:
        """Begin, go on or stop to look for silence, as the session as installed now has it."""
        seconds, before = state.session.inactivity, state.activity
        if seconds is None:
            state.activity = None
        elif before is None or before.seconds != seconds:
            state.activity = Activity(seconds, now)
            self._watch(state.seid, state.activity)

    def tell(self, reports: DatapathReports | None) -> None:
        """Tell everything that there is to tell."""
        due, self._due = self._due, []
        for seid, meter in dict.fromkeys(due):
            self._report(seid, meter)
        while self.news:
            news, self.news = self.news, []
            for tell in news:
                if reports is not None:
                    tell(reports)

    def _report(self, seid: int, meter: Meter) -> bool:
        trigger = meter.why()
        if trigger is not None:
            self.usage(seid, meter.take(trigger))
        return trigger is not None

    def _time(self, seid: int, meter: Meter, now: float) -> None:
        """A meter's time begins to run: look when it has run out."""

        def look(then: float) -> None:
            state = self._find(seid)
            if state is None or meter not in state.meters:
                return
            again = meter.tick(then)
            if again is not None and again <= then and self._report(seid, meter):
                again = meter.tick(then)
            if again is not None:
                self._agenda.at(max(again, then + LEAST), look)

        self._agenda.at(now + max(meter.due_in(), LEAST), look)

    def _watch(self, seid: int, activity: Activity) -> None:
        def look(then: float) -> None:
            state = self._find(seid)
            if state is None or state.activity is not activity:
                return
            until = activity.last + activity.seconds
            if then < until:
                self._agenda.at(until, look)
                return
            activity.running = False
            self.news.append(lambda reports: reports.inactive(seid))

        self._agenda.at(activity.last + activity.seconds, look)
