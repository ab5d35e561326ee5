import pathlib

from serving.inference import limits


def test_free_memory_is_some():
    free = limits.free_memory()
    assert free is None or 0 < free < 1 << 50


def test_the_narrowest_group_counts(tmp_path, monkeypatch):
    inner = tmp_path / "system.slice" / "a.service"
    inner.mkdir(parents=True)
    for folder, most, used, kept in (
        (tmp_path / "system.slice", "max", "900", "0"),
        (inner, "1000", "800", "300"),
    ):
        (folder / "memory.max").write_text(f"{most}\n")
        (folder / "memory.current").write_text(f"{used}\n")
        (folder / "memory.stat").write_text(f"anon 500\ninactive_file {kept}\n")
    monkeypatch.setattr(limits, "_GROUPS", tmp_path)
    group = pathlib.PurePath("system.slice/a.service")
    monkeypatch.setattr(limits, "_group", lambda: group)
    assert limits.free_memory() == 500
