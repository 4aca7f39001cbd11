: Adaptation that METHOD euler integrates, from a FUNCTION that another MOD language block calls.
NEURON {
    SUFFIX eulerian
    NONSPECIFIC_CURRENT i
    RANGE a, b, g
}
UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
}
PARAMETER {
    g = 1e-4
}
ASSIGNED {
    v (mV)
    i (mA/cm2)
}
STATE {
    a
    b
}
INITIAL {
    a = target(v)
    b = 0
}
BREAKPOINT {
    SOLVE adapt METHOD euler
    i = g * (a + b) * (v + 77)
}
DERIVATIVE adapt {
    a' = (target(v) - a) / 11
    b' = (a - b) / 60
}
FUNCTION target(v (mV)) {
    target = 1 / (1 + exp(-(v + 50) / 5))
}
