import pytest
from tests.dsl.graphed import Graphed, assert_graphs, graph_cases


@pytest.mark.parametrize("case", graph_cases(), ids=str)
def test_the_graphs_have_these_steps_and_edges(case: Graphed) -> None:
    assert_graphs(case)
