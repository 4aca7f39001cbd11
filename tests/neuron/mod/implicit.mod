: A nonlinear oscillator solved by METHOD derivimplicit, whose current it injects; one state is an array.
NEURON {
    POINT_PROCESS Implicit
    RANGE x, z, drive, i
    NONSPECIFIC_CURRENT i
}
PARAMETER {
    drive = 0.4
}
ASSIGNED {
    v
    i
    slow[3]
}
STATE {
    x
    z
}
INITIAL {
    x = 1
    z = 0
    FROM k = 0 TO 2 {
        slow[k] = k
    }
}
BREAKPOINT {
    SOLVE oscillate METHOD derivimplicit
    FROM k = 0 TO 2 {
        slow[k] = slow[k] + dt * (x - slow[k]) / (10 * (k + 1))
    }
    i = -0.02 * (x + slow[2]) + 1e-5 * v
}
DERIVATIVE oscillate {
    x' = z
    z' = drive * (1 - x * x) * z - x
}
