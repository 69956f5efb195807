"""Routes to networks behind phones live as long as the sessions that have them."""

import errno

import pytest

from pilot5g.app.framed import RoutedDatapath
from pilot5g.service.n4 import Cause, N4Error, Pdr, Session, SourceInterface


class Path:
    """A data path that installs, or refuses."""

    def __init__(self):
        self.installed, self.refuses = {}, False

    def install(self, session, end_markers=(), reinstalled=()):
        if self.refuses:
            raise N4Error(Cause.RULE_CREATION_FAILURE, "no")
        self.installed[session.seid] = session
        return ()

    def remove(self, seid):
        del self.installed[seid]
        return ()


class Port:
    """An interface that is routed to."""

    name = "n6-0"

    def __init__(self):
        self.networks, self.refused = set(), ""

    def add_route(self, network):
        if network == self.refused:
            raise OSError(errno.EINVAL, "Invalid argument")
        self.networks.add(network)

    def delete_route(self, network):
        self.networks.remove(network)

    def routes(self):
        return sorted(self.networks)


def session(seid, *routes):
    pdr = Pdr(pdr_id=1, precedence=1, source=SourceInterface.CORE, far_id=1, framed_routes=routes)
    return Session(seid=seid, dnn="internet", pdrs=(pdr,), fars=())


@pytest.fixture
def bench():
    path, port = Path(), Port()
    return RoutedDatapath(path, {"internet": port}), path, port


def test_routes_come_change_and_go_with_their_session(bench):
    routed, path, port = bench
    routed.install(session(1, "192.0.2.0/24", "2001:db8:7::/48"))
    assert port.networks == {"192.0.2.0/24", "2001:db8:7::/48"}
    routed.install(session(1, "192.0.2.0/24", "198.51.100.0/24"))
    assert port.networks == {"192.0.2.0/24", "198.51.100.0/24"}
    routed.install(session(2))
    routed.remove(2)
    routed.remove(1)
    assert port.networks == set()
    assert path.installed == {}


def test_a_session_without_routes_any_more_has_none(bench):
    routed, _, port = bench
    routed.install(session(1, "192.0.2.0/24"))
    routed.install(session(1))
    assert port.networks == set()
    routed.install(session(1, "192.0.2.0/24"))
    assert port.networks == {"192.0.2.0/24"}
    routed.remove(1)
    assert port.networks == set()


def test_the_session_that_was_given_a_route_last_keeps_it(bench):
    routed, _, port = bench
    routed.install(session(1, "192.0.2.0/24"))
    routed.install(session(2, "192.0.2.0/24"))
    routed.remove(1)
    assert port.networks == {"192.0.2.0/24"}
    routed.remove(2)
    assert port.networks == set()


def test_what_the_data_path_refuses_leaves_no_route(bench):
    routed, path, port = bench
    routed.install(session(1, "192.0.2.0/24"))
    path.refuses = True
    with pytest.raises(N4Error):
        routed.install(session(1, "198.51.100.0/24"))
    assert port.networks == {"192.0.2.0/24"}


def test_what_the_kernel_refuses_is_an_answer_and_leaves_nothing(bench):
    routed, path, port = bench
    port.refused = "198.51.100.0/24"
    with pytest.raises(N4Error, match=r"framed route 198\.51\.100\.0/24"):
        routed.install(session(1, "192.0.2.0/24", "198.51.100.0/24"))
    assert port.networks == set()
    assert path.installed == {}


def test_what_a_process_before_left_goes_and_the_rest_stays(bench):
    routed, _, port = bench
    port.networks = {"192.0.2.0/24", "203.0.113.0/24"}
    routed.install(session(1, "192.0.2.0/24"))
    routed.sweep()
    assert port.networks == {"192.0.2.0/24"}
