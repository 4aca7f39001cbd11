: A current that depends on another section's voltage, through a POINTER.
NEURON {
    POINT_PROCESS Pointing
    POINTER p
    RANGE g, i
    NONSPECIFIC_CURRENT i
}
PARAMETER {
    g = 0.002
}
ASSIGNED {
    v
    p
    i
}
STATE {
    s
}
INITIAL {
    s = 0
}
BREAKPOINT {
    SOLVE follow METHOD cnexp
    i = g * (v - p) + 1e-4 * s
}
DERIVATIVE follow {
    s' = (p - s) / 7
}
