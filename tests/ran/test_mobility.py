"""The model of what a moving phone hears, and what it does about it."""

import pytest

from pilot5g.ran.mobility import A3, Coverage, Path, Walk
from ran.gnb.handovers import pair
from ran.gnb.ladder import Phone, ladder

PLACES = {"gnb-1": (0.0, 0.0), "gnb-2": (1000.0, 0.0)}


def test_a_path_is_walked_at_its_speed_and_back_again():
    path = Path(places=((0, 0), (100, 0), (100, 50)), speed=10)
    assert [path.at(t) for t in (0, 5, 10, 12, 15, 99)] == [
        (0, 0), (50, 0), (100, 0), (100, 20), (100, 50), (100, 50)
    ]  # fmt: skip
    loop = Path(places=((0, 0), (100, 0)), speed=10, loop=True)
    assert [loop.at(t) for t in (5, 15, 25)] == [(50, 0), (50, 0), (50, 0)]
    assert Path(places=((3, 4),)).at(7) == (3, 4)


@ladder
async def test_the_nearer_radio_is_stronger_and_the_seed_decides_the_rest():
    async with pair() as p:
        air = Coverage(PLACES, seed=3)
        one, two = (max(gnb.cells, key=lambda c: air.heard(c, (500, 0))) for gnb in (p.one, p.two))
        assert air.heard(one, (100, 0)) > air.heard(two, (100, 0)) + 10
        assert air.heard(two, (900, 0)) > air.heard(one, (900, 0)) + 10
        assert air.heard(one, (123, 45)) == Coverage(PLACES, seed=3).heard(one, (123, 45))
        assert air.heard(one, (123, 45)) != Coverage(PLACES, seed=4).heard(one, (123, 45))
        with pytest.raises(KeyError):
            Coverage({}).heard(one, (0, 0))


class Idle(Phone):
    """An idle phone that can be moved."""

    cell = None

    def camp(self, cell):
        self.cell = cell
        self.heard.append(cell.site.config.name)

    def suits(self, cell):
        return True


@ladder
async def test_an_idle_phone_reselects_once_where_the_cells_meet():
    async with pair() as p:
        air = Coverage(PLACES, shadowing=0.0)
        phone = Idle()
        walk = Walk(phone, Path(places=((0, 10), (1000, 10)), speed=50), air, p.radios.every_cell)
        await walk.run(20)
        assert [name for i, name in enumerate(phone.heard) if phone.heard[i - 1 : i] != [name]] == [
            "gnb-1", "gnb-2"
        ]  # fmt: skip


@ladder
async def test_what_holds_shorter_than_the_time_to_trigger_counts_for_nothing():
    async with pair() as p:
        air = Coverage(PLACES, shadowing=0.0)
        phone = Idle()
        patient = A3(time_to_trigger=100)
        walk = Walk(phone, Path(places=((0, 10), (1000, 10)), speed=50), air, p.radios.every_cell, patient)
        await walk.run(20)
        assert phone.heard == []
