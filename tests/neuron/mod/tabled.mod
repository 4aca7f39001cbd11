: A potassium channel whose rates come from a TABLE that depends on celsius.
NEURON {
    SUFFIX tabled
    USEION k READ ek WRITE ik
    RANGE gbar, n
    GLOBAL n_inf, tau_n
}
UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}
PARAMETER {
    gbar = 0.01 (S/cm2)
}
ASSIGNED {
    v (mV)
    ek (mV)
    ik (mA/cm2)
    celsius (degC)
    n_inf
    tau_n (ms)
}
STATE {
    n
}
INITIAL {
    rates(v)
    n = n_inf
}
BREAKPOINT {
    SOLVE gate METHOD cnexp
    ik = gbar * n * n * (v - ek)
}
DERIVATIVE gate {
    rates(v)
    n' = (n_inf - n) / tau_n
}
PROCEDURE rates(v (mV)) {
    TABLE n_inf, tau_n DEPEND celsius FROM -100 TO 100 WITH 200
    n_inf = 1 / (1 + exp(-(v + 35) / 9))
    tau_n = 5 / 3 ^ ((celsius - 6.3) / 10)
}
