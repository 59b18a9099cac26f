"""Write the pages: `python -m bench.reference`, or `make docs`."""

from bench.reference.pages import pages


def main() -> None:
    """Write every page that is not as the code has it."""
    for path, text in pages().items():
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            print(f"wrote {path}")


if __name__ == "__main__":
    main()
