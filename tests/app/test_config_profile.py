"""Groups of phones, and profiles by name, in the configuration."""

import pytest

from pilot5g.app import config as c
from pilot5g.app.config_profile import profiles
from pilot5g.app.config_subscribers import phones
from pilot5g.flow.entropy import seeded


def test_groups_follow_each_other_and_profiles_are_found():
    config = c.parse(
        "phones:\n  count: 2\n  profiles: [{name: snail, like: slow, delay: 20 s}]\n"
        "  groups:\n  - {count: 2, profile: snail}\n"
        "  - {count: 1, first_imsi: '001010000000009', profile: persistent}\n"
    )
    assert config.phones.number == 5
    each = phones(config, seeded(1))
    assert [phone.imsi[-2:] for phone in each] == ["01", "02", "03", "04", "09"]
    assert [phone.profile for phone in each] == ["ordinary"] * 2 + ["snail"] * 2 + ["persistent"]
    assert profiles(config.phones.profiles)["snail"].delay == 20


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("phones: {profile: polite}", "phones.profile"),
        ("phones: {groups: [{count: 1, profile: polite}]}", "phones.groups[0].profile"),
        ("phones: {profiles: [{name: slow}]}", "phones.profiles[0].name"),
        ("phones: {profiles: [{name: a, like: b}, {name: b}]}", "phones.profiles[0].like"),
        ("phones: {profiles: [{name: a, ignores: [SHOUTING]}]}", "phones.profiles[0].ignores[0]"),
    ],
)
def test_profiles_that_are_none(text, key):
    with pytest.raises(c.ConfigError) as refused:
        c.parse(text)
    assert refused.value.problems[0].key == key
