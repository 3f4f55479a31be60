"""Every command of the stock clients, in stories (``stories/``), against a real ``nova-all``."""

from __future__ import annotations

import pytest

from tests.clients import commands, stories
from tests.clients.conftest import Cloud
from tests.clients.shells import Shells

ALL = [story for client in ("nova", "openstack") for story in stories.every(client)]


def _id(story: stories.Story) -> str:
    return f"{story.file.removesuffix('.txt')}-{story.title}"


@pytest.mark.parametrize("story", ALL, ids=_id)
def test_story(story: stories.Story, request: pytest.FixtureRequest) -> None:
    cloud: Cloud = request.getfixturevalue("keeping_cloud" if "soft_delete" in story.file else "cloud")
    stories.play(story, cloud.shells)


def test_each_openstack_command_is_walked_or_cannot_work() -> None:
    walked, wanted = commands.openstack_walked(ALL), commands.openstack_wanted()
    assert wanted - walked == set(commands.OPENSTACK_CANNOT)
    assert commands.openstack_walked(ALL, "refused") >= set(commands.OPENSTACK_CANNOT)


def test_each_nova_command_is_walked_or_cannot_work(cloud: Cloud) -> None:
    walked, listed = commands.nova_walked(ALL), commands.nova_listed(cloud.shells)
    assert listed - walked == set(commands.NOVA_CANNOT)
    assert commands.nova_walked(ALL, "refused") >= set(commands.NOVA_CANNOT)


def test_a_story_that_does_not_hold_fails(cloud: Cloud) -> None:
    def told(expected: str, manner: str | None = None, command: str = "version-list") -> stories.Story:
        line = stories.Line(1, "demo", manner, None, "nova", command, [expected])
        return stories.Story("made up", "none.txt", [line])

    shells: Shells = cloud.shells
    stories.play(told("v2.1"), shells)
    for wrong in (told("v7.1"), told("!v2.1"), told("v2.1", "refused"), told(".", None, "show nobody")):
        with pytest.raises(AssertionError, match=r"none\.txt:1"):
            stories.play(wrong, shells)
