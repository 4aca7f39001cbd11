: A calcium pump and a buffer as a KINETIC scheme that writes the ion's concentration, with a steady state at first.
NEURON {
    SUFFIX kinetic
    USEION ca READ ica, cai WRITE cai
    RANGE bound, pumped
}
UNITS {
    (mM) = (milli/liter)
    (mA) = (milliamp)
}
PARAMETER {
    on = 50 (/mM-ms)
    off = 0.03 (/ms)
    pump = 0.02 (/ms)
    total = 0.05 (mM)
}
ASSIGNED {
    ica (mA/cm2)
    cai (mM)
}
STATE {
    ca (mM)
    free (mM)
    bound (mM)
    pumped (mM)
}
INITIAL {
    ca = cai
    free = total
    bound = 0
    pumped = 0
    SOLVE buffer STEADYSTATE sparse
    pumped = 0
}
BREAKPOINT {
    SOLVE buffer METHOD sparse
}
KINETIC buffer {
    ~ ca + free <-> bound (on, off)
    ~ ca <-> pumped (pump, 1e-4)
    ~ ca << (-ica * 1e-2)
    CONSERVE free + bound = total
    cai = ca
}
