"""Colleagues who sign, as a trial makes them."""

from gonghui.founding.trial import colleague as colleague
from gonghui.founding.trial import number_of as number_of
from gonghui.founding.trial import sign_up as sign_up
