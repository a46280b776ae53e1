from console.live import window
from console.live.window import Window

MEGABYTE = 1024 * 1024


def test_a_reader_that_never_confirms_is_let_go_on():
    sent = Window(confirms=False)
    sent.sent(1, 5 * MEGABYTE)
    assert not sent.is_full


def test_it_is_full_beyond_a_megabyte_and_has_room_again_once_confirmed():
    sent = Window(confirms=True)
    for seq in (10, 20, 30):
        sent.sent(seq, MEGABYTE // 2)
    assert sent.is_full
    sent.confirm(19)
    assert not sent.is_full
    assert sent._size == window.WINDOW


def test_what_was_sent_before_the_first_word_is_not_counted():
    sent = Window(confirms=False)
    sent.sent(1, 5 * MEGABYTE)
    sent.confirm(0)
    assert not sent.is_full
    sent.sent(2, 2 * MEGABYTE)
    assert sent.is_full
