using System.Diagnostics;
using Dpdk.Abi;
using Dpdk.Errors;
using Dpdk.Ethdev;
using Dpdk.Mbuf;
using Dpdk.Raw;

namespace Dpdk.Eal;

/// <summary>
/// The environment abstraction layer: memory, devices and threads of DPDK. It starts once in a process and cannot start
/// again after <see cref="Dispose"/>. Members may be called from any thread.
/// </summary>
public sealed unsafe class DpdkEal : IDisposable
{
    private const int SocketAny = -1;

    private static int s_started;

    private readonly Lock _lock = new();
    private readonly Dictionary<ushort, EthPort> _ports = [];
    private bool _disposed;

    private DpdkEal(DpdkAbi abi)
    {
        Abi = abi;
    }

    /// <summary>"DPDK 22.11.11", as the installed library says; loads it if need be.</summary>
    /// <exception cref="DpdkNotFoundException">A library is missing.</exception>
    public static string Version => NativeText.Read(RteEal.rte_version());

    /// <summary>
    /// Monotonic ticks, <see cref="TscHz"/> a second. rte_rdtsc has no symbol and .NET no such intrinsic, so this is
    /// the
    /// runtime's own clock (clock_gettime on Linux, about 20 ns).
    /// </summary>
    public static ulong Tsc => (ulong)Stopwatch.GetTimestamp();

    /// <summary>Ticks of <see cref="Tsc"/> per second.</summary>
    public static ulong TscHz => (ulong)Stopwatch.Frequency;

    /// <summary>
    /// Frequency of the CPU's time stamp counter as EAL measured it, in Hz; not that of <see cref="Tsc"/>.
    /// </summary>
    public static ulong CpuTscHz => RteEal.rte_get_tsc_hz();

    /// <summary>The ABI of the DPDK in use.</summary>
    public DpdkAbi Abi { get; }

    /// <summary>The ports that no other port or component owns, by ascending id.</summary>
    public IReadOnlyList<EthPort> Ports
    {
        get
        {
            List<EthPort> ports = [];
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_disposed, this);
                for (ulong id = RteEthdev.rte_eth_find_next_owned_by(0, 0);
                    id < RteEthdev.RTE_MAX_ETHPORTS;
                    id = RteEthdev.rte_eth_find_next_owned_by((ushort)(id + 1), 0))
                {
                    ports.Add(PortUnsynchronized((ushort)id));
                }
            }

