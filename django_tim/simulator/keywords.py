"""What the simulated service keeps of keywords, and its verdicts on contents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from uuid import NAMESPACE_OID, uuid5

from .state import Part, State

BEIJING = timezone(timedelta(hours=8), "CST")
WORD, REGEX = 1, 2
REPLACE, STOP = 1, 2
SCORES = {"Pass": 0, "Review": 70, "Block": 100}


@dataclass(slots=True)
class CloudWord:
    """A word of a library; its label says what contents with it are."""

    number: int
    content: str
    label: str
    created: int


@dataclass(slots=True)
class Library:
    """A keyword library; ``suggestion`` is the verdict on contents with one of its words."""

    library_id: str
    name: str
    suggestion: str
    created: int
    describe: str = ""
    words: dict[str, CloudWord] = field(default_factory=dict)


@dataclass(slots=True)
class LocalWord:
    """A word that the client SDKs look for, and what they do about it."""

    number: int
    keyword: str
    word_type: int
    filter_type: int
    replaced_content: str
    updated: int

    def is_in(self, text: str) -> bool:
        """Whether the text holds it."""
        if self.word_type == REGEX:
            return re.search(self.keyword, text) is not None
        return self.keyword in text


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check comes to."""

    result: str = "Pass"
    label: str = "Normal"
    keywords: tuple[str, ...] = ()


class Keywords(Part):
    """The libraries, one that blocks and one that asks for a review, and the local words."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.libraries: dict[str, Library] = {}
        self.local: dict[tuple[str, int], LocalWord] = {}
        self._numbers = 0
        for suggestion in ("Block", "Review"):
            self.add_library(suggestion)

    def add_library(self, suggestion: str, describe: str = "") -> Library:
        """Make a library, which only the console does."""
        name = f"4_7_{self.state.sdk_app_id}_{len(self.libraries) + 1}"
        now = self.state.clock.seconds()
        library = Library(str(uuid5(NAMESPACE_OID, name)), name, suggestion, now, describe)
        self.libraries[library.library_id] = library
        return library

    def add_word(self, library: Library, content: str, label: str) -> None:
        """Add a word to a library, or give one that is there another label."""
        number, now = self.number(), self.state.clock.seconds()
        library.words.setdefault(content, CloudWord(number, content, label, now)).label = label
        self._block()

    def remove_word(self, library: Library, content: str) -> CloudWord | None:
        """Take a word out of a library; None if it was not there."""
        word = library.words.pop(content, None)
        self._block()
        return word

    def number(self) -> int:
        """A new number: of a word, or of a request."""
        self._numbers += 1
        return self._numbers

    def verdict(self, text: str) -> Verdict:
        """What the words that the text holds say of it: the hardest result of all.

        They are the state's sensitive words, the libraries' words, and the local ones that
        stop a message.
        """
        hits = list(self._hits(text))
        if not hits:
            return Verdict()
        hardest = max(hits, key=lambda hit: SCORES[hit.result])
        words = dict.fromkeys(word for hit in hits for word in hit.keywords)
        return Verdict(hardest.result, hardest.label, tuple(words))

    def _block(self) -> None:
        """Let the content check of every call know the words of the libraries that block."""
        self.state.blocked_words = {
            word.content
            for library in self.libraries.values()
            for word in library.words.values()
            if library.suggestion == "Block" and word.label != "Normal"
        }

    def _hits(self, text: str) -> Iterator[Verdict]:
        for word in sorted(self.state.sensitive_words):
            if word in text:
                yield Verdict("Block", "Illegal", (word,))
        for library in self.libraries.values():
            for one in library.words.values():
                if one.content in text and one.label != "Normal":
                    yield Verdict(library.suggestion, one.label, (one.content,))
        for local in self.local.values():
            if local.filter_type == STOP and local.is_in(text):
                yield Verdict("Block", "Composite", (local.keyword,))


def beijing(seconds: int) -> str:
    """A time as the keyword lists have it."""
    return f"{datetime.fromtimestamp(seconds, UTC).astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"
