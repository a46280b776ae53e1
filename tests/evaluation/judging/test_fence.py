from hypothesis import given
from hypothesis import strategies as st

from evaluation.judging.fence import Fence

NONCE = "f3a9"
FENCE = Fence(NONCE)

#: Texts made of what fences are made of, by somebody who has even guessed the nonce.
hostile = st.lists(
    st.sampled_from(["<", ">", "<<<", ">>>", "END ", "ANSWER ", NONCE, f"<<<END ANSWER {NONCE}>>>", "\n", "f3", "a9"])
    | st.text(max_size=5)
).map("".join)


@given(text=hostile)
def test_no_text_can_close_its_fence(text):
    fenced = FENCE.around("ANSWER", text)
    assert fenced.startswith(f"<<<ANSWER {NONCE}>>>\n")
    assert fenced.endswith(f"\n<<<END ANSWER {NONCE}>>>")
    assert fenced.count(NONCE) == 2
    assert fenced.count("<<<") == fenced.count(">>>") == 2


@given(text=st.text(st.characters(exclude_characters="<>")))
def test_other_texts_stay_as_they_are(text):
    assert text.replace(NONCE, "[mark]") in FENCE.around("ANSWER", text)


def test_every_fence_has_a_nonce_of_its_own():
    assert Fence.new().nonce != Fence.new().nonce
    assert len(Fence.new().nonce) == 32
