: One half of a gap junction; ParallelContext brings the other side's voltage.
NEURON {
    POINT_PROCESS HalfGap
    ELECTRODE_CURRENT i
    RANGE g, i, vgap
}
UNITS {
    (nA) = (nanoamp)
    (mV) = (millivolt)
    (uS) = (microsiemens)
}
PARAMETER {
    g = 0.001 (uS)
}
ASSIGNED {
    v (mV)
    vgap (mV)
    i (nA)
}
BREAKPOINT {
    i = g * (vgap - v)
}
