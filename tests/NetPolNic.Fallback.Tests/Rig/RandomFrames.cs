namespace NetPolNic.Fallback.Tests.Rig;

/// <summary>Frames between a few stations, of every kind that has state, drawn by a seed.</summary>
internal sealed class RandomFrames(int seed)
{
    public const string Pod = "10.0.0.2";
    public const string OpenPod = "10.0.0.1";
    private const ulong MacBase = 0x02_00_00_00_0b_00;
    private static readonly byte[] s_tcpFlags = [0x02, 0x12, 0x10, 0x11, 0x04];

    private readonly Random _random = new(seed);

    /// <summary>A port and a frame that comes in there.</summary>
    public (int Port, byte[] Frame) Next()
    {
        int peer = _random.Next(12);
        string wire = $"10.9.0.{peer + 1}";
        string pod = _random.Next(4) == 0 ? OpenPod : Pod;
        bool fromWire = _random.Next(2) == 0;
        string src = fromWire ? wire : pod;
        string dst = fromWire ? pod : wire;
        int port = fromWire ? SwitchRig.Uplink : SwitchRig.SharedPort;
        FrameBuilder frame = FrameBuilder.Ip(src, dst).Macs(MacOf(src), MacOf(dst));
        ushort client = (ushort)(1000 + _random.Next(3));
        ushort server = _random.Next(3) == 0 ? (ushort)81 : (ushort)80;
        (ushort from, ushort to) = fromWire ? (client, server) : (server, client);
        return (port, _random.Next(16) switch
        {
            0 => FrameBuilder.Arp(src, dst, MacOf(src)),
            < 4 => frame.Udp(from, to).Build(),
            4 => FrameBuilder.Ip(src, "224.0.0.251").Macs(MacOf(src), 0x01005e0000fb).Udp(5353, 5353).Build(),
            5 => FrameBuilder.Ip(fromWire ? "10.9.0.250" : pod, dst).Macs(MacOf(src), MacOf(dst))
                .Icmp(3, body: FrameBuilder.Ip(dst, src).Udp(to, from).BuildIp()).Build(),
            6 => frame.Fragment((uint)_random.Next(3), 0, true).Udp(from, to).Build(),
            7 => frame.Fragment((uint)_random.Next(3), 9, false).Raw(17, new byte[8]).Build(),
            _ => frame.Tcp(from, to, s_tcpFlags[_random.Next(s_tcpFlags.Length)]).Build(),
        });
    }

    private static ulong MacOf(string addr) => MacBase + ulong.Parse(addr[(addr.LastIndexOf('.') + 1)..], null) +
        (addr.StartsWith("10.9", StringComparison.Ordinal) ? 64UL : 0);
}
