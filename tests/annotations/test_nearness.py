"""What goes together: worked examples, and what holds for every set of places."""

from hypothesis import given
from hypothesis import strategies as st

from cs229tui.annotations.nearness import Paragraphs, near, overlapping
from cs229tui.documents.flow import Area, Block, Run

FLOW = (
    Block("page", "1", 1),
    Block("heading", "One", 1, (Run(0, 1, 0, 3),)),
    Block("paragraph", "0123456789", 0, (Run(0, 1, 4, 5), Run(5, 2, 0, 5))),
    Block("page", "2", 2),
    Block("figure", "Figure", 0, (Run(0, 2, 10, 6),), Area(2, 100, 100, 200, 200)),
    Block("paragraph", "after", 0, (Run(0, 2, 20, 5),)),
)


def test_the_paragraph_asked_about_most_takes_its_neighbours_and_then_the_next_does():
    # 2 is touched three times and takes 1 and 3; 5 is on its own; 8 takes 9.
    touched = [(1, 1), (2, 2), (2, 2), (2, 3), (3, 3), (5, 5), (8, 8), (8, 8), (9, 9)]
    assert near(touched) == [[0, 1, 2, 3, 4], [6, 7, 8], [5]]


def test_of_paragraphs_touched_as_often_the_first_comes_first():
    assert near([(4, 4), (1, 1)]) == [[1], [0]]


def test_a_long_quote_goes_with_what_it_runs_through():
    assert near([(0, 4), (4, 4)]) == [[0, 1]]


def test_a_quote_over_half_the_paper_counts_where_it_begins():
    assert near([(0, 400), (200, 200)]) == [[0], [1]]


def test_paragraphs_go_on_over_a_page_break_and_headings_part_them():
    places = Paragraphs(FLOW)
    assert [places.at(1, 0), places.at(1, 5), places.at(2, 3), places.at(2, 12), places.at(2, 22)] == [0, 1, 1, 2, 3]
    # What is in no block, a running head, goes with what stands before it; at the start with what comes.
    assert places.at(2, 8) == 1
    assert places.at(3, 0) == 3
    assert Paragraphs(()).at(1, 0) == 0


def test_a_box_is_of_the_figure_it_covers_and_one_in_the_margin_is_not():
    places = Paragraphs(FLOW)
    assert places.under(2, (110, 110, 190, 150)) == 2
    assert places.under(2, (190, 190, 300, 300)) is None
    assert places.under(1, (110, 110, 190, 150)) is None
    assert places.under(2, (150.0, 150.0, 150.0, 150.0)) is None


def test_boxes_that_overlap_the_highest_go_together():
    assert overlapping([(0, 0, 10, 10), (5, 5, 15, 20), (50, 0, 60, 9)]) == [[1, 0], [2]]
    assert overlapping([(0, 0, 10, 10), (0, 10, 10, 20)]) == [[1], [0]]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 15)).map(lambda one: (one[0], one[0] + one[1]))))
def test_each_is_in_one_group_alone(touched):
    groups = near(touched)
    assert sorted(index for group in groups for index in group) == list(range(len(touched)))
    assert all(groups)


box = st.builds(
    lambda left, bottom, wide, high: (left, bottom, left + wide, bottom + high),
    *[st.integers(0, 20)] * 2,
    *[st.integers(1, 9)] * 2,
)


@given(st.lists(box))
def test_each_box_is_in_one_group_alone_and_overlaps_its_first(boxes):
    groups = overlapping(boxes)
    assert sorted(index for group in groups for index in group) == list(range(len(boxes)))
    for first, *others in groups:
        for other in others:
            one, two = boxes[first], boxes[other]
            assert min(one[2], two[2]) > max(one[0], two[0]) and min(one[3], two[3]) > max(one[1], two[1])
