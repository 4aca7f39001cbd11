#!/bin/bash
# sbatch [OPTIONS OF SBATCH] job.sh COMMAND [ARGUMENT]...
#
# Runs a simulation that saves with Torpor until it is done, in as many jobs as that takes: two
# minutes before the time limit Slurm sends SIGUSR1, the simulation saves and stops, and the job puts
# itself back into the queue, where the same command goes on from the newest checkpoint.
#
#     sbatch --time=04:00:00 --cpus-per-task=8 job.sh torpor-demo --duration "1000 s"

#SBATCH --job-name=torpor
#SBATCH --ntasks=1
#SBATCH --time=01:00:00
#SBATCH --signal=USR1@120
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=%x-%j.log

set -u

if [ $# = 0 ]; then
    echo "usage: sbatch job.sh COMMAND [ARGUMENT]..." >&2
    exit 2
fi

# The same folder in each run, so that each finds what the one before it saved.
export TORPOR_DIR=${TORPOR_DIR:-checkpoints}

# What a run that stopped before its end exits with: 128 + the signal's number; torpor-demo and
# torpor_nest give 3 where the budget (option maxh) is used up.
usr1=$((128 + $(kill -l USR1)))
out_of_budget=3

# -H: the folder may be a link, say to scratch.
newest() {
    find -H "$TORPOR_DIR" -maxdepth 1 -name 'ckpt-*.msgpack' ! -name '*.shard-*' 2>/dev/null | sort | tail -n 1
}

say() { echo "job ${SLURM_JOB_ID:-?}, run $((${SLURM_RESTART_COUNT:-0} + 1)): $*" >&2; }

# This shell lives on when it is signalled too, and does not make its children ignore it.
trap : USR1 TERM

before=$(newest)
say "begins with ${before:-no checkpoint}"
srun "$@"
status=$?
after=$(newest)

case $status in
0)
    say "done"
    ;;
"$usr1" | "$out_of_budget")
    if [ "$before" = "$after" ]; then
        say "stopped (status $status) without a new checkpoint in $TORPOR_DIR; a next run would come" \
            "no further. Give it more time, or a longer warning: --signal=USR1@SECONDS"
        exit "$status"
    fi
    say "stopped (status $status) at $after; back into the queue"
    scontrol requeue "$SLURM_JOB_ID" || exit "$status"
    ;;
*)
    # Failed, or ended by somebody (scancel, preemption, where Slurm requeues by itself).
    say "failed (status $status)"
    ;;
esac
exit "$status"
