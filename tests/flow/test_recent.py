"""A bounded memory of what was used lately: never a wrong value, never more than the bound."""

from hypothesis import given
from hypothesis import strategies as st

from pilot5g.flow.recent import Recent

KEYS = st.integers(0, 12)
STEPS = st.lists(
    st.tuples(st.sampled_from(["get", "put", "drop"]), KEYS) | st.just(("clear", 0)), max_size=80
)


@given(st.integers(1, 9), STEPS)
def test_it_forgets_but_never_lies(bound, steps):
    recent, truth, fresh = Recent(bound), {}, 0
    for step, key in steps:
        if step == "put":
            fresh += 1
            truth[key] = fresh
            recent.put(key, fresh)
        elif step == "drop":
            truth.pop(key, None)
            recent.drop(key)
        elif step == "clear":
            truth.clear()
            recent.clear()
        else:
            assert recent.get(key) in (None, truth.get(key))
        assert len(recent) <= max(bound, 2)


@given(st.integers(2, 40), st.lists(st.integers(0, 60), min_size=1))
def test_what_was_used_last_is_there(bound, keys):
    recent = Recent(bound)
    for i, key in enumerate(keys):
        if recent.get(key) is None:
            recent.put(key, key)
        lately = list(dict.fromkeys(reversed(keys[: i + 1])))[: bound // 2]
        assert all(each in recent._young or each in recent._old for each in lately)
