: Keeps the address of memory of its own in a variable that is declared as a number.
NEURON {
    POINT_PROCESS Addressing
    RANGE memory
}
ASSIGNED {
    memory
}
VERBATIM
static void make_memory(double* variable) {
    void* made = calloc(64, sizeof(double));
    memcpy(variable, &made, sizeof made);
}
ENDVERBATIM
CONSTRUCTOR {
VERBATIM
    make_memory(&memory);
ENDVERBATIM
}
