"""Two more sets that only the judge learns from, so that a drawing it never saw is less of a surprise.

They name their icons in ways of their own; what cannot be matched by name is matched here.
"""

from collections.abc import Collection

from bench.emoji_base.data.emoji_sets import EmojiSet

FIREFOX = EmojiSet(
    "fxemoji",
    "@iconify-json/fxemoji",
    "1.2.2",
    "f3e72b3c59d05e1db03b7e308d55c0d05bd7ba3f625a90da1b79313c12858eef",
    "Apache-2.0",
    "Firefox OS Emoji by Mozilla",
    "https://github.com/mozilla/fxemoji",
)
STREAMLINE = EmojiSet(
    "streamline",
    "@iconify-json/streamline-emojis",
    "1.2.4",
    "5dac87c876b322500989828c5823143e0100d78881627a2e4081a4b897cbfdbc",
    "CC-BY-4.0",
    "Streamline Emojis by Streamline",
    "https://github.com/webalys-hq/streamline-vectors",
)
MORE_SETS = (FIREFOX, STREAMLINE)

_OWN_NAMES = {
    FIREFOX.name: {
        "dog-face": "dog",
        "cat-face": "cat",
        "panda": "pandaface",
        "rabbit-face": "bunny",
        "pig-face": "pig",
        "tiger-face": "tiger",
        "mouse-face": "mouse",
        "wrapped-gift": "present",
        "fox": "foxsmiling",
    },
    STREAMLINE.name: {
        "panda": "panda-face",
        "fox": "fox-face-1",
        "bear": "bear-face",
        "frog": "frog-face",
        "lion": "lion-face",
        "snowman-without-snow": "snowman",
    },
}


def own_names(entry: EmojiSet, icons: Collection[str], known: Collection[str]) -> dict[str, str]:
    """Return {icon: the set's name for it} for the icons that the set, with these known names, draws."""
    special = _OWN_NAMES.get(entry.name, {})
    spelled = {icon: (special.get(icon, icon), icon, icon.replace("-", ""), f"{icon}-1") for icon in icons}
    found = {icon: [name for name in names if name in known] for icon, names in spelled.items()}
    return {icon: names[0] for icon, names in found.items() if names}
