"""The devices that a worker serves: one slot each."""


def resolve_devices(names: tuple[str, ...]) -> tuple[str, ...]:
    """The settings' devices; `auto` means every CUDA device, or the CPU where there is none."""
    return tuple(device for name in names for device in (detect_devices() if name == "auto" else (name,)))


def detect_devices() -> tuple[str, ...]:
    """Every CUDA device that the driver shows. Asked of the driver's files: torch takes seconds to import."""
    from pathlib import Path

    cards = sorted(Path("/dev").glob("nvidia[0-9]*"))
    return tuple(f"cuda:{number}" for number in range(len(cards))) or ("cpu",)
