"""Puts words to events: who explains again does so verbatim, in own words, or says that he already explained."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from kundig.simulation import firm, phrases, slots
from kundig.simulation.chance import pick, stream
from kundig.simulation.days import DAY, Bools, Ints
from kundig.simulation.slots import Slot

STYLES = ("verbatim", "own_words", "says_so", "detail", "status", "resent", "still_open")
"""How a customer message after the first is worded; the first three are re-explanations, the others look like them at most."""
VERBATIM, OWN_WORDS, SAYS_SO, DETAIL, STATUS, RESENT, STILL_OPEN = range(7)
STYLE_SHARES = (0.30, 0.42, 0.28)
RESENT_SHARE = 0.12
"""How often someone who asks for the state sends the first message again, to the same agent, where nobody was handed on."""


def styles(seed: int, block: int, retold: Bools, handovers: Ints) -> Ints:
    """The style of each later message, shape (tickets, len(LATER_MESSAGES))."""
    rng = stream(seed, block, "styles")
    n, legs = retold.shape
    told = np.where(retold, pick(rng, STYLE_SHARES, n * legs).reshape(n, legs), DETAIL)
    chase = np.where((handovers == 0) & (rng.random(n) < RESENT_SHARE), RESENT, STATUS)
    return np.column_stack([told, chase, np.full(n, STILL_OPEN)])


@dataclass(frozen=True)
class Wording:
    """What the words of a block's tickets depend on; arrays over its tickets."""

    start: dt.date
    reason: Ints
    opened: Ints
    due: Ints
    outcome: Ints
    teams: Ints
    styles: Ints
    repeat: Bools
    """Tickets that take up a matter closed before."""
    update: Bools
    """Tickets about the update that went wrong, whatever their reason."""
    dice: Ints
    """One large random number per ticket, from which its details are drawn."""

    def line(self, ticket: int, slot: int, die: int) -> str:
        """The text of one event; "" where the system writes none. ``die`` chooses among the wordings."""
        story = phrases.UPDATE if self.update[ticket] else phrases.STORIES[self.reason[ticket]]
        if slot == Slot.ASK:
            return self._first(ticket, story)
        if slot in slots.LATER_MESSAGES:
            return self._later(ticket, slots.LATER_MESSAGES.index(Slot(slot)), story, die)
        return self._firm(ticket, Slot(slot), story, die)

    def _first(self, ticket: int, story: phrases.Story) -> str:
        dice = int(self.dice[ticket])
        told = story.told[dice % len(story.told)].format(**self._details(ticket))
        greeting = phrases.GREETINGS[dice // 7 % len(phrases.GREETINGS)] + (phrases.CAME_BACK if self.repeat[ticket] else "")
        text = greeting + told + phrases.ENDINGS[dice // 41 % len(phrases.ENDINGS)]
        return text[0].upper() + text[1:]

    def _later(self, ticket: int, message: int, story: phrases.Story, die: int) -> str:
        style = self.styles[ticket, message]
        details = self._details(ticket)
        if style in (VERBATIM, RESENT):
            return self._first(ticket, story)
        if style == DETAIL:
            return story.detail.format(**details)
        if style == STATUS:
            failed = self.outcome[ticket] in (slots.LATE, slots.BROKEN)
            return _choose(phrases.OVERDUE if failed else phrases.STATUS, die).format(frist=self._date(int(self.due[ticket])))
        if style == STILL_OPEN:
            return _choose(phrases.STILL, die)
        again = self._again(ticket, story).format(**details)
        return again if style == OWN_WORDS else _choose(phrases.SAYS_SO, die).format(story=again)

    def _again(self, ticket: int, story: phrases.Story) -> str:
        """The retelling that fits how it was told: the last tellings share the last retelling."""
        return story.retold[min(int(self.dice[ticket]) % len(story.told), len(story.retold) - 1)]

    def _firm(self, ticket: int, slot: Slot, story: phrases.Story, die: int) -> str:
        if slot == Slot.BOT:
            return story.bot
        if slot in (Slot.FIRST, Slot.AGAIN, *slots.ANSWERS):
            return self._answer(ticket, slot, story, die)
        if slot in slots.QUESTIONS:
            retold = self.styles[ticket, slots.QUESTIONS.index(slot)] <= SAYS_SO
            return _choose(phrases.AGENT_ASKS_AGAIN if retold else phrases.AGENT_ASKS_DETAIL, die)
        if slot in slots.HANDS:
            team = firm.TEAMS[self.teams[ticket, slots.HANDS.index(slot) + 1]]
            return _choose(phrases.HANDED_ON, die).format(team=team)
        return self._promise(ticket, slot, die)

    def _answer(self, ticket: int, slot: Slot, story: phrases.Story, die: int) -> str:
        greeting = _choose(phrases.AGENT_GREETINGS, die)
        if slot == Slot.AGAIN:
            return greeting + _choose(phrases.REOPENED_ANSWERS, die // 3)
        if slot != Slot.FIRST:
            return greeting + _choose(phrases.NEXT_ANSWERS, die // 3)
        sorry = firm.REASONS[self.reason[ticket]].action == "eliminate"
        return greeting + (_choose(phrases.APOLOGIES, die // 5) if sorry else "") + story.answer.format(**self._details(ticket))

    def _promise(self, ticket: int, slot: Slot, die: int) -> str:
        if slot == Slot.SOLVE:
            return _choose(phrases.SOLVED, die)
        if slot not in (Slot.PROMISE, Slot.OUTCOME):
            return ""
        kept = ((), phrases.KEPT, phrases.KEPT_LATE, phrases.BROKEN, phrases.WITHDRAWN)
        choices = phrases.PROMISES if slot == Slot.PROMISE else kept[self.outcome[ticket]]
        kind = firm.REASONS[self.reason[ticket]].promise_kind
        return _choose(choices, die).format(art=kind, frist=self._date(int(self.due[ticket])))

    def _details(self, ticket: int) -> dict[str, str]:
        dice = int(self.dice[ticket])
        return {
            "betrag": f"{35 + dice % 190},{dice // 190 % 100:02d} Euro",
            "tag": self._date(int(self.opened[ticket]) - (1 + dice // 13 % 6) * DAY),
            "bald": self._date(int(self.opened[ticket]) + (5 + dice // 17 % 25) * DAY),
            "artikel": phrases.ARTICLES[dice // 3 % len(phrases.ARTICLES)],
            "zahl": str(100_000 + dice % 899_999),
            "zahl3": ("zwei", "drei", "vier", "fünf")[dice // 11 % 4],
        }

    def _date(self, time: int) -> str:
        return f"{self.start + dt.timedelta(days=time // DAY):%d.%m.%Y}"


def _choose(texts: tuple[str, ...], die: int) -> str:
    return texts[die % len(texts)]
