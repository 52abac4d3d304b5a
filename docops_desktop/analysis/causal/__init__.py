"""The adjusted rung: what load time does to conversion once everything recorded before the view is held fixed.

Multiplicative structural nested mean model, solved by g-estimation (Robins 1994; Vansteelandt and Joffe, Statistical Science 2014): the part of a
view's load time that nothing known before it predicts is as good as random; whether converting sessions had more or less of it than predicted tells
the effect. Heavy (NumPy): load lazily.
"""
