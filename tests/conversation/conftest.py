"""A fresh conversation for each test."""

import pytest
from support.talking import Talk

from knowledge import KnowledgeBase


@pytest.fixture
def talk(knowledge: KnowledgeBase) -> Talk:
    return Talk(knowledge)
