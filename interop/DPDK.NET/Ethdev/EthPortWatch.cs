using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Dpdk.Errors;
using Dpdk.Raw;

namespace Dpdk.Ethdev;

/// <summary>
/// Collects a port's events. DPDK calls back on its interrupt thread, or in the middle of a call to the driver; all that is
/// done there is to set a bit in native memory.
/// </summary>
internal sealed unsafe class EthPortWatch : IDisposable
{
    private static readonly EthPortEvents[] s_watched =
        [EthPortEvents.LinkChanged, EthPortEvents.Reset, EthPortEvents.Removed];

    private readonly EthPort _port;
    private int* _events;

    /// <summary>Registers the callbacks.</summary>
    /// <exception cref="EthPortException">DPDK has no memory for them.</exception>
    internal EthPortWatch(EthPort port)
    {
        _port = port;
        _events = (int*)NativeMemory.AllocZeroed(sizeof(int));
        foreach (EthPortEvents watched in s_watched)
        {
            int result = RteEthdev.rte_eth_dev_callback_register(port.Id, NumberOf(watched), &OnEvent, _events);
            if (result < 0)
            {
                Dispose();
                port.Check(result, "rte_eth_dev_callback_register");
            }
        }
    }

    /// <summary>What was announced since the last call. Any thread.</summary>
    internal EthPortEvents Take() =>
        _events == null ? EthPortEvents.None : (EthPortEvents)Interlocked.Exchange(ref *_events, 0);

    /// <summary>Takes the callbacks back. Memory that a callback is writing to at this moment is left to the process.</summary>
    public void Dispose()
    {
        if (_events == null)
        {
            return;
        }

        bool isBusy = false;
        foreach (EthPortEvents watched in s_watched)
        {
            int result = RteEthdev.rte_eth_dev_callback_unregister(_port.Id, NumberOf(watched), &OnEvent, _events);
            isBusy |= result == -ErrnoText.EAGAIN;
        }

        if (!isBusy)
        {
            NativeMemory.Free(_events);
        }

        _events = null;
    }

    private static int NumberOf(EthPortEvents watched) => int.TrailingZeroCount((int)watched);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnEvent(ushort ethPortId, int type, void* events, void* result)
    {
        Interlocked.Or(ref *(int*)events, 1 << type);
        return 0;
    }
}
