: An artificial cell that fires bursts at random, with a stream of its own, and whose next burst an event puts off (net_move).
NEURON {
    ARTIFICIAL_CELL Bursting
    RANGE interval, n_left, n_moved
    RANDOM stream
}
PARAMETER {
    interval = 6 (ms)
}
ASSIGNED {
    n_left
    n_moved
    at (ms)
}
INITIAL {
    n_left = 0
    n_moved = 0
    at = random_negexp(stream, interval)
    net_send(at, 1)
}
NET_RECEIVE(weight, n_received) {
    if (flag == 1) {
        n_left = 1 + floor(random_uniform(stream, 0, 4))
        net_send(0.3, 2)
        at = t + 2 + random_negexp(stream, interval)
        net_send(at - t, 1)
    } else if (flag == 2) {
        net_event(t)
        n_left = n_left - 1
        if (n_left > 0) {
            net_send(0.3 + 0.1 * random_uniform(stream, 0, 1), 2)
        }
    } else {
        n_received = n_received + 1
        if (at > t) {
            at = at + 0.01 * weight * (1 + n_received)
            net_move(at)
            n_moved = n_moved + 1
        }
    }
}
