: Keeps state in a static variable of a VERBATIM block, where nobody else can see it.
NEURON {
    POINT_PROCESS Remembering
    RANGE i
    NONSPECIFIC_CURRENT i
}
ASSIGNED {
    v
    i
}
VERBATIM
static const double scale = 1e-9;
static double seen_before = 0.;
static double scaled(double x) { return scale * x; }
ENDVERBATIM
BREAKPOINT {
    SOLVE remember METHOD after_cvode
    i = 0
}
PROCEDURE remember() {
VERBATIM
    seen_before += scaled(v);
ENDVERBATIM
}
