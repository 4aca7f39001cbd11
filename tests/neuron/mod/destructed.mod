: Counts its instances in a CONSTRUCTOR and a DESTRUCTOR, which also make and free memory that holds nothing between steps.
NEURON {
    POINT_PROCESS Destructed
    RANGE i, x
    NONSPECIFIC_CURRENT i
    POINTER scratch
    GLOBAL n_alive
}
ASSIGNED {
    v
    i
    scratch
    n_alive
}
STATE {
    x
}
CONSTRUCTOR {
VERBATIM
    _p_scratch = static_cast<double*>(calloc(4, sizeof(double)));
    n_alive += 1.;
ENDVERBATIM
}
DESTRUCTOR {
VERBATIM
    free(static_cast<double*>(_p_scratch));
    n_alive -= 1.;
ENDVERBATIM
}
INITIAL {
    x = 0
}
BREAKPOINT {
    SOLVE follow METHOD cnexp
    i = 1e-4 * x
}
DERIVATIVE follow {
    x' = (v - x) / (8 + n_alive)
}
