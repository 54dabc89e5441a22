using System.Globalization;
using System.Runtime.CompilerServices;
using Dpdk.Raw;

namespace Dpdk.Eal;

/// <summary>
/// The calling thread's CPU mask, kept over rte_eal_init: EAL pins the thread that starts it to the main lcore, and
/// threads that the runtime starts from there later would inherit that.
/// </summary>
internal unsafe ref struct CpuAffinity : IDisposable
{
    private const int MaskBytes = 1024;

    private MaskBuffer _mask;
    private readonly bool _saved;

    public CpuAffinity()
    {
        fixed (byte* mask = &_mask.First)
        {
            _saved = LibC.sched_getaffinity(0, MaskBytes, mask) >= 0;
        }
    }

    /// <summary>Confines the calling thread to one CPU.</summary>
    /// <returns>False where the CPU does not exist or is not this process's to use.</returns>
    public static bool TryPin(int cpu)
    {
        const int BitsPerByte = 8;
        MaskBuffer only = default;
        if (cpu is < 0 or >= MaskBytes * BitsPerByte)
        {
            return false;
        }

        only[cpu / BitsPerByte] = (byte)(1 << (cpu % BitsPerByte));
        byte* mask = &only.First;
        return LibC.sched_setaffinity(0, MaskBytes, mask) == 0;
    }

    /// <summary>
    /// Takes CPUs out of the mask of every thread of this process that may use others too. Threads that these start later
    /// inherit it.
    /// </summary>
    public static void KeepOthersOff(IReadOnlyList<int> cpus)
    {
        const int BitsPerByte = 8;
        foreach (string task in Directory.EnumerateDirectories("/proc/self/task"))
        {
            int thread = int.Parse(Path.GetFileName(task), CultureInfo.InvariantCulture);
            MaskBuffer allowed = default;
            byte* mask = &allowed.First;
            if (LibC.sched_getaffinity(thread, MaskBytes, mask) < 0)
            {
                continue; // It has ended.
            }

            foreach (int cpu in cpus)
            {
                allowed[cpu / BitsPerByte] &= unchecked((byte)~(1 << (cpu % BitsPerByte)));
            }

            // Refused where nothing is left: who is pinned to one of them stays.
            _ = LibC.sched_setaffinity(thread, MaskBytes, mask);
        }
    }

    /// <summary>Puts the mask back.</summary>
    public void Dispose()
    {
        if (_saved)
        {
            fixed (byte* mask = &_mask.First)
            {
                _ = LibC.sched_setaffinity(0, MaskBytes, mask);
            }
        }
    }

    [InlineArray(MaskBytes)]
    private struct MaskBuffer
    {
        public byte First;
    }
}
