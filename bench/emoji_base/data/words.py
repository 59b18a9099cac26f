"""The vocabulary of the emoji world: nouns, scenes and colors, and the words that mean nothing yet."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Noun:
    """One thing that every emoji set draws."""

    word: str
    icon: str  # its name in the icon sets
    code_point: str  # its name in the picture set
    animal: bool


@dataclass(frozen=True)
class Scene:
    """A background: the name of its drawing, and the words that place a thing in it."""

    name: str
    phrase: str


def _nouns(table: str, *, animal: bool) -> tuple[Noun, ...]:
    rows = (line.split() for line in table.strip().splitlines())
    return tuple(Noun(word, icon, code, animal) for word, icon, code in rows)


def _words(table: str) -> tuple[str, ...]:
    return tuple(table.split())


NOUNS = _nouns(
    """
    dog dog-face 1f436
    cat cat-face 1f431
    panda panda 1f43c
    fox fox 1f98a
    bear bear 1f43b
    rabbit rabbit-face 1f430
    pig pig-face 1f437
    frog frog 1f438
    lion lion 1f981
    tiger tiger-face 1f42f
    koala koala 1f428
    monkey monkey-face 1f435
    cow cow-face 1f42e
    mouse mouse-face 1f42d
    penguin penguin 1f427
    chick baby-chick 1f424
    duck duck 1f986
    elephant elephant 1f418
    owl owl 1f989
    unicorn unicorn 1f984
    turtle turtle 1f422
    """,
    animal=True,
) + _nouns(
    """
    car automobile 1f697
    rocket rocket 1f680
    balloon balloon 1f388
    apple red-apple 1f34e
    cake birthday-cake 1f382
    cup hot-beverage 2615
    tree deciduous-tree 1f333
    cactus cactus 1f335
    snowman snowman-without-snow 26c4
    ghost ghost 1f47b
    ball soccer-ball 26bd
    guitar guitar 1f3b8
    gift wrapped-gift 1f381
    mushroom mushroom 1f344
    hat top-hat 1f3a9
    crown crown 1f451
    banana banana 1f34c
    boat sailboat 26f5
    """,
    animal=False,
)

WEARABLE = ("hat", "crown")

SCENES = (
    Scene("beach", "on the beach"),
    Scene("snow", "in the snow"),
    Scene("grass", "on the grass"),
    Scene("night", "at night"),
    Scene("table", "on a wooden table"),
    Scene("city", "in the city"),
    Scene("underwater", "underwater"),
    Scene("forest", "in the forest"),
    Scene("space", "in space"),
    Scene("desert", "in the desert"),
)

COLORS = {
    "red": (222, 46, 42),
    "orange": (250, 146, 48),
    "yellow": (253, 220, 76),
    "green": (70, 172, 86),
    "blue": (62, 126, 222),
    "purple": (142, 84, 190),
    "pink": (244, 160, 190),
    "white": (248, 248, 248),
}

PREFIXES = ("a photo of ", "a picture of ", "")

STYLE_OPENINGS = {
    "black and white": "a black and white photo of ",
    "pixel art": "pixel art of ",
    "sketch": "a sketch of ",
}

RARE_TOKENS = ("sks", "zwx", "vqk", "xjy", "pzq", "wbf", "hta", "olis")

COMMON_WORDS = _words(
    """
    a an the of on in at to and or with without by for from into over under above below behind beside
    between near next left right front back top bottom middle side background is are was it its this
    that these those one two three four five many some no not very thing object animal toy pet person
    man woman child boy girl people face head eye eyes ear nose mouth photo picture image drawing
    painting sketch pixel art style cartoon portrait black white grey gray brown gold silver dark light
    bright small big large tiny huge old new young happy sad angry cute funny wearing holding sitting
    standing running jumping flying sleeping eating looking swimming playing besides wooden table city
    beach snow grass night space desert forest underwater sky sea sand sun moon star stars mountain
    river lake garden house home street road kitchen sunset room wall floor water fire ice cloud rain
    tree flower leaf plant fruit food bread glass cup bowl box bag book chair bed door window lamp clock
    car bus train bike boat ship plane truck rocket ball balloon gift guitar robot ghost crown hat scarf
    glasses shirt shoe dress coat red orange yellow green blue purple pink dog cat horse sheep goat bird
    wolf deer mouse bee fish whale shark snake dragon dinosaur hamster squirrel butterfly sculpture
    statue
    """
)
