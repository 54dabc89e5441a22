using Dpdk.Errors;
using Dpdk.Raw;

namespace Dpdk.Eal;

/// <summary>Gives threads that DPDK did not start an lcore id, and with it mempool caches.</summary>
public static class DpdkThread
{
    /// <summary>Registers the calling thread; call <see cref="Unregister"/> on it before it ends.</summary>
    /// <exception cref="DpdkException">No lcore id is left (ENOMEM), or EAL is not started (EINVAL).</exception>
    public static void Register()
    {
        if (RteEal.rte_thread_register() < 0)
        {
            throw new DpdkException("rte_thread_register", RteErrno.Current);
        }
    }

    /// <summary>Confines the calling thread to one CPU, by the kernel's number.</summary>
    /// <returns>False where the CPU does not exist or is not this process's to use; nothing is changed then.</returns>
    public static bool TryPin(int cpu) => CpuAffinity.TryPin(cpu);

    /// <summary>
    /// Leaves CPUs to polling threads: takes them out of the mask of every other thread of this process, the runtime's own
    /// included, and of those started later. A thread that may use nothing else keeps its mask; so do all where the process
    /// has no other CPU.
    /// </summary>
    /// <param name="cpus">By the kernel's numbers. Called before the polling threads are started.</param>
    public static void KeepOthersOff(IReadOnlyList<int> cpus) => CpuAffinity.KeepOthersOff(cpus);

    /// <summary>
    /// Gives the calling thread the highest priority that is not real-time (nice -20), for one that polls a CPU without
    /// end: what else the machine puts there seldom gets a whole tick of its time. Real-time
    /// scheduling would take the CPU away for 50 ms of each second (sched(7), sched_rt_runtime_us).
    /// </summary>
    /// <returns>False without the right to (CAP_SYS_NICE); nothing is changed then.</returns>
    public static bool TryTakePrecedence()
    {
        const int PrioProcess = 0;
        const int HighestPriority = -20;
        return LibC.setpriority(PrioProcess, 0, HighestPriority) == 0;
    }

    /// <summary>Gives the calling thread's lcore id back.</summary>
    public static void Unregister() => RteEal.rte_thread_unregister();
}
