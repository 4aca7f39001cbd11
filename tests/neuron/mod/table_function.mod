: A conductance that the script gives as a table of voltages (FUNCTION_TABLE), scaled by what a Vector plays.
NEURON {
    POINT_PROCESS TableFunction
    RANGE scale, i, charge
    NONSPECIFIC_CURRENT i
}
ASSIGNED {
    v
    i
    scale
    charge
}
INITIAL {
    charge = 0
}
BREAKPOINT {
    i = scale * curve(v)
    SOLVE count METHOD after_cvode
}
PROCEDURE count() {
    charge = charge + i * dt
}
FUNCTION_TABLE curve(v)
