/* neuron.h: conductance-based integrate-and-fire neurons, their input from outside, their spikes.
 *
 * C_m dV/dt = g_L (E_L - V) + g_ex (E_ex - V) + g_in (E_in - V) + I_e, exponential conductances.
 * Parameters are those of Brette et al. 2007, benchmark 1, as NEST ships them (coba.py).
 */
#ifndef DEMO_NEURON_H
#define DEMO_NEURON_H

#include <stdint.h>

#define STEPS_PER_MS 10
#define DT_MS 0.1

#define C_M 200.0       /* pF */
#define G_L 10.0        /* nS */
#define E_L (-60.0)     /* mV */
#define E_EX 0.0        /* mV */
#define E_IN (-80.0)    /* mV */
#define V_TH (-50.0)    /* mV */
#define V_RESET (-60.0) /* mV */
#define T_REF_STEPS 50  /* 5 ms */
#define TAU_EX_MS 5.0
#define TAU_IN_MS 10.0
#define TAU_TRACE_MS 20.0 /* of the spike traces of STDP, before and after the synapse */

/* Poisson input to the first neurons gets the network going: one in eighty, 1 ms to 51 ms. */
#define STIMULUS_RATE 300.0 /* spikes/s */
#define STIMULUS_ONE_IN 80u

struct network;
struct block;

/* Factors by which exponentials decay in one step; `half`: in half a step. */
struct decays {
    double ex, half_ex, in, half_in, trace;
};

/* One column per quantity, index: neuron; excitatory neurons first. */
struct neurons {
    double *V_m;                    /* mV */
    double *g_ex, *g_in;            /* nS */
    double *I_e;                    /* pA, from outside; constant */
    double *trace_pre, *trace_post; /* of spikes, for STDP; NULL without. trace_pre: of all ranks */
    double
        *trace_pre_next; /* written while other threads read trace_pre; then the two are swapped */
    int32_t *refractory; /* steps left */
    uint8_t *spike;      /* 1: spiked in the last step; not delivered yet */
    struct decays decays;
};

/* Intervals between the spikes of a neuron, for its CV; integers, so that nothing is rounded. */
struct intervals {
    uint64_t n_spikes;   /* since time 0 */
    uint64_t last_spike; /* step; 0: none yet */
    uint64_t sum;        /* steps */
    uint64_t square_sum; /* steps² */
};

/* n: own neurons, n_all: of all ranks. current: into each neuron, pA. Returns 0, or -1 if memory is
 * short. */
int neurons_init(struct neurons *neurons, uint32_t n, uint32_t n_all, int stdp, double current);

/* Integrate one block over step network->step + 1; fill its columns and list of spikes. */
void neurons_update(struct network *network, struct block *block);

/* List the neurons of [begin, end) that spiked in the last step, ascending. Returns their number.
 */
uint32_t neurons_list_spikes(const struct neurons *neurons, uint32_t begin, uint32_t end,
                             uint32_t *list);

/* Mean coefficient of variation of the neurons with at least five intervals; NAN without any. */
double intervals_cv(const struct intervals *intervals, uint32_t n);

static inline int
stimulus_is_on(uint64_t step)
{
    return step > 1 * STEPS_PER_MS && step <= 51 * STEPS_PER_MS;
}

#endif
