"""The course of a training: which lessons are taught at which step, and how the network learns from them.

Theory of operation: images are looked at once, for the network that sees does not change. A lesson is then one row of
vectors; only its answer counts. The order of lessons depends on nothing but the seed, so that a training that is gone
on with goes on exactly where it was.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import nn

from dragoman.engine.finetune.messages import Lesson, TrainingSpec
from dragoman.engine.finetune.tiles import cut_tiles, lay_tokens
from dragoman.engine.finetune.weights import Eye
from dragoman.errors import invalid

WARMUP_SHARE = 0.05
MAX_GRADIENT = 1.0
TOKENS_AT_ONCE = 4096
UNSEEN = -1


class Prepared(NamedTuple):
    """A lesson in numbers; `seen` are the vectors for the tokens that are `UNSEEN`."""

    tokens: list[int]
    answer_tokens: int
    seen: torch.Tensor | None


def prepare_lesson(lesson: Lesson, eye: Eye | None, max_tokens: int, vocabulary: Mapping[str, int]) -> Prepared:
    """Look at a lesson's images and lay them among its texts; raises if the engine would do it otherwise."""
    tokens = list(lesson.pieces[0])
    seen = []
    for image, piece in zip(lesson.images, lesson.pieces[1:], strict=True):
        if eye is None:
            raise invalid("This model takes no images.")
        rule = eye.rule.limit(max_tokens)
        tiled = cut_tiles(image, rule)
        seen.append(eye.look(tiled.pixels).cpu())
        tokens += lay_tokens(tiled, rule, vocabulary) + piece
    if lesson.shown_tokens and lesson.shown_tokens != len(tokens):
        raise invalid(
            f"The engine makes {lesson.shown_tokens} tokens of a conversation of which the training makes {len(tokens)}."
        )
    return Prepared(tokens + lesson.answer, len(lesson.answer), torch.cat(seen) if seen else None)


def split_lessons(lessons: Sequence[Prepared], share: float, seed: int) -> tuple[list[Prepared], list[Prepared]]:
    """Those to learn from, and those that are held back to see whether it has understood; one of each at least."""
    order = list(range(len(lessons)))
    random.Random(seed).shuffle(order)  # noqa: S311 - no secret
    kept = min(max(round(len(order) * share), 1), len(order) - 1) if share else 0
    return [lessons[one] for one in order[kept:]], [lessons[one] for one in order[:kept]]


def select_batch(step: int, batch: int, lessons: int, seed: int) -> list[int]:
    """The lessons of a step: all of them in a fresh order, again and again."""
    places = range(step * batch, (step + 1) * batch)
    return [_order(place // lessons, lessons, seed)[place % lessons] for place in places]


def _order(epoch: int, lessons: int, seed: int) -> list[int]:
    order = list(range(lessons))
    random.Random(f"{seed} {epoch}").shuffle(order)  # noqa: S311 - no secret
    return order


def find_rate(step: int, spec: TrainingSpec) -> float:
    """The learning rate: up to its height quickly, then down in a quarter of a wave."""
    warmup = max(1, round(spec.steps * WARMUP_SHARE))
    share = min(1.0, (step + 1) / warmup)
    return spec.learning_rate * share * math.cos(math.pi / 2 * step / spec.steps)


def group_lessons(lessons: Sequence[Prepared]) -> Iterator[list[Prepared]]:
    """As many at once as the memory bears, those of like length together."""
    group: list[Prepared] = []
    for lesson in sorted(lessons, key=lambda one: len(one.tokens)):
        if group and len(lesson.tokens) * (len(group) + 1) > TOKENS_AT_ONCE:
            yield group
            group = []
        group.append(lesson)
    if group:
        yield group


class Pupil:
    """The network in training."""

    def __init__(self, network: Any, parameters: list[torch.Tensor], spec: TrainingSpec, device: str) -> None:
        self.network = network.to(device)
        self.optimizer = torch.optim.AdamW(parameters, lr=spec.learning_rate, weight_decay=0.0)
        self._parameters = parameters
        self._device = device

    def learn(self, lessons: Sequence[Prepared], rate: float) -> float:
        """One step; the mean loss of the answers' tokens."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad()
        total = sum(one.answer_tokens for one in lessons)
        loss = 0.0
        for group in group_lessons(lessons):
            said, wanted, _ = self._answer(group)
            share = nn.functional.cross_entropy(said, wanted, reduction="sum") / total
            share.backward()
            loss += share.item()
        nn.utils.clip_grad_norm_(self._parameters, MAX_GRADIENT)
        self.optimizer.step()
        return loss

    def examine(self, lessons: Sequence[Prepared]) -> tuple[float, float]:
        """The mean loss of lessons, and the share of those of which every token comes as taught."""
        loss, right, tokens = 0.0, 0, 0
        for group in group_lessons(lessons):
            with torch.no_grad():
                said, wanted, owners = self._answer(group)
            loss += nn.functional.cross_entropy(said, wanted, reduction="sum").item()
            wrong = set(owners[said.argmax(-1) != wanted].tolist())
            right += len(group) - len(wrong)
            tokens += len(wanted)
        return loss / max(tokens, 1), right / max(len(lessons), 1)

    def _answer(self, group: Sequence[Prepared]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """What it says at each place of the answers, what it should, and whose place that is."""
        longest = max(len(one.tokens) for one in group)
        tokens = torch.full((len(group), longest), UNSEEN)
        mask = torch.zeros((len(group), longest), dtype=torch.long)
        answers = torch.zeros((len(group), longest), dtype=torch.bool)
        for row, one in enumerate(group):
            length = len(one.tokens)
            tokens[row, :length] = torch.tensor(one.tokens)
            mask[row, :length] = 1
            answers[row, length - one.answer_tokens : length] = True
        vectors = self._embed(tokens, mask, group)
        hidden = self.network.model(inputs_embeds=vectors, attention_mask=mask.to(self._device)).last_hidden_state
        said = self.network.lm_head(hidden[:, :-1][answers[:, 1:].to(self._device)]).float()
        owners = torch.arange(len(group)).unsqueeze(1).expand(-1, longest - 1)[answers[:, 1:]]
        return said, tokens[:, 1:][answers[:, 1:]].to(self._device), owners.to(self._device)

    def _embed(self, tokens: torch.Tensor, mask: torch.Tensor, group: Sequence[Prepared]) -> torch.Tensor:
        """The vectors of tokens, and those of what was seen in their places."""
        with torch.no_grad():
            vectors: torch.Tensor = self.network.model.embed_tokens(tokens.clamp(min=0).to(self._device))
            seen = [one.seen for one in group if one.seen is not None]
            if seen:
                places = ((tokens == UNSEEN) & (mask == 1)).to(self._device)
                vectors[places] = torch.cat(seen).to(self._device, vectors.dtype)
        return vectors
