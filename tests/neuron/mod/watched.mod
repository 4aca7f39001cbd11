: An accumulator that watches its own state at three thresholds in turn, draws from scop_random, and sends itself events with flags of many digits.
NEURON {
    POINT_PROCESS Watched
    RANGE x, rate, n, sum
}
PARAMETER {
    rate = 0.31 (1/ms)
}
ASSIGNED {
    x
    n
    sum
}
INITIAL {
    x = 0
    n = 0
    sum = 0
    net_send(0, 1)
}
BREAKPOINT {
    SOLVE grow METHOD after_cvode
}
PROCEDURE grow() {
    x = x + rate * dt
}
NET_RECEIVE(weight) {
    if (flag == 1) {
        WATCH (x > 1) 2
        net_send(1.7, 4.123456789123)
    } else if (flag == 2) {
        n = n + 1
        x = 0.1 * scop_random()
        net_event(t)
        WATCH (x > 2.5) 3
    } else if (flag == 3) {
        n = n + 1
        x = 0
        net_event(t)
        WATCH (x > 1.5) 2
    } else if (flag > 4) {
        sum = sum + flag - 4
        net_send(1.7 + 0.1 * rate, flag + 1.3e-10)
    } else {
        x = x + weight
    }
}
