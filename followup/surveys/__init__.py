"""Whether it helped: each resident is asked once, answers in any of four ways, and the answer moves the matter."""
