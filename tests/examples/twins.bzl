"""The folders of //examples that have a jailed and an unjailed twin."""

TWINS = [
    "brotli",
    "bzip2",
    "expat",
    "gif",
    "heif",
    "jpeg",
    "jpeg2000",
    "png",
    "tiff",
    "webp",
    "xz",
    "zlib",
    "zstd",
]

def twins_data():
    """The programs of all twins, and their sources."""
    return [
        "//examples/{}:{}".format(folder, file)
        for folder in TWINS
        for file in ["jailed", "jailed.cc", "unjailed", "unjailed.cc"]
    ]
