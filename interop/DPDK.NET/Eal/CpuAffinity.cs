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
