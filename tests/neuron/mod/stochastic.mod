: Channels that open and close at random, with a stream of its own, a variable that is not RANGE, and a counter for all.
NEURON {
    SUFFIX stochastic
    USEION k READ ek WRITE ik
    RANGE n_channels, open, g, ik
    RANDOM stream
    GLOBAL n_calls
}
UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}
PARAMETER {
    n_channels = 100
    gbar = 0.001 (S/cm2)
}
ASSIGNED {
    v (mV)
    ek (mV)
    ik (mA/cm2)
    g (S/cm2)
    open
    sum
    n_calls
}
INITIAL {
    open = 10
    sum = 0
    n_calls = 0
}
BREAKPOINT {
    SOLVE gate METHOD after_cvode
    g = gbar * open / n_channels * (1 + 1e-9 * sum)
    ik = g * (v - ek)
}
PROCEDURE gate() {
    LOCAL p
    p = 0.1 / (1 + exp(-(v + 40) / 10))
    if (random_uniform(stream, 0, 1) < p * (n_channels - open) * dt) {
        open = open + 1
    }
    if (random_uniform(stream, 0, 1) < 0.05 * open * dt) {
        open = open - 1
    }
    sum = sum + open
    n_calls = n_calls + 1
}
