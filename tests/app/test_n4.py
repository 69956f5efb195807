"""When a process began, as its peers on N4 are told: never the same twice."""

import pytest

from pilot5g.app.n4 import ERA, recovery


def test_each_start_is_later_than_the_one_before(tmp_path):
    """In the same second, after a clock was set back, and across the end of the era in 2036."""
    kept = tmp_path / "pilot.db.upf-began"
    assert recovery(kept, 1000) == 1000
    assert recovery(kept, 1000) == 1001
    assert recovery(kept, 1000) == 1002
    assert recovery(kept, 2000) == 2000
    assert recovery(kept, 1500) == 2001
    kept.write_text(str(ERA))
    assert recovery(kept, ERA) == 0
    assert recovery(kept, 5) == 5
    assert [path.name for path in tmp_path.iterdir()] == [kept.name]


def test_a_file_that_says_nothing_is_written_anew(tmp_path):
    kept = tmp_path / "began"
    kept.write_text("")
    assert recovery(kept, 1000) == 1000


def test_a_place_that_cannot_be_written_is_an_error(tmp_path):
    with pytest.raises(OSError):
        recovery(tmp_path / "nowhere" / "began", 1000)
