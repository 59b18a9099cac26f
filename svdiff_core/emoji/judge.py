"""The judge: how well a picture fits a text, and how much of a subject is in it.

It reads 64-pixel pictures (n, 3, H, W) in [0, 1]; other sizes are reduced to that.
"""

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import safetensors
import torch
import torch.nn.functional as F  # noqa: N812 — torch's own name for it
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from svdiff_core.emoji.judge_image import SIDE, ImageShape, ImageTower, Reading
from svdiff_core.emoji.judge_text import TextShape, TextTower, Words
from svdiff_core.errors import JudgeInvalid
from svdiff_core.metrics.lookup import JUDGE_FILE

FORMAT = "svdiff-judge-1"
BATCH = 64  # pictures read at a time
SHIPPED = Path(__file__).parent / "judges"


@dataclass(frozen=True)
class JudgeConfig:
    """What the answers mean, and the shapes of the two towers."""

    nouns: tuple[str, ...]
    scenes: tuple[str, ...]
    words: tuple[str, ...]
    image: ImageShape = dataclasses.field(default_factory=ImageShape)
    text: TextShape = dataclasses.field(default_factory=TextShape)

    def to_json(self) -> str:
        """As it stands in the metadata of the weights' file."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "JudgeConfig":
        """The inverse of `to_json`; KeyError, TypeError or ValueError for anything else."""
        fields = json.loads(text)
        image = fields["image"] | {"channels": tuple(fields["image"]["channels"])}
        names = {name: tuple(fields[name]) for name in ("nouns", "scenes", "words")}
        return cls(**names, image=ImageShape(**image), text=TextShape(**fields["text"]))


class Judge:
    """Two towers trained on rendered scenes, never on generated pictures."""

    def __init__(self, config: JudgeConfig) -> None:
        self.config = config
        self._words = Words(config.words)
        towers = {
            "image": ImageTower(config.image, len(config.nouns), len(config.scenes)),
            "text": TextTower(config.text, len(self._words), config.image.text_width),
        }
        self.towers = nn.ModuleDict(towers).eval().requires_grad_(requires_grad=False)

    @property
    def nouns(self) -> tuple[str, ...]:
        """Every noun that `top_noun` can answer."""
        return self.config.nouns

    @property
    def scenes(self) -> tuple[str, ...]:
        """Every scene that `top_scene` can answer: ten places, and plain backgrounds by color."""
        return self.config.scenes

    def text_alignment(self, pictures: Tensor, prompts: Sequence[str]) -> Tensor:
        """Cosine of each picture (n, 3, H, W) with the prompt of the same number, (n,) in [-1, 1]."""
        return (self.text_image_embeddings(pictures) * self.text_embeddings(prompts)).sum(dim=1)

    def text_image_embeddings(self, pictures: Tensor) -> Tensor:
        """What the pictures say, (n, d) of norm 1, to be compared with `text_embeddings`."""
        return self.read(pictures).text

    @torch.no_grad()
    def text_embeddings(self, prompts: Sequence[str]) -> Tensor:
        """What the prompts say, (n, d) of norm 1; words that the judge does not know say nothing."""
        embeddings: Tensor = self.towers["text"]([self._words.numbers(prompt) for prompt in prompts])
        return embeddings

    def subject_embeddings(self, pictures: Tensor) -> Tensor:
        """Whose picture it is, whatever stands around it: (n, d) of norm 1."""
        return self.read(pictures).subject

    def subject_alignment(self, pictures: Tensor, references: Tensor) -> Tensor:
        """Mean cosine of each picture (n, 3, H, W) with the m pictures of a subject (m, 3, H, W), (n,) in [-1, 1]."""
        return (self.subject_embeddings(pictures) @ self.subject_embeddings(references).T).mean(dim=1)

    def top_noun(self, pictures: Tensor) -> list[str]:
        """The thing in each picture, by the noun head: what a worn hat is on, not the hat."""
        return self._named(self.nouns, self.read(pictures).noun)

    def top_nouns_by_side(self, pictures: Tensor) -> list[tuple[str, str]]:
        """The things on the left and on the right half of each picture, by the same head."""
        reading = self.read(pictures)
        return list(zip(self._named(self.nouns, reading.left), self._named(self.nouns, reading.right), strict=True))

    def top_scene(self, pictures: Tensor) -> list[str]:
        """The background of each picture, by the scene head."""
        return self._named(self.scenes, self.read(pictures).scene)

    @torch.no_grad()
    def read(self, pictures: Tensor) -> Reading:
        """All that the image tower reads in the pictures."""
        parts = [self.towers["image"](_sized(part)) for part in torch.split(pictures, BATCH)]
        return Reading(**{name: torch.cat([getattr(part, name) for part in parts]) for name in vars(parts[0])})

    @staticmethod
    def _named(names: Sequence[str], logits: Tensor) -> list[str]:
        return [names[index] for index in logits.argmax(dim=1).tolist()]


def load_judge(source: str | Path = "emoji") -> Judge:
    """A judge from a folder, or the one of that name that ships with this package; computes in fp32 on the CPU.

    Raises:
        JudgeInvalid: there is none, or its file is damaged or of another format.
    """
    folder = SHIPPED / source if isinstance(source, str) and (SHIPPED / source).is_dir() else Path(source)
    path = folder / JUDGE_FILE
    if not path.is_file():
        raise JudgeInvalid(str(source), f"there is no {JUDGE_FILE}")
    try:
        with safe_open(path, framework="pt") as stored:
            metadata = stored.metadata() or {}
            tensors = {name: stored.get_tensor(name).float() for name in stored.keys()}  # noqa: SIM118 — no mapping
        if metadata.get("format") != FORMAT:
            raise JudgeInvalid(str(source), f"its format is {metadata.get('format')!r}, not {FORMAT!r}")
        judge = Judge(JudgeConfig.from_json(metadata["config"]))
        judge.towers.load_state_dict(tensors)
    except (safetensors.SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise JudgeInvalid(str(source), "its file is damaged") from error
    return judge


def save_judge(judge: Judge, folder: Path) -> int:
    """Write the weights in fp16 with the config as metadata; the file's bytes."""
    path = folder / JUDGE_FILE
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: tensor.half().contiguous() for name, tensor in judge.towers.state_dict().items()}
    save_file(tensors, path, {"format": FORMAT, "config": judge.config.to_json()})
    path.chmod(0o644)
    return path.stat().st_size


def _sized(pictures: Tensor) -> Tensor:
    """(n, 3, 64, 64) in fp32 on the CPU."""
    pictures = pictures.detach().float().cpu()
    if pictures.shape[-2:] == (SIDE, SIDE):
        return pictures
    return F.interpolate(pictures, size=(SIDE, SIDE), mode="bilinear", antialias=True, align_corners=False)
