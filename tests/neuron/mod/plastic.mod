: A synapse that learns from the times of spikes: FOR_NETCONS changes the weights of all its NetCons, each of which keeps a time.
NEURON {
    POINT_PROCESS Plastic
    RANGE g, e, tau, i, post_time, n_changed
    NONSPECIFIC_CURRENT i
}
UNITS {
    (nA) = (nanoamp)
    (mV) = (millivolt)
    (uS) = (microsiemens)
}
PARAMETER {
    tau = 3 (ms)
    e = 0 (mV)
}
ASSIGNED {
    v (mV)
    i (nA)
    post_time (ms)
    n_changed
}
STATE {
    g (uS)
}
INITIAL {
    g = 0
    post_time = -1e9
    n_changed = 0
    net_send(0, 1)
}
BREAKPOINT {
    SOLVE decay METHOD cnexp
    i = g * (v - e)
}
DERIVATIVE decay {
    g' = -g / tau
}
NET_RECEIVE(weight (uS), factor, pre_time (ms)) {
    INITIAL {
        factor = 1
        pre_time = -1e9
    }
    if (flag == 0) {
        g = g + weight * factor
        pre_time = t
        factor = factor * (1 - 0.1 * exp((post_time - t) / 20))
    } else if (flag == 1) {
        WATCH (v > -20) 2
    } else if (flag == 2) {
        post_time = t
        FOR_NETCONS(w, f, p) {
            f = f * (1 + 0.1 * exp((p - t) / 17))
            n_changed = n_changed + 1
        }
    }
}
