"""A draft: a request on its way to become a ticket."""

from dataclasses import dataclass, replace

from bot.domain.attachment import Attachment
from bot.domain.ticket import Agent, Answer, AnswerSource

OF_A_NIR = ("nir", "nir_key")
"""The answers that are a NIR, or part of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What has been gathered so far.

    `identity` makes filing safe to repeat; `question` is what the person first typed;
    `path` is empty until a sous-motif is chosen; `read` is the article that led here.
    `answers` are those of the ticket and of the requester (fund and description among them), each
    agent has its own. `pieces` were sent for it, and are kept under its identity; `sources` are the
    messages that it was written in.
    """

    identity: str
    question: str = ""
    path: str = ""
    answers: tuple[Answer, ...] = ()
    agents: tuple[Agent, ...] = (Agent(),)
    read: str = ""
    help_seen: bool = False
    notice_seen: bool = False
    pieces: tuple[Attachment, ...] = ()
    sources: tuple[AnswerSource, ...] = ()

    def answer(self, key: str, agent: int | None = None) -> Answer | None:
        """What was given for a field: of the ticket, or of the agent at that place."""
        answers = self.answers if agent is None else self.agents[agent].answers
        return next((answer for answer in answers if answer.key == key), None)

    def with_answer(self, answer: Answer, agent: int | None = None) -> "Draft":
        """The draft with one answer set, in place of an earlier one to the same field."""
        if agent is None:
            return replace(self, answers=_set(self.answers, answer))
        changed = Agent(_set(self.agents[agent].answers, answer))
        return replace(self, agents=_put(self.agents, agent, changed))

    def without_answer(self, key: str, agent: int | None = None) -> "Draft":
        if agent is None:
            return replace(self, answers=_drop(self.answers, key))
        changed = Agent(_drop(self.agents[agent].answers, key))
        return replace(self, agents=_put(self.agents, agent, changed))

    def with_agent(self) -> "Draft":
        """One more agent, of whom nothing is known yet."""
        return replace(self, agents=(*self.agents, Agent()))

    def without_agent(self, agent: int) -> "Draft":
        return replace(self, agents=self.agents[:agent] + self.agents[agent + 1 :])

    @property
    def holds_nir(self) -> bool:
        return any(a.key in OF_A_NIR for agent in self.agents for a in agent.answers)

    def without_nirs(self) -> "Draft":
        """The draft as it is kept once its NIRs have outlived their hour."""
        agents = tuple(
            Agent(tuple(a for a in agent.answers if a.key not in OF_A_NIR)) for agent in self.agents
        )
        return replace(self, agents=agents)


def _set(answers: tuple[Answer, ...], answer: Answer) -> tuple[Answer, ...]:
    return (*_drop(answers, answer.key), answer)


def _drop(answers: tuple[Answer, ...], key: str) -> tuple[Answer, ...]:
    return tuple(answer for answer in answers if answer.key != key)


def _put(agents: tuple[Agent, ...], place: int, agent: Agent) -> tuple[Agent, ...]:
    return (*agents[:place], agent, *agents[place + 1 :])