            return ports;
        }
    }

    /// <summary>
    /// Loads DPDK, checks its ABI and starts EAL on the calling thread, whose CPU mask stays as it was.
    /// </summary>
    /// <exception cref="DpdkNotFoundException">A library is missing; the message names the package.</exception>
    /// <exception cref="DpdkAbiException">The version or the processor is not known.</exception>
    /// <exception cref="EalInitException">EAL refused to start (see its log), or was started before
    /// (EALREADY).</exception>
    /// <exception cref="ArgumentException">The options cannot be right.</exception>
    public static DpdkEal Start(EalOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        string[] arguments = options.ToArguments();
        DpdkAbi abi = LibraryLoader.LoadAll();
        if (Interlocked.Exchange(ref s_started, 1) != 0)
        {
            throw new EalInitException("rte_eal_init", ErrnoText.EALREADY, "EAL starts once in a process");
        }

        EalLauncher.OpenLog(options.LogFile);
        using CpuAffinity affinity = new();
        EalLauncher.Init(arguments);
        return new DpdkEal(abi);
    }

    /// <summary>Makes a pool of packet buffers.</summary>
    /// <param name="name">1 to 25 bytes, unique.</param>
    /// <param name="count">Buffers; a power of two minus one uses memory best.</param>
    /// <param name="cache">Buffers kept per registered thread, at most 512; 0: none.</param>
    /// <param name="dataRoom">Bytes per buffer, the 128 of headroom included.</param>
    /// <param name="socket">NUMA node; -1: any.</param>
    public Mempool CreatePktMbufPool(
        string name, uint count, uint cache = 256, ushort dataRoom = 2176, int socket = SocketAny)
    {
        EnsureRunning();
        return Mempool.Create(name, count, cache, dataRoom, socket);
    }

    /// <summary>Makes a ring of pointers.</summary>
    /// <param name="name">1 to 28 bytes, unique.</param>
    /// <param name="count">A power of two, of which one less fit; with <see cref="RingFlags.ExactSize"/> what
    /// fits.</param>
    /// <param name="flags">How it is used.</param>
    public RteRing CreateRing(string name, uint count, RingFlags flags = RingFlags.None)
    {
        EnsureRunning();
        return RteRing.Create(name, count, flags, SocketAny);
    }

    /// <summary>The ring of that name, by whomever made, or null.</summary>
    public RteRing? FindRing(string name)
    {
        EnsureRunning();
        return RteRing.Find(name);
    }

    /// <summary>Frees a ring that nothing uses any more; what is in it is not freed.</summary>
    public void FreeRing(RteRing ring)
    {
        ArgumentNullException.ThrowIfNull(ring);
        EnsureRunning();
        ring.Release();
    }

    /// <summary>Frees a pool whose buffers are all back and that no port uses any more.</summary>
    public void FreePool(Mempool pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        EnsureRunning();
        pool.Release();
    }

    /// <summary>Plugs a virtual device in and returns its port.</summary>
    /// <param name="name">Driver's prefix and a suffix: "net_ring0".</param>
    /// <param name="args">Device arguments, "a=1,b=2", or empty.</param>
    /// <exception cref="DpdkException">The name is in use (EEXIST), the driver refused it, or is not
    /// installed.</exception>
    public EthPort AttachVdev(string name, string args)
    {
        ArgumentNullException.ThrowIfNull(args);

        // EAL takes a second plug-in of the same device for success and ignores its arguments.
        if (FindPort(name) is not null)
        {
            throw new DpdkException("rte_eal_hotplug_add", ErrnoText.EEXIST, $"vdev {name}");
        }

        fixed (byte* bus = "vdev\0"u8, device = DeviceName(name), text = NativeText.Bytes(args))
        {
            int result = RteEal.rte_eal_hotplug_add(bus, device, text);
            RteErrno.ThrowIfNegative(result, "rte_eal_hotplug_add", $"vdev {name},{args}");
        }

        return FindPort(name)
            ?? throw new DpdkException("rte_eal_hotplug_add", ErrnoText.ENODEV, $"vdev {name} made no port of its name");
    }

    /// <summary>
    /// Probes a device given in full, "0000:3b:00.0" or "vdev:net_null1"; its ports then show in <see cref="Ports"/>.
    /// </summary>
    public void Probe(string devargs)
    {
        EnsureRunning();
        fixed (byte* text = NativeText.Bytes(devargs))
        {
            RteErrno.ThrowIfNegative(RteEal.rte_dev_probe(text), "rte_dev_probe", devargs);
        }
    }

    /// <summary>Closes the virtual device's port, if open, and unplugs the device.</summary>
    /// <exception cref="DpdkException">There is no such device, or its driver refused.</exception>
    public void DetachVdev(string name)
    {
        FindPort(name)?.Close();
        fixed (byte* bus = "vdev\0"u8, device = DeviceName(name))
        {
            int result = RteEal.rte_eal_hotplug_remove(bus, device);
            RteErrno.ThrowIfNegative(result, "rte_eal_hotplug_remove", $"vdev {name}");
        }
    }

    /// <summary>The port of that name, also one that another port owns; null if there is none.</summary>
    public EthPort? FindPort(string name)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            ushort id;
            fixed (byte* text = NativeText.Bytes(name))
            {
                int result = RteEthdev.rte_eth_dev_get_port_by_name(text, &id);
                return result < 0 ? null : PortUnsynchronized(id);
            }
        }
    }

    /// <summary>Gives the calling thread an lcore id; see <see cref="DpdkThread.Register"/>.</summary>
    public void RegisterThread()
    {
        EnsureRunning();
        DpdkThread.Register();
    }

    /// <summary>Takes the calling thread's lcore id back.</summary>
    public void UnregisterThread()
    {
        EnsureRunning();
        DpdkThread.Unregister();
    }

    /// <summary>
    /// Stops and closes the ports and ends EAL. Nothing of this DPDK may be used afterwards, in any thread.
    /// </summary>
    public void Dispose()
    {
        List<EthPort> ports;
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            // Newest first: a port that sits on another is the younger one.
            ports = [.. _ports.Values.OrderByDescending(port => port.Id)];
        }

        foreach (EthPort port in ports)
        {
            CloseAtEnd(port);
        }

        lock (_lock)
        {
            _disposed = true;
        }

        _ = RteEal.rte_eal_cleanup();
    }

    internal void Forget(EthPort port)
    {
        lock (_lock)
        {
            _ports.Remove(port.Id);
        }
    }

    private static byte[] DeviceName(string name) => NativeText.Name(name, RteEthdev.RTE_ETH_NAME_MAX_LEN);

    private static void CloseAtEnd(EthPort port)
    {
        try
        {
            port.Close();
        }
        catch (EthPortException)
        {
            // The driver has logged why, and rte_eal_cleanup frees what is left; the other ports still have to be
            // closed.
            return;
        }
    }

    private EthPort PortUnsynchronized(ushort id)
    {
        if (!_ports.TryGetValue(id, out EthPort? port))
        {
            port = new EthPort(this, id);
            _ports.Add(id, port);
        }

        return port;
    }

    private void EnsureRunning()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
        }
    }
}
