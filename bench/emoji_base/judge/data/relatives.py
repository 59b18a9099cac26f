"""Icons that show one of the base's nouns in another guise: a poodle is a dog, a black cat a cat.

The base never sees them. They teach the judge that a noun is more than the one drawing that the sets agree on.
"""

RELATIVES = {
    "dog": ("dog", "poodle", "guide-dog", "service-dog"),
    "cat": (
        *("cat", "black-cat", "grinning-cat", "grinning-cat-with-smiling-eyes", "cat-with-tears-of-joy"),
        *("cat-with-wry-smile", "kissing-cat", "pouting-cat", "crying-cat", "weary-cat", "smiling-cat-with-heart-eyes"),
    ),
    "bear": ("polar-bear", "teddy-bear"),
    "rabbit": ("rabbit",),
    "pig": ("pig",),
    "tiger": ("tiger",),
    "monkey": ("monkey", "see-no-evil-monkey", "hear-no-evil-monkey", "speak-no-evil-monkey"),
    "cow": ("cow",),
    "mouse": ("mouse", "rat"),
    "chick": ("hatching-chick", "front-facing-baby-chick"),
    "car": ("oncoming-automobile", "sport-utility-vehicle", "taxi", "oncoming-taxi"),
    "apple": ("green-apple",),
    "cake": ("shortcake", "cupcake"),
    "cup": ("teacup-without-handle",),
    "tree": ("evergreen-tree",),
    "snowman": ("snowman",),
    "ball": ("basketball", "baseball", "softball", "volleyball"),
    "mushroom": ("brown-mushroom",),
    "hat": ("womans-hat",),
}
