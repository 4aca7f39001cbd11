: An artificial cell that hides its state behind a BBCOREPOINTER: nobody else can save it.
NEURON {
    THREADSAFE
    ARTIFICIAL_CELL Hiding
    BBCOREPOINTER hidden
}
ASSIGNED {
    hidden
}
VERBATIM
static double counter[1];
static void bbcore_write(double*, int*, int*, int*, _threadargsproto_) {}
static void bbcore_read(double*, int*, int*, int*, _threadargsproto_) {}
ENDVERBATIM
INITIAL {
VERBATIM
    _p_hidden = counter;
ENDVERBATIM
}
NET_RECEIVE(weight) {
    weight = weight
}
