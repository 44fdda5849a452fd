"""Containers: what is written is read; no torn, cut or flipped byte goes unseen, and none is looked at before it is needed."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from index.codec.container import PAGE, VERSION, Container, ContainerWriter
from index.errors import IndexDamaged


def written(path: Path, **sections: np.ndarray) -> Path:
    with ContainerWriter(path) as writer:
        writer.meta["articles"] = 3
        for name, array in sections.items():
            writer.add(name, array)
    return path


def flipped(path: Path, position: int, bit: int = 0x01) -> Path:
    content = bytearray(path.read_bytes())
    content[position] ^= bit
    path.write_bytes(content)
    return path


def test_sections_come_back_as_they_were(tmp_path: Path) -> None:
    """Each section has the values and the type it was written with, in little endian, and meta is kept."""
    arrays = {
        "bytes": np.arange(7, dtype=np.uint8),
        "big_endian": np.array([1, 2**40], ">i8"),
        "floats": np.array([0.5, -1.25]),
        "empty": np.empty(0, np.uint16),
    }
    container = Container(written(tmp_path / "c", **arrays))
    assert container.names() == list(arrays)
    assert container.meta == {"articles": 3}
    for name, array in arrays.items():
        assert container.array(name).tolist() == array.tolist()
        assert container.array(name).dtype == array.dtype.newbyteorder("<")
        assert container.count(name) == len(array)
    assert container.part("bytes", 2, 5).tolist() == [2, 3, 4]
    container.verify()


def test_sections_in_pieces_are_one_section(tmp_path: Path) -> None:
    """A section added in pieces, none of a whole page, is the pieces end to end, across pages."""
    pieces = [np.arange(start, start + 999, dtype=np.uint32) for start in range(0, 60 * 999, 999)]
    with ContainerWriter(tmp_path / "c") as writer:
        writer.add("before", np.ones(3, np.uint8))
        writer.add_pieces("section", np.dtype(np.uint32), iter(pieces))
    container = Container(tmp_path / "c")
    container.verify()
    assert container.array("section").tolist() == list(range(60 * 999))


def test_sections_begin_at_multiples_of_eight(tmp_path: Path) -> None:
    """Arrays of eight-byte numbers are aligned whatever stands before them."""
    container = Container(written(tmp_path / "c", odd=np.ones(3, np.uint8), wide=np.arange(4)))
    assert container.array("wide").ctypes.data % 8 == container.array("odd").ctypes.data % 8 == 0


def test_arrays_are_read_only(tmp_path: Path) -> None:
    """Nobody can write into a container through an array taken from it."""
    array = Container(written(tmp_path / "c", numbers=np.arange(4))).array("numbers")
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 9


def test_arrays_outlive_the_container(tmp_path: Path) -> None:
    """An array taken before close can be read after it."""
    container = Container(written(tmp_path / "c", numbers=np.arange(4)))
    array = container.array("numbers")
    container.close()
    assert array.tolist() == [0, 1, 2, 3]


def test_every_flipped_byte_is_found(tmp_path: Path) -> None:
    """Whichever byte of a container is changed, padding too, opening or verifying it says that it is damaged."""
    whole = written(
        tmp_path / "whole", one=np.arange(5, dtype=np.uint8), two=np.arange(5), three=np.ones(3, np.uint16)
    ).read_bytes()
    path = tmp_path / "c"
    for position in range(len(whole)):
        for bit in (0x01, 0x80):
            path.write_bytes(whole)
            with pytest.raises(IndexDamaged, match="searcher rebuild"):
                Container(flipped(path, position, bit)).verify()


def test_every_truncation_is_found(tmp_path: Path) -> None:
    """A container cut at any place, or followed by a byte, is refused when it is opened."""
    whole = written(tmp_path / "whole", one=np.arange(5, dtype=np.uint8), two=np.arange(5)).read_bytes()
    path = tmp_path / "c"
    for content in [whole[:size] for size in range(len(whole))] + [whole + b"\0"]:
        path.write_bytes(content)
        with pytest.raises(IndexDamaged):
            Container(path)


def test_torn_in_the_middle(tmp_path: Path) -> None:
    """A container whose second page was never written is found when that page is read, whatever its foot says."""
    path = written(tmp_path / "c", numbers=np.arange(3 * PAGE // 8))
    content = bytearray(path.read_bytes())
    content[PAGE : 2 * PAGE] = bytes(PAGE)
    path.write_bytes(content)
    with pytest.raises(IndexDamaged):
        Container(path).array("numbers")


def test_pages_are_checked_when_they_are_touched(tmp_path: Path) -> None:
    """Damage on one page harms no reader of the others, and each that touches it, again and again."""
    path = written(tmp_path / "c", numbers=np.arange(3 * PAGE // 8))
    container = Container(flipped(path, PAGE + 100))
    assert container.part("numbers", 0, 1000).tolist() == list(range(1000))
    assert container.part("numbers", 2 * PAGE // 8, 2 * PAGE // 8 + 5).tolist() == list(range(2 * PAGE // 8, 2 * PAGE // 8 + 5))
    for _ in range(2):
        with pytest.raises(IndexDamaged, match=f"bytes {PAGE:,} to {2 * PAGE:,}"):
            container.part("numbers", PAGE // 8, PAGE // 8 + 20)
    with pytest.raises(IndexDamaged):
        container.verify()


def test_other_versions_are_named(tmp_path: Path) -> None:
    """A container of a later format is refused by the number of its format."""
    path = written(tmp_path / "c", one=np.arange(5))
    content = bytearray(path.read_bytes())
    content[8:12] = struct.pack("<I", VERSION + 1)
    path.write_bytes(content)
    with pytest.raises(IndexDamaged, match=f"format {VERSION + 1}, this program reads format {VERSION}"):
        Container(path)


def test_other_files_are_refused(tmp_path: Path) -> None:
    """Files of zeros, of nothing and of something else are damaged; a file that is not there is not found."""
    for content in (b"", bytes(500), b"SRCHCOLS" * 50, bytes(range(256)) * 3):
        (tmp_path / "c").write_bytes(content)
        with pytest.raises(IndexDamaged):
            Container(tmp_path / "c")
    with pytest.raises(FileNotFoundError):
        Container(tmp_path / "none")


def test_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    """Sections that do not exist and elements beyond the end are damage, not empty arrays."""
    container = Container(written(tmp_path / "c", one=np.arange(5)))
    assert "one" in container
    assert "two" not in container
    with pytest.raises(IndexDamaged, match="two"):
        container.array("two")
    for start, stop in ((0, 6), (-1, 2), (4, 3)):
        with pytest.raises(IndexDamaged):
            container.part("one", start, stop)


def test_a_failed_writer_leaves_no_container(tmp_path: Path) -> None:
    """What is left when writing fails half way cannot be opened."""
    with pytest.raises(ZeroDivisionError), ContainerWriter(tmp_path / "c") as writer:
        writer.add("one", np.arange(100_000))
        raise ZeroDivisionError
    with pytest.raises(IndexDamaged):
        Container(tmp_path / "c")
