using System.Collections.Immutable;
using System.Globalization;
using NetPolNic.Agent.Matrix;
using NetPolNic.Policy.Model;

namespace NetPolNic.Agent.Live;

/// <summary>
/// Pods as network namespaces, one outside world, and a namespace for the agent that holds the other end of every link.
/// Nothing connects the ends but what runs there. All of it is held by this process alone and touches no interface of the
/// machine's own.
/// </summary>
internal sealed class LiveWorld : IDisposable
{
    /// <summary>More pods than this would need more ports than the switch has, or too long.</summary>
    public const int MaxPods = 24;

    private const int LeastReflected = 2;

    private readonly List<NetNamespace> _namespaces = [];
    private readonly ImmutableArray<LiveHost>.Builder _hosts = ImmutableArray.CreateBuilder<LiveHost>();
    private readonly List<string> _podDevices = [];
    private readonly int _mtu;
    private readonly string _ports;

    /// <summary>Builds everything; disposes what it made where it fails.</summary>
    /// <param name="endpoints">Pods and outside addresses.</param>
    /// <param name="mtu">Of every link.</param>
    /// <param name="ports">DPDK driver of the agent's ports.</param>
    /// <exception cref="LiveException">The kernel lacks namespaces or veth, or this is not root.</exception>
    public LiveWorld(ImmutableArray<MatrixEndpoint> endpoints, int mtu, string ports)
    {
        _mtu = mtu;
        _ports = ports;
        try
        {
            Switch = Make("switch");
            Switch.Sysctl("net/ipv6/conf/default/disable_ipv6", "1");
            ImmutableArray<MatrixEndpoint> pods = [.. endpoints.Where(endpoint => endpoint.IsPod)];
            if (pods.Length > MaxPods)
            {
                throw new LiveException($"{pods.Length} pods are too many to show live; {MaxPods} is the most");
            }

            // The last third shares a port, as pods behind a VEPA or an SR-IOV trunk do.
            int reflected = pods.Length >= 2 * LeastReflected ? Math.Max(LeastReflected, pods.Length / 3) : 0;
            NetNamespace? trunk = reflected > 0 ? TryMakeTrunk() : null;
            reflected = trunk is null ? 0 : reflected;
            for (int i = 0; i < pods.Length; i++)
            {
                bool shares = i >= pods.Length - reflected;
                NetNamespace pod = Make(pods[i].Name);
                if (shares)
                {
                    ShareTrunk(trunk!, pod, i);
                }
                else
                {
                    string device = string.Create(CultureInfo.InvariantCulture, $"pod{i}");
                    Link(device, pod);
                    _podDevices.Add(device);
                }

                Address(pod, pods[i].Addresses);
                _hosts.Add(new LiveHost(pods[i], pod, shares));
            }

            NetNamespace outside = Make("outside");
            Link("uplink", outside);
            Address(outside, [.. endpoints.Where(endpoint => !endpoint.IsPod).SelectMany(endpoint => endpoint.Addresses)]);
            _hosts.AddRange(endpoints.Where(endpoint => !endpoint.IsPod)
                .Select(endpoint => new LiveHost(endpoint, outside, Reflected: false)));
            Hosts = _hosts.ToImmutable();
        }
        catch (Exception)
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Where the agent runs.</summary>
    public NetNamespace Switch { get; }

    /// <summary>Rows of the matrix, in the order of the endpoints: pods first.</summary>
    public ImmutableArray<LiveHost> Hosts { get; }

    /// <summary>Whether several pods share a port; false where the kernel has no macvlan.</summary>
    public bool HasTrunk { get; private set; }

    /// <summary>The agent's options that name the ports, and what frames of this MTU need.</summary>
    public IEnumerable<string> PortArguments()
    {
        yield return "--mtu";
        yield return _mtu.ToString(CultureInfo.InvariantCulture);
        int index = 0;
        yield return "--uplink";
        yield return Device(index++, "uplink");
        foreach (string device in _podDevices)
        {
            yield return "--pod-port";
            yield return Device(index++, device);
        }

        if (HasTrunk)
        {
            yield return "--reflect-port";
            yield return Device(index, "trunk");
        }
    }

    public void Dispose()
    {
        foreach (NetNamespace made in Enumerable.Reverse(_namespaces))
        {
            made.Dispose();
        }

        _namespaces.Clear();
    }

    // af_packet: a frame of the ring holds one packet behind the kernel's header of some 80 bytes; a block holds whole frames
    // and whole pages.
    private string Device(int index, string device) => _ports == "pcap"
        ? string.Create(CultureInfo.InvariantCulture, $"net_pcap{index},iface={device}")
        : string.Create(
            CultureInfo.InvariantCulture,
            $"net_af_packet{index},iface={device},{(_mtu <= 1500 ? "framesz=2048,blocksz=4096" : "framesz=9216,blocksz=36864")},framecnt=512");

    private NetNamespace Make(string name)
    {
        NetNamespace made = new(name);
        _namespaces.Add(made);
        made.Sysctl("net/ipv6/conf/default/accept_dad", "0");
        made.Sysctl("net/ipv6/conf/default/accept_ra", "0");

        // An outage of seconds shall not cost a connection a wait of minutes (kernels from 6.15).
        made.Sysctl("net/ipv4/tcp_rto_max_ms", "1000");
        return made;
    }

    private NetNamespace? TryMakeTrunk()
    {
        NetNamespace trunk = Make("trunk");
        Link("trunk", trunk);
        try
        {
            trunk.Ip("link add link eth0 name probe type macvlan mode vepa", "link del probe");
            HasTrunk = true;
            trunk.Sysctl("net/ipv6/conf/eth0/disable_ipv6", "1");
            return trunk;
        }
        catch (LiveException)
        {
            Switch.Ip("link del trunk");
            return null;
        }
    }

    /// <summary>A veth pair: <paramref name="device"/> for the agent, eth0 inside.</summary>
    private void Link(string device, NetNamespace inside)
    {
        Switch.Ip(
            $"link add {device} mtu {_mtu} type veth peer name eth0 mtu {_mtu} netns {inside.Path}",
            $"link set {device} up");
        Switch.Run(() => OnAWire(device));
        inside.Ip("link set lo up", "link set eth0 up");
        inside.Run(() => OnAWire("eth0"));
    }

    private void ShareTrunk(NetNamespace trunk, NetNamespace pod, int index)
    {
        string device = string.Create(CultureInfo.InvariantCulture, $"mv{index}");
        trunk.Ip(
            $"link add link eth0 name {device} mtu {_mtu} type macvlan mode vepa",
            $"link set {device} netns {pod.Path}");

        // Its checksums and segments are the trunk's business, whose offloads are off.
        pod.Ip($"link set {device} name eth0", "link set lo up", "link set eth0 up");
    }

    private static bool OnAWire(string device)
    {
        try
        {
            LinuxNet.SendAsOnAWire(device);
            return true;
        }
        catch (System.ComponentModel.Win32Exception problem)
        {
            throw new LiveException($"checksum offload cannot be switched off: {problem.Message}", problem);
        }
    }

    // Every other address is on the link: ARP and neighbour discovery find it, or nobody.
    private static void Address(NetNamespace inside, ImmutableArray<IpAddr> addresses) => inside.Ip(
    [
        .. addresses.Select(addr => $"addr add {addr}/{addr.Bits} dev eth0{(addr.Family == IpFamily.V6 ? " nodad" : "")}"),
        "route add 0.0.0.0/0 dev eth0",
        "route add ::/0 dev eth0",
    ]);
}
