: An artificial cell that takes the times of its events from a Vector, to which it keeps a BBCOREPOINTER.
NEURON {
    THREADSAFE
    ARTIFICIAL_CELL VecEvents
    BBCOREPOINTER vector
    RANGE next
}
ASSIGNED {
    next
    delay
    vector
}
VERBATIM
static void bbcore_write(double*, int*, int*, int*, _threadargsproto_) {}
static void bbcore_read(double*, int*, int*, int*, _threadargsproto_) {}
ENDVERBATIM
INITIAL {
    next = 0
    delay = until_next()
    if (delay >= 0) {
        net_send(delay, 1)
    }
}
NET_RECEIVE(weight) {
    if (flag == 1) {
        net_event(t)
        delay = until_next()
        if (delay >= 0) {
            net_send(delay, 1)
        }
    }
}
FUNCTION until_next() {
VERBATIM
    {
        IvocVect* times = reinterpret_cast<IvocVect*>(_p_vector);
        int i = static_cast<int>(next);
        _luntil_next = -1;
        if (times && i < vector_capacity(times)) {
            _luntil_next = vector_vec(times)[i] - t;
            next = i + 1;
        }
    }
ENDVERBATIM
}
PROCEDURE play() {
VERBATIM
    _p_vector = vector_arg(1);
ENDVERBATIM
}
