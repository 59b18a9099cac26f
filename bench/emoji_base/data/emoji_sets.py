"""The emoji sets: where they come from, under which license, and how a drawing is read from them."""

import hashlib
import json
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class EmojiSet:
    """A published package of drawings, pinned by version and content."""

    name: str
    package: str
    version: str
    sha256: str
    license: str
    author: str
    source: str
    pictures: bool = False  # ready-made pictures instead of SVG bodies

    @property
    def archive(self) -> str:
        """The file name that `npm pack` gives the package."""
        return f"{self.package.lstrip('@').replace('/', '-')}-{self.version}.tgz"


EMOJI_SETS = (
    EmojiSet(
        "noto",
        "@iconify-json/noto",
        "1.2.9",
        "3e918d88fc945c0bb3d468dbace6f88caef67f01c9f0e7bcae0915a042e8f1ad",
        "Apache-2.0",
        "Noto Emoji by Google",
        "https://github.com/googlefonts/noto-emoji",
    ),
    EmojiSet(
        "noto-v1",
        "@iconify-json/noto-v1",
        "1.2.5",
        "2bf62c26c2c2884aa99e90aec942cdaee17a5921f05690694f4978ad4b017c37",
        "Apache-2.0",
        "Noto Emoji (first version) by Google",
        "https://github.com/googlefonts/noto-emoji",
    ),
    EmojiSet(
        "twemoji",
        "@iconify-json/twemoji",
        "1.2.5",
        "19046dff7d8707ce96212ec86468b36ac5f8e60409629dd13f809265c6d0ebb7",
        "CC-BY-4.0",
        "Twemoji by Twitter, Inc and other contributors",
        "https://github.com/jdecked/twemoji",
    ),
    EmojiSet(
        "fluent-flat",
        "@iconify-json/fluent-emoji-flat",
        "1.2.6",
        "7d064769dee690815f823bc5bcc511d957198caf9f5edd8dd9c1aa48a6aeb175",
        "MIT",
        "Fluent Emoji by Microsoft Corporation",
        "https://github.com/microsoft/fluentui-emoji",
    ),
    EmojiSet(
        "fluent-3d",
        "@lobehub/fluent-emoji-3d",
        "1.1.0",
        "c1bb7eee7de090205a232518a9ab4adb3df458bfbe8a1f78232991194c8b2e58",
        "MIT",
        "Fluent Emoji by Microsoft Corporation, packed by LobeHub",
        "https://github.com/lobehub/fluent-emoji",
        pictures=True,
    ),
    EmojiSet(
        "emojione",
        "@iconify-json/emojione",
        "1.2.3",
        "26a14f44284407e8bcde91799388dca2bfd91dbcd55a97f425524a1c5b73610e",
        "CC-BY-4.0",
        "EmojiOne 2.3 by Emoji One",
        "https://github.com/EmojiTwo/emojitwo",
    ),
)


class ArchiveMismatchError(Exception):
    """The downloaded package is not the one this project was built on."""

    code = "archive_mismatch"

    def __init__(self, archive: Path, found: str) -> None:
        super().__init__(f"{archive.name} has sha256 {found}, which is not the pinned one; delete it and try again")


def emoji_set(name: str) -> EmojiSet:
    """Look a set up by its short name; KeyError when there is none."""
    return {entry.name: entry for entry in EMOJI_SETS}[name]


def fetch(entry: EmojiSet, folder: Path) -> Path:
    """Return the verified archive of a set, packed by the npm client where the folder lacks it."""
    archive = folder / entry.archive
    if not archive.exists():
        folder.mkdir(parents=True, exist_ok=True)
        command = ["npm", "pack", "--silent", f"{entry.package}@{entry.version}"]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != entry.sha256:
        raise ArchiveMismatchError(archive, found)
    return archive


def read_svgs(archive: Path, icons: list[str]) -> dict[str, str]:
    """Return {icon: SVG document} for the icons that the package has."""
    table = json.loads(_member(archive, "package/icons.json"))
    parents = {icon: row["parent"] for icon, row in table.get("aliases", {}).items()}
    names = {icon: parents.get(icon, icon) for icon in icons}
    return {icon: _svg(table["icons"][name], table) for icon, name in names.items() if name in table["icons"]}


def read_pictures(archive: Path, code_points: list[str]) -> dict[str, bytes]:
    """Return {code point: WebP bytes} for the code points that the package has."""
    wanted = {f"package/assets/{code}.webp": code for code in code_points}
    with tarfile.open(archive) as tar:
        members = [member for member in tar.getmembers() if member.name in wanted]
        return {wanted[member.name]: _read(tar, member) for member in members}


def _svg(row: dict[str, object], table: dict[str, object]) -> str:
    width = row.get("width", table.get("width", 16))
    height = row.get("height", table.get("height", 16))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{width}" height="{height}" viewBox="0 0 {width} {height}">{row["body"]}</svg>'
    )


def _member(archive: Path, name: str) -> bytes:
    with tarfile.open(archive) as tar:
        return _read(tar, tar.getmember(name))


def _read(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    stream = tar.extractfile(member)
    if stream is None:
        raise FileNotFoundError(member.name)
    return stream.read()
