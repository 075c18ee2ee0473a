from treadle.dsl.parser import engine


def test_the_stored_tables_are_those_of_the_grammar() -> None:
    stored = engine.stored()
    assert stored is not None, "run `python -m treadle.dsl.parser.pregenerate`"
    built = engine.build()
    assert stored.data["options"] == built.data["options"]
    assert sorted(map(len, stored.data["parser"]["parser"]["states"].values())) == sorted(
        map(len, built.data["parser"]["parser"]["states"].values())
    )
